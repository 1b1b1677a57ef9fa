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


def test_two_more_of_the_seats_that_were_told_of_and_then_three(ania: Talk) -> None:
    said = ania.say("how many seats do we have on team mail")
    assert said.text.startswith("Team mail has 18 seats, €") and not said.rows()
    assert ania.say("add 2 more").proposal.input == {"subscription": MAIL, "seats": 20}
    assert ania.say("no make that 3").proposal.input == {"subscription": MAIL, "seats": 21}


def test_it_is_the_credit_once_the_credit_was_told(ania: Talk) -> None:
    ania.say("show invoice 162")
    assert ania.say("what is my credit").text == "You have €40.00 of credit. It comes off your next payment."
    said = ania.say("and what can I use it for?")
    assert said.text.startswith(
        "You have €40.00 of credit. Credit pays invoices: it comes off by itself when you pay one"
    )
    assert "“use my credit on”" in said.text and not said.numbers


def test_what_is_due_next_comes_before_what_renews_next(ania: Talk) -> None:
    said = ania.say("when is my next invoice due")
    overdue, due, regular = (
        said.text.find("RT-2026-0162 is "),
        said.text.find("RT-2026-0187 is due next, on Sunday"),
        -1,
    )
    regular = said.text.find("Your next regular invoice comes on 1 April 2026")
    assert 0 == overdue < due < regular
    assert ania.press_reply(said, "Pay RT-2026-0187").proposal.input["invoices"] == ["RT-2026-0187"]
    assert ania.say("when is my next renewal").text.startswith("Your next regular invoice comes on 1 April 2026")


def test_the_late_one_of_those_that_were_shown_is_told(ania: Talk) -> None:
    assert len(ania.say("what do i owe you guys").numbers) == 3
    assert ania.say("which of those is late?").numbers == ["RT-2026-0162"]


def test_who_sees_a_service_billed_twice_is_shown_its_lines_and_offered_a_person(ania: Talk) -> None:
    said = ania.say("i think you billed us twice for team mail")
    assert "“talk to a person”" in said.text and "Talk to a person" in said.buttons
    invoices = [row[0] for row in said.rows()]
    assert "RT-2026-0187" in invoices and all("team mail" in row[1].lower() for row in said.rows())
    assert ania.conversation.status == "bot"


def test_the_tax_of_an_invoice_is_told_with_its_rate(ania: Talk) -> None:
    said = ania.say("what is the vat on 187")
    assert said.text == "The tax on RT-2026-0187 is €171.47: VAT 21% of €816.54. With it, €988.01."


def test_the_end_of_the_trial_comes_first(ania: Talk) -> None:
    said = ania.say("when does the trial end")
    assert said.text.startswith("The trial of Visitor analytics ends on ") and " in " in said.text
    assert not said.rows()


def test_a_step_up_is_the_next_plan_and_above_the_largest_there_is_none(ania: Talk) -> None:
    assert ania.say("downgrade hosting one step").text.startswith("There is no smaller plan than Growth for Hosting.")
    assert ania.say("switch hosting to the bigger plan").proposal.input["plan"] == "Business"
    ania.say("switch hosting to scale")
    ania.say("yes")
    said = ania.say("upgrade hosting to the next bigger plan")
    assert said.text.startswith("There is no larger plan than Scale for Hosting.") and not said.of(Proposal)
    assert ania.say("downgrade hosting one step").proposal.input["plan"] == "Business"


def test_a_question_on_refunds_is_answered_and_brings_nothing_else_back(ania: Talk) -> None:
    assert ania.say("any discount codes?").text.startswith("I can’t give discounts.")
    said = ania.say("whats your refund policy")
    assert said.text.startswith("RenoTech decides on refunds one by one") and said.buttons == ["Talk to a person"]


@pytest.mark.parametrize("words", ["any discount codes? WELCOME10", "any discount codes WELCOME10"])
def test_a_code_beside_the_question_for_codes_is_taken(ania: Talk, words: str) -> None:
    assert ania.say(words).text == "For which subscription is the coupon?"
    assert ania.say("site care").proposal.input["coupon"] == "WELCOME10"
