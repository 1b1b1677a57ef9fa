"""A receipt: what a payment was for, on paper and as rows for a spreadsheet. It says what was paid on that day."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import col, select

from billing.context import Context
from billing.dates import format_day
from billing.documents.downloads import Document, Format, drawn, tabled
from billing.documents.invoice_sheet import addressee, letterhead
from billing.documents.sheets import Column, Sheet, SheetLine
from billing.documents.spreadsheet import decimals, safe
from billing.errors import PortalError
from billing.models.invoices import Invoice
from billing.models.payments import Payment, PaymentAllocation, PaymentStatus
from billing.money import format_money
from billing.posting import billing_address


@dataclass(frozen=True)
class _Paid:
    """What one invoice got from the payment; minor units."""

    number: str
    title: str
    total: int
    money: int
    credit: int


def receipt_document(ctx: Context, payment: Payment, format: Format) -> Document:
    """The receipt of a payment that has come in; its PDF is drawn once. Raises `no_receipt`."""
    if payment.status != PaymentStatus.SUCCEEDED:
        raise PortalError("no_receipt", number=payment.number)
    paid = _paid(ctx, payment)
    if format is Format.CSV:
        return tabled(ctx, "receipt", payment.number, _rows(ctx, payment, paid))
    return drawn(ctx, "receipt", payment.number, _sheet(ctx, payment, paid))


def _paid(ctx: Context, payment: Payment) -> list[_Paid]:
    rows = ctx.session.exec(
        select(PaymentAllocation, Invoice)
        .join(Invoice, col(Invoice.id) == col(PaymentAllocation.invoice_id))
        .where(PaymentAllocation.payment_id == payment.id, col(PaymentAllocation.applied_at).is_not(None))
        .order_by(col(PaymentAllocation.id))
    ).all()
    return [_Paid(i.number or "", i.title, i.total, a.amount, a.credit) for a, i in rows]


def _sheet(ctx: Context, payment: Payment, paid: Sequence[_Paid]) -> Sheet:
    def money(amount: int) -> str:
        return format_money(amount, payment.currency)

    business, day = ctx.preferences, format_day(_day(ctx, payment))
    kept = payment.amount - sum(p.money for p in paid)
    lines = [
        SheetLine(
            (p.title, money(p.credit) if p.credit else "", money(p.money)), f"Invoice {p.number} of {money(p.total)}"
        )
        for p in paid
    ]
    if kept:
        words = "It comes off your next invoices by itself."
        lines.append(SheetLine(("Paid in advance, kept as credit", "", money(kept)), words))
    return Sheet(
        kind="Receipt",
        number=payment.number,
        title=f"Thank you for your payment of {day}",
        business=business.business_name,
        letterhead=letterhead(business),
        bill_to=addressee(billing_address(ctx.customer)),
        headline=f"Paid on {day}",
        total=money(payment.amount),
        facts=_facts(ctx, payment),
        columns=(
            Column("What it paid", 426, figures=False),
            Column("Credit used", 120),
            Column("Paid", 120),
        ),
        lines=tuple(lines),
        sums=tuple(_sums(payment, paid, kept)),
        total_label="Paid",
        foot="Nothing to pay: this money has come in.",
    )


def _sums(payment: Payment, paid: Sequence[_Paid], kept: int) -> Iterator[tuple[str, str]]:
    count = len(paid)
    if count:
        money = sum(p.money for p in paid)
        yield f"For {count} invoice{'s' if count > 1 else ''}", format_money(money, payment.currency)
    if kept:
        yield "Kept as credit", format_money(kept, payment.currency)


def _facts(ctx: Context, payment: Payment) -> tuple[tuple[str, str], ...]:
    how = payment.method_label or payment.method.replace("_", " ")
    facts = [("Paid with", how[:1].upper() + how[1:])]
    if payment.reference:
        facts.append(("Reference", payment.reference))
    if ctx.customer.purchase_order:
        facts.append(("Your reference", ctx.customer.purchase_order))
    return tuple(facts)


def _rows(ctx: Context, payment: Payment, paid: Sequence[_Paid]) -> Iterator[tuple[str, ...]]:
    write = decimals(payment.currency)
    of = (safe(payment.number), _day(ctx, payment).isoformat(), safe(payment.method_label))
    yield ("receipt", "paid on", "method", "invoice", "description", "credit used", "paid", "currency")
    for p in paid:
        yield (*of, safe(p.number), safe(p.title), write(p.credit), write(p.money), payment.currency)
    kept = payment.amount - sum(p.money for p in paid)
    if kept:
        yield (*of, "", "Paid in advance, kept as credit", write(0), write(kept), payment.currency)
    yield (*of, "", "Total", write(sum(p.credit for p in paid)), write(payment.amount), payment.currency)


def _day(ctx: Context, payment: Payment) -> date:
    return payment.received_on or (payment.settled_at or payment.created_at).astimezone(ctx.zone).date()
