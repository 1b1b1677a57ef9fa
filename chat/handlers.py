"""What each event of the protocol does. Plain functions over contexts: no sockets here."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel

from billing import dispatch
from billing.access import lock_customer
from billing.context import Actor, Context, Contexts
from billing.errors import STAFF_ONLY, PortalError, not_allowed
from billing.models.people import Customer
from billing.references import Refers
from billing.registry import Action, Audience, Channel
from chat import conversations, desk, protocol
from chat.access import access_conversation, open_conversation
from chat.blocks import Blocks, QuickReplies, QuickReply, Text
from chat.conversations import Draft, append_message, spoken
from chat.models import Conversation, Message
from chat.moves import assistant
from chat.protocol import AuthorKind, Command, CommandField, Person, Status
from chat.turns import reopen
from chat.unread_answers import answers_read

CATCH_UP = 200
STARTERS = (
    ("What do I have to pay?", "home.show"),
    ("Which invoices are overdue?", "invoices.list"),
    ("When do my plans renew?", "subscriptions.list"),
)
USUAL = ("/pay", "/invoices", "/why", "/subscriptions", "/switch", "/person")


def channel_of(actor: Actor) -> Channel:
    """The channel that an event of this person counts as."""
    return Channel.DESK if actor.is_staff else Channel.CHAT


def person(actor: Actor) -> Person:
    """The actor as the author of a message."""
    return Person(kind=AuthorKind.STAFF if actor.is_staff else AuthorKind.CUSTOMER, id=actor.id, name=actor.name)


def welcome(contexts: Contexts, actor: Actor, hello: protocol.Hello) -> tuple[protocol.Welcome, int | None]:
    """Who one is and the conversation to go on with, with its id. The desk is for staff: else not_allowed."""
    if hello.desk and not actor.is_staff:
        raise not_allowed("Open the desk", only=STAFF_ONLY)
    with contexts.open(actor, channel_of(actor)) as ctx:
        conversation = _wanted(ctx, hello.conversation)
        opened = _opened(ctx, conversation)
        customer = ctx.session.get(Customer, actor.customer_id) if actor.customer_id is not None else None
        answer = protocol.Welcome(
            **{name: getattr(opened, name) for name in protocol.Opened.model_fields},
            who=person(actor),
            business=ctx.preferences.business_name,
            people_hours=ctx.preferences.people_hours,
            locale=customer.locale if customer else "en_GB",
            time_zone=customer.time_zone if customer else ctx.preferences.business_time_zone,
            now=ctx.now,
        )
    return answer, conversation.id if conversation else None


def _wanted(ctx: Context, number: str | None) -> Conversation | None:
    if number is not None:
        try:
            return access_conversation(ctx, number)
        except PortalError:  # of another account that was open before, say: go on without it
            pass
    return None if ctx.actor.is_staff else open_conversation(ctx)


def open_one(contexts: Contexts, actor: Actor, request: protocol.Open) -> tuple[protocol.Opened, int | None]:
    """Another conversation with its newest messages, and its id. Raises not_found."""
    with contexts.open(actor, channel_of(actor)) as ctx:
        found = access_conversation(ctx, request.conversation) if request.conversation is not None else None
        return _opened(ctx, found), found.id if found else None


def _opened(ctx: Context, conversation: Conversation | None) -> protocol.Opened:
    if conversation is None:
        greeting = () if ctx.actor.is_staff else _greeting(ctx)
        return protocol.Opened(conversation=None, messages=(), earlier=False, last_seq=0, greeting=greeting)
    rows = conversations.newest(ctx.session, conversation, staff=ctx.actor.is_staff)
    return protocol.Opened(
        conversation=desk.stand(ctx.session, conversation, ctx.now),
        messages=spoken(conversation, rows),
        earlier=len(rows) == conversations.PAGE,
        last_seq=conversation.last_seq,
    )


def _greeting(ctx: Context) -> Blocks:
    first = ctx.actor.name.split()[0]
    words = f"Hello {first}. Ask me about your invoices, payments and plans. Changes always ask you first."
    registered = ctx.contexts.registry.actions
    replies = [
        QuickReply(label=label, send=label)
        for label, action in STARTERS
        if action in registered and dispatch.allowed(ctx, registered[action])
    ]
    talk = registered.get("support.talk_to_person")
    if talk is not None and dispatch.allowed(ctx, talk):
        replies.append(QuickReply(label=talk.title, action=talk.id))
    return (Text(text=words), QuickReplies(replies=tuple(replies)))


def commands(contexts: Contexts, actor: Actor) -> protocol.CommandList:
    """The slash commands of what this person may do, a customer's or the desk's: the usual first, then by name."""
    audience = Audience.STAFF if actor.is_staff else Audience.CUSTOMER
    with contexts.open(actor, channel_of(actor)) as ctx:
        fitting = [action for action in contexts.registry if action.audience in (audience, Audience.BOTH)]
        usable = [action for action in fitting if dispatch.allowed(ctx, action)]
    listed = (
        Command(
            slash=action.slash,
            action=action.id,
            title=action.title,
            help=action.help,
            icon=action.icon,
            fields=_command_fields(action),
        )
        for action in sorted(usable, key=_place)
    )
    return protocol.CommandList(commands=tuple(listed))


def _place(action: Action) -> tuple[int, str]:
    return USUAL.index(action.slash) if action.slash in USUAL else len(USUAL), action.slash


def _command_fields(action: Action) -> tuple[CommandField, ...]:
    return tuple(
        CommandField(
            name=name,
            label=field.title or name.replace("_", " ").capitalize(),
            refers=next((mark.to for mark in field.metadata if isinstance(mark, Refers)), ""),
            required=field.is_required(),
        )
        for name, field in action.input.model_fields.items()
    )


def send_first(
    contexts: Contexts, actor: Actor, number: str | None, client_id: str, text: str, request: dict[str, object] | None
) -> tuple[protocol.Ack, int]:
    """Keeps a message that starts a conversation, or opens a closed one again. Raises not_found."""
    if actor.kind != "contact":
        raise PortalError("not_yours")
    with contexts.open(actor, Channel.CHAT, writes=True) as ctx:
        lock_customer(ctx)
        found = access_conversation(ctx, number) if number is not None else open_conversation(ctx)
        conversation = found or conversations.start_conversation(ctx)
        if conversation.status == Status.RESOLVED and request is None and not text.startswith("/"):
            reopen(ctx, conversation)
        draft = Draft(client_id, person(actor), text, request=request)
        message = append_message(ctx.session, conversation, draft, ctx.now)
        conversations.announce(ctx, conversation, message)
        ack = protocol.Ack(client_id=client_id, conversation=conversation.number, seq=message.seq, at=message.at)
        return ack, message.conversation_id


def catch_up(contexts: Contexts, actor: Actor, request: protocol.CatchUp) -> protocol.CaughtUp:
    """What came after a number, up to 200 messages. Raises not_found."""
    with contexts.open(actor, channel_of(actor)) as ctx:
        conversation = access_conversation(ctx, request.conversation)
        rows = conversations.after(ctx.session, conversation, request.after_seq, staff=actor.is_staff, size=CATCH_UP)
        more = len(rows) == CATCH_UP
        return protocol.CaughtUp(
            conversation=desk.stand(ctx.session, conversation, ctx.now),
            messages=spoken(conversation, rows),
            last_seq=rows[-1].seq if more else conversation.last_seq,
            more=more,
        )


def history(contexts: Contexts, actor: Actor, request: protocol.History) -> protocol.HistoryPage:
    """The page before a number. Raises not_found."""
    with contexts.open(actor, channel_of(actor)) as ctx:
        conversation = access_conversation(ctx, request.conversation)
        rows: Sequence[Message] = conversations.page_before(
            ctx.session, conversation, request.before_seq, staff=actor.is_staff, size=request.size
        )
        return protocol.HistoryPage(messages=spoken(conversation, rows), earlier=len(rows) == request.size)


def check(contexts: Contexts, actor: Actor, number: str) -> int:
    """The id of a conversation that this person may see. Raises not_found."""
    with contexts.open(actor, channel_of(actor)) as ctx:
        return access_conversation(ctx, number).id or 0


def read(contexts: Contexts, actor: Actor, request: protocol.Read) -> tuple[int, bool]:
    """Notes what was seen; the conversation's id, and whether that was news. Raises not_found."""
    with contexts.open(actor, channel_of(actor), writes=True) as ctx:
        conversation = access_conversation(ctx, request.conversation)
        news = conversations.mark_read(ctx.session, conversation, request.seq, staff=actor.is_staff)
        if news and not actor.is_staff:
            answers_read(ctx, conversation)
        return conversation.id or 0, news


