"""The only writer of numbers, ledger and running totals. All of it happens in the caller's transaction.

The customer's row is locked before (dispatch does it; jobs and settlement call `lock_customer`), so that balances and
sequences of one customer are written one after another.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlmodel import Session, and_, col, func, or_, select

from billing.context import Context
from billing.models.invoices import (
    BilledMonth,
    DueMonth,
    DueTotal,
    Invoice,
    InvoiceCount,
    InvoiceDiscount,
    InvoiceKind,
    InvoiceLine,
    InvoiceStatus,
    InvoiceTax,
    InvoiceTerm,
    NumberSeries,
)
from billing.models.ledger import Account, Balance, LedgerEntry
from billing.models.payments import CreditApplication, Payment, PaymentAllocation, PaymentStatus
from billing.models.people import Customer
from billing.rules.numbering import format_number, series_name
from billing.rules.policy import Order, Policy
from billing.rules.search_terms import terms_of
from billing.rules.tax import taxes_as_data
from billing.rules.totals import Discount, NewLine, totals_of


def next_number(ctx: Context, prefix: str, on: date | None = None) -> str:
    """The next number of a series, without gaps: it is taken back with the transaction. RT-2026-0188."""
    series = series_name(prefix, (on or ctx.now.date()).year)
    row = ctx.session.exec(select(NumberSeries).where(NumberSeries.series == series).with_for_update()).first()
    if row is None:
        row = _first_of(ctx.session, series)
    row.last += 1
    ctx.session.add(row)
    ctx.session.flush()
    return format_number(series, row.last)


def _first_of(session: Session, series: str) -> NumberSeries:
    """The series' row, made by whoever comes first; the others wait for them."""
    if session.get_bind().dialect.name == "postgresql":
        from sqlalchemy.dialects.postgresql import insert

        session.exec(insert(NumberSeries).values(series=series, last=0).on_conflict_do_nothing())
    else:
        session.add(NumberSeries(series=series, last=0))
        session.flush()
    statement = select(NumberSeries).where(NumberSeries.series == series).with_for_update()
    return session.exec(statement.execution_options(populate_existing=True)).one()


def billing_address(customer: Customer, attention: str = "") -> dict[str, str]:
    """Name and address as they are now, kept on the document for good."""
    return {
        "name": customer.name,
        "attention": f"For the attention of {attention}" if attention else "",
        "address": customer.address_line,
        "city": " ".join(part for part in (customer.postal_code, customer.city) if part),
        "country": customer.country,
        "tax_id": f"VAT {customer.tax_id}" if customer.tax_id else "",
    }


def finalise_invoice(
    ctx: Context,
    invoice: Invoice,
    lines: Sequence[NewLine],
    discounts: Sequence[Discount] = (),
    policy: Policy | None = None,
) -> Invoice:
    """Makes a draft final: its number, lines, taxes (each rate rounded once), totals, ledger and running totals.

    The policy (the business's unless given) says how it is rounded and whether tax comes before the discounts. An
    invoice of zero is paid at once. From here on only what settles it changes.
    """
    assert invoice.status == InvoiceStatus.DRAFT and invoice.kind == InvoiceKind.INVOICE
    invoice.number = invoice.number or next_number(ctx, ctx.preferences.invoice_series, invoice.issued_on)
    _write(ctx, invoice, lines, discounts, policy or ctx.preferences.policy)
    invoice.due = invoice.total
    invoice.status = InvoiceStatus.OPEN if invoice.due else InvoiceStatus.PAID
    _count(ctx.session, invoice, None)
    _owe(ctx.session, invoice, invoice.due, billed=invoice.total)
    text = f"{invoice.title} ({invoice.number})"
    revenue = invoice.total - invoice.tax
    move(ctx, invoice, Account.RECEIVABLE, Account.REVENUE, revenue, text, invoice_id=invoice.id)
    move(ctx, invoice, Account.RECEIVABLE, Account.TAX, invoice.tax, text, invoice_id=invoice.id)
    ctx.emit("invoice.finalised", "invoices", customer_id=invoice.customer_id, number=invoice.number)
    return invoice


