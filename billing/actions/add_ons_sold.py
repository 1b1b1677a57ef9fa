"""What is sold beside plans: recurring, or once."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from pydantic import BaseModel
from sqlmodel import col, func, select

from billing.actions.plans import money_in
from billing.context import Context
from billing.effects import Effect, EffectFact
from billing.errors import PortalError
from billing.models.subscriptions import AddOn, Product
from billing.price_list.plans import plan_code
from billing.price_list.selling import CATALOGUE_PAGE, ON_SALE, keep, must_be_free
from billing.references import AddOnCode, Amount, Currency, Name, NewCode, Percent
from billing.registry import Audience, Role, action, query
from billing.subscriptions.switch_effect import percent


class AddOnsInput(BaseModel):
    """Nothing to say."""


class AddOnRow(BaseModel):
    """An add-on as it is sold. `unit_amount` is minor units for one, without tax."""

    add_on: str
    name: str
    product: str
    currency: str
    unit_amount: int
    recurring: bool
    tax_percent: Decimal
    offered: bool


class AddOnList(BaseModel):
    """All add-ons, by name."""

    rows: list[AddOnRow]


@query(
    "add_ons.list",
    title="Add-ons",
    help="What is sold beside plans, with its price.",
    role=Role.AGENT,
    gate=ON_SALE,
    audience=Audience.STAFF,
    page=CATALOGUE_PAGE,
    slash="/add-ons",
    icon="puzzle",
    phrases=("which add-ons do we sell", "show the add-ons on the price list", "what do our add-ons cost"),
)
def list_add_ons(ctx: Context, input: AddOnsInput) -> AddOnList:
    """Every add-on, those on sale first."""
    rows = ctx.session.exec(
        select(AddOn, Product.name)
        .outerjoin(Product, col(Product.id) == AddOn.product_id)
        .order_by(col(AddOn.offered).desc(), col(AddOn.name))
    ).all()
    return AddOnList(
        rows=[
            AddOnRow(
                add_on=a.code,
                name=a.name,
                product=product or "",
                currency=a.currency,
                unit_amount=a.unit_amount,
                recurring=a.recurring,
                tax_percent=a.tax_rate,
                offered=a.offered,
            )
            for a, product in rows
        ]
    )


class NewAddOn(BaseModel):
    """Something sold beside the plans of a product, or of any: each period, or once."""

    name: Name
    currency: Currency
    unit_amount: Amount
    recurring: bool = True
    product: Name | None = None
    tax_percent: Percent = Decimal(0)
    code: NewCode | None = None


class AddOnChanged(BaseModel):
    """An add-on as it is kept now."""

    add_on: str
    sentence: str


@dataclass(frozen=True)
class AddOnPlan:
    """An add-on to be kept."""

    row: AddOn
    effect: Effect


def plan_add_on(ctx: Context, input: NewAddOn) -> AddOnPlan:
    """Raises code_taken, and unknown_code for a product that there isn't."""
    product = None
    if input.product is not None:
        product = ctx.session.exec(select(Product).where(func.lower(Product.name) == input.product.lower())).first()
        if product is None:
            raise PortalError("unknown_code", field="product", thing="product", wanted=input.product)
    row = AddOn(
        code=input.code or plan_code(product.name if product else "", input.name, "", input.currency),
        product_id=product.id if product else None,
        name=input.name,
        currency=input.currency,
        unit_amount=input.unit_amount,
        recurring=input.recurring,
        tax_rate=input.tax_percent,
    )
    must_be_free(ctx, AddOn, row.code)
    price = money_in(row.currency)(row.unit_amount)
    facts = (
        EffectFact(label="Price without tax", value=f"{price}, {'each period' if row.recurring else 'once'}"),
        EffectFact(label="Tax", value=percent(row.tax_rate) if row.tax_rate else "none of its own"),
        EffectFact(label="Sold beside", value=f"plans of {product.name}" if product else "every plan"),
        EffectFact(label="Code", value=row.code),
    )
    return AddOnPlan(row, Effect(title=f"Sell {row.name}", facts=facts, confirm="Add add-on"))


@action(
    "add_ons.create",
    title="Sell an add-on",
    help="Sell something beside plans, each period or once, for one product or for all.",
    role=Role.ADMIN,
    gate=ON_SALE,
    audience=Audience.STAFF,
    page=CATALOGUE_PAGE,
    slash="/new-add-on",
    icon="puzzle",
    phrases=("sell a new add-on", "put an add-on on the price list", "create an add-on for a product"),
    plan=plan_add_on,
    audit="{actor} added an add-on: {sentence}.",
)
def create_add_on(ctx: Context, input: NewAddOn, plan: AddOnPlan) -> AddOnChanged:
    """Keeps it; customers can add it at once."""
    keep(ctx, plan.row, plan.row.code)
    ctx.emit("add_on.added", "catalogue", add_on=plan.row.code)
    price = money_in(plan.row.currency)(plan.row.unit_amount)
    return AddOnChanged(add_on=plan.row.code, sentence=f"{plan.row.name} is on sale as {plan.row.code} for {price}")


class WhichAddOn(BaseModel):
    """An add-on by its code."""

    add_on: AddOnCode


def plan_withdrawal(ctx: Context, input: WhichAddOn) -> AddOnPlan:
    """Raises unknown_code and withdrawn."""
    row = ctx.session.exec(select(AddOn).where(AddOn.code == input.add_on)).first()
    if row is None:
        raise PortalError("unknown_code", field="add_on", thing="add-on", wanted=input.add_on)
    if not row.offered:
        raise PortalError("withdrawn", field="add_on", thing=row.name)
    facts = (EffectFact(label="Who has it", value="keeps it; nobody else can add it"),)
    return AddOnPlan(row, Effect(title=f"Withdraw {row.name}", facts=facts, confirm="Withdraw", decline="Keep it"))


@action(
    "add_ons.withdraw",
    title="Withdraw an add-on",
    help="Take an add-on off sale. Who has it keeps it.",
    role=Role.ADMIN,
    gate=ON_SALE,
    audience=Audience.STAFF,
    page=CATALOGUE_PAGE,
    slash="/withdraw-add-on",
    icon="circle-off",
    phrases=("withdraw an add-on", "stop selling this add-on", "take the add-on off the price list"),
    plan=plan_withdrawal,
    audit="{actor} withdrew an add-on: {sentence}.",
)
def withdraw_add_on(ctx: Context, input: WhichAddOn, plan: AddOnPlan) -> AddOnChanged:
    """Takes it off sale."""
    plan.row.offered = False
    ctx.session.add(plan.row)
    ctx.emit("add_on.withdrawn", "catalogue", add_on=plan.row.code)
    return AddOnChanged(add_on=plan.row.code, sentence=f"{plan.row.name} ({plan.row.code}) is off sale")
