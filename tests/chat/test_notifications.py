"""What is new, asked for in the chat; and an answer in a conversation that nobody has open."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast

import pytest
from sqlmodel import select

from billing import dispatch
from billing.actions.notifications import NotificationPage
from billing.clock import SetClock
from billing.context import Actor, Contexts
from billing.models.people import Staff
from billing.registry import Channel, Role, catalogue
from chat import handlers
from chat.blocks import Receipt, Table
from chat.conversations import Draft, announce, append_message
from chat.models import Conversation
from chat.protocol import AuthorKind, Person, Read
from chat.understanding import Outcome, understand
from chat.unread_answers import tell_unread_answers
from portal.bootstrap import load_actions
from tests.chat.story_account import ACCOUNT
from tests.chat.story_chat import Talk, ania, told, world

__all__ = ["ania", "told", "world"]

load_actions()
LIST, READ, SETTINGS, CHOOSE = (
    "notifications.list", "notifications.mark_read", "notifications.settings", "notifications.change_settings",
)  # fmt: skip
SENTENCES: list[tuple[str, str, dict[str, Any]]] = [
    ("anything new?", LIST, {"unread": True}),
    ("What's new?", LIST, {"unread": True}),
    ("show my notifications", LIST, {}),
    ("what have I missed?", LIST, {"unread": True}),
    ("mark everything as read", READ, {}),
    ("please mark all my notifications as read", READ, {}),
    ("which emails do I get from you?", SETTINGS, {}),
    ("stop mailing me about renewals", CHOOSE, {"topic": "renewals", "mailed": False}),
    ("no more emails about payments please", CHOOSE, {"topic": "payments", "mailed": False}),
    ("mail me about overdue invoices", CHOOSE, {"topic": "overdue", "mailed": True}),
    ("mail me about everything", CHOOSE, {"mailed": True}),
    ("send me a mail about payments", CHOOSE, {"topic": "payments", "mailed": True}),
    ("email me when an invoice is overdue", CHOOSE, {"topic": "overdue", "mailed": True}),
    ("send me an email when hours wait for my approval", CHOOSE, {"topic": "approvals", "mailed": True}),
    ("/mail-me people on", CHOOSE, {"topic": "people", "mailed": True}),
    ("/notifications", LIST, {}),
]


@pytest.mark.parametrize(("words", "action", "args"), SENTENCES, ids=[words for words, _, _ in SENTENCES])
def test_what_people_say_about_news_is_understood(words: str, action: str, args: dict[str, Any]) -> None:
    [found] = understand(words, list(catalogue), ACCOUNT)
    assert (found.outcome, found.action, found.args) == (Outcome.ACTION, action, args)


@pytest.mark.parametrize(
    ("words", "action"),
    [("send me my invoices", "invoices.list"), ("dashboard", "home.show"), ("email me 0187", "invoices.download")],
)
def test_what_is_about_something_else_stays_so(words: str, action: str) -> None:
    assert understand(words, list(catalogue), ACCOUNT)[0].action == action


def test_news_are_told_and_marked_as_read_in_the_chat(ania: Talk) -> None:
    new = ania.say("anything new?")
    assert new.text.startswith("4 notifications are unread.")
    [table] = new.of(Table)
    assert [row.cells[1].text for row in table.rows] == [
        "2.5 h on Showroom website redesign for you to approve, logged by Tomáš Bělohlávek.",
        "€400.00 came in by bank debit from ING ending 88 for RT-2026-0187.",
        "Credit note CN-2026-0011, outage on 27 February: €40.00 for you.",
        "Invoice RT-2026-0162 was due on 2 March: €2,904.00 to pay.",
    ]
    assert new.buttons == ["Mark all as read"]

    assert "4 marked as read" in _words(ania.say("mark everything as read"))
    assert ania.say("anything new?").text.startswith("Nothing is unread.")


def _words(said: Any) -> str:
    return " ".join([said.text, *(f"{one.title} {one.words}" for one in said.of(Receipt))])


def test_mails_are_asked_for_shown_and_stopped_in_the_chat(ania: Talk) -> None:
    assert "No notifications go to ania@moellerkowalczyk.nl" in ania.say("which emails do I get from you?").text

    asked = ania.say("mail me about overdue invoices")
    assert asked.proposal.effect.title == "Mail me about this"
    assert "gets a mail about: overdue invoices" in _words(ania.confirm(asked))
    shown = ania.say("which emails do I get from you?").text
    assert shown.startswith("ania@moellerkowalczyk.nl gets a mail about overdue invoices.")

    stopped = ania.confirm(ania.say("stop mailing me about overdue invoices"))
    assert "No more mails about: overdue invoices" in _words(stopped)


def news_of(world: Contexts, who: Actor) -> NotificationPage:
    page = dispatch.run(world, LIST, {"unread": True}, who, Channel.PORTAL)
    return cast(NotificationPage, page)


def answer(world: Contexts, number: str, words: str) -> None:
    """Marit says something in a conversation that she has taken."""
    with world.system(writes=True) as ctx:
        marit = ctx.session.exec(select(Staff).where(Staff.email == "marit@renotech.example")).one()
        conversation = ctx.session.exec(select(Conversation).where(Conversation.number == number)).one()
        if conversation.owner_id is None:
            conversation.status, conversation.owner_id, conversation.waiting_since = "with_person", marit.id, ctx.now
        person = Person(kind=AuthorKind.STAFF, id=marit.id, name=marit.name)
        draft = Draft(f"said:{conversation.last_seq}", person, words)
        announce(ctx, conversation, append_message(ctx.session, conversation, draft, ctx.now))


def waiting(world: Contexts) -> tuple[str, Actor]:
    """Wanjiru, who asked for a person."""
    with world.system() as ctx:
        conversation = ctx.session.exec(select(Conversation).where(Conversation.status == "waiting")).first()
        assert conversation is not None
        who = Actor("contact", conversation.contact_id, "Somebody", "", Role.OWNER, conversation.customer_id)
        return conversation.number, who


def test_an_answer_that_is_read_at_once_is_no_news(world: Contexts) -> None:
    number, who = waiting(world)
    before = news_of(world, who).unread
    answer(world, number, "I have looked at it.")
    read(world, who, number)

    cast(SetClock, world.clock).advance(timedelta(seconds=10))
    assert tell_unread_answers(world) == 0
    assert news_of(world, who).unread == before


def test_an_answer_that_nobody_has_open_is_told_once_until_it_is_read(world: Contexts) -> None:
    number, who = waiting(world)
    before = news_of(world, who).unread
    answer(world, number, "I have looked at it. One of the two charges goes back today.")
    assert tell_unread_answers(world) == 0, "whoever has it open reads it in these seconds"

    cast(SetClock, world.clock).advance(timedelta(seconds=10))
    assert (tell_unread_answers(world), tell_unread_answers(world)) == (1, 0)
    news = news_of(world, who)
    assert news.unread == before + 1
    assert news.rows[0].sentence == (
        "Marit de Vries answered you: “I have looked at it. One of the two charges goes back today.”"
    )

    answer(world, number, "And a mail is on its way.")
    cast(SetClock, world.clock).advance(timedelta(seconds=10))
    assert tell_unread_answers(world) == 0, "one waits already"

    read(world, who, number)
    assert news_of(world, who).unread == before


def test_marked_as_read_without_a_look_it_is_told_again_only_of_what_comes_after(world: Contexts) -> None:
    number, who = waiting(world)
    answer(world, number, "One moment.")
    cast(SetClock, world.clock).advance(timedelta(seconds=10))
    tell_unread_answers(world)

    dispatch.run(world, READ, {}, who, Channel.PORTAL)
    assert tell_unread_answers(world) == 0
    answer(world, number, "Here it is.")
    cast(SetClock, world.clock).advance(timedelta(seconds=10))
    assert tell_unread_answers(world) == 1
    assert news_of(world, who).rows[0].sentence == "Marit de Vries answered you: “Here it is.”"


def read(world: Contexts, who: Actor, number: str) -> None:
    with world.system() as ctx:
        last = ctx.session.exec(select(Conversation.last_seq).where(Conversation.number == number)).one()
    handlers.read(world, who, Read(conversation=number, seq=last))
