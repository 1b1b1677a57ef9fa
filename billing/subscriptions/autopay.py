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
class Autopay:
    """Automatic charges to be switched on, with the card that is asked, or off."""

    held: Held
    on: bool
    card: PaymentMethod | None


def work_out_autopay(ctx: Context, held: Held, on: bool) -> Autopay:
    """What the switch does. Raises no_card_saved, auto_charge_unchanged, and the sentence for what has ended."""
    if held.subscription.status == SubscriptionStatus.ENDED:
        raise wrong_status(held)
    if held.subscription.auto_charge == on:
        charged = "is on autopay" if on else "is not on autopay"
        raise PortalError("auto_charge_unchanged", field="on", subscription=held.product.name, charged=charged)
    cards = access_payment_methods(ctx)
    if on and not cards:
        raise PortalError("no_card_saved", field="on")
    return Autopay(held, on, cards[0] if cards else None)


def autopay_effect(ctx: Context, autopay: Autopay) -> Effect:
    """The switch as the person is shown it."""
    product = autopay.held.product.name
    if not autopay.on:
        facts = (
            EffectFact(label="From now on", value="you pay each invoice yourself"),
            EffectFact(label="What is due now", value="stays due"),
        )
        return Effect(title=f"Switch off autopay for {product}", facts=facts, confirm="Switch it off",
                      decline="Leave it on")  # fmt: skip
    assert autopay.card is not None
    card = card_label(autopay.card.brand, autopay.card.last4)
    said = (
        EffectFact(label="Each renewal", value=f"is charged to {card}"),
        EffectFact(label="What a change costs", value="is charged at once, and you see it first"),
        EffectFact(label="To pay today", value="nothing"),
    )
    return Effect(title=f"Switch on autopay for {product}", facts=said, confirm="Switch it on")


def switch_autopay(ctx: Context, autopay: Autopay) -> Changed:
    """Switches it."""
    held, subscription = autopay.held, autopay.held.subscription
    before = state_of(subscription)
    subscription.auto_charge = autopay.on
    said = "is on autopay from now on" if autopay.on else "is not on autopay any more"
    return changed(held, remember(ctx, held, before, f"{held.product.name} {said}"), ctx.today)
