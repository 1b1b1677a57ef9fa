"""What staff ask of the assistant in a conversation: commands that act on its account. The customer sees none of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import structlog

from billing.context import Actor, Contexts
from billing.errors import PortalError
from billing.registry import Channel
from chat.access import access_conversation
from chat.blocks import Block, Proposal, Reply, Text
from chat.confirmations import replace_older
from chat.conversations import Draft, announce, append_message, find_by_client_id
from chat.dialog.reply import answer_staff
from chat.dialog.turn import Turn, begin
from chat.models import Conversation, Message
from chat.moves import assistant, locked
from chat.protocol import Ack, AuthorKind, Person

log = structlog.get_logger(__name__)


def on_account(actor: Actor, conversation: Conversation) -> Actor:
    """The colleague, acting on the account whose conversation it is."""
    return replace(actor, customer_id=conversation.customer_id)


def take_command(
    contexts: Contexts, actor: Actor, number: str, client_id: str, text: str, request: dict[str, Any] | None
) -> tuple[Ack, int]:
    """Keeps a colleague's command as a note, once, and gives its number. Raises not_found."""
    with contexts.open(actor, Channel.DESK, writes=True) as ctx:
        conversation = locked(ctx, access_conversation(ctx, number))
        author = Person(kind=AuthorKind.STAFF, id=actor.id, name=actor.name)
        draft = Draft(client_id, author, text, request=request, staff_only=True)
        known = find_by_client_id(ctx.session, conversation.id or 0, client_id)
        message = known or append_message(ctx.session, conversation, draft, ctx.now)
        if known is None:
            announce(ctx, conversation, message)
        ack = Ack(client_id=client_id, conversation=conversation.number, seq=message.seq, at=message.at)
        return ack, message.conversation_id


def answer_command(contexts: Contexts, actor: Actor, number: str, seq: int) -> bool:
    """Answers that command as a note, once: a figure, a question, or what would happen with its buttons."""
    with contexts.open(actor, Channel.DESK) as ctx:
        conversation = access_conversation(ctx, number)
        answered = find_by_client_id(ctx.session, conversation.id or 0, f"answer:{seq}")
    if answered is not None:
        return False
    with contexts.open(on_account(actor, conversation), Channel.DESK) as ctx:
        turn = begin(ctx, conversation)
        asked = ctx.session.get_one(Message, (conversation.id, seq))
    blocks = _answer(turn, asked)
    if not blocks:
        return False
    reply = Reply(blocks=blocks)
    with contexts.open(actor, Channel.DESK, writes=True) as ctx:
        held = locked(ctx, conversation)
        proposes = any(isinstance(block, Proposal) for block in reply.blocks)
        settles = replace_older(ctx, held, staff_only=True) if proposes else None
        key = f"answer:{seq}"
        draft = Draft(key, assistant(ctx), reply.words, reply.blocks, staff_only=True, settles=settles)
        announce(ctx, held, append_message(ctx.session, held, draft, ctx.now))
    return True


def _answer(turn: Turn, asked: Message) -> tuple[Block, ...]:
    try:
        return answer_staff(turn, asked.text, asked.request)
    except PortalError as error:
        return (Text(text=error.message),)
    except Exception:
        log.exception("command_failed", conversation=turn.conversation.number, seq=asked.seq)
        return (Text(text="This could not be worked out. Nothing was changed."),)
