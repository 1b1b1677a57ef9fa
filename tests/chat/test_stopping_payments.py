"""A payment that waits for the bank is stopped in the conversation, and one end of it is told."""

from __future__ import annotations

from datetime import timedelta

import pytest

from billing import dispatch
from billing.clock import SetClock
from billing.context import Contexts
from billing.gateways.stripe import StripeGateway
from billing.jobs import run_due
from billing.models.payments import PaymentStatus
from billing.registry import Channel
from chat.blocks import Outcome, ProposalState, Receipt, load_blocks
from chat.confirmations import follow_payments
from portal.bootstrap import load_actions
from tests.billing.paying.account import answer_bank
from tests.chat.story_chat import Said, Talk, ania, told, world

load_actions()

__all__ = ["ania", "told", "world"]

OWED, ASKS = "RT-2026-0162", "pm_card_threeDSecure2Required"


@pytest.fixture
def waiting(ania: Talk) -> Talk:
    """Ania, whose bank has a question about a payment that she made in the chat."""
    said = ania.confirm(ania.press("invoices.pay", {"invoices": [OWED], "payment_method": ASKS}))
    assert "Your bank asks you to confirm" in title(said)
    return ania


def title(said: Said) -> str:
    return said.of(Receipt)[-1].title


def look_again(talk: Talk) -> Said:
    """The job runs two minutes later, and the conversation hears of it."""
    before = talk.messages()[-1].seq
    clock = talk.contexts.clock
    assert isinstance(clock, SetClock)
    clock.advance(timedelta(minutes=2))
    run_due(talk.contexts)
    follow_payments(talk.contexts, talk.actor.customer_id or 0)
    return Said([message for message in talk.messages() if message.seq > before])


def bank_of(talk: Talk) -> str:
    receipts = [b for m in talk.messages() for b in load_blocks(m.blocks) if isinstance(b, Receipt)]
    return next(receipt.continue_url for receipt in reversed(receipts) if receipt.continue_url)


def gateway_away(contexts: Contexts) -> None:
    contexts.gateway = StripeGateway(
        secret_key="sk_test_parley", webhook_secret="whsec", api_base="http://127.0.0.1:1", retries=0
    )


def states(talk: Talk) -> list[ProposalState]:
    return [
        block.state for message in talk.messages() for block in load_blocks(message.blocks) if block.kind == "proposal"
    ]


@pytest.mark.parametrize("words", ["stop that payment", "cancel the payment that's waiting", "/stop-payment"])
def test_words_stop_the_payment_that_waits(waiting: Talk, words: str) -> None:
    said = waiting.say(words)
    assert said.proposal.effect.title.startswith("Stop PAY-2026-0214, €")

    done = waiting.confirm(said)

    [first, last] = done.of(Receipt)
    assert (first.outcome, last.outcome) == (Outcome.WAITING, Outcome.DONE)
    assert last.title.endswith("is not taken") and last.words == "This payment was stopped. Nothing was taken."
    assert states(waiting) == [ProposalState.CONFIRMED] * 2
    assert look_again(waiting).messages == []


def test_the_button_under_the_banks_question_stops_it(ania: Talk) -> None:
    paying = ania.confirm(ania.press("invoices.pay", {"invoices": [OWED], "payment_method": ASKS}))

    said = ania.press_reply(paying, "Stop this payment")

    assert title(ania.confirm(said)).endswith("is not taken")


def test_while_the_gateway_is_away_it_is_said_so_and_the_end_is_told_once(waiting: Talk) -> None:
    real = waiting.contexts.gateway
    gateway_away(waiting.contexts)

    done = waiting.confirm(waiting.say("stop that payment"))

    assert "the payment system has not answered yet" in done.text
    assert look_again(waiting).messages == []
    waiting.contexts.gateway = real
    after = look_again(waiting)
    assert title(after).endswith("is not taken") and len(after.messages) == 1
    assert look_again(waiting).messages == []


def test_what_the_bank_had_agreed_to_is_told_as_paid(waiting: Talk) -> None:
    said = waiting.say("stop that payment")
    answer_bank(bank_of(waiting), "yes")

    done = waiting.confirm(said)

    paid = done.of(Receipt)[-1]
    assert "paid from Visa ending 3220" in paid.title
    assert paid.words.startswith("It was too late to stop it: your bank had agreed.")
    assert look_again(waiting).messages == []


def test_a_payment_that_was_only_proposed_is_folded(ania: Talk) -> None:
    ania.say(f"pay {OWED}")

    said = ania.say("stop the payment")

    assert said.text == "Nothing was changed." and states(ania) == [ProposalState.DECLINED]


def test_without_one_that_waits_there_is_nothing_to_stop(ania: Talk) -> None:
    said = ania.say("stop that payment")
    assert said.text.startswith("No payment waits for your bank.")


def test_stopped_on_the_page_the_conversation_hears_of_it(waiting: Talk) -> None:
    token = dispatch.preview(waiting.contexts, "payments.stop", {}, waiting.actor, Channel.PORTAL).token
    done = dispatch.run(waiting.contexts, "payments.stop", {}, waiting.actor, Channel.PORTAL, token=token)

    assert done.status is PaymentStatus.CANCELLED
    assert title(look_again(waiting)).endswith("is not taken")
