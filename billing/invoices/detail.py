"""One invoice with everything that made its amount: lines with their working, tax, credits and payments."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from pydantic import BaseModel
from sqlalchemy import Select, case, func, literal, or_, union_all
from sqlalchemy import select as sql_select
from sqlmodel import col, select

from billing.context import Context
from billing.invoices.rows import InvoiceRow, invoice_row
from billing.models.columns import DecimalText
from billing.models.invoices import Invoice, InvoiceDiscount, InvoiceKind, InvoiceLine, InvoiceStatus, InvoiceTax
from billing.models.payments import (
    CreditApplication,
    Payment,
    PaymentAllocation,
    PaymentStatus,
    Refund,
    RefundAllocation,
    RefundTo,
    WriteOff,
)
from billing.models.projects import Project
from billing.rules.tax import named

ON_ITS_WAY, CORRECTION = "on_its_way", "correction"
KINDS = ("credit", "payment", "write_off", "refund")  # the order of what happened at the same moment


class DetailLine(BaseModel):
    """A line; `working` is its arithmetic in sentences. Amounts are minor units without tax."""

    description: str
    detail: str
    quantity: Decimal
    unit: str
    unit_amount: int
    amount: int
    tax_rate: Decimal
    working: list[str]


class DetailTax(BaseModel):
    """Tax of one rate, which its label names; `inclusive` says that the lines' amounts contain it."""

    label: str
    rate: Decimal
    base: int
    amount: int
    inclusive: bool = False


class DetailDiscount(BaseModel):
    """What a coupon takes off the whole document; above zero."""

    code: str
    label: str
    amount: int


class Applied(BaseModel):
    """A credit or payment that went to (or, of a credit note, came from) this document."""

    kind: str  # credit, payment, refund (below zero: it is owed again), write_off
    label: str
    reference: str
    on: date
    amount: int


class CorrectedBy(BaseModel):
    """A credit note that corrects the invoice; `amount` is what it gives back, above zero, wherever that went."""

    number: str
    title: str
    on: date
    amount: int


class InvoiceDetail(BaseModel):
    """Everything about one document. `settled` explains how total became due.

    `corrects` is a credit note's invoice, `project` what an invoice bills work of.
    `ended_reason` says why an invoice was cancelled or given up.
    """

    row: InvoiceRow
    lines: list[DetailLine]
    discounts: list[DetailDiscount]
    taxes: list[DetailTax]
    settled: list[Applied]
    subtotal: int
    tax: int
    total: int
    written_off: int
    due: int
    bill_to: dict[str, Any]
    purchase_order: str
    note: str
    period_start: date | None
    period_end: date | None
    pending_payment: str | None = None
    corrected_by: list[CorrectedBy] = []
    corrects: str | None = None
    project: str | None = None
    ended_reason: str = ""
    ended_on: date | None = None


def detail_of(ctx: Context, invoice: Invoice, *, settled: bool = True) -> InvoiceDetail:
    """The invoice in full; without `settled` as it was issued, which leaves out what was paid and credited since."""
    lines = ctx.session.exec(
        select(InvoiceLine).where(InvoiceLine.invoice_id == invoice.id).order_by(col(InvoiceLine.position))
    ).all()
    taxes, discounts = _taxes_and_discounts(ctx, invoice)
    rows = ctx.session.connection().execute(union_all(*_traces(invoice))).all() if settled else []
    applied, pending = _settled(ctx, invoice, rows)
    others = sorted((row for row in rows if row.kind == CORRECTION), key=lambda row: row.at)
    is_note = invoice.kind == InvoiceKind.CREDIT_NOTE
    return InvoiceDetail(
        row=invoice_row(invoice, ctx.today),
        lines=[DetailLine.model_validate(line, from_attributes=True) for line in lines],
        discounts=discounts,
        taxes=taxes,
        settled=applied,
        subtotal=invoice.subtotal,
        tax=invoice.tax,
        total=invoice.total,
        written_off=invoice.written_off,
        due=invoice.due,
        bill_to=invoice.bill_to,
        purchase_order=invoice.purchase_order,
        note=invoice.note,
        period_start=invoice.period_start,
        period_end=invoice.period_end,
        pending_payment=pending,
        corrected_by=[
            CorrectedBy(number=row.number, title=row.other, on=_day(ctx, row.at), amount=-row.amount)
            for row in ([] if is_note else others)
        ],
        corrects=next((row.number for row in others if is_note), None),
        project=_project(ctx, invoice),
        ended_reason=invoice.ended_reason,
        ended_on=_day(ctx, invoice.ended_at) if invoice.ended_at else None,
    )


