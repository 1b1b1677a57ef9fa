"""What happened, for those who look on: the event table read as it grows, by each process for its own sockets."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, func, or_, select

from billing.context import Contexts
from billing.models.records import EventRecord
from billing.registry import Channel
from chat import desk, protocol
from chat.conversations import EVENT, spoken
from chat.models import Conversation, Message
from chat.protocol import Status

LATE_COMMIT_SECONDS = 30.0


def room_of(conversation_id: int, *, staff: bool = False) -> str:
    """The room of those who look at a conversation; notes go to that of the staff."""
    return f"{'notes' if staff else 'talk'}:{conversation_id}"


def room_of_customer(customer_id: int) -> str:
    """The room of everybody who has this account open."""
    return f"account:{customer_id}"


def room_of_contact(contact_id: int, customer_id: int) -> str:
    """The room of one person's tabs."""
    return f"contact:{contact_id}:{customer_id}"


DESK = "desk"
EVERYBODY = "everybody"
PREFERENCES = "preferences"  # the topic of what an admin changes for all


@dataclass(frozen=True)
class Outgoing:
    """One push: the event's name, its payload, and to which room."""

    room: str
    event: str
    payload: dict[str, Any]


@dataclass
class Outbox:
    """Where this process has read to. On PostgreSQL a lower number may be committed after a higher one: those that
    are missing are asked for again for half a minute.
    """

    last: int | None = None
    missing: dict[int, float] = field(default_factory=dict)

    def read(self, contexts: Contexts) -> tuple[list[Outgoing], set[int]]:
        """What is new, as pushes, and the customers whose payments moved. The first call only finds its place."""
        with contexts.system(channel=Channel.CHAT) as ctx:
            if self.last is None:
                self.last = ctx.session.exec(select(func.max(EventRecord.id))).one() or 0
                return [], set()
            events = self._unseen(ctx.session)
            outgoing = [push for event in events for push in _pushes(ctx.session, event)]
            if any(event.name == EVENT for event in events):
                outgoing.append(queue_push(ctx.session, ctx.now))
        paid = {event.customer_id for event in events if event.customer_id is not None and "payments" in event.topics}
        return outgoing, paid

    def _unseen(self, session: Session) -> list[EventRecord]:
        assert self.last is not None
        now = time.monotonic()
        self.missing = {number: since for number, since in self.missing.items() if now - since < LATE_COMMIT_SECONDS}
        events = session.exec(
            select(EventRecord)
            .where(or_(col(EventRecord.id) > self.last, col(EventRecord.id).in_(list(self.missing))))
            .order_by(col(EventRecord.id))
        ).all()
        found = {event.id for event in events if event.id is not None}
        newest = max(found | {self.last})
        for number in range(self.last + 1, newest):
            self.missing.setdefault(number, now)
        for number in found:
            self.missing.pop(number, None)
        self.last = newest
        return list(events)


def _pushes(session: Session, event: EventRecord) -> Iterable[Outgoing]:
    if event.name == EVENT:
        yield from _conversation_pushes(session, event.details["conversation_id"], event.details["messages"], event.at)
    everybody = PREFERENCES in event.topics
    if event.topics and (everybody or event.customer_id is not None):
        payload = protocol.Changed(topics=tuple(event.topics)).model_dump(mode="json")
        yield Outgoing(EVERYBODY if everybody else room_of_customer(event.customer_id or 0), "changed", payload)


def _conversation_pushes(session: Session, conversation_id: int, seqs: list[int], at: datetime) -> Iterable[Outgoing]:
    conversation = session.get_one(Conversation, conversation_id)
    rows = session.exec(
        select(Message)
        .where(Message.conversation_id == conversation_id, col(Message.seq).in_(seqs))
        .order_by(col(Message.seq))
    ).all()
    for message in spoken(conversation, rows):
        payload = protocol.MessagePush(message=message).model_dump(mode="json")
        yield Outgoing(room_of(conversation_id, staff=message.staff_only), "message", payload)
    stands = protocol.ConversationPush(conversation=desk.stand(session, conversation, at)).model_dump(mode="json")
    yield Outgoing(room_of(conversation_id), "conversation", stands)
    yield Outgoing(room_of_contact(conversation.contact_id, conversation.customer_id), "conversation", stands)


def queue_push(session: Session, now: Any) -> Outgoing:
    """Tells the desk how many are open and late."""
    in_queue = col(Conversation.status).in_([Status.WAITING, Status.WITH_PERSON])
    count = select(func.count()).select_from(Conversation).where(in_queue)
    opened = session.exec(count).one()
    late = session.exec(count.where(col(Conversation.answer_by) < now)).one()
    return Outgoing(DESK, "queue_changed", protocol.QueueChanged(open=opened, late=late).model_dump())
