"""What both sides of the chat protocol speak of: people, messages, conversations, commands, the queue."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from chat.blocks import Blocks, Part, ProposalState


class Status(StrEnum):
    """Who answers: the assistant; nobody yet, a person was asked for; a person; it is closed."""

    BOT = "bot"
    WAITING = "waiting"
    WITH_PERSON = "with_person"
    RESOLVED = "resolved"


class AuthorKind(StrEnum):
    CUSTOMER = "customer"
    BOT = "bot"
    STAFF = "staff"
    SYSTEM = "system"


class Person(Part):
    """Somebody in a conversation. The assistant has no id."""

    kind: AuthorKind
    id: int | None = None
    name: str


class Settled(Part):
    """Says what became of an earlier proposal of the same conversation; the client updates that message."""

    seq: int
    state: ProposalState


class ChatMessage(Part):
    """One message. `seq` rises within a conversation; it may skip numbers, so a gap means nothing."""

    conversation: str
    seq: int
    client_id: str
    """The id that the sender gave it; a client finds its own unconfirmed message by it."""
    author: Person
    text: str
    """The message in plain words: what was typed, or the gist of the blocks."""
    blocks: Blocks
    """What is shown; empty for a plain message, which shows its `text`."""
    staff_only: bool = False
    """A note: sent to staff alone."""
    settles: Settled | None = None
    at: datetime


class Conversation(Part):
    """A conversation as it stands."""

    number: str
    status: Status
    owner: Person | None
    """The person who answers, if one does."""
    customer: Person
    account: str
    """The customer (company) whose it is."""
    last_seq: int
    read_by_customer: int
    read_by_staff: int
    rating: int | None = None
    wait_minutes: int | None = None
    """About how long until a person answers, while it is waiting."""


class CommandField(Part):
    """A field of a command, for hints while it is typed."""

    name: str
    label: str
    refers: str = ""
    """invoice, subscription, payment, plan, card, amount, seats, rating, words, day, or nothing."""
    required: bool


class Command(Part):
    """A slash command that this person may use."""

    slash: str
    action: str
    title: str
    help: str
    icon: str
    fields: tuple[CommandField, ...]


class QueueRow(Part):
    """A conversation in the desk's queue."""

    conversation: str
    status: Status
    name: str
    account: str
    snippet: str
    owner: Person | None
    unread: int
    waiting_since: datetime | None
    answer_by: datetime | None
    """Until when the first answer is due."""
    late: bool
    last_at: datetime
    last_by: Person | None = None
    """The customer or colleague who wrote last; after a colleague it waits for the customer."""
