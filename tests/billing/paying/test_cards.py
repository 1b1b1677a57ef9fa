"""Saved cards: the one that is used first is chosen, and one that is removed is forgotten here and at the gateway."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from billing import dispatch
from billing.actions import cards as _  # noqa: F401
from billing.errors import PortalError
from billing.jobs import run_due
from billing.models.payments import PaymentMethod
from billing.registry import Channel
from tests.billing.gateways.running import RunningSandbox
from tests.billing.paying.account import Account, die_doing

MASTERCARD = "5555555555554444"
DETACH = "POST /v1/payment_methods/"
LATER = "The payment system did not answer; it is asked to forget the card until it has. Nothing is taken from it."


@pytest.fixture
def kept(account: Account) -> Account:
    """The account, with a second card kept beside the one it had."""
    account.pay(account.invoice(10_00), payment_method=account.card(MASTERCARD), save_card=True)
    return account


def cards(account: Account) -> dict[str, bool]:
    """Each saved card by its label, and whether it is used first."""
    return {card.label: card.is_default for card in account.ask("payments.cards").cards}


def do(account: Account, action: str, **given: object) -> Any:
    token = dispatch.preview(account.contexts, action, given, account.ania, Channel.PORTAL).token
    return dispatch.run(account.contexts, action, given, account.ania, Channel.PORTAL, token=token)


def test_the_card_that_is_chosen_pays_from_then_on(kept: Account) -> None:
    assert cards(kept) == {"Visa ending 4242": True, "Mastercard ending 4444": False}

    done = do(kept, "payments.prefer_card", card="4444")

    assert done.sentence == "Mastercard ending 4444 is used first from now on."
    assert cards(kept) == {"Mastercard ending 4444": True, "Visa ending 4242": False}
    assert kept.pay(kept.invoice(20_00)).card == "Mastercard ending 4444"


def test_a_removed_card_is_neither_shown_nor_charged_nor_kept_at_the_gateway(kept: Account) -> None:
    customer, card = next((row.customer_id, row.gateway_id) for row in kept.cards() if row.last4 == "4444")
    do(kept, "payments.prefer_card", card=card)

    done = do(kept, "payments.remove_card", card=card)

    assert done.sentence == "Mastercard ending 4444 is removed. Visa ending 4242 is used first."
    assert cards(kept) == {"Visa ending 4242": True}
    assert kept.refusal(kept.invoice(20_00), payment_method=card).code == "not_found"
    assert kept.contexts.gateway.retrieve_payment_method(card).customer is None
    assert customer == kept.ania.customer_id


def test_what_several_cards_could_mean_is_asked(kept: Account) -> None:
    with pytest.raises(PortalError) as refused:
        do(kept, "payments.remove_card")
    assert refused.value.field == "card" and "4242, 4444" in refused.value.message
    assert len(cards(kept)) == 2


def test_the_last_card_goes_with_a_warning_and_then_there_is_none_to_remove(account: Account) -> None:
    preview = dispatch.preview(account.contexts, "payments.remove_card", {}, account.ania, Channel.PORTAL)
    assert "waits until you pay it" in preview.effect.warning

    do(account, "payments.remove_card")

    assert cards(account) == {}
    with pytest.raises(PortalError) as refused:
        do(account, "payments.remove_card")
    assert refused.value.code == "no_card_saved"


def test_somebody_elses_card_is_not_found(account: Account) -> None:
    with pytest.raises(PortalError) as refused:
        do(account, "payments.prefer_card", card="pm_card_mastercard")
    assert refused.value.code == "not_found"


def removed(account: Account) -> PaymentMethod:
    return next(row for row in account.cards() if row.last4 == "4444")


def forgotten(account: Account) -> int:
    """How often the gateway let a card go."""
    return sum(a["path"].endswith("/detach") and a["status"] == 200 for a in account.sandbox.requests())


@pytest.mark.parametrize("fault", ["cut_before", "error_before", "cut_after", "error_after"])
def test_a_gateway_that_does_not_answer_is_asked_until_it_lets_the_card_go(kept: Account, fault: str) -> None:
    kept.on(date(2026, 3, 1))
    kept.sandbox.switch(faults=[{"kind": fault, "on": DETACH}])

    done = do(kept, "payments.remove_card", card="4444")

    assert done.sentence == f"Mastercard ending 4444 is removed. Visa ending 4242 is used first. {LATER}"
    assert (cards(kept), removed(kept).let_go_at) == ({"Visa ending 4242": True}, None)
    kept.sandbox.switch(faults=[{"kind": "cut_before", "on": DETACH}])
    down = run_due(kept.later(minutes=2).contexts)
    assert (down.cards, down.waiting.cards, removed(kept).let_go_at) == (0, 1, None)
    assert "1 removed card waits for the payment system" in down.sentence

    up = run_due(kept.later(minutes=1).contexts)

    assert (up.cards, up.waiting.cards, "waits" in up.sentence) == (1, 0, False)
    assert "et go of 1 removed card" in up.sentence
    assert removed(kept).let_go_at == kept.clock.now()
    assert kept.contexts.gateway.retrieve_payment_method(removed(kept).gateway_id).customer is None
    assert (run_due(kept.later(hours=1).contexts).cards, forgotten(kept)) == (0, 1)


def test_jobs_that_run_at_once_let_a_card_go_once(kept: Account) -> None:
    kept.sandbox.switch(faults=[{"kind": "cut_before", "on": DETACH}])
    do(kept.on(date(2026, 3, 1)), "payments.remove_card", card="4444")
    kept.later(minutes=2)
    together = threading.Barrier(4)

    def run(turn: int) -> int:
        together.wait()
        return run_due(kept.contexts).cards

    with ThreadPoolExecutor(4) as pool:
        gone = list(pool.map(run, range(4)))

    assert (sum(gone), forgotten(kept), removed(kept).let_go_at) == (1, 1, kept.clock.now())


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_process_that_dies_around_the_removal_leaves_the_card_to_the_job(
    kept: Account, sandbox: RunningSandbox, tmp_path: Path, moment: str
) -> None:
    die_doing(kept, sandbox, tmp_path, moment, "payments.remove_card", card="4444")
    assert (cards(kept), removed(kept).let_go_at) == ({"Visa ending 4242": True}, None)

    gone = removed(kept).removed_at
    assert gone is not None
    kept.clock.set(gone)
    assert run_due(kept.later(minutes=2).contexts).cards == 1

    assert removed(kept).let_go_at == kept.clock.now() and forgotten(kept) == 1


def test_a_card_that_the_gateway_never_knew_is_gone_at_once(account: Account) -> None:
    do(account, "payments.remove_card")  # the account's first card was never attached there

    assert account.cards()[0].let_go_at is not None
    assert run_due(account.later(minutes=2).contexts).cards == 0
