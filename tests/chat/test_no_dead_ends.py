"""What a stranger found: messages that led nowhere, and words that fitted nobody."""

from __future__ import annotations

import pytest
from sqlmodel import col, select

from billing import dispatch
from billing.context import Actor, Contexts
from billing.errors import PortalError
from billing.models.invoices import Invoice
from billing.models.people import Contact, Membership, Staff
from billing.registry import Channel, Role
from chat.models import Conversation
from chat.protocol import Status
from chat.subjects import subject_of
from portal.bootstrap import load_actions
from tests.chat.story_chat import Talk, actor_of, ania, told, world
from tests.fixtures.time import STORY_NOW

__all__ = ["ania", "told", "world"]

load_actions()
HOSTING, MAIL = "SUB-2023-0001", "SUB-2023-0002"


def taken_by_marit(world: Contexts, number: str | None) -> None:
    with world.system() as ctx:
        marit = ctx.session.exec(select(Staff).order_by(Staff.id)).first()  # type: ignore[arg-type]
        assert marit is not None
        actor = Actor("staff", marit.id, marit.name, marit.email, Role.AGENT, None)
    dispatch.run(world, "support.take", {"conversation": number}, actor, Channel.DESK)


# --- while a person is awaited


def test_what_has_no_answer_is_kept_for_the_person_and_that_is_said_once(world: Contexts, ania: Talk) -> None:
    said = ania.say("your service is terrible, I'm furious")
    assert said.text.startswith("I am sorry about this. I have asked a person")
    assert ania.conversation.status == Status.WAITING
    assert "kept it for the person" in ania.say("what's the weather").text
    assert ania.say("and in Paris?").messages == [], "it isn't said again and again"
    assert ania.say("which invoices are overdue?").numbers == ["RT-2026-0162"], "what it knows it still answers"
    assert ania.say("thanks").text == "You are welcome."
    taken_by_marit(world, ania.number)
    assert ania.say("what do I owe?").messages == [], "a person answers now"


def test_somebody_who_only_wants_a_person_is_not_told_sorry(ania: Talk) -> None:
    assert ania.say("Can I talk to a person?").text.startswith("I have asked a person")


# --- what a conversation is called


@pytest.fixture
def newcomer(world: Contexts) -> Talk:
    """Somebody who never wrote before."""
    with world.system() as ctx:
        wrote = select(Conversation.contact_id)
        email = ctx.session.exec(
            select(Contact.email)
            .join(Membership, col(Membership.contact_id) == col(Contact.id))
            .where(col(Contact.id).not_in(wrote))
        ).first()
    assert email is not None
    return Talk(world, actor_of(world, email))


def called(talk: Talk) -> str:
    with talk.contexts.system() as ctx:
        return subject_of(ctx.session, talk.conversation)


def test_a_conversation_is_called_by_its_first_request_not_by_its_last_word(newcomer: Talk) -> None:
    newcomer.say("Hello there!")
    assert called(newcomer) == "Hello there!"
    newcomer.say("which invoices are overdue?")
    newcomer.say("stop")
    assert called(newcomer) == "which invoices are overdue?"


# --- what is due today


def test_what_is_due_today_is_not_to_pay_later(world: Contexts, ania: Talk) -> None:
    with world.system() as ctx:
        owed = ctx.session.exec(select(Invoice).where(Invoice.number == "RT-2026-0162")).one()
        moved = owed.due_on
    assert moved is not None
    world.clock.set(STORY_NOW.replace(year=moved.year, month=moved.month, day=moved.day))  # type: ignore[attr-defined]
    said = ania.say("which invoices are overdue?")
    assert said.text.startswith("Nothing is overdue.\n€2,904.00 is due today")
    assert said.buttons == ["Pay RT-2026-0162"]


# --- questions that led nowhere


def test_back_to_a_plan_at_the_renewal_is_a_switch(ania: Talk) -> None:
    ania.confirm(ania.say("switch hosting to business"))
    asked = ania.say("switch hosting back to growth at the next renewal").proposal
    assert asked.input == {"subscription": HOSTING, "plan": "Growth", "starts": "renewal"}


