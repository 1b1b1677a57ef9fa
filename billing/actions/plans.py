"""The price list: plans, the versions of their prices, and what holds for them alone."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints
from sqlmodel import col, func, select

from billing.context import Context
from billing.effects import Effect, EffectFact
from billing.errors import PortalError
from billing.models.subscriptions import Interval, Plan, Product, Subscription, SubscriptionStatus
from billing.money import MoneyFormat, format_money
from billing.price_list.plan_terms import checked_policy, checked_seats, checked_switches, said_policy
from billing.price_list.plans import add_plan, plan_code, price_of
from billing.price_list.price_words import full_name, said_price
from billing.price_list.selling import (
    CATALOGUE_PAGE,
    ON_SALE,
    counted,
    given_once,
    holders,
    keep,
    locked_plan,
    must_be_free,
    plan_called,
)
from billing.references import Amount, Currency, Line, Name, NewCode, Percent, PlanCode, Seats
from billing.registry import Audience, Role, action, query
from billing.rules.policy import RenewalPrice
from billing.subscriptions.switch_effect import percent

TrialDays = Annotated[int, Field(ge=0, le=3650)]
Included = Annotated[int, Field(ge=0, le=1_000_000)]
Features = Annotated[list[Name], Field(max_length=30)]
Switches = Annotated[list[PlanCode], Field(max_length=100)]


class PlansInput(BaseModel):
    """All plans, or those of one product."""

    product: str | None = None


class PlanRow(BaseModel):
    """A plan as it is sold now. Amounts are minor units without tax; `subscriptions` have it and have not ended."""

    plan: str
    product: str
    name: str
    interval: str
    currency: str
    unit_amount: int
    base_amount: int
    included_seats: int
    per_seat: bool
    least_seats: int
    most_seats: int
    trial_days: int
    tax_percent: Decimal
    features: list[str]
    switch_to: list[str]
    policy: dict[str, str]
    version: int
    offered: bool
    subscriptions: int
    price: str


class PlanList(BaseModel):
    """The plans in the order in which customers see them."""

    rows: list[PlanRow]


def money_in(currency: str) -> MoneyFormat:
    """Says amounts of that currency as staff read them."""
    return lambda amount: format_money(amount, currency)


@query(
    "plans.list",
    title="Price list",
    help="Every plan with its price, who has it, and in what it differs from the business's policy.",
    role=Role.AGENT,
    gate=ON_SALE,
    audience=Audience.STAFF,
    page=CATALOGUE_PAGE,
    slash="/price-list",
    icon="tags",
    phrases=("show the price list", "which plans do we sell", "what do our plans cost"),
)
def list_plans(ctx: Context, input: PlansInput) -> PlanList:
    """Plans with products and the number of their subscriptions, in two statements."""
    statement = select(Plan, Product).join(Product, col(Product.id) == Plan.product_id)
    if input.product:
        statement = statement.where(func.lower(Product.name) == input.product.strip().lower())
    rows = ctx.session.exec(statement.order_by(col(Plan.position), col(Plan.id))).all()
    having = dict(
        ctx.session.exec(
            select(Subscription.plan_id, func.count())
            .where(Subscription.status != SubscriptionStatus.ENDED)
            .group_by(col(Subscription.plan_id))
        ).all()
    )
    return PlanList(rows=[_row(plan, product, having.get(plan.id or 0, 0)) for plan, product in rows])


def _row(plan: Plan, product: Product, subscriptions: int) -> PlanRow:
    return PlanRow(
        plan=plan.code,
        product=product.name,
        name=plan.name,
        interval=plan.interval,
        currency=plan.currency,
        unit_amount=plan.unit_amount,
        base_amount=plan.base_amount,
        included_seats=plan.included_seats,
        per_seat=plan.per_seat,
        least_seats=plan.least_seats,
        most_seats=plan.most_seats,
        trial_days=plan.trial_days,
        tax_percent=plan.tax_rate,
        features=plan.features,
        switch_to=plan.switch_to,
        policy=plan.policy,
        version=plan.version,
        offered=plan.offered,
        subscriptions=subscriptions,
        price=_price(plan),
    )


def _price(plan: Plan) -> str:
    return said_price(
        money_in(plan.currency), plan.interval, plan.unit_amount, per_seat=plan.per_seat, base=plan.base_amount,
        included=plan.included_seats,
    )  # fmt: skip


class PlanChanged(BaseModel):
    """A plan as it is kept now. Amounts are minor units without tax."""

    plan: str
    version: int
    unit_amount: int
    base_amount: int
    currency: str
    sentence: str


def changed_plan(plan: Plan, sentence: str) -> PlanChanged:
    """A plan as it is kept, with what was done to it."""
    return PlanChanged(
        plan=plan.code, version=plan.version, unit_amount=plan.unit_amount, base_amount=plan.base_amount,
        currency=plan.currency, sentence=sentence,
    )  # fmt: skip


class NewPlan(BaseModel):
    """A plan to be sold. By the seat: `unit_amount` is for a seat; `base_amount` covers `included_seats`."""

    product: Name
    name: Annotated[str, StringConstraints(strip_whitespace=True, max_length=80), Line] = ""
    interval: Interval = Interval.MONTH
    currency: Currency
    unit_amount: Amount
    per_seat: bool = False
    base_amount: Amount = 0
    included_seats: Included = 0
    least_seats: Seats = 1
    most_seats: Seats | None = None
    trial_days: TrialDays = 0
    tax_percent: Percent = Decimal(0)
    features: Features = []
    switch_to: Switches = []
    policy: dict[str, str] = {}
    code: NewCode | None = None


@dataclass(frozen=True)
class Offering:
    """A plan to be added, and its product, which may be new too."""

    product: Product
    plan: Plan
    effect: Effect


def plan_new_plan(ctx: Context, input: NewPlan) -> Offering:
    """Raises code_taken, plan_exists, seats_out_of_order, plans_unlike, and what an unknown setting gets."""
    product = ctx.session.exec(select(Product).where(func.lower(Product.name) == input.product.lower())).first()
    product = product or Product(name=input.product)
    highest = ctx.session.exec(select(func.max(Plan.position))).one()
    plan = Plan(
        product_id=product.id or 0,
        name=input.name,
        interval=input.interval,
        currency=input.currency,
        unit_amount=input.unit_amount,
        base_amount=input.base_amount,
        included_seats=input.included_seats,
        per_seat=input.per_seat,
        least_seats=input.least_seats,
        most_seats=input.most_seats or (max(250, input.least_seats) if input.per_seat else 1),
        trial_days=input.trial_days,
        tax_rate=input.tax_percent,
        features=list(input.features),
        policy=checked_policy(input.policy, {}),
        code=input.code or plan_code(product.name, input.name, input.interval, input.currency),
        position=(highest if highest is not None else -1) + 1,
    )
    checked_seats(plan)
    _must_differ(ctx, product, plan)
    must_be_free(ctx, Plan, plan.code)
    plan.switch_to = checked_switches(ctx, plan, input.switch_to)
    facts = [EffectFact(label="Product", value=product.name if product.id else f"{product.name}, which is new")]
    facts += [EffectFact(label="Price without tax", value=_price(plan)), *_terms(plan)]
    facts.append(EffectFact(label="Code", value=plan.code))
    title = f"Sell {full_name(product, plan)}"
    return Offering(product, plan, Effect(title=title, facts=tuple(facts), confirm="Add plan"))


def _must_differ(ctx: Context, product: Product, plan: Plan) -> None:
    """Raises `plan_exists`, and `invalid_input` for a plan without a name beside others that have one."""
    same = ctx.session.exec(
        select(Plan.code).where(
            Plan.product_id == product.id, Plan.name == plan.name, Plan.interval == plan.interval,
            Plan.currency == plan.currency,
        )
    ).first()  # fmt: skip
    if product.id is not None and same is not None:
        raise PortalError("plan_exists", field="name", product=product.name, existing=same)
    named = select(Plan.id).where(Plan.product_id == product.id, Plan.name != "")
    if product.id is not None and not plan.name and ctx.session.exec(named.limit(1)).first() is not None:
        problem = f"{product.name} has other plans: this one needs a name too."
        raise PortalError("invalid_input", field="name", problem=problem)


def _terms(plan: Plan) -> list[EffectFact]:
    facts = [EffectFact(label="Tax", value=percent(plan.tax_rate) if plan.tax_rate else "none of its own")]
    if plan.per_seat:
        facts.append(EffectFact(label="Seats", value=f"{plan.least_seats} to {plan.most_seats}"))
    if plan.trial_days:
        facts.append(EffectFact(label="Trial", value=counted(plan.trial_days, "day")))
    facts.append(EffectFact(label="May be switched to", value=", ".join(plan.switch_to) or "every plan of the product"))
    facts.append(EffectFact(label="Policy", value=said_policy(plan.policy)))
    return facts


@action(
    "plans.create",
    title="Add a plan",
    help="Sell a new plan: its product, price, interval and currency, and what holds for it alone.",
    role=Role.ADMIN,
    gate=ON_SALE,
    audience=Audience.STAFF,
    page=CATALOGUE_PAGE,
    slash="/new-plan",
    icon="tag",
    phrases=("add a new plan to the price list", "sell a new plan", "create a plan for a product"),
    plan=plan_new_plan,
    audit="{actor} added a plan: {sentence}.",
)
def create_plan(ctx: Context, input: NewPlan, plan: Offering) -> PlanChanged:
    """Keeps the plan with the first version of its price; customers see it at once."""
    row = plan.plan
    if plan.product.id is None:
        keep(ctx, plan.product, row.code)
    with given_once(row.code):
        add_plan(ctx.session, plan.product, row, ctx.now)
    ctx.emit("plan.added", "catalogue", plan=row.code)
    return changed_plan(row, f"{full_name(plan.product, row)} is on sale as {row.code} for {_price(row)}")


class NewPrice(BaseModel):
    """A plan's new price without tax; what is left out stays."""

    plan: PlanCode
    unit_amount: Amount | None = None
    base_amount: Amount | None = None
    included_seats: Included | None = None


