"""The append-only account ledger. Every row debits one account and credits another by the same amount."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from billing.models.columns import BigId, key, minor, moment, ref


class Account(StrEnum):
    """receivable: what the customer owes; credit: what we owe the customer; the rest are the business's side."""

    RECEIVABLE = "receivable"
    CREDIT = "credit"
    REVENUE = "revenue"
    TAX = "tax"
    CASH = "cash"
    REFUND = "refund"
    WRITE_OFF = "write_off"


class LedgerEntry(SQLModel, table=True):
    """One movement. `receivable_after` and `credit_after` are the customer's running balances in that currency."""

    __tablename__ = "ledger_entry"
    __table_args__ = (
        UniqueConstraint("customer_id", "currency", "sequence"),
        Index("ix_ledger_customer_at", "customer_id", "currency", "at", "sequence"),
    )
    id: int | None = key()
    customer_id: int = ref("customer.id")
    currency: str
    sequence: int
    at: datetime = moment()
    debit: str
    credit: str
    amount: int = minor(None)  # above zero
    text: str
    invoice_id: int | None = ref("invoice.id", nullable=True, index=True)
    payment_id: int | None = ref("payment.id", nullable=True, index=True)
    receivable_after: int = minor(None)
    credit_after: int = minor(None)


class Balance(SQLModel, table=True):
    """The newest running balances of a customer in one currency, and the last sequence given."""

    customer_id: int = Field(foreign_key="customer.id", primary_key=True)
    currency: str = Field(primary_key=True)
    receivable: int = minor()
    credit: int = minor()
    last_sequence: int = 0


class LateDay(SQLModel, table=True):
    """How the receivable of a due date changed on a day after it: a running total, by which a past day is known.

    Only what was booked later than it was due is here, since nothing else can spoil the ageing of a day that is over.
    Days of booking are UTC's, so that they stay what they are where a customer moves to another time zone.
    """

    __tablename__ = "late_day"
    __table_args__ = ({"sqlite_with_rowid": False},)
    customer_id: int = Field(foreign_key="customer.id", primary_key=True, sa_type=BigId)
    currency: str = Field(primary_key=True)
    booked_on: date = Field(primary_key=True)
    due_on: date = Field(primary_key=True)
    amount: int = minor()


class LateMonth(SQLModel, table=True):
    """The same by month of booking, so that a month that is over is a row for each due date and not thirty."""

    __tablename__ = "late_month"
    __table_args__ = ({"sqlite_with_rowid": False},)
    customer_id: int = Field(foreign_key="customer.id", primary_key=True, sa_type=BigId)
    currency: str = Field(primary_key=True)
    month: date = Field(primary_key=True)  # its first day
    due_on: date = Field(primary_key=True)
    amount: int = minor()
