"""What the machinery remembers: audit, events, confirmations, preferences, mail and files."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from billing.models.columns import BigId, key, maybe_moment, moment, ref


class AuditEntry(SQLModel, table=True):
    """Who did what, in a sentence. `outcome` is done or refused."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index("ix_audit_customer", "customer_id", "at"),
        Index("ix_audit_action", "action", "id"),
    )
    id: int | None = key()
    at: datetime = moment()
    action: str
    actor: str
    actor_kind: str
    actor_id: int | None = Field(default=None, sa_type=BigId)
    customer_id: int | None = ref("customer.id", nullable=True)
    channel: str
    outcome: str = "done"
    sentence: str
    details: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)


class EventRecord(SQLModel, table=True):
    """Something that happened, written in the transaction in which it did: the outbox."""

    __tablename__ = "event"
    id: int | None = key()
    at: datetime = moment()
    name: str  # "invoice.paid"
    customer_id: int | None = ref("customer.id", nullable=True, index=True)
    topics: list[str] = Field(default_factory=list, sa_type=JSON)  # what pages should look at again
    details: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)


class Confirmation(SQLModel, table=True):
    """A preview that was confirmed, with its result: a second confirmation gives the same result again."""

    token_id: str = Field(primary_key=True)
    action: str
    at: datetime = moment()
    result: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)


class GatewayEventRecord(SQLModel, table=True):
    """A webhook that was taken in: one event, at most one effect."""

    __tablename__ = "gateway_event"
    event_id: str = Field(primary_key=True)
    kind: str
    at: datetime = moment()


class PreferenceRecord(SQLModel, table=True):
    """One switch of the admin's that differs from its default."""

    __tablename__ = "preference"
    name: str = Field(primary_key=True)
    value: Any = Field(default=None, sa_type=JSON)
    changed_at: datetime = moment()
    changed_by: str = ""


class Mail(SQLModel, table=True):
    """A mail to send, written in the transaction that caused it; sent by the job worker, at least once."""

    __table_args__ = (Index("ix_mail_waiting", "sent_at", "next_try_at"), UniqueConstraint("key"))
    id: int | None = key()
    key: str  # what it is about, so that it is written once
    recipient: str
    subject: str
    text: str
    html: str = ""
    attachment: str = ""  # a file's key
    attachment_name: str = ""
    link_id: int | None = ref("one_time_link.id", nullable=True)  # its address takes the place of {link} in the text
    created_at: datetime = moment()
    next_try_at: datetime = moment()
    tries: int = 0
    sent_at: datetime | None = maybe_moment()


class StoredFile(SQLModel, table=True):
    """A file that is kept (a final document's PDF). Content lies in PARLEY_DATA under its hash."""

    __tablename__ = "stored_file"
    key: str = Field(primary_key=True)  # "invoice/RT-2026-0187/v1"
    customer_id: int | None = ref("customer.id", nullable=True, index=True)
    sha256: str
    size: int
    media_type: str
    name: str
    created_at: datetime = moment()
