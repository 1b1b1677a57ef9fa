"""The only way to a conversation. Somebody else's is not found, exactly like one that isn't there."""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import col, select

from billing.access import clean_number
from billing.context import Context
from billing.errors import PortalError
from chat.models import Conversation, Message
from chat.protocol import Status


def access_conversation(ctx: Context, number: str, *, field: str = "conversation") -> Conversation:
    """The conversation of that number: a contact's own in the open account, any for staff. Raises `not_found`."""
    wanted = select(Conversation).where(Conversation.number == clean_number(number))
    if not ctx.actor.is_staff:
        wanted = wanted.where(
            Conversation.customer_id == ctx.actor.customer_id, Conversation.contact_id == _contact_id(ctx)
        )
    found = ctx.session.exec(wanted).first()
    if found is None:
        raise PortalError("not_found", thing="conversation", reference=number.strip(), field=field)
    return found


def access_message(ctx: Context, conversation: Conversation, seq: int) -> Message:
    """A message of a conversation that was accessed before. Raises `not_found`; notes are not found by customers."""
    found = ctx.session.get(Message, (conversation.id, seq))
    if found is None or (found.staff_only and not ctx.actor.is_staff):
        raise PortalError("not_found", thing="message", reference=str(seq), field="message_seq")
    return found


def open_conversation(ctx: Context) -> Conversation | None:
    """The contact's newest conversation that isn't closed, if there is one."""
    return ctx.session.exec(
        select(Conversation)
        .where(
            Conversation.customer_id == ctx.actor.customer_id,
            Conversation.contact_id == _contact_id(ctx),
            Conversation.status != Status.RESOLVED,
        )
        .order_by(col(Conversation.last_at).desc())
        .limit(1)
    ).first()


def open_conversations(ctx: Context, most: int) -> Sequence[Conversation]:
    """The contact's conversations that aren't closed and have words in them, the newest first, at most `most`."""
    return ctx.session.exec(
        select(Conversation)
        .where(
            Conversation.customer_id == ctx.actor.customer_id,
            Conversation.contact_id == _contact_id(ctx),
            Conversation.status != Status.RESOLVED,
            Conversation.last_seq > 0,
        )
        .order_by(col(Conversation.last_at).desc())
        .limit(most)
    ).all()


def _contact_id(ctx: Context) -> int | None:
    return ctx.actor.id if ctx.actor.kind == "contact" else None
