"""Whether a subscription's renewals and changes are charged to the default card by themselves."""

from __future__ import annotations

from dataclasses import dataclass

from billing.access import access_payment_methods
from billing.context import Context
from billing.effects import Effect, EffectFact
from billing.errors import PortalError
from billing.models.payments import PaymentMethod
from billing.models.subscriptions import SubscriptionStatus
from billing.payments.paying import card_label
from billing.subscriptions.changed import Changed, changed
from billing.subscriptions.held import Held
from billing.subscriptions.history import remember, state_of
from billing.subscriptions.standing import wrong_status


@dataclass(frozen=True)
class Charging:
    """Automatic charges to be switched on, with the card that is asked, or off."""

    held: Held
    on: bool
    card: PaymentMethod | None


def work_out_charging(ctx: Context, held: Held, on: bool) -> Charging:
    """What the switch does. Raises no_card_saved, auto_charge_unchanged, and the sentence for what has ended."""
    if held.subscription.status == SubscriptionStatus.ENDED:
        raise wrong_status(held)
    if held.subscription.auto_charge == on:
        charged = "is on autopay" if on else "is not on autopay"
        raise PortalError("auto_charge_unchanged", field="on", subscription=held.product.name, charged=charged)
    cards = access_payment_methods(ctx)
    if on and not cards:
        raise PortalError("no_card_saved", field="on")
    return Charging(held, on, cards[0] if cards else None)


def charging_effect(ctx: Context, charging: Charging) -> Effect:
    """The switch as the person is shown it."""
    product = charging.held.product.name
    if not charging.on:
        facts = (
            EffectFact(label="From now on", value="you pay each invoice yourself"),
            EffectFact(label="What is due now", value="stays due"),
        )
        return Effect(title=f"Switch off autopay for {product}", facts=facts, confirm="Switch it off",
                      decline="Leave it on")  # fmt: skip
    assert charging.card is not None
    card = card_label(charging.card.brand, charging.card.last4)
    said = (
        EffectFact(label="Each renewal", value=f"is charged to {card}"),
        EffectFact(label="What a change costs", value="is charged at once, and you see it first"),
        EffectFact(label="To pay today", value="nothing"),
    )
    return Effect(title=f"Switch on autopay for {product}", facts=said, confirm="Switch it on")


def switch_charging(ctx: Context, charging: Charging) -> Changed:
    """Switches it."""
    held, subscription = charging.held, charging.held.subscription
    before = state_of(subscription)
    subscription.auto_charge = charging.on
    said = "is on autopay from now on" if charging.on else "is not on autopay any more"
    return changed(held, remember(ctx, held, before, f"{held.product.name} {said}"), ctx.today)
