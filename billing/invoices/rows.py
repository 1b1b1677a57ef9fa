"""An invoice as lists show it: its status in words, and what is left to pay."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from pydantic import BaseModel

from billing.models.invoices import Invoice, InvoiceKind, InvoiceStatus


class Mark(StrEnum):
    """The mark before the word: assets/app.css draws it."""

    GOOD = "good"
    PART = "part"
    WARN = "warn"
    BAD = "bad"
    OPEN = "open"
    OFF = "off"
    LIVE = "live"


class InvoiceRow(BaseModel):
    """One row. Amounts are minor units; a credit note's total is below zero, and `credit_left` what it still gives."""

    number: str
    kind: str
    title: str
    currency: str
    issued_on: date
    due_on: date | None
    status: str
    mark: Mark
    status_words: str
    total: int
    due: int
    credit_left: int
    payable: bool
    overdue_days: int = 0


def invoice_row(invoice: Invoice, today: date) -> InvoiceRow:
    """The row of an invoice as it stands today."""
    mark, words, late = status_words(invoice, today)
    return InvoiceRow(
        number=invoice.number or "",
        kind=invoice.kind,
        title=invoice.title,
        currency=invoice.currency,
        issued_on=invoice.issued_on,
        due_on=invoice.due_on if invoice.kind == InvoiceKind.INVOICE else None,
        status=invoice.status,
        mark=mark,
        status_words=words,
        total=invoice.total,
        due=invoice.due,
        credit_left=invoice.credit_left,
        payable=invoice.kind == InvoiceKind.INVOICE and invoice.status == InvoiceStatus.OPEN and invoice.due > 0,
        overdue_days=late,
    )


def status_words(invoice: Invoice, today: date) -> tuple[Mark, str, int]:
    """The mark, the word, and how many days it is late: “Overdue 10 days”, “Partly paid”, “Ready to use”."""
    if invoice.status == InvoiceStatus.VOID:
        return Mark.OFF, "Cancelled", 0
    if invoice.kind == InvoiceKind.CREDIT_NOTE:
        return (Mark.LIVE, "Ready to use", 0) if invoice.credit_left else (Mark.OFF, "Used", 0)
    if invoice.status == InvoiceStatus.PAID:
        return Mark.GOOD, "Paid", 0
    if invoice.status == InvoiceStatus.UNCOLLECTIBLE:
        return Mark.OFF, "Written off", 0
    if invoice.due_on and invoice.due_on < today:
        late = (today - invoice.due_on).days
        return Mark.BAD, f"Overdue {late} day{'s' if late != 1 else ''}", late
    if invoice.due < invoice.total:
        return Mark.PART, "Partly paid", 0
    return Mark.OPEN, "Open", 0


def due_words(row: InvoiceRow, today: date) -> tuple[Mark, str]:
    """The same with the days that are left, for the home page: “Due in 3 days”."""
    if row.overdue_days or row.due_on is None:
        return row.mark, row.status_words
    left = (row.due_on - today).days
    if left == 0:
        return Mark.WARN, "Due today"
    words = f"Due in {left} day{'s' if left != 1 else ''}"
    return (Mark.WARN, words) if left <= 3 else (Mark.OPEN, words)
