"""The append-only account ledger. Every row debits one account and credits another by the same amount."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from billing.models.columns import key, minor, moment, ref


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