def issue_credit_note(
    ctx: Context,
    invoice: Invoice,
    lines: Sequence[NewLine],
    discounts: Sequence[Discount] = (),
    policy: Policy | None = None,
) -> Invoice:
    """Makes a draft credit note final; its lines are below zero, and all of it can be used."""
    assert invoice.status == InvoiceStatus.DRAFT and invoice.kind == InvoiceKind.CREDIT_NOTE
    invoice.number = invoice.number or next_number(ctx, ctx.preferences.credit_note_series, invoice.issued_on)
    _write(ctx, invoice, lines, discounts, policy or ctx.preferences.policy)
    assert invoice.total <= 0, "a credit note gives money back"
    invoice.credit_left = -invoice.total
    invoice.status = InvoiceStatus.OPEN if invoice.credit_left else InvoiceStatus.PAID
    _count(ctx.session, invoice, None)
    text = f"{invoice.title} ({invoice.number})"
    revenue = invoice.total - invoice.tax
    move(ctx, invoice, Account.REVENUE, Account.CREDIT, -revenue, text, invoice_id=invoice.id)
    move(ctx, invoice, Account.TAX, Account.CREDIT, -invoice.tax, text, invoice_id=invoice.id)
    ctx.emit("credit_note.issued", "invoices", "credits", customer_id=invoice.customer_id, number=invoice.number)
    return invoice


def _write(
    ctx: Context, invoice: Invoice, lines: Sequence[NewLine], discounts: Sequence[Discount], policy: Policy
) -> None:
    customer = ctx.session.get_one(Customer, invoice.customer_id)
    invoice.bill_to = invoice.bill_to or billing_address(customer)
    invoice.purchase_order = invoice.purchase_order or customer.purchase_order
    invoice.finalised_at = ctx.now
    invoice.due_on = invoice.due_on or invoice.issued_on
    before = policy.order is Order.TAX_COUPONS_CREDITS
    sums = totals_of(lines, discounts, rounded=policy.round, taxed_before_discounts=before)
    invoice.subtotal, invoice.discount = sums.subtotal, sums.discount
    invoice.tax, invoice.tax_included, invoice.total = sums.tax, sums.tax_included, sums.total
    ctx.session.add(invoice)
    ctx.session.flush()
    assert invoice.id is not None
    for position, line in enumerate(lines, start=1):
        ctx.session.add(_kept_line(invoice.id, position, line))
    for position, discount in enumerate(discounts, start=1):
        ctx.session.add(
            InvoiceDiscount(
                invoice_id=invoice.id, position=position, code=discount.code, label=discount.label,
                amount=discount.amount,
            )
        )  # fmt: skip
    for t in sums.taxes:
        ctx.session.add(
            InvoiceTax(
                invoice_id=invoice.id, label=t.tax.label, rate=t.tax.percent, base=t.base, amount=t.amount,
                inclusive=t.tax.inclusive,
            )
        )  # fmt: skip
    for term in terms_of(invoice.number or "", invoice.title, invoice.total):
        ctx.session.add(
            InvoiceTerm(customer_id=invoice.customer_id, term=term, issued_on=invoice.issued_on, invoice_id=invoice.id)
        )


def _kept_line(invoice_id: int, position: int, line: NewLine) -> InvoiceLine:
    return InvoiceLine(
        invoice_id=invoice_id,
        position=position,
        description=line.description,
        detail=line.detail,
        quantity=line.quantity,
        unit=line.unit,
        unit_amount=line.unit_amount,
        amount=line.amount,
        tax_rate=line.all_percent,
        taxes=taxes_as_data(line.borne),
        working=list(line.working),
        arithmetic=dict(line.arithmetic),
        subscription_id=line.subscription_id,
        period_start=line.period_start,
        period_end=line.period_end,
    )


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
            _become(ctx.session, giver, InvoiceStatus.PAID)
    else:
        application.payment_id = giver.id
        giver.unallocated -= amount
    ctx.session.add(application)
    ctx.session.add(giver)
    invoice.credited += amount
    move(ctx, invoice, Account.CREDIT, Account.RECEIVABLE, amount, f"{giver.number} used on {invoice.number}",
         invoice_id=invoice.id)  # fmt: skip
    _settle(ctx, invoice, amount)
    ctx.emit("credit.applied", "credits", "invoices", customer_id=invoice.customer_id, number=invoice.number)
    return amount