@dataclass(frozen=True)
class Repricing:
    """A plan with its new price, which is worked out on a copy."""

    row: Plan
    after: Plan
    effect: Effect


def plan_price(ctx: Context, input: NewPrice) -> Repricing:
    """Who pays the new price, and when. Raises unknown_code, price_unchanged, and what seats get."""
    row, product = plan_called(ctx, input.plan)
    fields = ("unit_amount", "base_amount", "included_seats")
    given = {name: value for name in fields if (value := getattr(input, name)) is not None}
    if all(getattr(row, name) == value for name, value in given.items()):
        raise PortalError("price_unchanged", field="unit_amount", plan=full_name(product, row))
    after = Plan(**(row.model_dump() | given | {"version": row.version + 1}))
    checked_seats(after)
    now = holders(ctx, row)
    latest = ctx.preferences.policy.overridden(row.policy).renewal_price is RenewalPrice.LATEST
    follows = "the new price from the next renewal" if latest else "the old price stays"
    facts = (
        EffectFact(label="Price now", value=_price(row)),
        EffectFact(label="New price", value=_price(after)),
        EffectFact(label="Who starts or switches to it", value="pays the new price"),
        EffectFact(label=f"For {counted(now, 'subscription')} on it", value=follows),
    )
    effect = Effect(title=f"New price of {full_name(product, row)}", facts=facts, confirm="Change price")
    return Repricing(row, after, effect)


@action(
    "plans.change_price",
    title="Change a price",
    help="Give a plan a new price. Who has it keeps the old one or gets the new one, as the policy says.",
    role=Role.ADMIN,
    gate=ON_SALE,
    audience=Audience.STAFF,
    page=CATALOGUE_PAGE,
    slash="/change-price",
    icon="tag",
    phrases=("change the price of a plan", "make this plan more expensive", "set a new price for the plan"),
    plan=plan_price,
    audit="{actor} changed a price: {sentence}.",
)
def change_price(ctx: Context, input: NewPrice, plan: Repricing) -> PlanChanged:
    """Keeps the price as the plan's next version; every version stays."""
    row = locked_plan(ctx, plan.row)
    for name in ("unit_amount", "base_amount", "included_seats", "version"):
        setattr(row, name, getattr(plan.after, name))
    ctx.session.add(row)
    ctx.session.flush()
    ctx.session.add(price_of(row, ctx.now))
    ctx.emit("plan.repriced", "catalogue", plan=row.code, version=row.version)
    return changed_plan(row, f"{row.code} costs {_price(row)} from version {row.version} on")
