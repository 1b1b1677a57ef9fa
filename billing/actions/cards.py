"""Saved cards: which one is used first, and removing one."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pydantic import BaseModel, PrivateAttr

from billing.access import access_payment_method, access_payment_methods
from billing.context import Context, Contexts
from billing.effects import Effect, EffectFact
from billing.errors import PortalError
from billing.models.payments import PaymentMethod
from billing.payments.letting_go import let_go
from billing.payments.paying import card_label
from billing.references import CardId
from billing.registry import Role, action

LATER = "The payment system did not answer; it is asked to forget the card until it has. Nothing is taken from it."
LAST_DIGITS = re.compile(r"\d{4}$")


class WhichCard(BaseModel):
    """A saved card, by its id or as its last four digits; left out where there is only one."""

    card: CardId | None = None


class CardPreferred(BaseModel):
    """The card that is used first from now on."""

    card: str
    sentence: str


class CardRemoved(BaseModel):
    """The card that was removed, and the one that is used first after it; empty where none is left."""

    card: str
    sentence: str
    used_first: str
    _gateway_id: str = PrivateAttr(default="")


@dataclass(frozen=True)
class CardPlan:
    """The card, the one that is used first afterwards, and what that means."""

    row: PaymentMethod
    first: PaymentMethod | None
    effect: Effect


def label_of(row: PaymentMethod) -> str:
    """Visa ending 4417."""
    return card_label(row.brand, row.last4)


def _named(ctx: Context, said: str | None) -> PaymentMethod:
    """The saved card that is meant. Raises no_card_saved, not_found, and invalid_input where several could be."""
    cards = access_payment_methods(ctx)
    if not cards:
        raise PortalError("no_card_saved", field="card")
    digits = LAST_DIGITS.search((said or "").strip())
    meant = [row for row in cards if digits and row.last4 == digits.group()] if said else list(cards)
    if said and not meant and said.strip() == (digits and digits.group()):
        problem = f"No saved card ends in {said.strip()}. Saved: {', '.join(label_of(row) for row in cards)}."
        raise PortalError("invalid_input", field="card", problem=problem)
    if said and not meant:
        return access_payment_method(ctx, said, field="card")
    if len(meant) > 1:
        known = ", ".join(f"{label_of(row)} ({row.gateway_id})" if said else row.last4 for row in meant)
        raise PortalError("invalid_input", field="card", problem=f"Say which card is meant: {known}.")
    return meant[0]


def plan_preference(ctx: Context, input: WhichCard) -> CardPlan:
    """What using a card first changes: nothing is charged by it."""
    row = _named(ctx, input.card)
    before = next((card for card in access_payment_methods(ctx) if card.is_default), None)
    facts = [EffectFact(label="Used first", value=label_of(row))]
    if before is not None and before.id != row.id:
        facts.append(EffectFact(label="Until now", value=label_of(before)))
    facts.append(EffectFact(label="For", value="what you pay without naming a card, and autopay"))
    effect = Effect(
        title=f"Use {label_of(row)} first", facts=tuple(facts), confirm="Use it first", decline="Leave it as it is"
    )
    return CardPlan(row, row, effect)


@action(
    "payments.prefer_card",
    title="Use a card first",
    help="Choose the saved card that is asked when no other is named.",
    role=Role.BILLING,
    gate="manage_cards",
    page="/payments",
    slash="/use-card",
    icon="credit-card",
    phrases=("use another card first", "make {card} my default card", "change my default card"),
    plan=plan_preference,
    audit="{actor} chose the card that is used first: {card}.",
)
def prefer_card(ctx: Context, input: WhichCard, plan: CardPlan) -> CardPreferred:
    """Makes it the default one, and no other."""
    for row in access_payment_methods(ctx):
        row.is_default = row.id == plan.row.id
        ctx.session.add(row)
    ctx.emit("card.preferred", "payments")
    name = label_of(plan.row)
    return CardPreferred(card=name, sentence=f"{name} is used first from now on.")


def plan_removal(ctx: Context, input: WhichCard) -> CardPlan:
    """What removing a card means for what is charged by itself."""
    row = _named(ctx, input.card)
    others = [card for card in access_payment_methods(ctx) if card.id != row.id]
    first = others[0] if others else None
    then = f"{label_of(first)} is used first" if first else "no card is saved"
    warning = "" if first else "Autopay finds no card then: what it would have charged waits until you pay it."
    effect = Effect(
        title=f"Remove {label_of(row)}",
        facts=(
            EffectFact(label="Then", value=then),
            EffectFact(label="Payments made with it", value="stay as they are"),
        ),
        confirm="Remove card",
        decline="Keep card",
        warning=warning,
        danger=True,
    )
    return CardPlan(row, first, effect)


def _forget_at_gateway(contexts: Contexts, removed: CardRemoved) -> CardRemoved:
    """Lets the gateway forget the card too; where it does not answer, the job asks it until it has."""
    card, removed._gateway_id = removed._gateway_id, ""
    if card and not let_go(contexts, card):
        removed.sentence += f" {LATER}"
    return removed


@action(
    "payments.remove_card",
    title="Remove a card",
    help="Forget a saved card. Nothing more is taken from it.",
    role=Role.BILLING,
    gate="manage_cards",
    page="/payments",
    slash="/remove-card",
    icon="trash-2",
    phrases=("remove my card", "delete the card {card}", "forget my card"),
    plan=plan_removal,
    then=_forget_at_gateway,
    audit="{actor} removed a saved card: {card}.",
)
def remove_card(ctx: Context, input: WhichCard, plan: CardPlan) -> CardRemoved:
    """Keeps the row for the payments that were made with it, and makes another card the default one."""
    plan.row.removed_at, plan.row.is_default = ctx.now, False
    ctx.session.add(plan.row)
    if plan.first is not None:
        plan.first.is_default = True
        ctx.session.add(plan.first)
    ctx.emit("card.removed", "payments")
    name, first = label_of(plan.row), label_of(plan.first) if plan.first else ""
    said = f"{name} is removed." + (f" {first} is used first." if first else "")
    removed = CardRemoved(card=name, sentence=said, used_first=first)
    removed._gateway_id = plan.row.gateway_id
    return removed