def _project(ctx: Context, invoice: Invoice) -> str | None:
    if invoice.project_id is None:
        return None
    return ctx.session.exec(select(Project.number).where(Project.id == invoice.project_id)).first()


def _taxes_and_discounts(ctx: Context, invoice: Invoice) -> tuple[list[DetailTax], list[DetailDiscount]]:
    taxes = _columns(
        literal("tax").label("kind"),
        col(InvoiceTax.id).label("place"),
        literal("").label("code"),
        col(InvoiceTax.label).label("label"),
        col(InvoiceTax.rate).label("rate"),
        col(InvoiceTax.base).label("base"),
        col(InvoiceTax.amount).label("amount"),
        col(InvoiceTax.inclusive).label("inclusive"),
    ).where(col(InvoiceTax.invoice_id) == invoice.id)
    discounts = _columns(
        literal("discount"),
        col(InvoiceDiscount.position),
        col(InvoiceDiscount.code),
        col(InvoiceDiscount.label),
        literal(Decimal(0), DecimalText),
        literal(0),
        col(InvoiceDiscount.amount),
        literal(False),
    ).where(col(InvoiceDiscount.invoice_id) == invoice.id)
    rows = sorted(ctx.session.connection().execute(union_all(taxes, discounts)).all(), key=lambda row: row.place)
    return (
        [
            DetailTax(
                label=named(row.label, row.rate),
                rate=row.rate,
                base=row.base,
                amount=row.amount,
                inclusive=row.inclusive,
            )
            for row in rows
            if row.kind == "tax"
        ],
        [DetailDiscount.model_validate(row, from_attributes=True) for row in rows if row.kind == "discount"],
    )


def _traces(invoice: Invoice) -> list[Select[Any]]:
    """Everything that happened to a document or belongs to it, a select a kind."""
    return [_credits(invoice), _payments(invoice), _refunds(invoice), _write_offs(invoice), _corrections(invoice)]


def _settled(ctx: Context, invoice: Invoice, rows: Sequence[Any]) -> tuple[list[Applied], str | None]:
    """What became of it, the oldest first, and the number of a payment that is on its way."""
    pending = next((row.number for row in rows if row.kind == ON_ITS_WAY), None)
    done = [row for row in rows if row.kind not in (ON_ITS_WAY, CORRECTION)]
    applied = [
        Applied(
            kind=row.kind,
            label=_label(invoice, row.kind, row.number, row.other),
            reference=row.number or row.other or "",
            on=_day(ctx, row.at),
            amount=-row.amount if row.kind == "refund" and invoice.kind == InvoiceKind.INVOICE else row.amount,
        )
        for row in sorted(done, key=lambda row: (row.at, KINDS.index(row.kind), row.number or ""))
    ]
    return applied, pending


def _label(invoice: Invoice, kind: str, number: str | None, other: str | None) -> str:
    gives = invoice.kind == InvoiceKind.CREDIT_NOTE
    if kind == "payment":
        return f"Payment, {other}" if other else "Payment"
    if kind == "refund":
        return f"Paid back, {number}" if gives else f"Paid back, {number}: to pay again"
    if kind == "write_off":
        return f"Written off, {number}"
    return f"Used on {number}" if gives else f"Credit note {number}" if number else f"Paid in advance, {other}"


