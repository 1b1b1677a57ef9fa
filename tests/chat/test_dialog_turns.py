"""Stories of turns: a question left for another, an answer typed, what was done undone, a person who left."""

from __future__ import annotations

import pytest
from sqlmodel import select

from billing import dispatch
from billing.context import Actor, Contexts
from billing.models.people import Staff
from billing.models.subscriptions import Subscription, SubscriptionChange
from billing.registry import Channel, Role
from chat.blocks import Receipt
from portal.bootstrap import load_actions
from tests.chat.story_chat import Talk, ania, rows_of, told, world

__all__ = ["ania", "told", "world"]

load_actions()
HOSTING, MAIL = "SUB-2023-0001", "SUB-2023-0002"


def held(world: Contexts, number: str) -> Subscription:
    with world.system() as ctx:
        return ctx.session.exec(select(Subscription).where(Subscription.number == number)).one()


# --- a question that is open


@pytest.mark.parametrize(
    ("asked", "instead", "answer"),
    [
        ("cancel my subscription", "how much tax did I pay last year", "€1,312.92 of it tax"),
        ("cancel my subscription", "show my invoices", "invoices and credit notes"),
        ("redeem a coupon", "what did I pay in January", "€3,509.00 in January 2026"),
        ("add an add-on", "who worked on 5 march", "Noor van Dam worked 2.75 h"),
        ("pay my invoice", "when is my next renewal", "€620.73 with VAT"),
    ],
)
def test_another_request_is_answered_and_the_question_waits_behind_a_button(
    ania: Talk, asked: str, instead: str, answer: str
) -> None:
    question = ania.say(asked)
    said = ania.say(instead)
    assert answer in said.text and "does not answer" not in said.text
    (back,) = [label for label in said.buttons if label.startswith("Back to: ")]
    again = ania.press_reply(said, back)
    assert (again.text, again.buttons) == (question.text, question.buttons)


def test_another_change_is_proposed_at_once_and_the_question_is_dropped(ania: Talk) -> None:
    ania.say("cancel my subscription")
    assert ania.say("pay RT-2026-0162").proposal.action == "invoices.pay"
    assert ania.say("hosting").text.startswith("Hosting, Growth"), "it is no answer to the older question any more"


def test_what_is_asked_after_the_answer_is_answered_too(ania: Talk) -> None:
    ania.say("cancel my subscription")
    said = ania.say("hosting, and show my payments")
    assert said.proposal.input == {"subscription": HOSTING}
    assert "Your last payment was" in said.text
    ania.say("cancel my subscription")
    both = ania.say("hosting and pay RT-2026-0162")
    assert both.proposal.action == "subscriptions.cancel" and both.buttons == ["Pay RT-2026-0162"]


def test_what_answers_nothing_and_asks_nothing_is_asked_again(ania: Talk) -> None:
    ania.say("cancel my subscription")
    for words in ("blue", "blah fnord", "what is the weather like in amsterdam?"):
        said = ania.say(words)
        assert said.text.startswith("I could not find an answer in that."), words
        assert "“never mind”" in said.text and "Which subscription do you want to cancel?" in said.text
    assert "I read English for now." in ania.say("hallo, ik heb een vraag over mijn factuur").text
    assert ania.say("undo that").text == "All right. Nothing was changed."


@pytest.mark.parametrize("typed", ["the second one", "option 2", "team mail", "Team Mail please"])
def test_an_answer_may_be_typed_as_its_button_says_it_or_by_its_place(ania: Talk, typed: str) -> None:
    ania.say("cancel my subscription because we are moving")
    assert ania.say(typed).proposal.input == {"subscription": MAIL, "reason": "we are moving"}


@pytest.mark.parametrize("typed", ["start", "start a subscription please"])
def test_a_question_which_of_two_is_answered_by_a_word_and_keeps_what_was_named(ania: Talk, typed: str) -> None:
    said = ania.say("begin or change to starter with 5 seats")
    assert said.text.startswith("Do you mean ") and sorted(said.buttons) == ["Start a subscription", "Switch plan"]
    proposal = ania.say(typed).proposal
    assert (proposal.action, proposal.input) == ("subscriptions.start", {"plan": "Starter", "seats": 5})


