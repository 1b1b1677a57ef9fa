"""The conversation's own entries in the catalogue: ask for a person, rate; and, with them, what agents do."""

from __future__ import annotations

import re
from datetime import datetime

from pydantic import BaseModel
from sqlmodel import col, select

from billing.context import Context
from billing.effects import Effect, EffectFact
from billing.errors import CUSTOMER_ONLY, PortalError, not_allowed
from billing.references import Rating, Words
from billing.registry import Role, action
from chat import asked_elsewhere, desk, desk_actions
from chat.access import open_conversation
from chat.blocks import Text
from chat.conversations import Draft, announce, append_message, describe, start_conversation
from chat.models import Conversation
from chat.moves import Move, assistant, hand_over, locked, promise
from chat.protocol import Status

__all__ = ["asked_elsewhere", "desk_actions", "rate_conversation", "talk_to_person"]


_UPSET = re.compile(
    r"(?i)\b(?:furious|angry|upset|unhappy|fed up|terrible|awful|useless|ridiculous|unacceptable|disgrace|scandal\w*|"
    r"frustrat\w+|disappoint\w+|complain\w*|worst|nonsense|waste of time|overcharged|twice|wrong|stupid)\b"
)


class Asked(BaseModel):
    """A person was asked for. `wait_minutes` is about how long it takes, where that is known."""

    conversation: str
    status: Status
    wait_minutes: int | None
    answer_by: datetime | None
    sentence: str


class TalkInput(BaseModel):
    """What it is about, in the customer's words."""

    reason: Words = ""


def plan_talk(ctx: Context, input: TalkInput) -> Move:
    """Which conversation a person will be asked to join."""
    if ctx.actor.kind != "contact":
        raise not_allowed("Talk to a person", only=CUSTOMER_ONLY)
    facts = (EffectFact(label="Reason", value=input.reason),) if input.reason else ()
    return Move(Effect(title="Ask for a person", facts=facts, confirm="Ask for a person"), open_conversation(ctx))


@action(
    "support.talk_to_person",
    title="Talk to a person",
    help="Ask for a person to join this chat. They see what was said before.",
    role=Role.VIEWER,
    gate="talk_to_person",
    page="/chat",
    slash="/person",
    icon="user-round",
    phrases=(
        "can I talk to a person",
        "I want to speak to a human",
        "connect me to an agent",
        "let me talk to somebody real",
        "I need help from your support team",
        "I want to complain about {reason}",
        "call me back about {reason}",
    ),
    plan=plan_talk,
    audit="{actor} asked for a person in {conversation}.",
    asks=False,
)
def talk_to_person(ctx: Context, input: TalkInput, plan: Move) -> Asked:
    """Puts the conversation in the desk's queue; asking twice changes nothing."""
    conversation = locked(ctx, plan.conversation) if plan.conversation else start_conversation(ctx)
    if conversation.status == Status.WITH_PERSON:
        owner = describe(ctx.session, conversation).owner
        sentence = f"{owner.name if owner else 'A person'} already answers here."
        return _asked(ctx, conversation, sentence)
    sorry = "I am sorry about this. " if _UPSET.search(input.reason) else ""
    if conversation.status == Status.WAITING:
        sentence = f"{sorry}A person has been asked and has this chat. You need not ask again."
        return _asked(ctx, conversation, sentence)
    told = hand_over(ctx, conversation, input.reason, input.reason or "the customer asked for a person")
    result = _asked(ctx, conversation, f"{sorry}I have asked a person and passed on this chat. {promise(ctx)}")
    said = append_message(
        ctx.session,
        conversation,
        Draft(f"said:{told.seq}", assistant(ctx), result.sentence, (Text(text=result.sentence),)),
        ctx.now,
    )
    announce(ctx, conversation, told, said)
    return result


def _asked(ctx: Context, conversation: Conversation, sentence: str) -> Asked:
    return Asked(
        conversation=conversation.number,
        status=Status(conversation.status),
        wait_minutes=desk.expected_wait(ctx.session, ctx.now),
        answer_by=conversation.answer_by,
        sentence=sentence,
    )


class RateInput(BaseModel):
    """One to five, and words."""

    rating: Rating
    words: Words = ""


class Rated(BaseModel):
    """The rating as it is kept."""

    conversation: str
    rating: int
    sentence: str


def plan_rating(ctx: Context, input: RateInput) -> Move:
    """The person's newest conversation. Raises not_found without one, already_reviewed for one that was rated."""
    found = ctx.session.exec(
        select(Conversation)
        .where(
            Conversation.customer_id == ctx.actor.customer_id,
            Conversation.contact_id == (ctx.actor.id if ctx.actor.kind == "contact" else None),
        )
        .order_by(col(Conversation.last_at).desc())
        .limit(1)
    ).first()
    if found is None:
        raise PortalError("not_found", thing="conversation", reference="to rate")
    if found.rating is not None:
        raise PortalError("already_reviewed", field="rating")
    return Move(Effect(title=f"Rate this conversation {input.rating} of 5", confirm="Rate"), found)


@action(
    "support.rate",
    title="Rate the conversation",
    help="Say from 1 to 5 how your last conversation went, with words if you like.",
    role=Role.VIEWER,
    gate="rate_conversation",
    page="/chat",
    slash="/rate",
    icon="star",
    phrases=(
        "rate this conversation {rating}",
        "I want to rate this chat",
        "{rating} out of 5 for this chat",
        "you helped me well, {rating} stars for the chat",
        "give this conversation {rating} of 5: {words}",
    ),
    plan=plan_rating,
    audit="{actor} rated {conversation} {rating} of 5.",
    asks=False,
)
def rate_conversation(ctx: Context, input: RateInput, plan: Move) -> Rated:
    """Keeps the rating of the newest conversation."""
    assert plan.conversation is not None
    conversation = locked(ctx, plan.conversation)
    if conversation.rating is not None:
        raise PortalError("already_reviewed", field="rating")
    conversation.rating, conversation.rating_words, conversation.rated_at = input.rating, input.words, ctx.now
    sentence = f"Thank you. You gave this conversation {input.rating} of 5."
    draft = Draft(f"rated:{ctx.now.timestamp()}", assistant(ctx), sentence, (Text(text=sentence),))
    announce(ctx, conversation, append_message(ctx.session, conversation, draft, ctx.now))
    return Rated(conversation=conversation.number, rating=input.rating, sentence=sentence)
