"""One invoice with everything that made its amount: lines with their working, tax, credits and payments."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from pydantic import BaseModel
from sqlmodel import col, select

from billing.context import Context
from billing.invoice_rows import InvoiceRow, invoice_row
from billing.models.invoices import Invoice, InvoiceKind, InvoiceLine, InvoiceTax
from billing.models.payments import CreditApplication, Payment, PaymentAllocation, PaymentStatus


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
    label: str
    base: int
    amount: int


class Applied(BaseModel):
    """A credit or payment that went to (or, of a credit note, came from) this document."""

    kind: str  # credit, payment
    label: str
    reference: str
    on: date
    amount: int


class InvoiceDetail(BaseModel):
    """Everything about one document. `settled` explains how total became due."""

    row: InvoiceRow
    lines: list[DetailLine]
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


def detail_of(ctx: Context, invoice: Invoice) -> InvoiceDetail:
    """The invoice in full."""
    session = ctx.session
    lines = session.exec(
        select(InvoiceLine).where(InvoiceLine.invoice_id == invoice.id).order_by(col(InvoiceLine.position))
    ).all()
    taxes = session.exec(
        select(InvoiceTax).where(InvoiceTax.invoice_id == invoice.id).order_by(col(InvoiceTax.id))
    ).all()
    pending = session.exec(
        select(Payment.number)
        .join(PaymentAllocation, col(PaymentAllocation.payment_id) == Payment.id)
        .where(
            PaymentAllocation.invoice_id == invoice.id,
            col(Payment.status).in_([PaymentStatus.PENDING, PaymentStatus.REQUIRES_ACTION]),
        )
    ).first()
    return InvoiceDetail(
        row=invoice_row(invoice, ctx.today),
        lines=[DetailLine.model_validate(line, from_attributes=True) for line in lines],
        taxes=[DetailTax.model_validate(tax, from_attributes=True) for tax in taxes],
        settled=sorted([*_credits(ctx, invoice), *_payments(ctx, invoice)], key=lambda a: a.on),
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
    )


def _credits(ctx: Context, invoice: Invoice) -> list[Applied]:
    gives = invoice.kind == InvoiceKind.CREDIT_NOTE
    here, there = (
        (CreditApplication.credit_note_id, CreditApplication.invoice_id)
        if gives
        else (CreditApplication.invoice_id, CreditApplication.credit_note_id)
    )
    rows = ctx.session.exec(
        select(CreditApplication, Invoice.number, Payment.number)
        .join(Invoice, col(there) == Invoice.id, isouter=True)
        .join(Payment, col(CreditApplication.payment_id) == Payment.id, isouter=True)
        .where(here == invoice.id)
    ).all()
    return [
        Applied(
            kind="credit",
            label=f"Used on {number}"
            if gives
            else f"Credit note {number}"
            if number
            else f"Paid in advance, {payment}",
            reference=number or payment or "",
            on=_day(ctx, application.applied_at),
            amount=application.amount,
        )
        for application, number, payment in rows
    ]


def _payments(ctx: Context, invoice: Invoice) -> list[Applied]:
    rows = ctx.session.exec(
        select(PaymentAllocation, Payment)
        .join(Payment, col(PaymentAllocation.payment_id) == Payment.id)
        .where(PaymentAllocation.invoice_id == invoice.id, col(PaymentAllocation.applied_at).is_not(None))
    ).all()
    return [
        Applied(
            kind="payment",
            label=f"Payment, {payment.method_label}" if payment.method_label else "Payment",
            reference=payment.number,
            on=_day(ctx, allocation.applied_at or payment.created_at),
            amount=allocation.amount,
        )
        for allocation, payment in rows
    ]


def _day(ctx: Context, at: datetime) -> date:
    return at.astimezone(ctx.zone).date()
