"""What agents do, as entries of the catalogue: take, hand back, close, note; the queue and a conversation."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, StringConstraints

from billing.context import Context
from billing.effects import Effect
from billing.errors import PortalError
from billing.models.people import Customer
from billing.references import ConversationNumber, Words
from billing.registry import Audience, Role, Ungated, action, query
from chat import desk, protocol
from chat.access import access_conversation
from chat.blocks import RatingRequest
from chat.conversations import Draft, announce, append_message, describe, newest, spoken
from chat.models import Conversation
from chat.moves import Move, assistant, held, no_longer_answered, refuse_others, refuse_unless_own, tell
from chat.protocol import AuthorKind, Person, QueueState, Status
from chat.unanswered import offer_answer

AGENTS = Ungated("Agents must always be able to answer their customers.")


class OfConversation(BaseModel):
    """Which conversation."""

    conversation: ConversationNumber


class Moved(BaseModel):
    """How the conversation stands after the change."""

    conversation: str
    status: Status
    answered_by_you: bool
    last_seq: int


def moved(conversation: Conversation) -> Moved:
    return Moved(
        conversation=conversation.number,
        status=Status(conversation.status),
        answered_by_you=conversation.status == Status.WITH_PERSON,
        last_seq=conversation.last_seq,
    )


def plan_take(ctx: Context, input: OfConversation) -> Move:
    """Raises `taken` when somebody else answers it."""
    conversation = access_conversation(ctx, input.conversation)
    refuse_others(ctx, conversation)
    return Move(Effect(title=f"Take {conversation.number}", confirm="Take it"), conversation)


@action(
    "support.take",
    title="Take a conversation",
    help="Answer this customer yourself. The assistant is silent from then on.",
    role=Role.AGENT,
    gate=AGENTS,
    audience=Audience.STAFF,
    page="/desk",
    slash="/take",
    icon="hand",
    phrases=("take {conversation}", "I take {conversation}", "let me answer {conversation}"),
    plan=plan_take,
    audit="{actor} took {conversation}.",
    asks=False,
)
def take(ctx: Context, input: OfConversation, plan: Move) -> Moved:
    """Makes the agent the one who answers; taking it twice changes nothing."""
    conversation = held(ctx, plan)
    refuse_others(ctx, conversation)
    if conversation.owner_id == ctx.actor.id and conversation.status == Status.WITH_PERSON:
        return moved(conversation)
    if conversation.status != Status.WAITING:
        conversation.summary = desk.summarise(ctx.session, conversation)
    conversation.status, conversation.owner_id = Status.WITH_PERSON, ctx.actor.id
    line = tell(ctx, conversation, f"{ctx.actor.name} from {ctx.preferences.business_name} joined")
    announce(ctx, conversation, line)
    return moved(conversation)


def plan_own(ctx: Context, input: OfConversation) -> Move:
    """Raises `not_yours` for one that the agent has not taken."""
    conversation = access_conversation(ctx, input.conversation)
    refuse_unless_own(ctx, conversation)
    return Move(Effect(title=f"Change {conversation.number}"), conversation)


@action(
    "support.hand_back",
    title="Hand back to the assistant",
    help="Leave the conversation; the assistant answers the customer again.",
    role=Role.AGENT,
    gate=AGENTS,
    audience=Audience.STAFF,
    page="/desk",
    slash="/hand-back",
    icon="undo-2",
    phrases=(
        "hand {conversation} back",
        "give {conversation} back to the assistant",
        "let the bot go on in {conversation}",
    ),
    plan=plan_own,
    audit="{actor} handed {conversation} back to the assistant.",
    asks=False,
)
def hand_back(ctx: Context, input: OfConversation, plan: Move) -> Moved:
    """Lets the assistant answer again; what the customer asked last and nobody answered, it offers to answer."""
    conversation = held(ctx, plan)
    refuse_unless_own(ctx, conversation)
    no_longer_answered(conversation, Status.BOT)
    line = tell(ctx, conversation, f"{ctx.actor.name} left. The assistant answers again")
    offer = offer_answer(ctx, conversation)
    announce(ctx, conversation, line, *([offer] if offer else []))
    return moved(conversation)


@action(
    "support.resolve",
    title="Close a conversation",
    help="Everything is answered: close it and ask the customer for a rating.",
    role=Role.AGENT,
    gate=AGENTS,
    audience=Audience.STAFF,
    page="/desk",
    slash="/resolve",
    icon="check",
    phrases=("close {conversation}", "resolve {conversation}", "{conversation} is done"),
    plan=plan_own,
    audit="{actor} closed {conversation}.",
    asks=False,
)
def resolve(ctx: Context, input: OfConversation, plan: Move) -> Moved:
    """Closes the conversation. A new message of the customer opens it again, with the assistant."""
    conversation = held(ctx, plan)
    refuse_unless_own(ctx, conversation)
    no_longer_answered(conversation, Status.RESOLVED)
    conversation.resolved_at = ctx.now
    messages = [tell(ctx, conversation, f"{ctx.actor.name} closed this conversation")]
    if ctx.preferences.rate_conversation and conversation.rating is None:
        title = "How did this go?"
        draft = Draft(f"asked:{messages[0].seq}", assistant(ctx), title, (RatingRequest(title=title),))
        messages.append(append_message(ctx.session, conversation, draft, ctx.now))
    announce(ctx, conversation, *messages)
    return moved(conversation)


class NoteInput(BaseModel):
    """A note about the customer's matter. Given again with the same `key`, it is kept once."""

    conversation: ConversationNumber
    words: Words
    key: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{0,64}$")] = ""


