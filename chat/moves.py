"""What the changes of a conversation's owner share: the locked row, the lines that tell of it, who may."""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import select

from billing.context import Context
from billing.effects import Effect
from billing.errors import PortalError
from billing.models.people import Staff
from chat.blocks import SystemLine
from chat.conversations import Draft, append_message
from chat.desk import expected_wait, summarise
from chat.hours import answer_due, opening
from chat.models import Conversation, Message
from chat.protocol import AuthorKind, Person, Status


@dataclass(frozen=True)
class Move:
    """A change of a conversation; `conversation` is None where one has to be started."""

    effect: Effect
    conversation: Conversation | None


def assistant(ctx: Context) -> Person:
    """The assistant, as the author of a message."""
    return Person(kind=AuthorKind.BOT, name=f"{ctx.preferences.business_name} assistant")


def locked(ctx: Context, conversation: Conversation) -> Conversation:
    """The conversation's row as it is now, locked until the end of the transaction."""
    statement = select(Conversation).where(Conversation.id == conversation.id).with_for_update(key_share=True)
    return ctx.session.exec(statement.execution_options(populate_existing=True)).one()


def held(ctx: Context, move: Move) -> Conversation:
    """The locked row of a change that has a conversation."""
    assert move.conversation is not None
    return locked(ctx, move.conversation)


def tell(ctx: Context, conversation: Conversation, text: str, *, staff_only: bool = False) -> Message:
    """Appends a line that says what happened to the conversation."""
    system = Person(kind=AuthorKind.SYSTEM, name="Parley")
    key = f"line:{conversation.last_seq + 1}"
    draft = Draft(key, system, text, (SystemLine(text=text),), staff_only=staff_only)
    return append_message(ctx.session, conversation, draft, ctx.now)


def hand_over(ctx: Context, conversation: Conversation, reason: str, why: str) -> Message:
    """Puts the conversation in the desk's queue, with a note of why for those who answer."""
    conversation.status = Status.WAITING
    conversation.reason = reason
    conversation.waiting_since = ctx.now
    conversation.first_answer_at = None
    conversation.answer_by = answer_due(ctx.preferences, ctx.now)
    conversation.summary = summarise(ctx.session, conversation)
    return tell(ctx, conversation, f"Assistant handed over. Reason: {why}", staff_only=True)


def promise(ctx: Context) -> str:
    """When a person answers, in a sentence."""
    if opening(ctx.preferences, ctx.now) > ctx.now:
        return f"People answer {ctx.preferences.people_hours}. You find the answer here."
    minutes = expected_wait(ctx.session, ctx.now)
    if minutes is None:
        return f"We aim to answer within {ctx.preferences.answer_within_minutes} minutes."
    return f"The wait is about {minutes} {'minute' if minutes == 1 else 'minutes'}."


def refuse_others(ctx: Context, conversation: Conversation) -> None:
    """Raises `taken` when another agent answers the conversation."""
    if conversation.status == Status.WITH_PERSON and conversation.owner_id != ctx.actor.id:
        owner = ctx.session.get(Staff, conversation.owner_id)
        raise PortalError("taken", name=owner.name if owner else "Somebody else")


def refuse_unless_own(ctx: Context, conversation: Conversation) -> None:
    """Raises `not_yours` unless this agent answers the conversation."""
    refuse_others(ctx, conversation)
    if conversation.status != Status.WITH_PERSON or conversation.owner_id != ctx.actor.id:
        raise PortalError("not_yours")


def no_longer_answered(conversation: Conversation, status: Status) -> None:
    """Ends the agent's part of the conversation."""
    conversation.status, conversation.owner_id = status, None
    conversation.answer_by = None
    conversation.unread_by_staff = 0
