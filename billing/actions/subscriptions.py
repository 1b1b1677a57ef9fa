"""What a customer has by the period, what it may be switched to, and the switch itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from pydantic import BaseModel
from sqlmodel import col, select

from billing.actions.subscription_charge import charge_at_once, finish_charge
from billing.context import Context
from billing.effects import Effect
from billing.errors import PortalError
from billing.models.subscriptions import Interval, Plan, SubscriptionChange, SubscriptionStatus
from billing.references import PlanName, Seats, SubscriptionNumber
from billing.registry import Role, action, query
from billing.subscriptions.held import Held, held_subscriptions, offered_plans
from billing.subscriptions.next_invoice import next_regular_invoice
from billing.subscriptions.rows import ChangeRow, SubscriptionRow, change_rows, subscription_row
from billing.subscriptions.switch_effect import effect_of
from billing.subscriptions.switching import Starts, Switching, find_target, name_among, work_out
from billing.subscriptions.switching_done import PlanSwitched, carry_out


class PlanOption(BaseModel):
    """A plan that a subscription may be on. `unit_amount` is minor units a period, a seat where `per_seat`, no tax."""

    name: str
    code: str
    unit_amount: int
    currency: str
    interval: str
    per_seat: bool
    least_seats: int
    most_seats: int
    tax_rate: str
    features: list[str]
    current: bool


class NextInvoice(BaseModel):
    """The next regular invoice, tax included, minor units; `names` is what it is for."""

    on: date
    total: int
    currency: str
    names: list[str]


class SubscriptionList(BaseModel):
    """Everything the customer has, in the order in which it was started."""

    rows: list[SubscriptionRow]
    next_invoice: NextInvoice | None


class SubscriptionsInput(BaseModel):
    """Nothing to say."""


class SubscriptionInput(BaseModel):
    """Which subscription."""

    subscription: SubscriptionNumber


class PlansInput(BaseModel):
    """Which subscription's plans; without one, those of each."""

    subscription: SubscriptionNumber | None = None


class SwitchPlanInput(BaseModel):
    """The plan to be on, the seats to have, how often to be billed; `subscription` where several could be meant.

    `starts` is today or renewal; left out, the business's policy decides.
    """

    subscription: SubscriptionNumber | None = None
    plan: PlanName | None = None
    seats: Seats | None = None
    interval: Interval | None = None
    starts: Starts | None = None


class SubscriptionPlans(BaseModel):
    """A subscription with the plans that it may be on."""

    subscription: str
    product: str
    options: list[PlanOption]


class PlanChoices(BaseModel):
    """The plans of each subscription that has a choice."""

    rows: list[SubscriptionPlans]


class SubscriptionDetail(BaseModel):
    """One subscription with its plans and its history, newest first (at most 50 changes)."""

    subscription: SubscriptionRow
    options: list[PlanOption]
    changes: list[ChangeRow]


def _options(held: Held, plans: list[Plan]) -> list[PlanOption]:
    return [
        PlanOption(
            name=name_among(held, p),
            code=p.code,
            unit_amount=held.price.unit_amount if p.id == held.plan.id else p.unit_amount,
            currency=p.currency,
            interval=p.interval,
            per_seat=p.per_seat,
            least_seats=p.least_seats,
            most_seats=p.most_seats,
            tax_rate=format(p.tax_rate, "f"),
            features=p.features,
            current=p.id == held.plan.id,
        )
        for p in plans
    ]


def _one(ctx: Context, number: str) -> Held:
    found = held_subscriptions(ctx, number)
    if not found:
        raise PortalError("not_found", thing="subscription", reference=number, field="subscription")
    return found[0]


@query(
    "subscriptions.list",
    title="Subscriptions",
    help="Show what you have, its price with VAT included, and when each renews.",
    role=Role.VIEWER,
    gate="subscriptions_shown",
    page="/subscriptions",
    slash="/subscriptions",
    icon="refresh-cw",
    phrases=(
        "which subscriptions do I have",
        "show my subscriptions",
        "what am I subscribed to",
        "when does my plan renew",
        "what do I pay each month",
        "what is my next renewal",
    ),
)
def list_subscriptions(ctx: Context, input: SubscriptionsInput) -> SubscriptionList:
    """Everything the customer has, and the next regular invoice."""
    held = held_subscriptions(ctx)
    offered = offered_plans(ctx, held)
    regular = next_regular_invoice(held)
    return SubscriptionList(
        rows=[subscription_row(ctx, h, offered[h.subscription.id or 0]) for h in held],
        next_invoice=NextInvoice(
            on=regular.on, total=regular.costs.total, currency=regular.currency, names=list(regular.names)
        )
        if regular
        else None,
    )


