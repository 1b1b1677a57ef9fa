"""Saved cards: the one that is used first is chosen, and one that is removed is forgotten here and at the gateway."""

from __future__ import annotations

from typing import Any

import pytest

from billing import dispatch
from billing.actions import cards as _  # noqa: F401
from billing.errors import PortalError
from billing.registry import Channel
from tests.billing.paying.account import Account

MASTERCARD = "5555555555554444"


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
