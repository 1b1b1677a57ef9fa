"""What agents see: who waits and for how long, and what the assistant did before."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from statistics import median

from sqlmodel import Session, col, func, or_, select

from billing.context import Context
from billing.models.people import Contact, Customer, Staff
from chat import protocol
from chat.blocks import Outcome, Receipt, load_blocks
from chat.conversations import describe, newest
from chat.models import Conversation, Message
from chat.protocol import AuthorKind, Person, QueueRow, QueueState, Status

LONGEST_QUEUE = 200
ENOUGH_WAITS = 3
LONGEST_QUOTE = 90
_ASKS_FOR_PERSON = re.compile(
    r"^(?=.{0,80}$).*\b(talk|speak|chat|connect|transfer|get|want|need|real)\b.*\b(person|human|agent|someone|somebody)\b",
    re.I,
)


def queue(ctx: Context) -> QueueState:
    """The desk's queue: the agent's own first, then who waits, longest first, then what others answer."""
    rows = ctx.session.exec(
        select(Conversation, Contact.name, Customer.name, Staff)
        .join(Contact, col(Contact.id) == col(Conversation.contact_id))
        .join(Customer, col(Customer.id) == col(Conversation.customer_id))
        .outerjoin(Staff, col(Staff.id) == col(Conversation.owner_id))
        .where(or_(col(Conversation.status) == Status.WAITING, col(Conversation.status) == Status.WITH_PERSON))
        .order_by(col(Conversation.waiting_since), col(Conversation.id))
        .limit(LONGEST_QUEUE)
    ).all()
    last = _last_authors(ctx.session, [conversation for conversation, *_ in rows])
    found = [_row(ctx, *row, last.get(row[0].id)) for row in rows]
    found.sort(key=lambda row: _place(ctx, row))
    return QueueState(rows=tuple(found), open=len(found), late=sum(row.late for row in found))


def _place(ctx: Context, row: QueueRow) -> int:
    if row.owner is None:
        return 1
    return 0 if row.owner.id == ctx.actor.id else 2


def _last_authors(session: Session, conversations: Sequence[Conversation]) -> dict[int | None, Person]:
    """Who of customer and staff wrote last in each, notes aside: one step into the key of messages for each."""
    newest = (
        select(Message.seq)
        .where(
            Message.conversation_id == Conversation.id,
            col(Message.author_kind).in_((AuthorKind.CUSTOMER, AuthorKind.STAFF)),
            ~col(Message.staff_only),
        )
        .order_by(col(Message.seq).desc())
        .limit(1)
        .correlate(Conversation)
        .scalar_subquery()
    )
    rows = session.exec(
        select(Message)
        .join(Conversation, col(Conversation.id) == col(Message.conversation_id))
        .where(col(Conversation.id).in_([one.id for one in conversations]), Message.seq == newest)
    ).all()
    return {
        row.conversation_id: Person(kind=AuthorKind(row.author_kind), id=row.author_id, name=row.author_name)
        for row in rows
    }


def _row(
    ctx: Context, conversation: Conversation, name: str, account: str, owner: Staff | None, last_by: Person | None
) -> QueueRow:
    return QueueRow(
        conversation=conversation.number,
        status=Status(conversation.status),
        name=name,
        account=account,
        snippet=conversation.snippet,
        owner=Person(kind=AuthorKind.STAFF, id=owner.id, name=owner.name) if owner else None,
        unread=conversation.unread_by_staff,
        waiting_since=conversation.waiting_since if conversation.first_answer_at is None else None,
        answer_by=conversation.answer_by,
        late=conversation.answer_by is not None and ctx.now > conversation.answer_by,
        last_at=conversation.last_at,
        last_by=last_by,
    )


def expected_wait(session: Session, now: datetime) -> int | None:
    """About how many minutes one waits for a first answer now; None when too few have waited to tell.

    The middle one of the last twenty waits, or longer when somebody has been waiting for longer already.
    """
    rows = session.exec(
        select(Conversation.waiting_since, Conversation.first_answer_at)
        .where(col(Conversation.first_answer_at).is_not(None), col(Conversation.waiting_since).is_not(None))
        .order_by(col(Conversation.first_answer_at).desc())
        .limit(20)
    ).all()
    waits = [(answered - since).total_seconds() / 60 for since, answered in rows if since and answered]
    if len(waits) < ENOUGH_WAITS:
        return None
    first = session.exec(
        select(func.min(Conversation.waiting_since)).where(
            Conversation.status == Status.WAITING, col(Conversation.first_answer_at).is_(None)
        )
    ).one()
    longest = (now - first).total_seconds() / 60 if first else 0
    return max(1, round(median(waits)), round(longest))


def stand(session: Session, conversation: Conversation, now: datetime) -> protocol.Conversation:
    """The conversation as both sides see it, with the expected wait while somebody is awaited."""
    described = describe(session, conversation)
    if described.status is not Status.WAITING:
        return described
    return described.model_copy(update={"wait_minutes": expected_wait(session, now)})


def summarise(session: Session, conversation: Conversation) -> str:
    """What was asked and what was done before a person came, from the messages themselves."""
    said: list[str] = []
    done: list[str] = []
    for message in newest(session, conversation, staff=False, size=200):
        if message.author_kind == AuthorKind.CUSTOMER and message.request is None:
            said.append(" ".join(message.text.split()))
        for block in load_blocks(message.blocks):
            if isinstance(block, Receipt) and block.outcome is Outcome.DONE:
                done.append(f"{block.title} ({block.reference})" if block.reference else block.title)
    return sum_up(said, done)


def sum_up(said: Sequence[str], done: Sequence[str]) -> str:
    """The last thing that was asked, the one before it, and what was done: short enough to be read at a glance.

    Asking for a person is left out: that is why the agent reads it.
    """
    asked = list(dict.fromkeys(text for text in said if text and not _ASKS_FOR_PERSON.search(text)))
    parts = [f"Wants: {_quoted(asked[-1])}."] if asked else ["Asked for a person, and nothing else yet."]
    parts += [f"Asked before: {_quoted(asked[-2])}."] if len(asked) > 1 else []
    more = f" and {len(done) - 2} more" if len(done) > 2 else ""
    parts += [f"Done here: {'; '.join(done[-2:])}{more}."] if done else []
    return " ".join(parts)


def _quoted(text: str) -> str:
    return f"“{text}”" if len(text) <= LONGEST_QUOTE else f"“{text[: LONGEST_QUOTE - 1].rstrip()}…”"
