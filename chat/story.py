"""The story's conversations: Ania's with the assistant, five who wait for a person, and some that went before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, select

from billing.config import STORY_BEGINS
from billing.context import Actor, Context, Contexts
from billing.effects import Effect, LineKind
from billing.models.people import Contact, Membership, Staff
from billing.registry import Channel, Role
from chat.actions import RateInput, TalkInput, rate_conversation, talk_to_person
from chat.blocks import Blocks, Cell, Column, QuickReplies, QuickReply, Row, Table, Text
from chat.conversations import Draft, append_message, start_conversation
from chat.models import Conversation
from chat.moves import Move, assistant, no_longer_answered, tell
from chat.protocol import AuthorKind, Person, Status

MARIT = "marit@renotech.example"
ANIA = "ania@moellerkowalczyk.nl"


@dataclass(frozen=True)
class Waiting:
    """Somebody who has asked for a person: minutes since, minutes until an answer is due, and what it is about."""

    email: str
    minutes: int
    due_in: int
    words: str


@dataclass(frozen=True)
class Earlier:
    """A conversation that is closed: when, how long the person took, what was said, how it was rated."""

    email: str
    at: datetime
    waited: timedelta
    asked: str
    answered: str
    rating: int


WAITING = (
    Waiting("wanjiru@kamauodegaard.example", 11, -1, "Card was charged twice this morning, €184.20"),
    Waiting("minami@minato-sekkei.example", 6, 4, "請求書の宛名を変更できますか?"),
    Waiting("layla@noor-design.example", 3, 7, "أريد دفع الفاتورة على قسطين"),
    Waiting(
        "pieterbas@denieuwewerkplaats.example", 2, 28, "Can you send one statement for all four buildings?"
    ),
    Waiting("eleni@papadopoulou.example", 1, 29, "Ευχαριστώ, περιμένω την απάντηση"),
)  # fmt: skip
EARLIER = (
    Earlier(
        "pieterbas@denieuwewerkplaats.example",
        STORY_BEGINS - timedelta(days=8, hours=3),
        timedelta(minutes=2, seconds=10),
        "Which door screens are on the March invoice?",
        "Those of the four buildings A to D, €35.00 each. Their names are on the lines of the invoice.",
        5,
    ),
    Earlier(
        "wanjiru@kamauodegaard.example",
        STORY_BEGINS - timedelta(days=5, hours=2),
        timedelta(minutes=1, seconds=50),
        "Is the extra storage counted by the month?",
        "Yes. It is counted on the last day of the month, for each 100 GB over your plan.",
        4,
    ),
    Earlier(
        "eleni@papadopoulou.example",
        STORY_BEGINS - timedelta(days=1, hours=4),
        timedelta(minutes=2, seconds=30),
        "Can I add a third seat next month?",
        "Yes, in Subscriptions or here in the chat. A third seat is €29.00 a month before VAT.",
        5,
    ),
)

WHY_MARCH = "Why is March so much higher than February?"
MARCH_IS = "March is €383.01 higher. Most of it is 3.5 extra support hours."
DIFFERENCE = (
    ("3.5 support hours over the 4 included", "€297.50"),
    ("2 more mail seats, March", "€13.00"),
    ("The same seats, 16–28 February", "€6.04"),
    ("VAT on these", "€66.47"),
)


def seed_conversations(contexts: Contexts) -> None:
    """Tells the conversations of the story once; where one of its people is missing, theirs is left out."""
    with contexts.system(writes=True, channel=Channel.SHELL) as ctx:
        if ctx.session.exec(select(Conversation.id).limit(1)).first() is not None:
            return
        for earlier in EARLIER:
            _tell_earlier(ctx, earlier)
        _tell_ania(ctx)
        for waiting in WAITING:
            _tell_waiting(ctx, waiting)


def _begin(ctx: Context, email: str, at: datetime) -> Conversation | None:
    found = ctx.session.exec(
        select(Contact, Membership.customer_id)
        .join(Membership, Membership.contact_id == Contact.id)  # type: ignore[arg-type]
        .where(Contact.email == email)
    ).first()
    if found is None:
        return None
    contact, customer_id = found
    ctx.actor = Actor("contact", contact.id, contact.name, contact.email, Role.OWNER, customer_id)
    ctx.now = at
    return start_conversation(ctx)


def _say(ctx: Context, conversation: Conversation, author: Person, text: str, blocks: Blocks = ()) -> None:
    draft = Draft(f"story:{conversation.last_seq + 1}", author, text, blocks)
    append_message(ctx.session, conversation, draft, ctx.now)


def _customer(ctx: Context) -> Person:
    return Person(kind=AuthorKind.CUSTOMER, id=ctx.actor.id, name=ctx.actor.name)


def _tell_ania(ctx: Context) -> None:
    conversation = _begin(ctx, ANIA, STORY_BEGINS - timedelta(minutes=2))
    if conversation is None:
        return
    _say(ctx, conversation, _customer(ctx), WHY_MARCH)
    rows = tuple(Row(cells=(Cell(text=label), Cell(text=amount))) for label, amount in DIFFERENCE)
    total = Row(cells=(Cell(text="Difference"), Cell(text="€383.01")), line=LineKind.GRAND)
    table = Table(
        columns=(Column(label="What changed"), Column(label="Amount", align="end")),
        rows=(*rows, total),
        note="From RT-2026-0187 and RT-2026-0118",
        href="/invoices/RT-2026-0187",
    )
    replies = QuickReplies(
        replies=(
            QuickReply(label="Which invoices are overdue?", send="Which invoices are overdue?"),
            QuickReply(label="Pay what I owe", send="Pay what I owe"),
            QuickReply(label="Talk to a person", action="support.talk_to_person"),
        )
    )
    answer = Text(text=MARCH_IS, strong=("€383.01 higher",))
    _say(ctx, conversation, assistant(ctx), MARCH_IS, (answer, table, replies))
    conversation.read_by_customer, conversation.unread_by_customer = conversation.last_seq, 0


def _tell_waiting(ctx: Context, waiting: Waiting) -> None:
    conversation = _begin(ctx, waiting.email, STORY_BEGINS - timedelta(minutes=waiting.minutes))
    if conversation is None:
        return
    _say(ctx, conversation, _customer(ctx), waiting.words)
    _ask_for_person(ctx, conversation)
    conversation.answer_by = STORY_BEGINS + timedelta(minutes=waiting.due_in)


def _ask_for_person(ctx: Context, conversation: Conversation) -> None:
    talk_to_person(ctx, TalkInput(), Move(Effect(title="Ask for a person"), conversation))


def _tell_earlier(ctx: Context, earlier: Earlier) -> None:
    marit = _staff(ctx.session)
    conversation = _begin(ctx, earlier.email, earlier.at)
    if conversation is None or marit is None:
        return
    _say(ctx, conversation, _customer(ctx), earlier.asked)
    _ask_for_person(ctx, conversation)
    ctx.now = earlier.at + earlier.waited
    conversation.status, conversation.owner_id = Status.WITH_PERSON, marit.id
    conversation.first_answer_at = ctx.now
    tell(ctx, conversation, f"{marit.name} from {ctx.preferences.business_name} joined")
    agent = Person(kind=AuthorKind.STAFF, id=marit.id, name=marit.name)
    _say(ctx, conversation, agent, earlier.answered)
    ctx.now += timedelta(minutes=4)
    no_longer_answered(conversation, Status.RESOLVED)
    conversation.resolved_at = ctx.now
    tell(ctx, conversation, f"{marit.name} closed this conversation")
    rate_conversation(ctx, RateInput(rating=earlier.rating), Move(Effect(title="Rate"), conversation))
    conversation.unread_by_customer, conversation.read_by_customer = 0, conversation.last_seq


def _staff(session: Session) -> Staff | None:
    return session.exec(select(Staff).where(Staff.email == MARIT)).first()
