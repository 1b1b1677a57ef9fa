"""What the assistant said last in a conversation."""

from __future__ import annotations

from sqlmodel import col, select

from billing.context import Context
from chat.dialog.turn import Turn
from chat.models import Message
from chat.protocol import AuthorKind


def said_lately(ctx: Context, turn: Turn, most: int) -> list[Message]:
    """The assistant's messages to this kind of reader, the newest first."""
    wanted = select(Message).where(
        Message.conversation_id == turn.conversation.id,
        Message.author_kind == AuthorKind.BOT,
        col(Message.staff_only).is_(turn.actor.is_staff),
    )
    return list(ctx.session.exec(wanted.order_by(col(Message.seq).desc()).limit(most)))
