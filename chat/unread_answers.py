"""A person's answer that nobody reads, because the conversation isn't open, is told like other news, once.

Messages are kept in batches that do nothing else, so this looks a moment later: whoever has the conversation open has
read it by then. Reading it, here or there, marks the notice too.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import and_, exists, or_
from sqlmodel import col, func, select

from billing.context import Context, Contexts
from billing.models.notices import Notice, NoticeKind
from billing.notices.telling import News, seen, tell
from billing.registry import Channel
from chat.models import Conversation, Message
from chat.protocol import AuthorKind, Status

OPEN_READS_WITHIN = timedelta(seconds=4)
LOOKS_BACK = timedelta(days=1)
LONGEST = 90
MOST = 200


def tell_unread_answers(contexts: Contexts) -> int:
    """Tells customers of answers that have waited for some seconds; gives how many notices were written."""
    with contexts.system(channel=Channel.CHAT) as ctx:
        if not _unread(ctx):
            return 0
    with contexts.system(writes=True, channel=Channel.CHAT) as ctx:
        found = _unread(ctx)
        for conversation, message in found:
            details = {"by": message.author_name, "words": _beginning(message.text)}
            tell(ctx, News(
                conversation.customer_id, NoticeKind.ANSWERED, f"answer/{conversation.number}/{message.seq}",
                conversation.number, details, only=conversation.contact_id,
            ))  # fmt: skip
            ctx.emit("notifications.told", "notifications", customer_id=conversation.customer_id)
        return len(found)


def answers_read(ctx: Context, conversation: Conversation) -> None:
    """The customer has read the conversation: what they were told of it is no news any more."""
    if seen(ctx, conversation.customer_id, conversation.contact_id, NoticeKind.ANSWERED, conversation.number):
        ctx.emit("notifications.read", "notifications", customer_id=conversation.customer_id)


def _unread(ctx: Context) -> list[tuple[Conversation, Message]]:
    """The last unread answer of each conversation in which a person answers, where nothing of it waits to be read.

    Who has marked the notice as read hears again of what comes after it.
    """
    last = (
        select(Message.conversation_id, func.max(Message.seq).label("seq"))
        .join(Conversation, col(Conversation.id) == col(Message.conversation_id))
        .where(
            or_(
                col(Conversation.status) == Status.WITH_PERSON,
                and_(
                    col(Conversation.status) == Status.RESOLVED,
                    col(Conversation.waiting_since) > ctx.now - LOOKS_BACK,
                ),
            ),
            Conversation.unread_by_customer > 0,
            Message.author_kind == AuthorKind.STAFF, col(Message.staff_only).is_(False),
            Message.seq > Conversation.read_by_customer, col(Message.at) <= ctx.now - OPEN_READS_WITHIN,
        )
        .group_by(col(Message.conversation_id))
        .limit(MOST)
        .subquery()
    )  # fmt: skip
    told = exists().where(
        col(Notice.customer_id) == col(Conversation.customer_id), col(Notice.subject) == col(Conversation.number),
        col(Notice.kind) == NoticeKind.ANSWERED.value, or_(col(Notice.read_at).is_(None), col(Notice.at) > Message.at),
    )  # fmt: skip
    rows = ctx.session.exec(
        select(Conversation, Message)
        .join(last, last.c.conversation_id == col(Conversation.id))
        .join(Message, and_(col(Message.conversation_id) == last.c.conversation_id, col(Message.seq) == last.c.seq))
        .where(~told)
    ).all()
    return [(conversation, message) for conversation, message in rows]


def _beginning(text: str) -> str:
    """The first words, as many as fit a line."""
    words = " ".join(text.split())
    return words if len(words) <= LONGEST else f"{words[: LONGEST - 1].rstrip()}…"
