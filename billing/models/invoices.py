"""Invoices and credit notes with their lines, taxes, numbers, and the running totals that keep lists fast."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from billing.models.columns import BigId, BytewiseText, DecimalText, key, maybe_moment, minor, moment, ref

OF_PROJECT = text("project_id IS NOT NULL")
TO_PAY = text("kind = 'invoice' AND status = 'open'")


class InvoiceKind(StrEnum):
    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"


class InvoiceStatus(StrEnum):
    """A credit note is open while some of it can still be used, and paid when it is used up."""

    DRAFT = "draft"
    OPEN = "open"
    PAID = "paid"
    VOID = "void"
    UNCOLLECTIBLE = "uncollectible"


class Invoice(SQLModel, table=True):
    """A document that is owed, or (kind credit_note, total below zero) one that gives money back.

    Once final, only the settled columns change: due = total - paid - credited - written_off, never below zero.
    A credit note's `due` is zero and `credit_left` says how much of it can still be used. Once final, `due_on` is
    set; a credit note is not due, its list's order wants a day, and it has that of its issue.
    """

    __table_args__ = (
        UniqueConstraint("source", "source_key"),
        Index("ix_invoice_subscription", "subscription_id", "period_start"),
        Index("ix_invoice_list_issued", "customer_id", "kind", "status", "issued_on", "id"),
        Index("ix_invoice_list_due", "customer_id", "kind", "status", "due_on", "id"),
        Index("ix_invoice_list_total", "customer_id", "kind", "status", "total", "id"),
        Index("ix_invoice_open_due", "due_on", sqlite_where=TO_PAY, postgresql_where=TO_PAY),
        Index("ix_invoice_project", "project_id", sqlite_where=OF_PROJECT, postgresql_where=OF_PROJECT),
    )
    id: int | None = key()
    customer_id: int = ref("customer.id")
    number: str | None = Field(default=None, unique=True)
    kind: str = InvoiceKind.INVOICE
    status: str = InvoiceStatus.DRAFT
    title: str
    currency: str
    issued_on: date
    due_on: date | None = None
    subtotal: int = minor()  # lines after the coupons on them
    discount: int = minor()  # coupons on the whole invoice
    tax: int = minor()
    tax_included: int = minor()  # the part of `tax` that the lines' amounts contain already
    total: int = minor()  # subtotal - discount + tax - tax_included
    paid: int = minor()  # payments - refunds
    credited: int = minor()  # credit notes and prepaid applied
    written_off: int = minor()
    due: int = minor()
    credit_left: int = minor()
    subscription_id: int | None = ref("subscription.id", nullable=True)
    project_id: int | None = ref("project.id", nullable=True)
    corrects_id: int | None = ref("invoice.id", nullable=True, index=True)  # a credit note's invoice, where it has one
    period_start: date | None = None
    period_end: date | None = None  # the day after the last
    purchase_order: str = ""
    bill_to: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)  # name and address as they were
    note: str = ""
    ended_reason: str = ""  # why it is void or uncollectible
    ended_at: datetime | None = maybe_moment()
    source: str | None = None  # where an import had it from, and its key there
    source_key: str | None = None
    created_at: datetime = moment()
    finalised_at: datetime | None = maybe_moment()


class InvoiceLine(SQLModel, table=True):
    """One line. `amount` = quantity x unit_amount x the working's fraction, rounded once; without tax."""

    __tablename__ = "invoice_line"
    __table_args__ = (UniqueConstraint("invoice_id", "position"),)
    id: int | None = key()
    invoice_id: int = ref("invoice.id")
    position: int
    description: str
    detail: str = ""
    quantity: Decimal = Field(default=Decimal(1), sa_type=DecimalText)
    unit: str = ""  # "h", "seats", nothing
    unit_amount: int = minor()
    amount: int = minor()
    tax_rate: Decimal = Field(default=Decimal(0), sa_type=DecimalText)  # percent, all of the line's taxes together
    taxes: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)  # label, percent, inclusive
    working: list[str] = Field(default_factory=list, sa_type=JSON)  # the arithmetic, a sentence an entry
    arithmetic: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)  # the same as data: rules/arithmetic.py
    subscription_id: int | None = ref("subscription.id", nullable=True)
    period_start: date | None = None
    period_end: date | None = None  # the day after the last


class InvoiceDiscount(SQLModel, table=True):
    """What a coupon takes off the whole invoice, after the coupons on its lines; rounded once."""

    __tablename__ = "invoice_discount"
    __table_args__ = (UniqueConstraint("invoice_id", "position"),)
    id: int | None = key()
    invoice_id: int = ref("invoice.id")
    position: int
    code: str
    label: str
    amount: int = minor()  # above zero; below where a credit note gives less for it


class InvoiceTax(SQLModel, table=True):
    """Tax of one rate on one invoice, rounded once. `base` is without it; `inclusive`: the lines contain it.

    A rate that has changed since stands beside the new one of the same label, where an invoice gives old days back.
    """

    __tablename__ = "invoice_tax"
    __table_args__ = (UniqueConstraint("invoice_id", "label", "rate", "inclusive"),)
    id: int | None = key()
    invoice_id: int = ref("invoice.id")
    label: str  # "VAT 21%"
    rate: Decimal = Field(sa_type=DecimalText)
    base: int = minor()
    amount: int = minor()
    inclusive: bool = False


class InvoiceTerm(SQLModel, table=True):
    """A word, number or amount by which a final document is found, newest first. rules/search_terms.py makes them."""

    __tablename__ = "invoice_term"
    __table_args__ = ({"sqlite_with_rowid": False},)
    customer_id: int = Field(foreign_key="customer.id", primary_key=True, sa_type=BigId)
    term: str = Field(primary_key=True, sa_type=BytewiseText)
    issued_on: date = Field(primary_key=True)
    invoice_id: int = Field(foreign_key="invoice.id", primary_key=True, sa_type=BigId)


class NumberSeries(SQLModel, table=True):
    """The last number given in a series such as RT-2026; numbers have no gaps."""

    __tablename__ = "number_series"
    series: str = Field(primary_key=True)
    last: int = 0


class InvoiceCount(SQLModel, table=True):
    """How many documents a customer has of each kind and status: a running total."""

    __tablename__ = "invoice_count"
    customer_id: int = Field(foreign_key="customer.id", primary_key=True)
    kind: str = Field(primary_key=True)
    status: str = Field(primary_key=True)
    count: int = 0


class BilledMonth(SQLModel, table=True):
    """What was billed to a customer in a month of issue, and what of it is owed: running totals."""

    __tablename__ = "billed_month"
    customer_id: int = Field(foreign_key="customer.id", primary_key=True, sa_type=BigId)
    currency: str = Field(primary_key=True)
    month: date = Field(primary_key=True)  # its first day
    billed: int = minor()
    due: int = minor()


class DueTotal(SQLModel, table=True):
    """What a customer owes by due date: a running total."""

    __tablename__ = "due_total"
    customer_id: int = Field(foreign_key="customer.id", primary_key=True)
    currency: str = Field(primary_key=True)
    due_on: date = Field(primary_key=True)
    count: int = 0
    amount: int = minor()


class DueMonth(SQLModel, table=True):
    """The same by month, so that a sum takes one row for a month that is over and a row a day only for this one."""

    __tablename__ = "due_month"
    customer_id: int = Field(foreign_key="customer.id", primary_key=True, sa_type=BigId)
    currency: str = Field(primary_key=True)
    month: date = Field(primary_key=True)  # its first day
    count: int = 0
    amount: int = minor()
