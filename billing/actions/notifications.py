"""What is new for the person who is signed in, and which of it they also get by mail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, Field, StringConstraints
from sqlmodel import select

from billing.context import Context
from billing.effects import Effect, EffectFact
from billing.errors import CUSTOMER_ONLY, PortalError, not_allowed
from billing.models.notices import Notice
from billing.models.people import Membership
from billing.notices.reading import COUNTED, count_unread, mark_all_read, mark_read, own_notice, page_of
from billing.notices.topics import TOPIC_OF, TOPICS, Topic, may_see
from billing.notices.words import Said, link_of
from billing.references import Moment, Refers, one_line
from billing.registry import Role, action, query

PAGE, GATE = "/notifications", "notifications_shown"
NotificationKey = Annotated[
    str, BeforeValidator(one_line), StringConstraints(min_length=1, max_length=300), Refers("notification")
]


class ListNotifications(BaseModel):
    """All or what is unread, and which page: `cursor` is the `next` of the page before."""

    unread: bool = False
    cursor: NotificationKey | None = None
    size: int = Field(default=25, ge=1, le=100)


class NotificationRow(BaseModel):
    """Something that happened, in a sentence. `page` is where it leads: for an answer to the chat, so it is empty."""

    key: str
    topic: Topic
    sentence: str
    at: datetime
    read: bool
    page: str


class NotificationPage(BaseModel):
    """The newest first. `unread` is how many are not read, exact up to 99; from there on it is 100."""

    unread: int
    rows: list[NotificationRow]
    next: str | None = None


@query(
    "notifications.list",
    title="Notifications",
    help="See what is new: invoices, payments, renewals, work to approve, and what colleagues changed.",
    role=Role.VIEWER,
    gate=GATE,
    page=PAGE,
    slash="/notifications",
    icon="bell",
    phrases=(
        "anything new?",
        "what is new",
        "show my notifications",
        "what have I missed",
        "do I have unread notifications",
        "what happened since I was last here",
    ),
)
def list_notifications(ctx: Context, input: ListNotifications) -> NotificationPage:
    """A person's own, for the account that is open. Raises not_found for a cursor that is none of theirs."""
    after = _own(ctx, input.cursor, "cursor") if input.cursor is not None else None
    rows = page_of(ctx, unread=input.unread, after=after, size=input.size + 1)
    shown = rows[: input.size]
    said = Said(ctx.customer.locale, ctx.today)
    return NotificationPage(
        unread=count_unread(ctx),
        rows=[_row(said, notice) for notice in shown],
        next=shown[-1].key if len(rows) > input.size else None,
    )


def _row(said: Said, notice: Notice) -> NotificationRow:
    return NotificationRow(
        key=notice.key,
        topic=TOPIC_OF[notice.kind],  # type: ignore[index]
        sentence=said.sentence(notice.kind, notice.subject, notice.details),
        at=notice.at,
        read=notice.read_at is not None,
        page=link_of(notice.kind, notice.subject),
    )


def _own(ctx: Context, key: str, field: str) -> Notice:
    found = own_notice(ctx, key)
    if found is None:
        raise PortalError("not_found", thing="notification", reference=key, field=field)
    return found


class MarkRead(BaseModel):
    """One notification; or all, up to the moment at which they were seen: left out, all that are there now."""

    notification: NotificationKey | None = None
    until: Moment | None = None


class MarkedRead(BaseModel):
    """How many were unread until now, and how many are left."""

    marked: int
    unread: int
    sentence: str


@dataclass(frozen=True)
class Marking:
    notice: Notice | None
    effect: Effect


def plan_marking(ctx: Context, input: MarkRead) -> Marking:
    """Raises not_found for a notification that is not the person's own, not_allowed for staff, who have none."""
    _reader(ctx)
    if input.notification is not None:
        return Marking(_own(ctx, input.notification, "notification"), Effect(title="Mark a notification as read"))
    return Marking(None, Effect(title="Mark all notifications as read"))


@action(
    "notifications.mark_read",
    title="Mark notifications as read",
    help="Mark one notification, or all of them, as read. It changes nothing else.",
    role=Role.VIEWER,
    gate=GATE,
    page=PAGE,
    slash="/read",
    icon="check-check",
    phrases=(
        "mark everything as read",
        "mark all notifications as read",
        "I have read all of that",
        "clear my notifications",
    ),
    plan=plan_marking,
    audit="{actor} marked {marked} notifications as read.",
    asks=False,
)
def mark_notifications_read(ctx: Context, input: MarkRead, plan: Marking) -> MarkedRead:
    """Marks them, and tells the person's other tabs."""
    until = min(input.until or ctx.now, ctx.now)
    marked = mark_read(ctx, plan.notice) if plan.notice is not None else mark_all_read(ctx, until)
    if marked:
        ctx.emit("notifications.read", "notifications", marked=marked)
    left = count_unread(ctx)
    return MarkedRead(marked=marked, unread=left, sentence=_said(marked, left))


def _said(marked: int, left: int) -> str:
    done = "Nothing was unread." if not marked else f"{marked} marked as read."
    return f"{done} {f'{left} are' if left > 1 else '1 is'} still unread." if left else done


def said_count(unread: int) -> str:
    """An unread count as people see it: 3, 99+."""
    return f"{COUNTED}+" if unread > COUNTED else str(unread)


class ShowSettings(BaseModel):
    """Nothing to say."""


