"""Uses credit on invoices: credit notes and money that was paid in advance."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select as sql_select
from sqlalchemy import union_all
from sqlmodel import and_, col, func, or_, select

from billing.context import Context
from billing.models.invoices import Invoice, InvoiceKind, InvoiceStatus
from billing.models.ledger import Account, Balance
from billing.models.payments import (
    UNUSED,
    CreditApplication,
    Payment,
    PaymentAllocation,
    PaymentStatus,
    Refund,
    RefundAllocation,
    RefundStatus,
)
from billing.posting.ledger import move
from billing.posting.movement import Movement
from billing.posting.payments import settle
from billing.posting.totals import set_status


def usable_credit(ctx: Context, customer_id: int, currency: str, *, replacing: Sequence[int] = ()) -> int:
    """How much credit can be used now, minor units: what there is, less what payments on their way will use.

    Those that only wait for the bank's question about one of the invoices `replacing` don't count: they end when these
    are paid in another way.
    """
    balance = ctx.session.get(Balance, (customer_id, currency))
    if balance is None or not balance.credit:
        return 0
    replaced = select(PaymentAllocation.payment_id).where(col(PaymentAllocation.invoice_id).in_(replacing))
    promised = sum(_leaving(ctx, customer_id, currency).values()) + int(
        ctx.session.exec(
            select(func.sum(PaymentAllocation.credit))
            .join(Payment, col(PaymentAllocation.payment_id) == Payment.id)
            .where(
                Payment.customer_id == customer_id,
                Payment.currency == currency,
                or_(
                    col(Payment.status) == PaymentStatus.PENDING,
                    and_(col(Payment.status) == PaymentStatus.REQUIRES_ACTION, col(Payment.id).not_in(replaced)),
                ),
            )
        ).one()
        or 0
    )
    return max(balance.credit - promised, 0)


def usable_by_currency(ctx: Context, customer_id: int) -> dict[str, tuple[int, int]]:
    """All the credit there is and how much of it can be used now, by currency; two statements."""
    promised: Any = (
        sql_select(col(Payment.currency).label("currency"), col(PaymentAllocation.credit).label("amount"))
        .join_from(PaymentAllocation, Payment, col(PaymentAllocation.payment_id) == Payment.id)
        .where(
            col(Payment.customer_id) == customer_id,
            col(Payment.status).in_([PaymentStatus.PENDING, PaymentStatus.REQUIRES_ACTION]),
        )
    )
    leaving = (
        sql_select(col(Refund.currency), col(RefundAllocation.amount))
        .join_from(RefundAllocation, Refund, col(RefundAllocation.refund_id) == Refund.id)
        .where(
            col(Refund.customer_id) == customer_id,
            col(Refund.status) == RefundStatus.PENDING,
            col(RefundAllocation.invoice_id).is_(None),
        )
    )
    taken: dict[str, int] = defaultdict(int)
    for row in ctx.session.connection().execute(union_all(promised, leaving)).all():
        taken[row.currency] += row.amount
    balances = ctx.session.exec(
        select(Balance).where(Balance.customer_id == customer_id, Balance.credit > 0).order_by(Balance.currency)
    ).all()
    return {row.currency: (row.credit, max(row.credit - taken[row.currency], 0)) for row in balances}


Source = tuple[str, int]


def _leaving(ctx: Context, customer_id: int, currency: str) -> dict[Source, int]:
    """What refunds on their way will take, of which credit note or payment: nobody else may use that."""
    rows = ctx.session.exec(
        select(RefundAllocation, Refund.payment_id)
        .join(Refund, col(RefundAllocation.refund_id) == Refund.id)
        .where(
            Refund.customer_id == customer_id,
            Refund.currency == currency,
            Refund.status == RefundStatus.PENDING,
            col(RefundAllocation.invoice_id).is_(None),
        )
    ).all()
    leaving: dict[Source, int] = defaultdict(int)
    for part, payment_id in rows:
        source = ("note", part.credit_note_id) if part.credit_note_id else ("payment", payment_id)
        leaving[source] += part.amount
    return leaving


def unused(ctx: Context, giver: Invoice | Payment) -> int:
    """How much of a credit note, or of a payment, can be used now, minor units."""
    leaving = _leaving(ctx, giver.customer_id, giver.currency)
    return _left(giver) - leaving.get(_source(giver), 0)


def _left(giver: Invoice | Payment) -> int:
    return giver.credit_left if isinstance(giver, Invoice) else giver.unallocated


def _source(giver: Invoice | Payment) -> Source:
    assert giver.id is not None
    return ("note" if isinstance(giver, Invoice) else "payment", giver.id)


def apply_credit(ctx: Context, invoice: Invoice, most: int | None = None) -> int:
    """Uses credit on an open invoice, the oldest credit first: credit notes, then money paid in advance.

    Gives what was used: at most `most`, what is due, and what there is.
    """
    wanted = invoice.due if most is None else min(most, invoice.due)
    balance = ctx.session.get(Balance, (invoice.customer_id, invoice.currency))
    if not wanted or balance is None or not balance.credit:
        return 0
    used = 0
    leaving = _leaving(ctx, invoice.customer_id, invoice.currency)
    for read in (_open_credit_notes, _advance_payments):
        for giver in read(ctx, invoice) if used < wanted else ():
            used += _use(ctx, invoice, giver, min(_left(giver) - leaving.get(_source(giver), 0), wanted - used))
    return used


def use_credit(ctx: Context, invoice: Invoice, giver: Invoice | Payment, most: int | None = None) -> int:
    """Uses this credit note, or this payment's unused money, on an open invoice: at most `most`, in minor units."""
    wanted = invoice.due if most is None else min(most, invoice.due)
    return _use(ctx, invoice, giver, min(unused(ctx, giver), wanted))


def _open_credit_notes(ctx: Context, invoice: Invoice) -> Sequence[Invoice]:
    return ctx.session.exec(
        select(Invoice)
        .where(
            Invoice.customer_id == invoice.customer_id,
            Invoice.kind == InvoiceKind.CREDIT_NOTE,
            Invoice.status == InvoiceStatus.OPEN,
            Invoice.currency == invoice.currency,
        )
        .order_by(col(Invoice.issued_on), col(Invoice.id))
    ).all()


def _advance_payments(ctx: Context, invoice: Invoice) -> Sequence[Payment]:
    return ctx.session.exec(
        select(Payment)
        .where(Payment.customer_id == invoice.customer_id, Payment.currency == invoice.currency, UNUSED)
        .order_by(col(Payment.id))
    ).all()


def _use(ctx: Context, invoice: Invoice, giver: Invoice | Payment, amount: int) -> int:
    if amount <= 0:
        return 0
    assert invoice.id is not None
    application = CreditApplication(invoice_id=invoice.id, amount=amount, applied_at=ctx.now)
    if isinstance(giver, Invoice):
        application.credit_note_id = giver.id
        giver.credit_left -= amount
        if not giver.credit_left:
            set_status(ctx.session, giver, InvoiceStatus.PAID)
    else:
        application.payment_id = giver.id
        giver.unallocated -= amount
    ctx.session.add(application)
    ctx.session.add(giver)
    invoice.credited += amount
    text = f"{giver.number} used on {invoice.number}"
    move(ctx, Movement(Account.CREDIT, Account.RECEIVABLE, amount, text), invoice=invoice)
    settle(ctx, invoice, amount)
    ctx.emit("credit.applied", "credits", "invoices", customer_id=invoice.customer_id, number=invoice.number)
    return amount