def test_a_yes_takes_the_only_thing_that_was_offered(ania: Talk) -> None:
    assert "Shall I show it?" in ania.say("resume team mail next monday").text
    ania.say("no")
    assert "nothing to confirm" in ania.say("yes").text
    ania.say("pay RT-2026-0162 next monday")
    assert ania.say("yes").proposal.input == {"invoices": ["RT-2026-0162"]}


# --- a second subscription


def test_a_second_one_of_a_product_is_started_when_it_is_said_and_the_first_can_be_changed_instead(
    world: Contexts, ania: Talk
) -> None:
    said = ania.say("start hosting business")
    assert said.text == "You already have Hosting Growth. This starts another one. Nothing happens until you confirm."
    assert said.proposal.action == "subscriptions.start"
    change = ania.press_reply(said, "Change the one I have").proposal
    assert (change.action, change.input) == (
        "subscriptions.switch_plan", {"subscription": HOSTING, "plan": "Business"},
    )  # fmt: skip
    before = rows_of(world, Subscription)
    ania.say("start workspace growth with 5 seats")
    ania.say("yes")
    again = ania.say("start workspace growth with 5 seats")
    assert "You already have Workspace Growth. This starts another one." in again.text
    ania.confirm(again)
    assert rows_of(world, Subscription) == before + 2


def test_a_plan_that_several_products_have_is_asked_about(ania: Talk) -> None:
    said = ania.say("start business")
    assert (said.text, said.buttons) == ("Which plan do you want to start?", ["Hosting Business", "Workspace Business"])
    assert ania.say("the workspace one").proposal.input == {"plan": "Workspace Business"}


# --- undoing


@pytest.mark.parametrize("words", ["undo that", "take that back", "cancel that", "put it back how it was"])
def test_a_pause_that_was_just_made_is_undone_by_resuming_after_a_yes(world: Contexts, ania: Talk, words: str) -> None:
    ania.say("pause team mail")
    ania.say("yes")
    proposal = ania.say(words).proposal
    assert (proposal.action, proposal.input) == ("subscriptions.resume", {"subscription": MAIL})
    assert held(world, MAIL).status == "paused", "nothing happens before the yes"
    ania.say("yes")
    assert held(world, MAIL).status == "active"


@pytest.mark.parametrize("words", ["take back the pause", "cancel the pause"])
def test_to_take_back_a_pause_that_has_begun_offers_to_resume(ania: Talk, words: str) -> None:
    ania.say("pause team mail")
    ania.say("yes")
    assert ania.say(words).proposal.action == "subscriptions.resume"


@pytest.mark.parametrize(
    ("change", "action", "input"),
    [
        ("switch hosting to business", "subscriptions.switch_plan", {"subscription": HOSTING, "plan": "Growth"}),
        ("add 2 seats to team mail", "subscriptions.switch_plan", {"subscription": MAIL, "seats": 18}),
        ("15 seats for team mail", "subscriptions.take_back", {"subscription": MAIL, "what": "plan"}),
        ("cancel team mail", "subscriptions.take_back", {"subscription": MAIL, "what": "cancellation"}),
        ("cancel team mail now", "subscriptions.reactivate", {"subscription": MAIL}),
        ("turn on autopay for hosting", "subscriptions.auto_charge", {"subscription": HOSTING, "on": False}),
        ("add extra storage to hosting", "subscriptions.remove_add_on",
         {"subscription": HOSTING, "add_on": "hosting-extra-storage-eur"}),
    ],
)  # fmt: skip
def test_each_change_has_its_way_back(ania: Talk, change: str, action: str, input: dict[str, object]) -> None:
    ania.say(change)
    assert ania.say("yes").of(Receipt)
    proposal = ania.say("undo that").proposal
    assert (proposal.action, proposal.input) == (action, input)


def test_undoing_a_change_brings_back_what_was(world: Contexts, ania: Talk) -> None:
    before = held(world, HOSTING).plan_id
    for words in ("switch hosting to business", "yes", "undo that", "yes"):
        ania.say(words)
    assert held(world, HOSTING).plan_id == before


