"""What can be changed about a plan that is sold, beside its price."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from sqlmodel import col, func, or_, select

from billing.actions.plans import Features, PlanChanged, Switches, TrialDays, changed_plan
from billing.context import Context
from billing.effects import Effect, EffectFact
from billing.errors import PortalError
from billing.models.subscriptions import Plan, Subscription, SubscriptionStatus
from billing.price_list.plan_terms import checked_policy, checked_seats, checked_switches, said_policy
from billing.price_list.price_words import full_name
from billing.price_list.selling import CATALOGUE_PAGE, ON_SALE, counted, locked_plan, plan_called
from billing.references import Percent, PlanCode, Seats
from billing.registry import Audience, Role, action
from billing.subscriptions.switch_effect import percent


class PlanTerms(BaseModel):
    """What is different from now on; what is left out stays. Settings of the policy are set one by one; an empty one
    follows the business again. An empty list of plans to switch to means every plan of the product.
    """

    plan: PlanCode
    offered: bool | None = None
    trial_days: TrialDays | None = None
    least_seats: Seats | None = None
    most_seats: Seats | None = None
    tax_percent: Percent | None = None
    features: Features | None = None
    switch_to: Switches | None = None
    policy: dict[str, str] | None = None


@dataclass(frozen=True)
class ChangingPlan:
    """A plan and its new values by column."""

    row: Plan
    values: dict[str, Any]
    effect: Effect


LABELS = {
    "offered": "On sale",
    "trial_days": "Days of trial",
    "least_seats": "Least seats",
    "most_seats": "Most seats",
    "tax_rate": "Tax",
    "features": "Features",
    "switch_to": "May be switched to",
    "policy": "Policy",
}


def plan_terms(ctx: Context, input: PlanTerms) -> ChangingPlan:
    """Raises unknown_code, nothing_to_change, and what seats, settings and plans to switch to get."""
    row, product = plan_called(ctx, input.plan)
    values = {name: value for name in LABELS if (value := getattr(input, name, None)) is not None}
    if input.tax_percent is not None:
        values["tax_rate"] = input.tax_percent
    if input.policy is not None:
        values["policy"] = checked_policy(input.policy, row.policy)
    if input.switch_to is not None:
        values["switch_to"] = checked_switches(ctx, row, input.switch_to)
    values = {name: value for name, value in values.items() if value != getattr(row, name)}
    name = full_name(product, row)
    if not values:
        raise PortalError("nothing_to_change", thing=name)
    checked_seats(Plan(**(row.model_dump() | values)))
    facts = [
        EffectFact(label=LABELS[key], value=f"{_said(key, getattr(row, key))} → {_said(key, value)}")
        for key, value in values.items()
    ]
    facts += _held_facts(ctx, row, values)
    effect = Effect(title=f"Change {name}", facts=tuple(facts), confirm="Change plan", decline="Leave it")
    return ChangingPlan(row, values, effect)


def _said(name: str, value: Any) -> str:
    if name == "policy":
        return said_policy(value)
    if name == "tax_rate":
        return percent(value) if value else "none of its own"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(value) or ("every plan of the product" if name == "switch_to" else "none")
    return str(value)


def _has(name: str, value: Any) -> str:
    if name == "policy":
        return f"its own policy ({said_policy(value)})" if value else "the policy of the business"
    return f"{LABELS[name].lower()} {_said(name, value)}"


def _held_facts(ctx: Context, row: Plan, values: dict[str, Any]) -> list[EffectFact]:
    """What it means for those who have the plan."""
    facts = []
    if values.get("offered") is False:
        facts.append(EffectFact(label="Who has it", value="keeps it; nobody else can start it"))
    if {"least_seats", "most_seats"} & set(values):
        least, most = values.get("least_seats", row.least_seats), values.get("most_seats", row.most_seats)
        seats = col(Subscription.seats)
        outside = ctx.session.exec(
            select(func.count()).select_from(Subscription).where(
                Subscription.plan_id == row.id, Subscription.status != SubscriptionStatus.ENDED,
                or_(seats < least, seats > most),
            )
        ).one()  # fmt: skip
        if outside:
            facts.append(EffectFact(label="Outside of that", value=f"{counted(outside, 'subscription')}, unchanged"))
    if "tax_rate" in values:
        facts.append(EffectFact(label="Invoices that are out", value="stay as they are"))
    return facts


@action(
    "plans.change",
    title="Change a plan",
    help="Take a plan off sale, or change its trial, seats, tax, what it may be switched to, or its own policy.",
    role=Role.ADMIN,
    gate=ON_SALE,
    audience=Audience.STAFF,
    page=CATALOGUE_PAGE,
    slash="/edit-plan",
    icon="pencil",
    phrases=("take this plan off sale", "change the trial days of a plan", "edit what holds for a plan"),
    plan=plan_terms,
    audit="{actor} changed a plan: {sentence}.",
)
def change_plan(ctx: Context, input: PlanTerms, plan: ChangingPlan) -> PlanChanged:
    """Keeps the new values; prices are changed with `plans.change_price` alone."""
    row = locked_plan(ctx, plan.row)
    for name, value in plan.values.items():
        setattr(row, name, value)
    ctx.session.add(row)
    ctx.emit("plan.changed", "catalogue", plan=row.code)
    said = ", ".join(_has(name, value) for name, value in plan.values.items())
    return changed_plan(row, f"{row.code} has {said}")
