"""What a customer's people are told of: a row for each person, written with what happened."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from billing.models.columns import key, maybe_moment, moment, ref

UNREAD = text("read_at IS NULL")  # a statement that has it word for word reads the index of what is unread


class NoticeKind(StrEnum):
    """What happened; the sentence for it is made from the notice's details (billing/notices/words.py)."""

    INVOICE_NEW = "invoice_new"
    CREDIT_NEW = "credit_new"
    INVOICE_OVERDUE = "invoice_overdue"
    PAYMENT_RECEIVED = "payment_received"
    PAYMENT_FAILED = "payment_failed"
    REFUNDED = "refunded"
    RENEWAL_COMING = "renewal_coming"
    TRIAL_ENDS = "trial_ends"
    SUBSCRIPTION_CHANGED = "subscription_changed"
    HOURS_LOGGED = "hours_logged"
    MILESTONE_DONE = "milestone_done"
    PERSON_INVITED = "person_invited"
    PERSON_JOINED = "person_joined"
    PERSON_CHANGED = "person_changed"
    PERSON_REMOVED = "person_removed"
    ANSWERED = "answered"


class Notice(SQLModel, table=True):
    """Something that one person is told of, for one customer. What it says is kept as it was when it happened."""

    __table_args__ = (
        UniqueConstraint("contact_id", "customer_id", "key"),
        Index("ix_notice_newest", "contact_id", "customer_id", "at", "id"),
        Index("ix_notice_unread", "contact_id", "customer_id", sqlite_where=UNREAD, postgresql_where=UNREAD),
        Index("ix_notice_about", "customer_id", "subject"),
    )
    id: int | None = key()
    customer_id: int = ref("customer.id")
    contact_id: int = ref("contact.id")
    kind: str  # NoticeKind
    key: str  # what it is about, so that nobody is told twice: invoice/RT-2026-0188; people name it by this
    subject: str = ""  # the number of the record that it leads to
    at: datetime = moment()
    details: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    read_at: datetime | None = maybe_moment()