def as_it_stands(contexts: Contexts, actor: Actor, number: str) -> protocol.Conversation:
    """How a conversation stands now. Raises not_found."""
    with contexts.open(actor, channel_of(actor)) as ctx:
        return desk.stand(ctx.session, access_conversation(ctx, number), ctx.now)


def act(contexts: Contexts, actor: Actor, action: str, number: str) -> protocol.Done:
    """Runs one of the desk's actions on a conversation. Raises what the action refuses."""
    dispatch.run(contexts, action, {"conversation": number}, actor, channel_of(actor))
    return protocol.Done(conversation=as_it_stands(contexts, actor, number))


def note(contexts: Contexts, actor: Actor, request: protocol.Note, text: str) -> protocol.Ack:
    """Keeps an agent's note, once. Raises not_found, not_allowed."""
    moved: BaseModel = dispatch.run(
        contexts,
        "support.note",
        {"conversation": request.conversation, "words": text, "key": request.client_id},
        actor,
        channel_of(actor),
    )
    with contexts.open(actor, channel_of(actor)) as ctx:
        conversation = access_conversation(ctx, request.conversation)
        kept = conversations.find_by_client_id(ctx.session, conversation.id or 0, request.client_id)
        assert kept is not None, moved
        return protocol.Ack(client_id=request.client_id, conversation=conversation.number, seq=kept.seq, at=kept.at)


def show_queue(contexts: Contexts, actor: Actor) -> protocol.QueueState:
    """The desk's queue. Raises not_allowed."""
    state: protocol.QueueState = dispatch.run(contexts, "support.queue", {}, actor, channel_of(actor))
    return state


def speaker(contexts: Contexts, actor: Actor) -> Person:
    """The assistant, for "is typing"."""
    with contexts.open(actor, Channel.CHAT) as ctx:
        return assistant(ctx)