@query(
    "subscriptions.show",
    title="Subscription",
    help="Show one subscription with its plan, price, next renewal, possible plans and history.",
    role=Role.VIEWER,
    gate="subscriptions_shown",
    page="/subscriptions",
    slash="/subscription",
    icon="refresh-cw",
    phrases=(
        "show subscription {subscription}",
        "tell me about {subscription}",
        "what is in {subscription}",
        "history of {subscription}",
    ),
)
def show_subscription(ctx: Context, input: SubscriptionInput) -> SubscriptionDetail:
    """One subscription. Raises not_found."""
    held = _one(ctx, input.subscription)
    plans = offered_plans(ctx, [held])[held.subscription.id or 0]
    changes = ctx.session.exec(
        select(SubscriptionChange)
        .where(SubscriptionChange.subscription_id == held.subscription.id)
        .order_by(col(SubscriptionChange.id).desc())
        .limit(50)
    ).all()
    return SubscriptionDetail(
        subscription=subscription_row(ctx, held, plans),
        options=_options(held, plans),
        changes=change_rows(ctx, held, changes),
    )


@query(
    "subscriptions.plans",
    title="Plans",
    help="List the plans that your subscriptions may be switched to, with their prices without VAT.",
    role=Role.VIEWER,
    gate="subscriptions_shown",
    page="/subscriptions",
    slash="/plans",
    icon="layers",
    phrases=(
        "which plans are there",
        "what plans can I switch to",
        "show me the plans for {subscription}",
        "how much is a bigger plan",
        "compare the plans",
        "what does {plan} cost",
    ),
)
def list_plans(ctx: Context, input: PlansInput) -> PlanChoices:
    """The choices of one subscription, or of each that has some. Raises not_found."""
    held = [_one(ctx, input.subscription)] if input.subscription else held_subscriptions(ctx)
    held = [h for h in held if h.subscription.status != SubscriptionStatus.ENDED]
    offered = offered_plans(ctx, held)
    return PlanChoices(
        rows=[
            SubscriptionPlans(subscription=h.subscription.number, product=h.product.name, options=_options(h, plans))
            for h in held
            if len(plans := offered[h.subscription.id or 0]) > 1 or h.plan.per_seat
        ]
    )


@dataclass(frozen=True)
class SwitchPlan:
    switching: Switching
    effect: Effect


def plan_switch(ctx: Context, input: SwitchPlanInput) -> SwitchPlan:
    """The exact amounts of a switch.

    Raises not_found, plan_not_offered, plan_unchanged, seats_not_sold, seats_out_of_range, renewal_due,
    the sentence for its status, and invalid_input when several subscriptions could be meant.
    """
    switching = work_out(
        ctx, find_target(ctx, input.subscription, input.plan, input.seats, input.interval), input.starts
    )
    return SwitchPlan(switching, effect_of(ctx, switching))


@action(
    "subscriptions.switch_plan",
    title="Switch plan",
    help="Change a subscription's plan or its number of seats. You see the exact amounts first.",
    role=Role.BILLING,
    gate="switch_plan",
    page="/subscriptions",
    slash="/switch",
    icon="arrow-left-right",
    phrases=(
        "switch me to {plan}",
        "switch {subscription} to {plan}",
        "switch me to {plan} with {seats} seats",
        "upgrade to {plan}",
        "downgrade to {plan}",
        "change my plan",
        "move {subscription} to the {plan} plan",
        "change {subscription} to {seats} seats",
        "put us back to {seats} seats",
        "I need {seats} seats",
    ),
    plan=plan_switch,
    then=finish_charge,
    audit="{actor} confirmed “{effect}” ({change}).",
    moves_money=True,
)
def switch_plan(ctx: Context, input: SwitchPlanInput, plan: SwitchPlan) -> PlanSwitched:
    """Switches it: at once with an invoice or a credit note, or scheduled for the renewal."""
    return charge_at_once(ctx, carry_out(ctx, plan.switching))
