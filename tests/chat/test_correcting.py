"""A change that stands open is corrected: what is named changes, everything else of it stays."""

from __future__ import annotations

import pytest

from billing.context import Contexts
from billing.models.subscriptions import SubscriptionChange
from chat.blocks import Proposal, Table
from portal.bootstrap import load_actions
from tests.chat.story_chat import Talk, ania, rows_of, told, world

__all__ = ["ania", "told", "world"]

load_actions()

HOSTING, TEAM_MAIL = "SUB-2023-0001", "SUB-2023-0002"


@pytest.mark.parametrize(
    "words", ["7 seats instead", "make it 7", "no, 7 seats", "actually 7 mailboxes", "switch to 7 seats instead"]
)
def test_other_seats_keep_the_plan(ania: Talk, words: str) -> None:
    ania.say("switch me to Growth with 5 seats")
    assert ania.say(words).proposal.input == {"plan": "Growth", "seats": 7}


def test_another_plan_keeps_the_subscription_and_the_seats(ania: Talk) -> None:
    ania.say("switch team mail to growth with 20 seats")
    proposed = ania.say("no, 25 seats").proposal
    assert proposed.input == {"subscription": TEAM_MAIL, "plan": "Growth", "seats": 25}
    assert proposed.effect.title == "Switch Team mail to Growth with 25 seats"


def test_what_was_only_supposed_is_corrected_and_still_only_shown(ania: Talk, world: Contexts) -> None:
    changes = rows_of(world, SubscriptionChange)
    ania.say("what if I switched team mail to growth with 20 seats")
    said = ania.say("no, 25 seats")
    assert said.text == "“Switch Team mail to Growth with 25 seats” would do this. Asking changes nothing."
    assert (len(said.of(Table)), said.of(Proposal)) == (1, [])
    assert ania.say("what about 30 seats?").text.startswith("“Switch Team mail to Growth with 30 seats”")
    assert ania.say("ok").proposal.input == {"subscription": TEAM_MAIL, "plan": "Growth", "seats": 30}
    assert rows_of(world, SubscriptionChange) == changes


def test_when_it_ends_is_corrected_and_no_other_subscription_is_touched(ania: Talk) -> None:
    ania.say("cancel hosting")
    assert ania.say("no, now").proposal.input == {"subscription": HOSTING, "when": "now"}
    assert ania.say("actually next month instead").proposal.input == {"subscription": HOSTING, "when": "term_end"}
    said = ania.say("actually on 20 May")
    assert said.text == "This can start now or when the paid period ends, not on 20 May 2026. Which one?"
    assert said.buttons == ["Now", "When the period ends"]


def test_an_address_a_day_and_what_somebody_may_are_corrected(ania: Talk) -> None:
    ania.say("change our billing email to facturen@moellerkowalczyk.nl")
    corrected = ania.say("no, make it finance@moellerkowalczyk.nl").proposal
    assert (corrected.action, corrected.input) == ("account.change_email", {"email": "finance@moellerkowalczyk.nl"})
    ania.say("pause hosting until 1 June")
    assert ania.say("no until 1 July").proposal.input == {"subscription": HOSTING, "until": "2026-07-01"}
    assert ania.say("no, team mail").proposal.input == {"subscription": TEAM_MAIL, "until": "2026-07-01"}
    ania.say("invite piet@moellerkowalczyk.nl to only look")
    assert ania.say("make it billing instead").proposal.input == {"email": "piet@moellerkowalczyk.nl", "may": "pay"}


def test_invoices_are_taken_off_a_payment_and_put_beside(ania: Talk) -> None:
    ania.say("pay everything except 0171")
    assert ania.say("without 0187 too").proposal.input == {"invoices": ["RT-2026-0162"]}
    assert ania.say("and 0171 too").proposal.input == {"invoices": ["RT-2026-0162", "RT-2026-0171"]}


def test_a_correction_still_holds_after_something_was_looked_at(ania: Talk) -> None:
    ania.say("pause team mail until 1 June")
    ania.say("show hosting")
    assert ania.say("no, until 1 July").proposal.input == {"subscription": TEAM_MAIL, "until": "2026-07-01"}


@pytest.mark.parametrize("words", ["show 0171", "hosting", "not now", "maybe later", "what do I owe?", "never mind"])
def test_what_stands_by_itself_corrects_nothing(ania: Talk, words: str) -> None:
    ania.say("pause team mail until 1 June")
    assert ania.say(words).of(Proposal) == []


def test_a_request_of_its_own_is_no_correction(ania: Talk) -> None:
    ania.say("pause team mail until 1 June")
    proposed = ania.say("no, cancel site care").proposal
    assert (proposed.action, "until" in proposed.input) == ("subscriptions.cancel", False)
