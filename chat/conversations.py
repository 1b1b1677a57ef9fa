"""Messages and their numbers: the one place where a sequence number is given, and the reads."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
from sqlmodel import Session, col, func, select, update
from sqlmodel.sql.expression import SelectOfScalar

from billing.context import Context
from billing.models.people import Contact, Customer, Staff
from chat import protocol
from chat.blocks import Blocks, dump_blocks, load_blocks
from chat.models import Conversation, Message
from chat.protocol import AuthorKind, ChatMessage, Person, Settled, Status

PAGE = 50
SNIPPET = 160
EVENT = "conversation.changed"


@dataclass(frozen=True)
class Draft:
    """A message that has no number yet. `client_id` makes it one message however often it is appended."""

    client_id: str
    author: Person
    text: str
    blocks: Blocks = ()
    request: dict[str, Any] | None = None
    staff_only: bool = False
    settles: Settled | None = None


@dataclass(frozen=True)
class Growth:
    """By how many messages a conversation grows, and what its row then says."""

    conversation_id: int
    count: int
    snippet: str | None = None
    from_customer: int = 0
    from_business: int = 0


GROWN = """UPDATE conversation AS c SET last_seq = c.last_seq + g.count, last_at = {p},
 snippet = COALESCE(g.snippet, c.snippet), unread_by_staff = c.unread_by_staff + g.from_customer,
 unread_by_customer = c.unread_by_customer + g.from_business FROM {growths} WHERE c.id = g.id"""
POSTGRES_GROWN = GROWN.format(
    p="%s",
    growths="unnest(%s::bigint[], %s::int[], %s::text[], %s::int[], %s::int[])"
    " AS g(id, count, snippet, from_customer, from_business)",
)
SQLITE_GROWN = GROWN.format(
    p="?",
    growths="(SELECT value ->> 0 AS id, value ->> 1 AS count, value ->> 2 AS snippet, value ->> 3 AS from_customer,"
    " value ->> 4 AS from_business FROM json_each(?)) AS g",
)
POSTGRES_NUMBERS = " RETURNING c.id, c.last_seq"
SQLITE_NUMBERS = """SELECT json_group_array(json_array(id, last_seq)) FROM conversation
 WHERE id IN (SELECT value ->> 0 FROM json_each(?))"""


def take_numbers(cursor: Any, growths: Sequence[Growth], at: datetime) -> dict[int, int]:
    """Gives each conversation `count` numbers and returns its new last one; they are taken when the cursor commits.

    `cursor` is the driver's own, of SQLite or PostgreSQL. The conversation's row stays locked until then, so numbers
    are in the order of the commits, without a gap.
    """
    rows = [(g.conversation_id, g.count, g.snippet, g.from_customer, g.from_business) for g in growths]
    if is_postgres(cursor):
        cursor.execute(POSTGRES_GROWN + POSTGRES_NUMBERS, (at, *(list(column) for column in zip(*rows, strict=True))))
        return dict(cursor.fetchall())
    packed = orjson.dumps(rows).decode()
    cursor.execute(SQLITE_GROWN, (sqlite_moment(at), packed))
    return dict(orjson.loads(cursor.execute(SQLITE_NUMBERS, (packed,)).fetchone()[0]))


def is_postgres(cursor: Any) -> bool:
    """Whether the driver's cursor is PostgreSQL's; else it is SQLite's."""
    return bool(cursor.__class__.__module__.startswith("psycopg"))


def sqlite_moment(at: datetime) -> str:
    """The moment as the tables keep it on SQLite."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


def snippet_of(text: str) -> str:
    """The first line of a message, short enough for a list."""
    line = " ".join(text.split())
    return line if len(line) <= SNIPPET else line[: SNIPPET - 1].rstrip() + "…"


def append_message(session: Session, conversation: Conversation, draft: Draft, at: datetime) -> Message:
    """Keeps a message in the session's transaction and returns it; one with that client id is returned as it is."""
    assert conversation.id is not None
    kept = find_by_client_id(session, conversation.id, draft.client_id)
    if kept is not None:
        return kept
    session.flush()
    customers = draft.author.kind is AuthorKind.CUSTOMER
    business = draft.author.kind in (AuthorKind.BOT, AuthorKind.STAFF) and not draft.staff_only
    growth = Growth(
        conversation.id,
        1,
        snippet_of(draft.text) if customers else None,
        from_customer=int(customers),
        from_business=int(business),
    )
    cursor = session.connection().connection.cursor()
    try:
        seq = take_numbers(cursor, [growth], at)[conversation.id]
    finally:
        cursor.close()
    message = Message(
        conversation_id=conversation.id,
        seq=seq,
        client_id=draft.client_id,
        author_kind=draft.author.kind,
        author_id=draft.author.id,
        author_name=draft.author.name,
        text=draft.text,
        blocks=dump_blocks(draft.blocks),
        request=draft.request,
        staff_only=draft.staff_only,
        settles_seq=draft.settles.seq if draft.settles else None,
        settles_state=draft.settles.state if draft.settles else None,
        at=at,
    )
    session.add(message)
    session.flush()
    session.refresh(conversation)
    return message


