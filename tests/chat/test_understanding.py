"""Sentences and what they are understood as: the table that a change of the phrases must not break."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from billing.registry import Audience, catalogue
from chat.understanding import Outcome, Shown, Talk, Understood, understand
from portal.bootstrap import load_actions
from tests.chat.story_account import ACCOUNT, OVERDUE, PAYABLE

load_actions()
CATALOGUE = list(catalogue)
CHANGES = {action.id for action in CATALOGUE if action.changes}


def read(message: str, shown: Shown | None = None) -> list[Understood]:
    return understand(message, CATALOGUE, ACCOUNT, shown)


def one(message: str, shown: Shown | None = None) -> Understood:
    found = read(message, shown)
    assert len(found) == 1, [f"{u.outcome}/{u.action}" for u in found]
    return found[0]


TABLE: list[tuple[str, str, dict[str, Any]]] = [
    # what is owed
    ("how much do I owe?", "home.show", {}),
    ("what's my balance", "home.show", {}),
    ("How much credit do I have?", "home.show", {}),
    # lists
    ("which invoices are overdue?", "invoices.list", {"status": "overdue"}),
    ("Show me my unpaid bills", "invoices.list", {"status": "to_pay"}),
    ("overdeu invoces", "invoices.list", {"status": "overdue"}),
    ("what have I already paid? show the paid invoices", "invoices.list", {"status": "paid"}),
    ("credit notes", "invoices.list", {"status": "credit_notes"}),
    ("show me invoices about photography", "invoices.list", {"search": "photography"}),
    ("could you please show me all my invoices", "invoices.list", {}),
    # one invoice
    ("show me invoice 0187", "invoices.show", {"number": "RT-2026-0187"}),
    ("what is rt-2026-0171 for?", "invoices.show", {"number": "RT-2026-0171"}),
    ("is 0187 paid?", "invoices.show", {"number": "RT-2026-0187"}),
    ("show me the bill from february", "invoices.show", {"number": "RT-2026-0118"}),
    ("what's on the photography invoice", "invoices.show", {"number": "RT-2026-0171"}),
    ("I don't understand invoice 187", "invoices.show", {"number": "RT-2026-0187"}),
    ("download my latest invoice", "invoices.download", {"number": "RT-2026-0187"}),
    ("can I have the pdf of RT-2025-1204", "invoices.download", {"number": "RT-2025-1204"}),
    # paying
    ("pay RT-2026-0187 and RT-2026-0162", "invoices.pay", {"invoices": ["RT-2026-0187", "RT-2026-0162"]}),
    ("pay INV-1001 and INV-1002", "invoices.pay", {"invoices": ["INV-1001", "INV-1002"]}),
    ("pay 0187, 0162 and 171", "invoices.pay", {"invoices": ["RT-2026-0187", "RT-2026-0162", "RT-2026-0171"]}),
    ("please pay the overdue ones", "invoices.pay", {"invoices": OVERDUE}),
    ("pay all of them", "invoices.pay", {"invoices": PAYABLE}),
    ("pay everything except 0162", "invoices.pay", {"invoices": PAYABLE[1:]}),
    ("pay all but the photography one", "invoices.pay", {"invoices": PAYABLE[:2]}),
    ("pay the photography one", "invoices.pay", {"invoices": ["RT-2026-0171"]}),
    ("pay the march invoice", "invoices.pay", {"invoices": ["RT-2026-0187"]}),
    ("pay the invoice of €774.40", "invoices.pay", {"invoices": ["RT-2026-0171"]}),
    ("pay €100 of RT-2026-0187", "invoices.pay", {"invoices": ["RT-2026-0187"], "amount": 10000}),
    ("pay 1.250,50 euros towards 0162", "invoices.pay", {"invoices": ["RT-2026-0162"], "amount": 125050}),
    ("pay RT-2026-0187 without using my credit", "invoices.pay", {"invoices": ["RT-2026-0187"], "use_credit": False}),
    # payments
    ("show my payments", "payments.list", {}),
    ("when did I last pay?", "payments.list", {}),
    ("show payment PAY-2026-0031", "payments.show", {"payment": "PAY-2026-0031"}),
    # subscriptions
    ("what plan am I on", "subscriptions.list", {}),
    ("when is my renewal?", "subscriptions.list", {}),
    ("tell me about team mail", "subscriptions.show", {"subscription": "SUB-0002"}),
    ("what does Scale cost?", "subscriptions.plans", {}),
    ("switch me to Growth with 5 seats", "subscriptions.switch_plan", {"plan": "Growth", "seats": 5}),
    ("switch me to Buisness with five seats", "subscriptions.switch_plan", {"plan": "Business", "seats": 5}),
    ("go from Growth to Business", "subscriptions.switch_plan", {"plan": "Business"}),
    ("upgrade to Scale at renewal", "subscriptions.switch_plan", {"plan": "Scale", "starts": "renewal"}),
    ("put us back to 16 mail seats", "subscriptions.switch_plan", {"subscription": "SUB-0002", "seats": 16}),
    ("add 2 seats", "subscriptions.switch_plan", {"subscription": "SUB-0002", "seats": 20}),
    ("remove two mailboxes", "subscriptions.switch_plan", {"subscription": "SUB-0002", "seats": 16}),
    # reviews and projects
    ("4 stars", "reviews.leave", {"rating": 4}),
    ("I'd give you four out of five, great work", "reviews.leave", {"rating": 4, "words": "great work"}),
    (
        "5 stars: Marit fixed everything within a day. Really good.",
        "reviews.leave",
        {"rating": 5, "words": "Marit fixed everything within a day. Really good."},
    ),
    ("rate this chat 5 stars", "support.rate", {"rating": 5}),
    ("how is the website project going", "projects.list", {}),
    # commands
    ("/pay RT-2026-0187 RT-2026-0162", "invoices.pay", {"invoices": ["RT-2026-0187", "RT-2026-0162"]}),
    ("/pay overdue", "invoices.pay", {"invoices": OVERDUE}),
    ("/pay invoices=0187 amount=100.00", "invoices.pay", {"invoices": ["RT-2026-0187"], "amount": 10000}),
    ("/switch growth 5", "subscriptions.switch_plan", {"plan": "Growth", "seats": 5}),
    ('/switch subscription="Team mail" seats=9', "subscriptions.switch_plan", {"subscription": "SUB-0002", "seats": 9}),
    ("/review 5 great work", "reviews.leave", {"rating": 5, "words": "great work"}),
    ('/review rating=3 words="it was fine"', "reviews.leave", {"rating": 3, "words": "it was fine"}),
    ("/invoices overdue", "invoices.list", {"status": "overdue"}),
    ("/invoices status=paid sort=total", "invoices.list", {"status": "paid", "sort": "total"}),
    ("/invoice 171", "invoices.show", {"number": "RT-2026-0171"}),
]  # fmt: skip


@pytest.mark.parametrize(("message", "action", "args"), TABLE, ids=[row[0] for row in TABLE])
def test_a_sentence_is_understood_with_its_records_amounts_and_seats(
    message: str, action: str, args: dict[str, Any]
) -> None:
    understood = one(message) if "?" not in message[:-1] else read(message)[-1]
    assert (understood.outcome, understood.action) == (Outcome.ACTION, action), understood.question
    assert understood.args == args
    assert 0.3 < understood.confidence <= 1


@pytest.mark.parametrize(
    "message",
    [
        "can I talk to a person?", "I need a human", "connect me to an agent", "speak with customer service",
        "This is ridiculous, you are useless", "I was charged twice", "I want to file a complaint",
        "I don't want to talk to a bot", "/person",
        "The visit on 25 February was a repair. I want a person to look at it.",
    ],
)  # fmt: skip
def test_whoever_wants_a_person_is_handed_over(message: str) -> None:
    understood = one(message)
    assert (understood.outcome, understood.action) == (Outcome.HANDOFF, "support.talk_to_person")


def test_the_agent_is_told_what_it_is_about() -> None:
    message = "The visit on 25 February was a repair. I want a person to look at it."
    assert one(message).args == {"reason": message}


@pytest.mark.parametrize(
    "message",
    [
        "what's the weather in Amsterdam",
        "tell me a joke",
        "book a table for two",
        "who won the match",
        "qwertz uiop",
        "...",
    ],
)
def test_what_is_not_ours_is_out_of_scope(message: str) -> None:
    understood = one(message)
    assert (understood.outcome, understood.action) == (Outcome.OUT_OF_SCOPE, None)


@pytest.mark.parametrize(
    ("message", "topic"),
    [
        ("extend my trial until 1 May", "trial"), ("do you have any discounts?", "discount"),
        ("I want my money back for RT-2026-0118", "refund"), ("change our company name", "details"),
        ("I forgot my password", "access"),
    ],
)  # fmt: skip
def test_what_is_not_theirs_to_do_gets_an_honest_sentence_and_a_person(message: str, topic: str) -> None:
    understood = one(message)
    assert (understood.outcome, understood.topic) == (Outcome.OUT_OF_SCOPE, topic)
    assert understood.question.startswith("I can’t")
    assert [choice.label for choice in understood.choices] == ["Talk to a person"]


@pytest.mark.parametrize(
    ("message", "talk"),
    [
        ("hello", Talk.GREETING), ("thanks!", Talk.THANKS), ("yes", Talk.YES), ("Yes please, go ahead", Talk.YES),
        ("no", Talk.NO), ("never mind", Talk.NO), ("help", Talk.HELP), ("/", Talk.HELP), ("/help", Talk.HELP),
        ("are you a bot?", Talk.ABOUT), ("what can you do", Talk.HELP), ("don't do it", Talk.NO),
    ],
)  # fmt: skip
def test_small_talk_is_known_as_such(message: str, talk: Talk) -> None:
    assert one(message).talk is talk


@pytest.mark.parametrize(
    ("message", "action", "missing"),
    [
        ("pay", "invoices.pay", ["invoices"]), ("I want to leave a review", "reviews.leave", ["rating"]),
        ("upgrade my plan", "subscriptions.switch_plan", ["plan"]), ("download it", "invoices.download", ["number"]),
        ("9 stars", "reviews.leave", ["rating"]), ("/review", "reviews.leave", ["rating"]),
        ("/pay", "invoices.pay", ["invoices"]), ("/switch", "subscriptions.switch_plan", ["plan"]),
    ],
)  # fmt: skip
def test_what_is_missing_is_asked_for_with_at_most_five_answers(message: str, action: str, missing: list[str]) -> None:
    understood = one(message)
    assert (understood.outcome, understood.action, understood.missing) == (Outcome.CLARIFY, action, missing)
    assert understood.question.endswith("?") and 1 <= len(understood.choices) <= 5


def test_an_amount_in_another_currency_is_asked_about_and_not_left_out() -> None:
    understood = one("pay $100 of RT-2026-0187")
    assert (understood.outcome, understood.missing) == (Outcome.CLARIFY, ["amount"])
    assert understood.question == "RT-2026-0187 is in EUR. How much is it in EUR?"


def test_a_plan_that_does_not_exist_is_asked_about_and_not_left_out() -> None:
    for message in ("switch me to Enterprise", "switch me to Enterprise with 5 seats"):
        understood = one(message)
        assert (understood.outcome, understood.missing) == (Outcome.CLARIFY, ["plan"])
        assert understood.question == "There is no plan “Enterprise” here. Which plan do you want?"


def test_a_typing_error_in_except_does_not_turn_the_request_round() -> None:
    assert one("pay everything exceept 0162").args == {"invoices": PAYABLE[1:]}


def test_half_of_an_invoice_is_rounded_once() -> None:
    for words in ("pay half of 0187", "pay 50% of 0187"):
        assert one(words).args == {"invoices": ["RT-2026-0187"], "amount": 26401}


def test_each_answer_to_a_question_is_a_complete_request() -> None:
    for message in ("pay", "download it", "upgrade my plan", "I want to leave a review"):
        asked = one(message)
        for choice in asked.choices:
            assert (answer := one(choice.send)).outcome is Outcome.ACTION, choice.send
            assert answer.action == asked.action


def test_it_and_them_are_the_records_that_were_shown_last() -> None:
    shown = Shown(invoices=("RT-2026-0171", "RT-2026-0162"), last="invoice")
    assert one("pay them", shown).args["invoices"] == ["RT-2026-0171", "RT-2026-0162"]
    assert one("pay both", shown).args["invoices"] == ["RT-2026-0171", "RT-2026-0162"]
    assert one("pay the second one", shown).args["invoices"] == ["RT-2026-0162"]
    assert one("download it", Shown(invoices=("RT-2026-0118",), last="invoice")).args == {"number": "RT-2026-0118"}


def test_march_and_february_are_compared() -> None:
    for message in ("why is March so much higher than February?", "why is my bill higher than last month"):
        understood = one(message)
        assert (understood.action, understood.about) == ("invoices.show", "compare")
        assert (understood.args["number"], understood.compare_with) == ("RT-2026-0187", "RT-2026-0118")


def test_several_requests_are_understood_one_after_another() -> None:
    first, second = read("show invoice 187 and download it")
    assert (first.action, second.action) == ("invoices.show", "invoices.download")
    assert first.args == second.args == {"number": "RT-2026-0187"}
    first, second = read("Hi, which invoices are overdue? And pay RT-2026-0171.")
    assert (first.action, second.action) == ("invoices.list", "invoices.pay")
    first, second = read("which invoices are overdue and pay them")
    assert second.args == {"invoices": OVERDUE}
    first, second = read("switch to Scale; show my payments")
    assert (first.action, second.action) == ("subscriptions.switch_plan", "payments.list")


def test_a_list_of_invoices_is_one_request() -> None:
    assert one("pay RT-2026-0187, RT-2026-0162 and RT-2026-0171").args == {
        "invoices": ["RT-2026-0187", "RT-2026-0162", "RT-2026-0171"]
    }


def test_what_is_wanted_instead_of_what_is_refused_is_understood() -> None:
    refused, wanted = read("I don't want to pay invoice 187, pay 0162 instead")
    assert refused.outcome is Outcome.CLARIFY and refused.action is None
    assert (wanted.action, wanted.args) == ("invoices.pay", {"invoices": ["RT-2026-0162"]})


def test_a_command_that_does_not_exist_names_those_that_are_near() -> None:
    understood = one("/pya 0187")
    assert understood.outcome is Outcome.CLARIFY and "/pya" in understood.question
    assert "/pay" in [choice.send for choice in understood.choices]


def test_a_word_that_fits_nowhere_in_a_command_is_said() -> None:
    understood = one("/invoice blue")
    assert understood.outcome is Outcome.CLARIFY and understood.question


_REFUSALS = (
    "don't {}", "do not {}", "Don’t {}!", "never {}", "please don't {}", "I don't want to {}",
    "I do not want you to {}",
    "you must not {}", "I refuse to {}", "stop, do not {}", "dont {}", "I won't {}", "I would rather not {}",
    "whatever you do, don't {}", "do nto {}", "donot {}", "nevr {}", "please do NOT {} today",
)  # fmt: skip
_WISHES = (
    "pay RT-2026-0187", "pay RT-2026-0187 and RT-2026-0162", "pay everything", "pay the overdue ones", "pay it",
    "pay 0171 with my card", "settle invoice 187", "switch me to Growth", "switch me to Business with 5 seats",
    "upgrade my plan to Scale", "add 2 seats", "change to 16 mail seats",
    "leave a review with 5 stars", "pay €100 of 0162",
    "pay anything", "make a payment", "clear my balance", "downgrade me", "rate you 5 stars",
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(
    refusal=st.sampled_from(_REFUSALS),
    wish=st.sampled_from(_WISHES),
    end=st.sampled_from(["", ".", "!", " please", ", thanks"]),
)
def test_a_message_that_refuses_never_becomes_a_change(refusal: str, wish: str, end: str) -> None:
    message = refusal.format(wish) + end
    for understood in read(message, Shown(invoices=("RT-2026-0187",), last="invoice")):
        assert not (understood.action in CHANGES and understood.outcome is Outcome.ACTION), message


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=200))
def test_any_text_at_all_is_understood_as_something(message: str) -> None:
    found = read(message)
    assert found and all(u.outcome in set(Outcome) for u in found)


@settings(max_examples=100, deadline=None)
@given(
    numbers=st.lists(st.sampled_from(PAYABLE), min_size=1, max_size=3, unique=True),
    joint=st.sampled_from([", ", " and ", " "]),
)
def test_the_invoices_paid_are_exactly_those_named(numbers: list[str], joint: str) -> None:
    assert one(f"pay {joint.join(numbers)}").args == {"invoices": numbers}


def test_staff_work_is_not_a_customers_to_ask_for() -> None:
    customers = {action.id for action in CATALOGUE if action.audience is not Audience.STAFF}
    for action in CATALOGUE:
        for phrase in action.phrases:
            assert all(u.action is None or u.action in customers for u in read(phrase))


@pytest.mark.parametrize("blank", [" ", "\t", "\u00a0", "\n", " \n"])
@pytest.mark.timeout(60)
def test_thousands_of_blanks_are_read_like_a_few(blank: str) -> None:
    gap = blank * (3900 // len(blank))
    assert read(f"pay{gap}RT-2026-0187") == read("pay\n\nRT-2026-0187" if "\n" in blank else "pay  RT-2026-0187")
    assert read(f"what is{gap}!x")


@pytest.mark.parametrize("message", ["/pay ²", "/review ²", "/review rating=²", "/invoice #²", "I give ² stars"])
def test_digits_that_are_no_number_are_text(message: str) -> None:
    assert read(message)