def _columns(*columns: Any) -> Select[Any]:
    return sql_select(*columns)


def _part(kind: Any, at: Any, amount: Any, number: Any, other: Any) -> Select[Any]:
    """One kind of thing that settles: its number, and another text that its label needs."""
    return _columns(
        kind.label("kind"), at.label("at"), amount.label("amount"), number.label("number"), other.label("other")
    )


def _credits(invoice: Invoice) -> Select[Any]:
    gives = invoice.kind == InvoiceKind.CREDIT_NOTE
    here, there = (
        (CreditApplication.credit_note_id, CreditApplication.invoice_id)
        if gives
        else (CreditApplication.invoice_id, CreditApplication.credit_note_id)
    )
    columns = (col(CreditApplication.applied_at), col(CreditApplication.amount))
    return (
        _part(literal("credit"), *columns, col(Invoice.number), col(Payment.number))
        .select_from(CreditApplication)
        .join(Invoice, col(there) == Invoice.id, isouter=True)
        .join(Payment, col(CreditApplication.payment_id) == Payment.id, isouter=True)
        .where(col(here) == invoice.id)
    )


def _payments(invoice: Invoice) -> Select[Any]:
    """Payments that came in, and those on their way, whose kind says so."""
    came_in = col(PaymentAllocation.applied_at).is_not(None)
    waits = col(Payment.status).in_([PaymentStatus.PENDING, PaymentStatus.REQUIRES_ACTION])
    kind = case((came_in, literal("payment")), else_=literal(ON_ITS_WAY))
    at = func.coalesce(col(PaymentAllocation.applied_at), col(Payment.created_at))
    return (
        _part(kind, at, col(PaymentAllocation.amount), col(Payment.number), col(Payment.method_label))
        .select_from(PaymentAllocation)
        .join(Payment, col(PaymentAllocation.payment_id) == Payment.id)
        .where(col(PaymentAllocation.invoice_id) == invoice.id, or_(came_in, waits))
    )


def _refunds(invoice: Invoice) -> Select[Any]:
    """Money of its payments that went back, so that it is owed again; of a credit note, what was paid out."""
    gives = invoice.kind == InvoiceKind.CREDIT_NOTE
    here = RefundAllocation.credit_note_id if gives else RefundAllocation.invoice_id
    columns = (col(RefundAllocation.applied_at), col(RefundAllocation.amount))
    paid_out = [col(Refund.to) != RefundTo.CREDIT] if gives else []
    return (
        _part(literal("refund"), *columns, col(Refund.number), literal(""))
        .select_from(RefundAllocation)
        .join(Refund, col(RefundAllocation.refund_id) == Refund.id)
        .where(col(here) == invoice.id, col(RefundAllocation.applied_at).is_not(None), *paid_out)
    )


def _write_offs(invoice: Invoice) -> Select[Any]:
    columns = (col(WriteOff.created_at), col(WriteOff.amount), col(WriteOff.number))
    return _part(literal("write_off"), *columns, literal("")).where(col(WriteOff.invoice_id) == invoice.id)


def _corrections(invoice: Invoice) -> Select[Any]:
    """The credit notes that correct an invoice; of a credit note, the invoice that it corrects."""
    own = col(Invoice.id) == invoice.corrects_id
    alive = (col(Invoice.finalised_at).is_not(None), col(Invoice.status) != InvoiceStatus.VOID)
    theirs = [col(Invoice.corrects_id) == invoice.id, *alive]
    which = [own] if invoice.kind == InvoiceKind.CREDIT_NOTE else theirs
    columns = (col(Invoice.finalised_at), col(Invoice.total), col(Invoice.number), col(Invoice.title))
    return _part(literal(CORRECTION), *columns).where(*which)


def _day(ctx: Context, at: datetime) -> date:
    return at.astimezone(ctx.zone).date()
