"""The assistant's turn: whether it may speak, and keeping what it said."""

from __future__ import annotations

from collections.abc import Callable

import structlog
from sqlmodel import Session

from billing.context import Actor, Context, Contexts
from billing.errors import PortalError
from billing.registry import Channel
from chat.blocks import Proposal, QuickReplies, QuickReply, Reply, Text
from chat.confirmations import replace_older
from chat.conversations import Draft, announce, append_message, find_by_client_id
from chat.models import Conversation, Message
from chat.moves import assistant, locked
from chat.protocol import AuthorKind, Status
from chat.understanding.languages import KEPT as KEPT_IN
from chat.understanding.languages import foreign_language

log = structlog.get_logger(__name__)
KEPT = "I have no answer to that, so I have kept it for the person who joins you here. They read all that you write."
Replier = Callable[[Contexts, Actor, Conversation, Message], Reply]


def is_explicit(message: Message) -> bool:
    """Whether the message calls the assistant by itself: a slash command, a button, a form."""
    return message.request is not None or message.text.startswith("/")


def may_speak(conversation: Conversation, asked: Message) -> bool:
    """Whether the assistant may answer this message, as the conversation stands now.

    It answers while nobody has taken the conversation. With a person, or when it is closed, it only carries out
    commands and buttons.
    """
    if asked.author_kind != AuthorKind.CUSTOMER:
        return False
    return is_explicit(asked) or conversation.status in (Status.BOT, Status.WAITING)


def load_turn(session: Session, conversation_id: int, seq: int) -> tuple[Conversation, Message]:
    """The conversation and the message that is to be answered."""
    conversation = session.get_one(Conversation, conversation_id)
    return conversation, session.get_one(Message, (conversation_id, seq))


def answer(contexts: Contexts, actor: Actor, conversation_id: int, seq: int, reply_to: Replier) -> bool:
    """Lets the assistant answer the message `seq`, once; False when it had nothing to say or may not speak.

    Whether it may is decided by the transaction that keeps the answer: when somebody took the conversation while it
    was thinking, the answer is dropped.
    """
    with contexts.open(actor, Channel.CHAT) as ctx:
        conversation, asked = load_turn(ctx.session, conversation_id, seq)
        answered = find_by_client_id(ctx.session, conversation_id, f"answer:{seq}")
    if answered is not None or not may_speak(conversation, asked):
        return False
    reply = _think(contexts, actor, conversation, asked, reply_to)
    if not reply.blocks and reply.memory is None:
        return False
    with contexts.open(actor, Channel.CHAT, writes=True) as ctx:
        now_held = locked(ctx, conversation)
        if not may_speak(now_held, asked):
            return False
        if reply.unsure and now_held.status == Status.WAITING:
            return _keep_for_person(ctx, now_held, asked)
        if reply.memory is not None:
            now_held.memory = reply.memory
        if not reply.blocks:
            return False
        proposes = any(isinstance(block, Proposal) for block in reply.blocks)
        settles = replace_older(ctx, now_held) if proposes else None
        draft = Draft(f"answer:{seq}", assistant(ctx), reply.words, reply.blocks, settles=settles)
        announce(ctx, now_held, append_message(ctx.session, now_held, draft, ctx.now))
    return True


def _keep_for_person(ctx: Context, conversation: Conversation, asked: Message) -> bool:
    """Says that what has no answer waits for the person who was asked; once for each wait, then False.

    It is said in the language of the message, as far as that is known.
    """
    since = conversation.waiting_since
    key = f"kept:{since.timestamp() if since else 0}"
    if find_by_client_id(ctx.session, conversation.id or 0, key) is not None:
        return False
    said = KEPT_IN.get(foreign_language(asked.text), KEPT)
    draft = Draft(key, assistant(ctx), said, (Text(text=said),))
    announce(ctx, conversation, append_message(ctx.session, conversation, draft, ctx.now))
    return True


def _think(contexts: Contexts, actor: Actor, conversation: Conversation, asked: Message, reply_to: Replier) -> Reply:
    try:
        return reply_to(contexts, actor, conversation, asked)
    except PortalError as error:
        return Reply(blocks=(Text(text=error.message),))
    except Exception:
        log.exception("assistant_failed", conversation=conversation.number, seq=asked.seq)
        sorry = "I could not work this out. Nothing was changed. Ask in other words, or talk to a person."
        person = QuickReply(label="Talk to a person", action="support.talk_to_person")
        return Reply(blocks=(Text(text=sorry), QuickReplies(replies=(person,))))


def reopen(ctx: Context, conversation: Conversation) -> None:
    """Opens a closed conversation again, with the assistant, because its customer writes on."""
    conversation.status, conversation.owner_id = Status.BOT, None
    conversation.resolved_at = None
    conversation.rating, conversation.rating_words, conversation.rated_at = None, "", None
    conversation.waiting_since = conversation.first_answer_at = conversation.answer_by = None