class MailChoice(BaseModel):
    """A topic. `mailed`: whether its notifications come to the person's own address too; None where they can't.

    `letter` is what about it is mailed to the account's billing address in any case.
    """

    topic: Topic
    title: str
    help: str
    mailed: bool | None
    letter: str


class NotificationSettings(BaseModel):
    """Where a person's mail goes, where the account's letters go, and what comes by mail."""

    email: str
    billing_email: str
    topics: list[MailChoice]


@query(
    "notifications.settings",
    title="What is mailed to you",
    help="See which notifications also come to you by mail.",
    role=Role.VIEWER,
    gate=GATE,
    page=PAGE,
    slash="/mail",
    icon="mail",
    phrases=(
        "what do you mail me about",
        "which emails do I get from you",
        "show my notification settings",
        "which notifications come by mail",
    ),
)
def show_settings(ctx: Context, input: ShowSettings) -> NotificationSettings:
    """The choice as it stands, for the topics that the person may see. Raises not_allowed for staff."""
    chosen = _membership(ctx).mailed
    return NotificationSettings(
        email=ctx.actor.email,
        billing_email=ctx.customer.email,
        topics=[
            MailChoice(
                topic=topic, title=about.title, help=about.help, letter=about.letter,
                mailed=topic.value in chosen if about.mailed else None,
            )
            for topic, about in TOPICS.items()
            if may_see(ctx, topic)
        ],
    )  # fmt: skip


class ChangeSettings(BaseModel):
    """A topic (left out: every one), and whether its notifications are mailed to the person too."""

    topic: Annotated[Topic, Refers("topic")] | None = None
    mailed: bool


class SettingsChanged(BaseModel):
    """What comes by mail from now on, in a sentence."""

    topics: list[Topic]
    mailed: bool
    sentence: str


@dataclass(frozen=True)
class Choosing:
    membership: Membership
    topics: tuple[Topic, ...]
    effect: Effect


def plan_choice(ctx: Context, input: ChangeSettings) -> Choosing:
    """Raises never_mailed, nothing_to_change, and not_allowed for staff or for a topic that the person can't see."""
    membership = _membership(ctx)
    if input.topic is not None:
        _can_choose(ctx, input.topic)
    able = [topic for topic, about in TOPICS.items() if about.mailed and may_see(ctx, topic)]
    asked = able if input.topic is None else [input.topic]
    changed = tuple(topic for topic in asked if (topic.value in membership.mailed) is not input.mailed)
    titles = ", ".join(TOPICS[topic].title for topic in asked)
    if not changed:
        raise PortalError("nothing_to_change", field="topic", thing=f"“{titles}”")
    facts = [
        EffectFact(label="About", value=", ".join(TOPICS[topic].title for topic in changed)),
        EffectFact(label="Comes to", value=ctx.actor.email) if input.mailed
        else EffectFact(label="Stays", value="what you see here in the portal"),
    ]  # fmt: skip
    letters = ", ".join(TOPICS[topic].letter for topic in changed if TOPICS[topic].letter)
    if letters and ctx.customer.email and not input.mailed:
        facts.append(EffectFact(label="Still mailed", value=f"{letters}, to {ctx.customer.email}, as for any account"))
    title = "Mail me about this" if input.mailed else "Mail me no more about this"
    effect = Effect(title=title, facts=tuple(facts), confirm="Mail me" if input.mailed else "Stop these mails")
    return Choosing(membership, changed, effect)


def _can_choose(ctx: Context, topic: Topic) -> None:
    if not may_see(ctx, topic):
        raise not_allowed(f"Be told about “{TOPICS[topic].title.lower()}”")
    if not TOPICS[topic].mailed:
        raise PortalError("never_mailed", field="topic", topic=TOPICS[topic].title)


@action(
    "notifications.change_settings",
    title="Choose what is mailed to you",
    help="Say which notifications also come to your own address. Invoices, receipts and reminders always go to the "
    "billing address.",
    role=Role.VIEWER,
    gate=GATE,
    page=PAGE,
    slash="/mail-me",
    icon="mail",
    phrases=(
        "stop mailing me about renewals",
        "mail me about overdue invoices",
        "no more emails about payments",
        "send me an email when hours wait for my approval",
        "stop all the emails to me",
    ),
    plan=plan_choice,
    audit="{actor} chose mails about {topics}: {mailed}.",
)
def change_settings(ctx: Context, input: ChangeSettings, plan: Choosing) -> SettingsChanged:
    """Keeps the choice; it holds for what happens from now on."""
    kept = [name for name in plan.membership.mailed if name not in plan.topics]
    plan.membership.mailed = [*kept, *(topic.value for topic in plan.topics)] if input.mailed else kept
    ctx.session.add(plan.membership)
    ctx.emit("notifications.chosen", "notifications", topics=[topic.value for topic in plan.topics])
    names = ", ".join(TOPICS[topic].title.lower() for topic in plan.topics)
    sentence = (
        f"From now on {ctx.actor.email} gets a mail about: {names}."
        if input.mailed
        else f"No more mails about: {names}."
    )
    return SettingsChanged(topics=list(plan.topics), mailed=input.mailed, sentence=sentence)


def _reader(ctx: Context) -> int:
    if ctx.actor.kind != "contact" or ctx.actor.id is None:
        raise not_allowed("Have notifications", only=CUSTOMER_ONLY)
    return ctx.actor.id


def _membership(ctx: Context) -> Membership:
    return ctx.session.exec(
        select(Membership).where(Membership.contact_id == _reader(ctx), Membership.customer_id == ctx.customer.id)
    ).one()
