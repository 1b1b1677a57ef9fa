"""Stories of a customer who types: what the assistant answers, proposes, and never does without a yes."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import col, select

from billing.access import access_payment_methods
from billing.clock import SetClock
from billing.context import Contexts
from billing.models.invoices import Invoice
from billing.models.payments import Payment
from billing.models.records import AuditEntry, PreferenceRecord
from billing.models.reviews import Review
from billing.models.subscriptions import SubscriptionChange
from billing.registry import Channel, Role
from chat.blocks import CardRequest, Link, Proposal, ProposalState, RatingRequest, Receipt, load_blocks
from chat.protocol import Status
from portal.bootstrap import load_actions
from portal.seeds import seed_story
from tests.billing.gateways.running import RunningSandbox
from tests.chat.story_chat import ANIA, Talk, actor_of, ania, open_story, rows_of, told, world

__all__ = ["ania", "told", "world"]

load_actions()


def due(world: Contexts, number: str) -> int:
    with world.system() as ctx:
        return int(ctx.session.exec(select(Invoice.due).where(Invoice.number == number)).one())


def test_the_main_story_is_the_same_on_both_databases(database_url: str, tmp_path: Path, clock: SetClock) -> None:
    sandbox = RunningSandbox(tmp_path, clock)
    contexts = open_story(database_url, tmp_path, clock, sandbox)
    try:
        seed_story(contexts, passwords={})
        ania = Talk(contexts, actor_of(contexts, ANIA))
        assert ania.say("which invoices are overdue?").numbers == ["RT-2026-0162"]
        ania.say("pay it")
        assert "€2,864.00 paid" in "".join(r.title for r in ania.say("yes").of(Receipt))
        ania.say("I want to leave a review")
        ania.say("4 stars")
        assert ania.say("without words").proposal.input == {"rating": 4}
        assert due(contexts, "RT-2026-0162") == 0
    finally:
        contexts.engine.dispose()
        sandbox.stop()


# --- answers


def test_the_overdue_invoices_are_listed_with_a_link_and_a_button_to_pay(ania: Talk) -> None:
    said = ania.say("which invoices are overdue?")
    assert said.text == "1 invoice is overdue, €2,904.00 in all."
    assert said.numbers == ["RT-2026-0162"]
    assert said.buttons == ["Pay RT-2026-0162"]


def test_what_is_owed_is_one_sentence_and_the_invoices(ania: Talk) -> None:
    said = ania.say("How much do I owe?")
    assert said.text == "€4,206.41 to pay on 3 invoices. €2,904.00 of it is overdue."
    assert said.numbers == ["RT-2026-0162", "RT-2026-0187", "RT-2026-0171"]


def test_one_invoice_is_shown_as_a_sum_down_to_what_is_due(ania: Talk) -> None:
    said = ania.say("show me invoice 0187")
    assert "€528.01 is left to pay. Due Sunday 15 March 2026." in said.text
    assert said.rows()[-1] == ("To pay", "€528.01")
    assert ("Total", "€988.01") in said.rows()
    assert any("2 seats × €6.50 × 13 of 28 days = €6.04" in row[0] for row in said.rows())


def test_it_is_the_record_that_was_shown_last(ania: Talk) -> None:
    ania.say("show me invoice 0171")
    (link,) = ania.say("download it").of(Link)
    assert link.href == "/documents/invoices/RT-2026-0171.pdf" and link.download == "RT-2026-0171.pdf"
    assert ania.say("pay it").proposal.input["invoices"] == ["RT-2026-0171"]


def test_why_march_is_higher_than_february_is_answered_to_the_cent(ania: Talk) -> None:
    said = ania.say("Why is March so much higher than February?")
    assert said.text.startswith(
        "March is €383.01 higher than February. Most of it is extra support in February, 3.5 h."
    )
    amounts = [row[1] for row in said.rows()]
    assert amounts == ["€297.50", "€13.00", "€6.04", "€66.47", "€383.01"]


def test_the_next_renewal_has_its_date_and_its_amount_with_vat(ania: Talk) -> None:
    said = ania.say("when is my renewal")
    assert "1 April 2026: €620.73 with VAT" in said.text and "Visitor analytics ends on 19 March 2026" in said.text
    assert "It renews on 1 April 2026." in ania.say("when does Team mail renew").text


def test_several_requests_are_answered_one_after_another(ania: Talk) -> None:
    said = ania.say("Hi, which invoices are overdue? And show my payments.")
    assert said.numbers == ["RT-2026-0162"] and "Your last payment was €400.00" in said.text


def test_two_changes_in_a_message_are_proposed_one_at_a_time(ania: Talk) -> None:
    said = ania.say("pay the photography one and switch me to Business")
    assert said.proposal.action == "invoices.pay"
    then = ania.press_reply(said, "Switch Hosting to Business")
    assert then.proposal.effect.title == "Switch Hosting to Business"


# --- paying


def test_paying_two_invoices_shows_the_sum_and_needs_a_yes(world: Contexts, ania: Talk) -> None:
    said = ania.say("pay RT-2026-0187 and RT-2026-0162")
    effect = said.proposal.effect
    assert [line.amount for line in effect.lines] == [290400, 52801, -4000, 339201]
    assert effect.confirm == "Pay €3,392.01"
    assert due(world, "RT-2026-0162") == 290400, "nothing is paid before the yes"
    done = ania.say("yes")
    assert [receipt.title for receipt in done.of(Receipt)][-1] == "€3,392.01 paid from Visa ending 4417"
    assert due(world, "RT-2026-0162") == due(world, "RT-2026-0187") == 0


def test_a_second_yes_pays_nothing_more(world: Contexts, ania: Talk) -> None:
    ania.say("pay 0162")
    ania.say("yes")
    before = rows_of(world, Payment)
    assert "nothing to confirm" in ania.say("yes").text
    assert rows_of(world, Payment) == before


def test_no_folds_the_proposal_and_nothing_is_paid(world: Contexts, ania: Talk) -> None:
    said = ania.say("pay 0162")
    assert ania.say("never mind").text == "Nothing was changed."
    proposal = next(b for m in ania.messages() for b in load_blocks(m.blocks) if isinstance(b, Proposal))
    assert (proposal.token, proposal.state) == (said.proposal.token, ProposalState.DECLINED)
    assert "nothing to confirm" in ania.say("yes").text
    assert due(world, "RT-2026-0162") == 290400


def test_a_yes_after_something_else_shows_the_proposal_again_first(world: Contexts, ania: Talk) -> None:
    ania.say("pay 0162")
    ania.say("when is my renewal?")
    again = ania.say("yes")
    assert again.proposal.input["invoices"] == ["RT-2026-0162"]
    assert due(world, "RT-2026-0162") == 290400
    ania.say("yes")
    assert due(world, "RT-2026-0162") == 0


def test_a_stale_proposal_is_answered_with_the_new_figures(world: Contexts, clock: SetClock, ania: Talk) -> None:
    said = ania.say("pay 0162")
    clock.advance(timedelta(minutes=16))
    newer = ania.confirm(said)
    assert "The price was exact until" in newer.text
    assert newer.proposal.token != said.proposal.token
    assert due(world, "RT-2026-0162") == 290400


def test_a_refusal_to_pay_changes_nothing_and_proposes_nothing(world: Contexts, ania: Talk) -> None:
    before = rows_of(world, Payment), rows_of(world, AuditEntry)
    for words in ("don't pay RT-2026-0187", "do not pay anything", "I don't want to switch to Business"):
        said = ania.say(words)
        assert not said.of(Proposal) and "Nothing was changed" in said.text
    assert (rows_of(world, Payment), rows_of(world, AuditEntry)) == before


def test_paying_without_saying_what_asks_which_with_cards_to_choose(ania: Talk) -> None:
    said = ania.say("pay")
    titles = [card["title"] for m in said.messages for b in m.blocks for card in b.get("cards", [])]
    assert titles[-1] == "All 3: €4,206.41" and len(titles) == 4
    assert ania.say("the photography one").proposal.input["invoices"] == ["RT-2026-0171"]


def test_without_a_saved_card_the_card_form_comes_and_then_the_proposal(world: Contexts, ania: Talk) -> None:
    with world.open(ania.actor, Channel.CHAT, writes=True) as ctx:
        for card in access_payment_methods(ctx):
            card.removed_at = ctx.now
    said = ania.say("pay 0171")
    (form,) = said.of(CardRequest)
    assert (form.action, form.input["invoices"], form.field) == ("invoices.pay", ["RT-2026-0171"], "payment_method")
    proposed = ania.press(form.action, form.input | {form.field: "pm_card_visa"})
    assert proposed.proposal.input["payment_method"] == "pm_card_visa"


def test_another_card_can_be_used_instead(ania: Talk) -> None:
    (form,) = ania.press_reply(ania.say("pay 0171"), "Use another card").of(CardRequest)
    assert form.input["invoices"] == ["RT-2026-0171"] and "payment_method" not in form.input


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("pay RT-2026-0118", "RT-2026-0118 has nothing left to pay."),
        ("pay RT-9999-0001", "There is no invoice “RT-9999-0001” in this account."),
        ("pay €5,000.00 of 0162", "€5,000.00 is more than the €2,904.00 that is due."),
        ("switch to Enterprise", "There is no plan “Enterprise” here."),
        ("show invoice RT-2020-0001", "There is no invoice “RT-2020-0001” in this account."),
        ("/pya", "There is no command /pya."),
    ],
)
def test_what_cannot_be_done_is_said_in_place(ania: Talk, words: str, sentence: str) -> None:
    said = ania.say(words)
    assert sentence in "\n".join([said.text, *(b.get("question", "") for m in said.messages for b in m.blocks)])
    assert not said.of(Proposal)


# --- plans


def test_a_switch_shows_its_exact_lines_and_happens_after_the_button(world: Contexts, ania: Talk) -> None:
    before = rows_of(world, SubscriptionChange)
    said = ania.say("switch me to Business")
    assert [line.amount for line in said.proposal.effect.lines] == [-11613, 16774, 1084, 6245, -4000, 2245]
    assert rows_of(world, SubscriptionChange) == before
    done = ania.confirm(said)
    (receipt,) = done.of(Receipt)
    assert receipt.reference.startswith("CHG-2026-")
    assert ania.press_reply(done, "Pay €22.45").proposal.effect.confirm == "Pay €22.45"
    assert rows_of(world, SubscriptionChange) == before + 1


def test_seats_are_put_back_by_name_of_the_service(ania: Talk) -> None:
    proposal = ania.say("put us back to 16 mail seats").proposal
    assert proposal.effect.title == "Team mail: 18 seats to 16"
    assert [line.amount for line in proposal.effect.lines] == [10400, 2184, 12584]


def test_a_plan_that_is_asked_for_is_answered_with_the_plan_alone(ania: Talk) -> None:
    assert "Which plan do you want?" in ania.say("upgrade my plan").text
    assert ania.say("Scale").proposal.input["plan"] == "Scale"


# --- reviews


def test_a_review_asks_for_stars_then_words_then_a_yes(world: Contexts, ania: Talk) -> None:
    assert ania.say("I want to leave a review").buttons == ["1 star", "2 stars", "3 stars", "4 stars", "5 stars"]
    assert ania.say("4 stars").buttons == ["Without words"]
    said = ania.say("Marit was quick, and she didn't give up")
    assert said.proposal.input == {"rating": 4, "words": "Marit was quick, and she didn't give up"}
    assert rows_of(world, Review) == 0
    ania.say("confirm")
    with world.system() as ctx:
        review = ctx.session.exec(select(Review)).one()
    assert (review.rating, review.words) == (4, "Marit was quick, and she didn't give up")


def test_an_answer_that_is_none_is_asked_again_and_another_request_is_answered(ania: Talk) -> None:
    ania.say("I want to leave a review")
    assert "How many stars" in ania.say("purple").text
    assert ania.say("which invoices are overdue?").numbers == ["RT-2026-0162"]
    assert "did not understand" in ania.say("5").text, "the question is over"


def test_the_question_is_kept_in_the_database_for_whichever_process_answers_next(world: Contexts, ania: Talk) -> None:
    ania.say("I want to leave a review")
    elsewhere = Talk(world, ania.actor, ania.number)
    elsewhere._ids = iter(["other-tab-1", "other-tab-2"])
    assert elsewhere.say("five stars").buttons == ["Without words"]
    assert elsewhere.say("skip").proposal.input == {"rating": 5}


# --- people, roles and switches


def test_whoever_asks_for_a_person_is_put_in_the_queue(ania: Talk) -> None:
    said = ania.say("Can I talk to a person?")
    assert ania.conversation.status == Status.WAITING
    assert "asked a person" in said.text and len(said.messages) == 1, "it is told once"
    assert "You need not ask again" in ania.say("/person").text


def test_a_conversation_is_rated_with_stars_of_its_own(ania: Talk) -> None:
    ania.say("hello")
    assert ania.say("I want to rate this chat").of(RatingRequest)
    assert "You gave this conversation 5 of 5" in ania.say("rate this chat 5 stars").text
    assert ania.conversation.rating == 5


@pytest.mark.parametrize("message", ["I want my money back", "extend my trial by a week", "we have a new company name"])
def test_what_is_not_theirs_to_do_gets_an_honest_sentence_and_a_person(ania: Talk, message: str) -> None:
    said = ania.say(message)
    assert said.text.startswith("I can’t") and said.buttons == ["Talk to a person"]


def test_a_yes_to_the_offer_of_a_person_asks_for_one(world: Contexts, ania: Talk) -> None:
    ania.say("pay 0162")
    ania.say("I want a refund")
    ania.say("yes please")
    assert ania.conversation.status == Status.WAITING
    assert due(world, "RT-2026-0162") == 290400


def test_a_viewer_may_look_and_is_told_who_may_pay(world: Contexts) -> None:
    viewer = Talk(world, actor_of(world, ANIA, Role.VIEWER))
    assert viewer.say("which invoices are overdue?").buttons == []
    said = viewer.say("pay 0162")
    assert not said.of(Proposal) and "Your role does not allow this: Pay invoices." in said.text
    listed = [row[0] for row in viewer.say("help").rows()]
    assert "/invoices" in listed and "/pay" not in listed and "/switch" not in listed


@pytest.mark.parametrize(
    ("switch", "words", "command"),
    [
        ("pay_invoices", "pay 0162", "/pay"), ("switch_plan", "switch me to Business", "/switch"),
        ("leave_review", "I want to leave a review", "/review"), ("payments_shown", "show my payments", "/payments"),
        ("invoice_download", "download invoice 0162", "/download"),
        ("talk_to_person", "can I talk to a person?", "/person"),
    ],
)  # fmt: skip
def test_what_the_business_switched_off_is_refused_and_missing_from_help(
    world: Contexts, ania: Talk, switch: str, words: str, command: str
) -> None:
    with world.system(writes=True) as ctx:
        ctx.session.add(PreferenceRecord(name=switch, value=False, changed_at=ctx.now))
    said = ania.say(words)
    title = next(action.title for action in world.registry if action.slash == command)
    assert said.text.startswith(f"“{title}” is not offered here. ") and not said.of(Proposal)
    assert command not in [row[0] for row in ania.say("/").rows()]


def test_somebody_elses_invoice_is_not_found(world: Contexts, ania: Talk) -> None:
    with world.system() as ctx:
        other = ctx.session.exec(
            select(Invoice.number).where(
                Invoice.customer_id != ania.actor.customer_id, col(Invoice.number).is_not(None)
            )
        ).first()
    assert f"There is no invoice “{other}” in this account." in ania.say(f"show invoice {other}").text


def test_greetings_thanks_and_what_nobody_knows(ania: Talk) -> None:
    assert ania.say("hello").text == "Hello Ania. What can I look up for you?"
    assert ania.say("thanks!").text == "You are welcome."
    assert "did not understand" in ania.say("what's the weather in Amsterdam?").text
    assert "a program" in ania.say("are you a bot?").text


@pytest.mark.parametrize(
    ("command", "shows"),
    [
        ("/home", "€4,206.41 to pay"), ("/invoices overdue", "1 invoice is overdue"), ("/invoice 0187", "€528.01"),
        ("/payments", "Your last payment"), ("/payment PAY-2026-0004", "€400.00"), ("/subscriptions", "subscriptions"),
        ("/plans", "without VAT"), ("/reviews", "not left a review"), ("/projects", "Showroom website redesign"),
        ("/cards", "add another card"), ('/subscription "Team mail"', "18 seats"),
    ],
)  # fmt: skip
def test_commands_answer_like_sentences(ania: Talk, command: str, shows: str) -> None:
    assert shows in ania.say(command).text


@pytest.mark.parametrize(
    ("command", "action", "input"),
    [
        ("/pay RT-2026-0187 RT-2026-0162", "invoices.pay", {"invoices": ["RT-2026-0187", "RT-2026-0162"]}),
        ("/switch Business", "subscriptions.switch_plan", {"plan": "Business"}),
        ("/review 5 great work", "reviews.leave", {"rating": 5, "words": "great work"}),
    ],
)
def test_commands_propose_like_sentences(ania: Talk, command: str, action: str, input: dict[str, object]) -> None:
    proposal = ania.say(command).proposal
    assert (proposal.action, proposal.input) == (action, input)