def find_by_client_id(session: Session, conversation_id: int, client_id: str) -> Message | None:
    """The message that was kept under this client id."""
    return session.exec(
        select(Message).where(Message.conversation_id == conversation_id, Message.client_id == client_id)
    ).first()


def start_conversation(ctx: Context) -> Conversation:
    """A new conversation of the acting contact with the assistant."""
    assert ctx.actor.kind == "contact" and ctx.actor.id is not None
    conversation = Conversation(
        number=f"new {ctx.actor.id} {ctx.now.timestamp()}",
        customer_id=ctx.customer.id or 0,
        contact_id=ctx.actor.id,
        last_at=ctx.now,
        created_at=ctx.now,
    )
    ctx.session.add(conversation)
    ctx.session.flush()
    conversation.number = f"CV-{ctx.now:%Y}-{conversation.id:04d}"
    ctx.session.flush()
    return conversation


def announce(ctx: Context, conversation: Conversation, *messages: Message) -> None:
    """Tells everybody who looks at the conversation, in every process, once the transaction has committed."""
    seqs = [message.seq for message in messages]
    ctx.emit(
        EVENT, "conversations", customer_id=conversation.customer_id, conversation_id=conversation.id, messages=seqs
    )


def newest(session: Session, conversation: Conversation, *, staff: bool, size: int = PAGE) -> Sequence[Message]:
    """The newest messages, in order."""
    return page_before(session, conversation, conversation.last_seq + 1, staff=staff, size=size)


def page_before(
    session: Session, conversation: Conversation, before_seq: int, *, staff: bool, size: int = PAGE
) -> Sequence[Message]:
    """Up to `size` messages before that number, in order. Notes are for staff alone."""
    wanted = _visible(conversation, staff).where(Message.seq < before_seq)
    return session.exec(wanted.order_by(col(Message.seq).desc()).limit(size)).all()[::-1]


def after(session: Session, conversation: Conversation, after_seq: int, *, staff: bool, size: int) -> Sequence[Message]:
    """Up to `size` messages after that number, in order."""
    wanted = _visible(conversation, staff).where(Message.seq > after_seq)
    return session.exec(wanted.order_by(col(Message.seq)).limit(size)).all()


def mark_read(session: Session, conversation: Conversation, seq: int, *, staff: bool) -> bool:
    """Notes that a side has seen everything up to `seq`; False when that was known."""
    seq = min(seq, conversation.last_seq)
    if seq <= (conversation.read_by_staff if staff else conversation.read_by_customer):
        return False
    others = [AuthorKind.CUSTOMER] if staff else [AuthorKind.BOT, AuthorKind.STAFF]
    unread = (
        select(func.count())
        .select_from(Message)
        .where(
            Message.conversation_id == conversation.id,
            Message.seq > seq,
            col(Message.author_kind).in_(others),
            col(Message.staff_only).is_(False),
        )
        .scalar_subquery()
    )
    values: dict[str, Any] = (
        {"read_by_staff": seq, "unread_by_staff": unread}
        if staff
        else {"read_by_customer": seq, "unread_by_customer": unread}
    )
    session.exec(update(Conversation).where(col(Conversation.id) == conversation.id).values(**values))
    return True


def describe(session: Session, conversation: Conversation) -> protocol.Conversation:
    """The conversation as both sides see it."""
    contact = session.get_one(Contact, conversation.contact_id)
    customer = session.get_one(Customer, conversation.customer_id)
    owner = session.get(Staff, conversation.owner_id) if conversation.owner_id is not None else None
    return protocol.Conversation(
        number=conversation.number,
        status=Status(conversation.status),
        owner=Person(kind=AuthorKind.STAFF, id=owner.id, name=owner.name) if owner else None,
        customer=Person(kind=AuthorKind.CUSTOMER, id=contact.id, name=contact.name),
        account=customer.name,
        last_seq=conversation.last_seq,
        read_by_customer=conversation.read_by_customer,
        read_by_staff=conversation.read_by_staff,
        rating=conversation.rating,
    )


def spoken(conversation: Conversation, messages: Iterable[Message]) -> tuple[ChatMessage, ...]:
    """The messages as the protocol has them."""
    return tuple(
        ChatMessage(
            conversation=conversation.number,
            seq=row.seq,
            client_id=row.client_id,
            author=Person(kind=AuthorKind(row.author_kind), id=row.author_id, name=row.author_name),
            text=row.text,
            blocks=load_blocks(row.blocks),
            staff_only=row.staff_only,
            settles=_settled(row),
            at=row.at,
        )
        for row in messages
    )


def _settled(row: Message) -> Settled | None:
    if row.settles_seq is None or row.settles_state is None:
        return None
    return Settled.model_validate({"seq": row.settles_seq, "state": row.settles_state})


def _visible(conversation: Conversation, staff: bool) -> SelectOfScalar[Message]:
    wanted = select(Message).where(Message.conversation_id == conversation.id)
    return wanted if staff else wanted.where(col(Message.staff_only).is_(False))