def record_payment(ctx: Context, payment: Payment, shares: Sequence[tuple[Invoice, PaymentAllocation]]) -> None:
    """Books a payment that has come in: on its invoices as far as they still owe, the rest as credit."""
    left = payment.amount
    for invoice, allocation in shares:
        allocation.amount = min(allocation.amount, invoice.due, left)
        allocation.applied_at = ctx.now
        ctx.session.add(allocation)
        left -= allocation.amount
        if allocation.amount:
            invoice.paid += allocation.amount
            text = f"Payment {payment.number}, {payment.method_label}".rstrip(", ")
            move(ctx, invoice, Account.CASH, Account.RECEIVABLE, allocation.amount, text,
                 invoice_id=invoice.id, payment_id=payment.id)  # fmt: skip
            _settle(ctx, invoice, allocation.amount)
    payment.unallocated = left
    ctx.session.add(payment)
    if left:
        move(ctx, payment, Account.CASH, Account.CREDIT, left, f"Payment {payment.number}, kept as credit",
             payment_id=payment.id)  # fmt: skip
    ctx.emit("payment.succeeded", "payments", "invoices", "credits", customer_id=payment.customer_id,
             number=payment.number)  # fmt: skip


def _settle(ctx: Context, invoice: Invoice, amount: int) -> None:
    invoice.due -= amount
    assert invoice.due >= 0, "more was applied than is due"
    _owe(ctx.session, invoice, -amount)
    if not invoice.due:
        _become(ctx.session, invoice, InvoiceStatus.PAID)
        ctx.emit("invoice.paid", "invoices", customer_id=invoice.customer_id, number=invoice.number)
    ctx.session.add(invoice)


def move(
    ctx: Context,
    of: Invoice | Payment,
    debit: Account,
    credit: Account,
    amount: int,
    text: str,
    *,
    invoice_id: int | None = None,
    payment_id: int | None = None,
) -> None:
    """Adds a movement to the customer's ledger; below zero it goes the other way round, zero is none."""
    if not amount:
        return
    if amount < 0:
        debit, credit, amount = credit, debit, -amount
    balance = ctx.session.get(Balance, (of.customer_id, of.currency), populate_existing=True)
    if balance is None:
        balance = Balance(customer_id=of.customer_id, currency=of.currency)
    balance.last_sequence += 1
    balance.receivable += amount * ((debit == Account.RECEIVABLE) - (credit == Account.RECEIVABLE))
    balance.credit += amount * ((credit == Account.CREDIT) - (debit == Account.CREDIT))
    ctx.session.add(balance)
    ctx.session.add(
        LedgerEntry(
            customer_id=of.customer_id,
            currency=of.currency,
            sequence=balance.last_sequence,
            at=ctx.now,
            debit=debit,
            credit=credit,
            amount=amount,
            text=text,
            invoice_id=invoice_id,
            payment_id=payment_id,
            receivable_after=balance.receivable,
            credit_after=balance.credit,
        )
    )
    ctx.session.flush()


def _become(session: Session, invoice: Invoice, status: InvoiceStatus) -> None:
    before = invoice.status
    invoice.status = status
    _count(session, invoice, before)
    session.add(invoice)


def _count(session: Session, invoice: Invoice, before: str | None) -> None:
    for status, by in ((before, -1), (invoice.status, 1)):
        if status is None:
            continue
        key = (invoice.customer_id, invoice.kind, status)
        row = session.get(InvoiceCount, key) or InvoiceCount(customer_id=key[0], kind=key[1], status=key[2])
        row.count += by
        session.add(row)
    session.flush()


def _owe(session: Session, invoice: Invoice, by: int, *, billed: int = 0) -> None:
    """Keeps what is owed, by due date (how many invoices still owe, and how much) and by month of issue."""
    assert invoice.due_on is not None
    if by:
        key = (invoice.customer_id, invoice.currency, invoice.due_on)
        month_key = (*key[:2], invoice.due_on.replace(day=1))
        day = session.get(DueTotal, key) or DueTotal(customer_id=key[0], currency=key[1], due_on=key[2])
        whole = session.get(DueMonth, month_key) or DueMonth(customer_id=key[0], currency=key[1], month=month_key[2])
        for row in (day, whole):
            row.amount += by
            row.count += (by > 0) - (by < 0 and invoice.due == 0)
        session.add_all([day, whole])
    month = (invoice.customer_id, invoice.currency, invoice.issued_on.replace(day=1))
    bill = session.get(BilledMonth, month) or BilledMonth(customer_id=month[0], currency=month[1], month=month[2])
    bill.billed += billed
    bill.due += by
    session.add(bill)
    session.flush()
