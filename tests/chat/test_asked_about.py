"""Messages that speak of a change without asking for it, ask for several, or say less than a whole sentence."""

from __future__ import annotations

from typing import Any

import pytest

from billing.registry import catalogue
from chat.understanding import Outcome, Shown, Understood, understand
from chat.understanding.supposing import SUPPOSED
from portal.bootstrap import load_actions
from tests.chat.story_account import ACCOUNT, PAYABLE

load_actions()
CATALOGUE = list(catalogue)
CHANGES = {action.id for action in CATALOGUE if action.changes}
HOSTING, MAIL, CARE, ANALYTICS = "SUB-0001", "SUB-0002", "SUB-0003", "SUB-0004"
CANCEL, PAUSE, SWITCH = "subscriptions.cancel", "subscriptions.pause", "subscriptions.switch_plan"
PAY, LIST = "invoices.pay", "invoices.list"


def read(message: str) -> list[Understood]:
    return understand(message, CATALOGUE, ACCOUNT, Shown())


def orders(message: str) -> list[tuple[str | None, dict[str, Any]]]:
    """The changes that the message would have proposed."""
    return [(one.action, one.args) for one in read(message) if one.outcome is Outcome.ACTION and one.action in CHANGES]


@pytest.mark.parametrize(
    ("message", "action", "args"),
    [
        ("what happens when i cancel team mail", CANCEL, {"subscription": MAIL}),
        ("what happens if I cancel hosting?", CANCEL, {"subscription": HOSTING}),
        ("how much would I get back if I cancelled site care today", CANCEL, {"subscription": CARE, "when": "now"}),
        ("if I upgrade to scale, what do I pay this month?", SWITCH, {"plan": "Scale"}),
        ("what would happen to hosting if we pause it until 1 May", PAUSE,
         {"subscription": HOSTING, "until": "2026-05-01"}),
        ("should I upgrade to business?", SWITCH, {"plan": "Business"}),
        ("is there a fee for cancelling hosting", CANCEL, {"subscription": HOSTING}),
        ("I was thinking about cancelling hosting", CANCEL, {"subscription": HOSTING}),
        ("if i pay 187 today, is everything settled?", PAY, {"invoices": ["RT-2026-0187"]}),
    ],
)  # fmt: skip
def test_a_question_about_a_change_is_read_as_that_change_and_never_as_an_order(
    message: str, action: str, args: dict[str, Any]
) -> None:
    (one,) = read(message)
    assert (one.outcome, one.about, one.action, one.args) == (Outcome.CLARIFY, SUPPOSED, action, args)
    assert one.question == "Asking changes nothing. Shall I show what it would do?"


@pytest.mark.parametrize(
    "message",
    [
        "if the payment fails again please cancel hosting",
        "once the website is done, approve milestone 2",
        "cancel hosting if it costs more than 100 euros",
        "unless you give me a discount I am cancelling hosting",
        "as soon as the new mailboxes work, cancel team mail",
    ],
)
def test_what_should_wait_for_something_is_not_planned_and_said_so(message: str) -> None:
    (one,) = read(message)
    assert one.outcome is Outcome.CLARIFY
    assert one.question.startswith("I can’t wait for that to happen, so nothing is planned.")
    assert orders(one.choices[0].send), "the button shows it as it would be now"


@pytest.mark.parametrize("message", ["cancel hosting if you can", "if possible, cancel hosting", "cancel hosting"])
def test_a_courtesy_is_no_condition(message: str) -> None:
    assert orders(message) == [(CANCEL, {"subscription": HOSTING})]


@pytest.mark.parametrize(
    ("message", "action", "args"),
    [
        ("did you cancel hosting already?", "subscriptions.show", {"subscription": HOSTING}),
        ("have you paused team mail?", "subscriptions.show", {"subscription": MAIL}),
        ("what if I don't pay RT-2026-0162?", "invoices.show", {"number": "RT-2026-0162"}),
    ],
)
def test_whether_it_was_done_is_seen_on_the_record(message: str, action: str, args: dict[str, Any]) -> None:
    (one,) = read(message)
    assert (one.outcome, one.action, one.args) == (Outcome.ACTION, action, args)


