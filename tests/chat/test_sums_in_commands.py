"""A number after a command of staff is the amount; one that can't be read is asked about, and never means all of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from billing.registry import Audience, catalogue
from chat.understanding import Outcome, Understood, understand
from portal.bootstrap import load_actions
from tests.chat.story_account import ACCOUNT

load_actions()
CATALOGUE = list(catalogue)
STAFF = replace(ACCOUNT, staff=True)
CREDIT = {"invoice": "RT-2026-0187", "amount": 500, "reason": "late visit"}
REFUND = {"payment": "PAY-2026-0031", "amount": 500, "reason": "late visit"}
GOODWILL = {"amount": 500, "reason": "late visit"}


def read(message: str) -> Understood:
    (understood,) = understand(message, CATALOGUE, STAFF)
    return understood


@pytest.mark.parametrize("written", ["5", "5.00", "5,00", "€5", "€ 5", "5€", "5 EUR", "EUR 5", "5 euros", "5,", "5:"])
@pytest.mark.parametrize(
    ("command", "args"),
    [
        ("/credit-invoice RT-2026-0187 {} late visit", CREDIT),
        ("/refund PAY-2026-0031 {} late visit", REFUND),
        ("/goodwill {} late visit", GOODWILL),
        ("/write-off 0187 {} late visit", CREDIT),
    ],
)
def test_a_number_before_the_words_is_the_amount(command: str, args: dict[str, Any], written: str) -> None:
    understood = read(command.format(written))
    assert (understood.outcome, understood.args) == (Outcome.ACTION, args)


@pytest.mark.parametrize(
    "words",
    ["late visit 5", "late visit 5.00", "5% late", "-5 late", "5 March was late", "$5 late", "0188 too"],
)
@pytest.mark.parametrize("command", ["/credit-invoice RT-2026-0187", "/refund PAY-2026-0031"])
def test_a_number_that_is_not_read_is_asked_about(command: str, words: str) -> None:
    understood = read(f"{command} {words}")
    assert understood.outcome is Outcome.CLARIFY and "all of it meant" in understood.question
    assert understood.choices[-1].label == "All of it"


def test_what_is_asked_about_is_answered_with_a_button() -> None:
    amount, whole = read("/credit-invoice RT-2026-0187 late visit 5").choices
    assert amount.label == "€5.00"
    assert read(amount.send).args == {"invoice": "RT-2026-0187", "amount": 500, "reason": "late visit 5"}
    assert read(whole.send).args == {"invoice": "RT-2026-0187", "reason": "late visit 5"}
    assert read(whole.send).outcome is Outcome.ACTION


@pytest.mark.parametrize("words", ["late visit", "“late visit 5”", "twice, see RT-2026-0162", "late on 2026-03-05"])
def test_words_without_a_number_of_their_own_mean_the_whole_invoice(words: str) -> None:
    understood = read(f"/credit-invoice RT-2026-0187 {words}")
    assert (understood.outcome, "amount" in understood.args) == (Outcome.ACTION, False)


def test_a_number_that_could_be_hours_or_a_rate_is_asked_about() -> None:
    understood = read("/correct-hours HRS-2026-0001 3.5 was too much")
    assert understood.outcome is Outcome.CLARIFY and "hours= rate=" in understood.question


def test_a_currency_that_is_written_is_the_credits_where_it_can_be() -> None:
    assert read("/goodwill $5 late visit").args == GOODWILL | {"currency": "USD"}
    assert read("/use-credit 0187 40").args == {"invoice": "RT-2026-0187", "amount": 4000}


def test_commands_that_begin_alike_are_offered_first() -> None:
    def near(word: str, actions: list[Any]) -> list[str]:
        (understood,) = understand(word, actions, STAFF)
        return [choice.send for choice in understood.choices]

    assert near("/credit", CATALOGUE)[:2] == ["/credits", "/credit-invoice"]
    customers = [a for a in CATALOGUE if a.audience is not Audience.STAFF]
    assert near("/email", customers)[0] == "/billing-email"