def test_undo_folds_a_proposal_that_is_open_and_says_when_there_is_nothing_to_undo(world: Contexts, ania: Talk) -> None:
    assert ania.say("undo that").text.startswith("You changed nothing here today")
    changes = rows_of(world, SubscriptionChange)
    ania.say("cancel hosting")
    assert ania.say("undo that").text == "Nothing was changed."
    assert "nothing to confirm" in ania.say("yes").text
    assert rows_of(world, SubscriptionChange) == changes


def test_a_payment_has_no_way_back_and_a_person_is_offered(ania: Talk) -> None:
    ania.say("pay RT-2026-0162")
    ania.say("yes")
    said = ania.say("undo that")
    assert "I can’t undo “€2,864.00 paid from Visa ending 4417” here." in said.text
    assert said.buttons == ["Talk to a person"]


# --- answers about stretches of days


def test_sums_and_lists_of_months_and_years_are_exact(ania: Talk) -> None:
    january = ania.say("what did I pay in January")
    assert january.text == "You paid €3,509.00 in January 2026, with 2 payments."
    assert [row[0] for row in january.rows()] == ["PAY-2026-0002", "PAY-2026-0001"]
    assert ania.say("what did we pay on 3 january").text == "No payment was made on 3 January 2026."
    year = ania.say("how much tax did I pay last year")
    assert year.text == "You were billed €7,564.92 in 2025, €1,312.92 of it tax. You paid €7,564.92."
    quarter = ania.say("invoices from Q1")
    assert quarter.text == "8 documents were issued from 1 January to 12 March 2026."
    assert len(quarter.numbers) == 8 and all("2026" in number for number in quarter.numbers)
    assert ania.say("overdue invoices from january").text == "No invoice was issued in January 2026 that is overdue."


def test_hours_are_told_by_day_and_person(ania: Talk) -> None:
    week = ania.say("hours last week on showroom website redesign")
    assert week.text == (
        "16.25 h were worked on Showroom website redesign from 2 March to 8 March 2026: "
        "Ilse Brand 7 h, Tomáš Bělohlávek 6.5 h and Noor van Dam 2.75 h."
    )
    tom = ania.say("what did Tom do on 4 March")
    assert tom.text == "Tomáš Bělohlávek worked 5 h on Showroom website redesign on 4 March 2026."
    assert tom.rows() == [("4 March 2026", "Fabric configurator", "5 h")]
    assert "logged no hours" in ania.say("what did Tom do on 3 March").text
    assert "Nobody called “Marit”" in ania.say("what did Marit do on 3 March").text


# --- a person who leaves


@pytest.fixture
def marit(world: Contexts) -> Actor:
    with world.system() as ctx:
        row = ctx.session.exec(select(Staff).where(Staff.role == Role.AGENT)).first()
        assert row is not None
        return Actor("staff", row.id, row.name, row.email, Role.AGENT)


def leave(world: Contexts, marit: Actor, ania: Talk) -> list[str]:
    """Marit hands the conversation back; what the assistant says then."""
    before = ania.messages()[-1].seq
    dispatch.run(world, "support.hand_back", {"conversation": ania.number}, marit, Channel.DESK)
    return [m.text for m in ania.messages() if m.seq > before and m.author_kind == "bot"]


def take(world: Contexts, marit: Actor, ania: Talk) -> None:
    dispatch.run(world, "support.take", {"conversation": ania.number}, marit, Channel.DESK)


@pytest.mark.parametrize("word", ["yes", "the button"])
def test_what_nobody_answered_is_offered_once_and_answered_on_a_yes(
    world: Contexts, ania: Talk, marit: Actor, word: str
) -> None:
    ania.say("hello")
    take(world, marit, ania)
    assert not ania.say("how much do I owe?").messages, "a person answers"
    (offer,) = leave(world, marit, ania)
    assert offer == "“how much do I owe?” was not answered yet. Shall I look at it?"
    take(world, marit, ania)
    assert leave(world, marit, ania) == [], "it is offered once"
    said = ania.say(word if word == "yes" else "how much do I owe?")
    assert said.text.startswith("€4,206.41 to pay")


def test_nothing_is_offered_where_all_was_answered_or_nothing_asked(world: Contexts, ania: Talk, marit: Actor) -> None:
    ania.say("how much do I owe?")
    take(world, marit, ania)
    assert leave(world, marit, ania) == []
    take(world, marit, ania)
    ania.say("thanks, bye")
    assert leave(world, marit, ania) == []
