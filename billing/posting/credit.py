"""Uses credit on invoices: credit notes and money that was paid in advance."""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import and_, col, func, or_, select

from billing.context import Context
from billing.models.invoices import Invoice, InvoiceKind, InvoiceStatus
from billing.models.ledger import Account, Balance
from billing.models.payments import CreditApplication, Payment, PaymentAllocation, PaymentStatus
from billing.posting.ledger import move
from billing.posting.payments import settle
from billing.posting.totals import become


def usable_credit(ctx: Context, customer_id: int, currency: str, *, replacing: Sequence[int] = ()) -> int:
    """How much credit can be used now, minor units: what there is, less what payments on their way will use.

    Those that only wait for the bank's question about one of the invoices `replacing` don't count: they end when these
    are paid in another way.
    """
    balance = ctx.session.get(Balance, (customer_id, currency))
    if balance is None or not balance.credit:
        return 0
    replaced = select(PaymentAllocation.payment_id).where(col(PaymentAllocation.invoice_id).in_(replacing))
    promised = ctx.session.exec(
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
    return max(balance.credit - int(promised or 0), 0)


def apply_credit(ctx: Context, invoice: Invoice, most: int | None = None) -> int:
    """Uses credit on an open invoice, the oldest credit first: credit notes, then money paid in advance.

    Gives what was used: at most `most`, what is due, and what there is.
    """
    wanted = invoice.due if most is None else min(most, invoice.due)
    used = 0
    for source in (_open_credit_notes(ctx, invoice), _advance_payments(ctx, invoice)):
        for giver in source:
            if used == wanted:
                return used
            used += _use(ctx, invoice, giver, wanted - used)
    return used


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
        .where(
            Payment.customer_id == invoice.customer_id, Payment.currency == invoice.currency, Payment.unallocated > 0
        )
        .order_by(col(Payment.id))
    ).all()


def _use(ctx: Context, invoice: Invoice, giver: Invoice | Payment, most: int) -> int:
    left = giver.credit_left if isinstance(giver, Invoice) else giver.unallocated
    amount = min(left, most)
    if not amount:
        return 0
    assert invoice.id is not None
    application = CreditApplication(invoice_id=invoice.id, amount=amount, applied_at=ctx.now)
    if isinstance(giver, Invoice):
        application.credit_note_id = giver.id
        giver.credit_left -= amount
        if not giver.credit_left:
            become(ctx.session, giver, InvoiceStatus.PAID)
    else:
        application.payment_id = giver.id
        giver.unallocated -= amount
    ctx.session.add(application)
    ctx.session.add(giver)
    invoice.credited += amount
    move(ctx, invoice, Account.CREDIT, Account.RECEIVABLE, amount, f"{giver.number} used on {invoice.number}",
         invoice_id=invoice.id)  # fmt: skip
    settle(ctx, invoice, amount)
    ctx.emit("credit.applied", "credits", "invoices", customer_id=invoice.customer_id, number=invoice.number)
    return amount
