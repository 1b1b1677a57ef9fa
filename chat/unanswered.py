"""A message that nobody answered: when a person leaves, the assistant offers to take it up."""

from __future__ import annotations

from sqlmodel import col, select

from billing.context import Context
from chat.blocks import QuickReplies, QuickReply, Text
from chat.conversations import Draft, append_message, snippet_of
from chat.dialog.memory import recall
from chat.models import Conversation, Message
from chat.moves import assistant
from chat.protocol import AuthorKind
from chat.understanding import Account, Answer, understand

SPEAKERS = (AuthorKind.CUSTOMER, AuthorKind.STAFF, AuthorKind.BOT)


def offer_answer(ctx: Context, conversation: Conversation) -> Message | None:
    """Offers to answer the customer's last message, where it was the last that anybody said; once for each message.

    In the context's transaction, on the locked conversation. Thanks and greetings need no answer.
    """
    asked = ctx.session.exec(
        select(Message)
        .where(
            Message.conversation_id == conversation.id,
            col(Message.staff_only).is_(False),
            col(Message.author_kind).in_(SPEAKERS),
        )
        .order_by(col(Message.seq).desc())
        .limit(1)
    ).first()
    if asked is None or asked.author_kind != AuthorKind.CUSTOMER or asked.request is not None:
        return None
    account = Account(today=ctx.now.date(), business=ctx.preferences.business_name)
    if all(one.talk is not None for one in understand(asked.text, ctx.contexts.registry, account)):
        return None
    said = f"“{snippet_of(asked.text)}” was not answered yet. Shall I look at it?"
    reply = QuickReply(label="Yes, answer it", send=asked.text)
    offered = Answer(label=reply.label, send=asked.text)
    conversation.memory = recall(conversation.memory).asking(None).offering([offered]).model_dump(mode="json")
    blocks = (Text(text=said), QuickReplies(replies=(reply,)))
    return append_message(ctx.session, conversation, Draft(f"offer:{asked.seq}", assistant(ctx), said, blocks), ctx.now)