def test_a_yes_to_a_question_with_several_answers_asks_which_one(ania: Talk) -> None:
    question = ania.say("begin or change to starter with 5 seats")
    assert sorted(question.buttons) == ["Start a subscription", "Switch plan"]
    again = ania.say("yes please")
    assert (again.text, again.buttons) == ("Which of these?", question.buttons)
    assert ania.press_reply(again, "Switch plan").blocks


def test_a_yes_to_the_offer_of_a_person_is_answered_once(ania: Talk) -> None:
    ania.say("I want a refund")
    assert len(ania.say("yes").messages) == 1


def test_a_start_that_the_policy_has_no_room_for_comes_with_the_one_it_has(ania: Talk) -> None:
    refused = ania.say("reduce team mail to 15 seats today")
    assert "starts at the renewal" in refused.text
    assert refused.buttons == ["At the renewal"]
    assert ania.press_reply(refused, "At the renewal").proposal.input["starts"] == "renewal"


@pytest.mark.parametrize("asked", ["seats to -4 for team mail", "set team mail to minus 4 seats"])
def test_seats_start_at_one(ania: Talk, asked: str) -> None:
    assert ania.say(asked).text == "Seats start at 1. How many do you want?"
    assert ania.say("20").proposal.input == {"subscription": MAIL, "seats": 20}


def test_fewer_seats_with_a_minus_are_still_fewer(ania: Talk) -> None:
    assert ania.say("minus 2 seats for team mail").proposal.input["seats"] == 16


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        (
            "payments since 1 january 0001",
            "“1 january 0001” is too far away: I know 1900 to 2099. Which day do you mean?",
        ),
        ("payments since 1 january 1999", "since 1 January 1999, with"),
        ("payments since 1 january", "since 1 January 2026, with"),
        ("payments in 1999", "No payment was made in 1999."),
    ],
)
def test_a_year_that_is_said_is_that_year(ania: Talk, asked: str, answer: str) -> None:
    assert answer in ania.say(asked).text


def test_the_invoice_of_a_month_tells_of_the_others_of_that_month(ania: Talk) -> None:
    said = ania.say("why is my January invoice so high?")
    assert "RT-2026-0059 is of that month too." in said.text
    assert ania.press_reply(said, "Show RT-2026-0059").text.startswith("RT-2026-0059")


# --- other languages


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("Hoeveel moet ik nog betalen?", "Ik lees voorlopig alleen Engels."),
        ("Kunt u mijn abonnement opzeggen", "Ik lees voorlopig alleen Engels."),
        ("Welche Rechnungen sind offen?", "Ich lese vorerst nur Englisch."),
        ("Bonjour, combien dois-je payer ?", "je ne lis que l’anglais"),
        ("¿Cuánto debo?", "solo leo inglés"),
    ],
)
def test_another_language_gets_a_sentence_of_its_own_and_a_person(ania: Talk, asked: str, answer: str) -> None:
    said = ania.say(asked)
    assert answer in said.text and "I read English for now" in said.text
    assert said.buttons[0] == "Talk to a person"


@pytest.mark.parametrize("asked", ["what's the weather", "asdf qwer", "die is cast", "me llamo Bob and I am fine"])
def test_what_is_only_strange_is_taken_for_no_other_language(ania: Talk, asked: str) -> None:
    assert "I read English for now" not in ania.say(asked).text


# --- words


def test_help_says_what_to_do_in_one_mood(ania: Talk) -> None:
    """Every line begins with what one does: Show, Pay, Ask; none with what the command does or what it has."""
    lines = [row[1] for row in ania.say("/help").rows()]
    begins = {line.split()[0] for line in lines}
    assert len(lines) > 20
    assert not {word for word in begins if word.endswith("s")}, "Shows, Gives"
    assert not begins & {"What", "Who", "Your", "One", "The", "Every"}


def test_staffs_work_is_refused_by_its_title(world: Contexts, ania: Talk) -> None:
    with pytest.raises(PortalError) as refused:
        dispatch.run(world, "taxes.list", {}, ania.actor, Channel.CHAT)
    assert refused.value.message == "Only staff can do this: Tax rates."
