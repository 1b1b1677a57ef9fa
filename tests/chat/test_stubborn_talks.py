"""Talks with somebody who changes their mind, answers a question with a question, and says yes where nothing waits."""

from __future__ import annotations

import pytest

from billing.context import Contexts
from billing.models.payments import Payment
from chat.blocks import Form, Proposal, Receipt
from portal.bootstrap import load_actions
from tests.chat.story_chat import Said, Talk, ania, rows_of, told, world

__all__ = ["ania", "told", "world"]

load_actions()
HOSTING, MAIL = "SUB-2023-0001", "SUB-2023-0002"


def done(said: Said) -> str:
    (receipt,) = said.of(Receipt)
    return receipt.title


def test_what_is_not_understood_leaves_the_proposal_and_says_so(ania: Talk) -> None:
    ania.say("cancel team mail")
    said = ania.say("why do you need to know that?")
    assert said.text == "I did not understand that. “Cancel Team mail” still waits for your yes or no."
    assert ania.say("end of the month").proposal.input == {"subscription": MAIL, "when": "term_end"}
    assert ania.say("actually no, keep it").text == "Nothing was changed."
    assert ania.say("yes").text == "There is nothing to confirm right now."


def test_a_plan_is_compared_and_changed_again_before_the_yes(ania: Talk) -> None:
    ania.say("switch hosting to business")
    assert ania.say("no, scale").proposal.input["plan"] == "Scale"
    assert "These are the plans" in ania.say("what's the difference with business?").text
    assert ania.say("ok business then").proposal.input["plan"] == "Business"
    assert done(ania.say("yes")) == "Hosting changed from Growth to Business on 12 March"


def test_a_pause_gets_its_end_after_a_question_in_between(ania: Talk) -> None:
    ania.say("pause hosting")
    ania.say("until when can I pause?")
    assert ania.say("till june").proposal.input == {"subscription": HOSTING, "until": "2026-06-01"}


def test_more_seats_are_corrected_as_more_and_the_receipt_says_from_what(ania: Talk) -> None:
    assert ania.say("add 3 mailboxes").proposal.input["seats"] == 21
    assert ania.say("make it 5").proposal.input["seats"] == 23, "five more, since five in all would be fewer"
    assert done(ania.say("yes")) == "Team mail changed from 18 seats to 23 seats on 12 March"


@pytest.mark.parametrize("aside", ["what's a review", "is it public"])
def test_a_question_stays_open_over_what_is_not_understood(ania: Talk, aside: str) -> None:
    ania.say("I want to leave a review")
    ania.say(aside)
    assert ania.say("4").text.startswith("What do you want to say to RenoTech?")
    assert ania.say("friendly").proposal.input == {"rating": 4, "words": "friendly"}


def test_the_options_of_a_question_are_told_again(ania: Talk) -> None:
    question = ania.say("upgrade hosting")
    again = ania.say("what are the options?")
    assert (again.text, again.buttons) == (question.text, question.buttons)
    assert ania.say("scale").proposal.input["plan"] == "Scale"


def test_an_address_is_typed_though_a_form_was_shown(ania: Talk) -> None:
    assert ania.say("change our address").of(Form)
    proposed = ania.say("Zijlweg 4, 2013 DH Haarlem").proposal
    assert proposed.input == {"address_line": "Zijlweg 4", "postal_code": "2013 DH", "city": "Haarlem"}
    assert done(ania.say("yes")) == "Saved: street and number, postal code"


def test_a_form_that_is_left_alone_holds_nothing_up(ania: Talk) -> None:
    ania.say("change our address")
    assert ania.say("what do I owe?").text.startswith("€4,206.41 to pay on 3 invoices.")


def test_of_everything_only_the_overdue_is_paid(ania: Talk, world: Contexts) -> None:
    ania.say("pay everything")
    assert ania.say("just the overdue").proposal.input["invoices"] == ["RT-2026-0162"]
    before = rows_of(world, Payment)
    ania.say("yes")
    ania.say("yes")
    assert rows_of(world, Payment) == before + 1, "the second yes has nothing to say yes to"


def test_half_and_then_all_of_it_after_all(ania: Talk) -> None:
    ania.say("pay 0187")
    assert ania.say("half").proposal.input["amount"] == 26401
    assert "amount" not in ania.say("no all of it").proposal.input


def test_a_yes_after_an_answer_in_between_shows_the_proposal_again_and_calls_nobody(ania: Talk) -> None:
    ania.say("pay 0187")
    ania.say("is that with vat?")
    again = ania.say("yes")
    assert again.proposal.input["invoices"] == ["RT-2026-0187"]
    assert ania.conversation.status == "bot"


def test_a_part_of_a_payment_that_was_not_read_is_asked_about(ania: Talk) -> None:
    said = ania.say("pay the catering invoice and the march invoice")
    assert not said.of(Proposal)
    assert ania.say("can you take 1k off my card for 0162").proposal.input["amount"] == 100000


def test_what_was_never_asked_for_is_left_as_it_is(ania: Talk) -> None:
    ania.say("cancel something")
    assert ania.say("actually no, keep it").text == "All right. Nothing was changed."