def plan_note(ctx: Context, input: NoteInput) -> Move:
    """Raises invalid_input for an empty note."""
    if not input.words:
        raise PortalError("invalid_input", field="words", problem="Write the note first.")
    conversation = access_conversation(ctx, input.conversation)
    return Move(Effect(title=f"Note in {conversation.number}", confirm="Keep note"), conversation)


@action(
    "support.note",
    title="Leave a note",
    help="Write something into the conversation that only staff see.",
    role=Role.AGENT,
    gate=AGENTS,
    audience=Audience.STAFF,
    page="/desk",
    slash="/note",
    icon="lock",
    phrases=("note in {conversation}: {words}", "leave a note in {conversation}", "write down for colleagues: {words}"),
    plan=plan_note,
    audit="{actor} left a note in {conversation}.",
    asks=False,
)
def leave_note(ctx: Context, input: NoteInput, plan: Move) -> Moved:
    """Keeps a note that customers never see."""
    conversation = held(ctx, plan)
    author = Person(kind=AuthorKind.STAFF, id=ctx.actor.id, name=ctx.actor.name)
    key = input.key or f"note:{conversation.last_seq + 1}"
    draft = Draft(key, author, input.words, staff_only=True)
    announce(ctx, conversation, append_message(ctx.session, conversation, draft, ctx.now))
    return moved(conversation)


class QueueInput(BaseModel):
    """Nothing to say."""


@query(
    "support.queue",
    title="Queue",
    help="Who waits for a person and for how long, and who is being answered.",
    role=Role.AGENT,
    gate=AGENTS,
    audience=Audience.STAFF,
    page="/desk",
    slash="/queue",
    icon="inbox",
    phrases=("who is waiting", "show the queue", "how many customers wait"),
)
def show_queue(ctx: Context, input: QueueInput) -> QueueState:
    """The desk's queue."""
    return desk.queue(ctx)


class ConversationDetail(BaseModel):
    """A conversation as an agent reads it, with its newest 50 messages and what the assistant did before."""

    conversation: protocol.Conversation
    customer_number: str
    reason: str
    summary: str
    waiting_since: datetime | None
    answer_by: datetime | None
    first_answer_at: datetime | None
    messages: tuple[protocol.ChatMessage, ...]


@query(
    "support.show",
    title="Show a conversation",
    help="A conversation with its messages, and the assistant's summary.",
    role=Role.AGENT,
    gate=AGENTS,
    audience=Audience.STAFF,
    page="/desk",
    slash="/conversation",
    icon="message-square",
    phrases=("show conversation {conversation}", "open {conversation}", "what was said in {conversation}"),
)
def show_conversation(ctx: Context, input: OfConversation) -> ConversationDetail:
    """The conversation with its newest messages, notes included."""
    found = access_conversation(ctx, input.conversation)
    customer = ctx.session.get_one(Customer, found.customer_id)
    return ConversationDetail(
        conversation=describe(ctx.session, found),
        customer_number=customer.number,
        reason=found.reason,
        summary=found.summary,
        waiting_since=found.waiting_since,
        answer_by=found.answer_by,
        first_answer_at=found.first_answer_at,
        messages=spoken(found, newest(ctx.session, found, staff=True)),
    )
