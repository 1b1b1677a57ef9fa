"""Conversations and their messages."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from billing.models.columns import BigId, key, maybe_moment, moment, ref
from chat.protocol import Status


class Conversation(SQLModel, table=True):
    """What a contact of a customer and the business say to each other. `owner_id` is the person who answers."""

    __table_args__ = (
        Index("ix_conversation_contact", "contact_id", "customer_id", "last_at"),
        Index("ix_conversation_queue", "status", "waiting_since"),
    )
    id: int | None = key()
    number: str = Field(unique=True)  # CV-2026-0001
    customer_id: int = ref("customer.id")
    contact_id: int = ref("contact.id")
    status: str = Status.BOT
    owner_id: int | None = ref("staff.id", nullable=True)
    last_seq: int = 0
    snippet: str = ""  # what the customer said last
    last_at: datetime = moment()
    unread_by_customer: int = 0
    unread_by_staff: int = 0
    read_by_customer: int = 0  # up to this number
    read_by_staff: int = 0
    reason: str = ""  # why a person was asked for
    summary: str = ""  # what the assistant did until then
    waiting_since: datetime | None = maybe_moment()
    answer_by: datetime | None = maybe_moment()
    first_answer_at: datetime | None = maybe_moment()
    rating: int | None = None
    rating_words: str = ""
    rated_at: datetime | None = maybe_moment()
    resolved_at: datetime | None = maybe_moment()
    memory: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)  # the assistant's: chat.dialog.memory.Memory
    created_at: datetime = moment()


class Message(SQLModel, table=True):
    """One message. Its number is given by `conversations.take_numbers`, in the transaction that keeps the message."""

    __table_args__ = (UniqueConstraint("conversation_id", "client_id"),)
    conversation_id: int = Field(foreign_key="conversation.id", primary_key=True, sa_type=BigId)
    seq: int = Field(primary_key=True)
    client_id: str
    author_kind: str  # chat.protocol.AuthorKind
    author_id: int | None = Field(default=None, sa_type=BigId)
    author_name: str
    text: str
    blocks: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
    request: dict[str, Any] | None = Field(default=None, sa_type=JSON)  # a button that was used: chat.protocol.Button
    staff_only: bool = False
    settles_seq: int | None = None
    settles_state: str | None = None
    at: datetime = moment()


class EmbeddedVisit(SQLModel, table=True):
    """Somebody signed in to the chat on another site. Code and token lie here only as hashes.

    It ends with the session that it was made from; `challenge` is the hash of what only the chat that asked knows.
    """

    __tablename__ = "embedded_visit"
    id: int | None = key()
    login_session_id: int = ref("login_session.id", index=True)
    site: str
    code_hash: str = Field(unique=True)
    challenge: str
    token_hash: str | None = Field(default=None, unique=True)
    created_at: datetime = moment()
    taken_at: datetime | None = maybe_moment()  # the code was used, whether it fitted or not
    seen_at: datetime = moment()
    ended_at: datetime | None = maybe_moment()
