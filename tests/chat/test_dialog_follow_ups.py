"""Words that lean on what was just said: asked about, the same for another, the other one, half of it, undone later."""

from __future__ import annotations

from datetime import timedelta

from billing import dispatch
from billing.clock import SetClock
from billing.context import Contexts
from billing.models.subscriptions import SubscriptionChange
from billing.registry import Channel
from chat.blocks import Choice, Proposal, Receipt
from portal.bootstrap import load_actions
from tests.chat.story_chat import Talk, ania, rows_of, told, world
from tests.fixtures.time import STORY_NOW

__all__ = ["ania", "told", "world"]

load_actions()


def test_what_would_happen_is_told_with_its_figures_and_ok_changes_nothing(ania: Talk, world: Contexts) -> None:
    changes = rows_of(world, SubscriptionChange)
    said = ania.say("what happens if I cancel hosting?")
    assert said.text == "“Cancel Hosting” would do this. Asking changes nothing."
    assert ("Ends", "1 April 2026, when the paid period ends") in said.rows()
    assert (said.of(Proposal), said.buttons) == ([], ["Cancel Hosting"])
    assert ania.say("ok").proposal.action == "subscriptions.cancel", "only shown, still to be confirmed"
    ania.say("no, keep it")
    assert rows_of(world, SubscriptionChange) == changes


def test_two_answers_to_one_question_are_both_taken(ania: Talk) -> None:
    ania.say("pause a subscription")
    said = ania.say("team mail and hosting")
    assert said.proposal.effect.title == "Pause Hosting"
    assert said.buttons == ["Pause Team mail"]
    assert ania.press_reply(said, "Pause Team mail").proposal.effect.title == "Pause Team mail"


def test_the_same_is_asked_for_another_subscription(ania: Talk) -> None:
    ania.say("pause team mail until 1 May")
    proposed = ania.say("same for site care").proposal
    assert (proposed.effect.title, proposed.input["until"]) == ("Pause Site care", "2026-05-01")
    assert ania.say("and hosting too").proposal.effect.title == "Pause Hosting"


def test_a_payment_is_corrected_to_a_part_or_to_another_invoice(ania: Talk) -> None:
    ania.say("pay RT-2026-0187")
    assert ania.say("actually only half of it").proposal.input == {"invoices": ["RT-2026-0187"], "amount": 26401}
    assert ania.say("make it 100 euros").proposal.input == {"invoices": ["RT-2026-0187"], "amount": 10000}
    said = ania.say("no, the other one")
    assert [choice.question for choice in said.of(Choice)] == ["Which invoices do you want to pay?"]


def test_how_much_it_was_is_said_again_from_what_was_done(ania: Talk) -> None:
    ania.say("pause hosting")
    ania.say("yes")
    said = ania.say("how much was that again?")
    assert said.text == "Hosting paused on 12 March."
    assert [receipt.undo for receipt in said.of(Receipt)] == [None]


def test_a_list_is_narrowed_to_what_is_unpaid(ania: Talk) -> None:
    assert ania.say("invoices over 2,000 euros").text.endswith("of €2,000.00 or more.")
    assert ania.say("only the unpaid ones").text == "€4,206.41 to pay on 3 invoices. €2,904.00 of it is overdue."
    assert ania.say("the invoice for 123,456.78").text == "You have no invoice of €123,456.78."


def test_a_change_of_today_is_undone_where_this_conversation_has_none(
    ania: Talk, world: Contexts, clock: SetClock
) -> None:
    nothing = "You changed nothing here today that could be undone. Say what you would like instead."
    assert ania.say("undo that").text == nothing
    hosting = {"subscription": "SUB-2023-0001"}
    seen = dispatch.preview(world, "subscriptions.pause", hosting, ania.actor, Channel.PORTAL)
    dispatch.run(world, "subscriptions.pause", hosting, ania.actor, Channel.PORTAL, token=seen.token)
    assert ania.say("undo that").proposal.effect.title == "Resume Hosting"
    ania.say("no")
    clock.set(STORY_NOW + timedelta(days=1))
    assert ania.say("undo that").text == nothing, "only what was done today"