@pytest.mark.parametrize(
    ("message", "wanted"),
    [
        ("cancel site care but not hosting", [(CANCEL, {"subscription": CARE})]),
        ("pause all except hosting", [(PAUSE, {"subscription": number}) for number in (MAIL, CARE, ANALYTICS)]),
        ("cancel both analytics and site care",
         [(CANCEL, {"subscription": CARE}), (CANCEL, {"subscription": ANALYTICS})]),
        ("set team mail to 12 seats and hosting to business",
         [(SWITCH, {"subscription": MAIL, "seats": 12}), (SWITCH, {"subscription": HOSTING, "plan": "Business"})]),
        ("Hi, two things: 1) pause site care 2) 20 seats for team mail",
         [(PAUSE, {"subscription": CARE}), (SWITCH, {"subscription": MAIL, "seats": 20})]),
        ("pause team mail until May and cancel analytics at term end",
         [(PAUSE, {"subscription": MAIL, "until": "2026-05-01"}),
          (CANCEL, {"subscription": ANALYTICS, "when": "term_end"})]),
        ("don't cancel, just pause hosting", [(PAUSE, {"subscription": HOSTING})]),
        ("not the march one, pay the 3D tour", [(PAY, {"invoices": ["RT-2026-0171"]})]),
    ],
)  # fmt: skip
def test_of_several_each_is_read_and_what_is_left_out_stays_out(message: str, wanted: list[Any]) -> None:
    assert orders(message) == wanted


@pytest.mark.parametrize(
    ("message", "args"),
    [
        ("pay both the march services and the 3d tour", {"invoices": ["RT-2026-0187", "RT-2026-0171"]}),
        ("pay the oldest", {"invoices": ["RT-2026-0162"]}),
        ("pay everything except the website milestone", {"invoices": PAYABLE[1:]}),
        ("pay RT-2026-0162 through RT-2026-0187", {"invoices": ["RT-2026-0162", "RT-2026-0171", "RT-2026-0187"]}),
        ("pay all invoices under 600", {"invoices": ["RT-2026-0187"]}),
        ("I'd like to settle what's due this week", {"invoices": PAYABLE[:2]}),
        ("pay 200 of RT-2026-0187", {"invoices": ["RT-2026-0187"], "amount": 20000}),
        ("we're a bit short on cash this month, so can we pay only 200 euros on RT-2026-0187 for now",
         {"invoices": ["RT-2026-0187"], "amount": 20000}),
    ],
)  # fmt: skip
def test_what_is_paid_is_what_was_said_and_no_more(message: str, args: dict[str, Any]) -> None:
    assert orders(message) == [(PAY, args)]


def test_a_figure_that_nobody_can_place_stops_a_payment() -> None:
    (one,) = read("pay 187 with 300")
    assert (one.outcome, one.missing) == (Outcome.CLARIFY, ["amount"])
    assert one.question == "How much do you want to pay? I am not sure what 300 stands for."


def test_what_is_to_be_left_out_and_nobody_knows_is_asked_about() -> None:
    (one,) = read("pay everything except the flying saucer")
    assert (one.outcome, one.question) == (Outcome.CLARIFY, "Which invoices do you want to pay?")


def test_a_pause_that_begins_later_is_asked_about_with_its_end_kept() -> None:
    (one,) = read("pause hosting from 1 April until 1 June")
    assert one.question == "This can start now or when the paid period ends, not on 1 April 2026. Which one?"
    assert all("until=2026-06-01" in choice.send for choice in one.choices)


@pytest.mark.parametrize(
    ("message", "args"),
    [
        ("invoices over 500 euros", {"at_least": 50000}),
        ("all bills above €1,000", {"at_least": 100000}),
        ("invoices under 200", {"at_most": 20000}),
        ("bills between 500 and 800 euro", {"at_least": 50000, "at_most": 80000}),
        ("unpaid invoices over 600", {"status": "to_pay", "at_least": 60000}),
        ("the invoice for 123.45", {"at_least": 12345, "at_most": 12345}),
    ],
)
def test_invoices_are_looked_for_by_amount(message: str, args: dict[str, Any]) -> None:
    (one,) = read(message)
    assert (one.action, one.args) == (LIST, args)
