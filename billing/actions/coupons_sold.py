"""Coupons as staff make them: what they take off, for how long, from which plans, and how often they can be used."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, Field
from sqlmodel import col, select

from billing.actions.plans import money_in
from billing.context import Context
from billing.dates import format_day
from billing.effects import Effect, EffectFact
from billing.errors import PortalError
from billing.models.coupons import Coupon, CouponScope, Duration
from billing.price_list.selling import CATALOGUE_PAGE, ON_SALE, business_day, counted, keep, must_be_free, plans_called
from billing.references import Amount, CouponCode, Currency, Day, Line, NewCouponCode, Percent, PlanCode, Short
from billing.registry import Audience, Role, action, query
from billing.subscriptions.switch_effect import percent

Count = Annotated[int, Field(ge=1, le=1_000_000_000)]


class CouponsInput(BaseModel):
    """Nothing to say."""


class CouponRow(BaseModel):
    """A coupon. `takes_off` says it in words; `amount` is minor units of its currency, `uses` how often it was used."""

    coupon: str
    name: str
    percent: Decimal
    amount: int
    currency: str
    takes_off: str
    duration: str
    periods: int
    plans: list[str]
    redeem_by: date | None
    uses: int
    most_uses: int | None
    most_uses_per_customer: int | None
    combines: bool
    offered: bool


class CouponList(BaseModel):
    """The newest 500 coupons, those that can be redeemed first."""

    rows: list[CouponRow]


@query(
    "coupons.list",
    title="Coupons",
    help="Every coupon: what it takes off, until when, and how often it was used.",
    role=Role.AGENT,
    gate=ON_SALE,
    audience=Audience.STAFF,
    page=CATALOGUE_PAGE,
    slash="/coupons",
    icon="ticket-percent",
    phrases=("which coupons are there", "show all coupons", "how often were our coupons used"),
)
def list_coupons(ctx: Context, input: CouponsInput) -> CouponList:
    """The coupons in one statement."""
    rows = ctx.session.exec(select(Coupon).order_by(col(Coupon.offered).desc(), col(Coupon.id).desc()).limit(500)).all()
    return CouponList(
        rows=[
            CouponRow(
                coupon=c.code,
                name=c.name,
                percent=c.percent,
                amount=c.amount,
                currency=c.currency,
                takes_off=takes_off(c),
                duration=c.duration,
                periods=c.periods,
                plans=c.plans,
                redeem_by=c.redeem_by,
                uses=c.uses,
                most_uses=c.most_uses,
                most_uses_per_customer=c.most_uses_per_customer,
                combines=c.combines,
                offered=c.offered,
            )
            for c in rows
        ]
    )


def takes_off(coupon: Coupon) -> str:
    """What it takes off, in words: 20% off the plan, for 3 periods."""
    off = percent(coupon.percent) if coupon.percent else money_in(coupon.currency)(coupon.amount)
    of = "the plan" if coupon.scope == CouponScope.LINE else "the invoice"
    lasts = {
        Duration.ONCE: "once",
        Duration.PERIODS: f"for {counted(coupon.periods, 'period')}",
        Duration.FOREVER: "for good",
    }
    return f"{off} off {of}, {lasts[Duration(coupon.duration)]}"


class NewCoupon(BaseModel):
    """What a coupon takes off: a percentage, or an amount of a currency; then how long, of what, how often."""

    code: NewCouponCode
    name: Annotated[str, Short, Line] = ""
    percent: Percent | None = None
    amount: Amount | None = None
    currency: Currency | None = None
    scope: CouponScope = CouponScope.LINE
    duration: Duration = Duration.ONCE
    periods: Annotated[int, Field(ge=1, le=1200)] | None = None
    plans: Annotated[list[PlanCode], Field(max_length=200)] = []
    redeem_by: Day | None = None
    most_uses: Count | None = None
    most_uses_per_customer: Count | None = None
    combines: bool = True


class CouponChanged(BaseModel):
    """A coupon as it is kept now."""

    coupon: str
    sentence: str


@dataclass(frozen=True)
class CouponPlan:
    """A coupon to be kept."""

    row: Coupon
    effect: Effect


def plan_coupon(ctx: Context, input: NewCoupon) -> CouponPlan:
    """Raises code_taken, coupon_unlike, unknown_code, dates_out_of_order, and invalid_input for what does not fit."""
    _must_fit(input)
    today = business_day(ctx)
    if input.redeem_by is not None and input.redeem_by < today:
        last = f"The last day, {format_day(input.redeem_by)},"
        raise PortalError("dates_out_of_order", field="redeem_by", later=last, earlier=f"today, {format_day(today)}")
    for plan in plans_called(ctx, input.plans, field="plans"):
        if input.currency is not None and plan.currency != input.currency:
            raise PortalError("coupon_unlike", field="plans", coupon=input.code, currency=input.currency,
                              plan=plan.code, other=plan.currency)  # fmt: skip
    must_be_free(ctx, Coupon, input.code)
    row = Coupon(
        code=input.code,
        name=input.name or input.code,
        percent=input.percent or Decimal(0),
        amount=input.amount or 0,
        currency=input.currency or "",
        scope=input.scope,
        duration=input.duration,
        periods=input.periods or 1,
        plans=list(dict.fromkeys(input.plans)),
        redeem_by=input.redeem_by,
        most_uses=input.most_uses,
        most_uses_per_customer=input.most_uses_per_customer,
        combines=input.combines,
        created_at=ctx.now,
    )
    return CouponPlan(row, Effect(title=f"Make coupon {row.code}", facts=_facts(row), confirm="Make coupon"))


def _must_fit(input: NewCoupon) -> None:
    """Raises invalid_input with the field for a coupon that takes off nothing, or two things, or for ever and a day."""
    problems = [
        (
            "percent",
            not input.percent and not input.amount,
            "Say what the coupon takes off: a percentage or an amount.",
        ),
        (
            "amount",
            bool(input.percent) and bool(input.amount),
            "A coupon takes off a percentage or an amount, not both.",
        ),
        ("currency", bool(input.amount) and input.currency is None, "Say in which currency the amount is."),
        ("currency", bool(input.percent) and input.currency is not None, "A percentage has no currency."),
        ("periods", input.duration is Duration.PERIODS and input.periods is None, "Say for how many periods."),
        (
            "periods",
            input.duration is not Duration.PERIODS and input.periods is not None,
            "Only a coupon that lasts for periods has a number of them.",
        ),
        (
            "most_uses_per_customer",
            (input.most_uses_per_customer or 0) > (input.most_uses or 10**9),
            "One customer can not use it more often than all together.",
        ),
    ]
    for field, wrong, problem in problems:
        if wrong:
            raise PortalError("invalid_input", field=field, problem=problem)


def _facts(row: Coupon) -> tuple[EffectFact, ...]:
    uses = counted(row.most_uses, "use") + " in all" if row.most_uses else "any number of uses"
    each = f", {row.most_uses_per_customer} a customer" if row.most_uses_per_customer else ""
    return (
        EffectFact(label="Takes off", value=takes_off(row)),
        EffectFact(label="Plans", value=", ".join(row.plans) or "all"),
        EffectFact(label="Last day", value=format_day(row.redeem_by) if row.redeem_by else "none"),
        EffectFact(label="Uses", value=uses + each),
        EffectFact(label="Beside other coupons", value="yes" if row.combines else "no"),
    )


@action(
    "coupons.create",
    title="Make a coupon",
    help="Make a coupon: a percentage or an amount off, for how long, of which plans, how often.",
    role=Role.ADMIN,
    gate=ON_SALE,
    audience=Audience.STAFF,
    page=CATALOGUE_PAGE,
    slash="/new-coupon",
    icon="ticket-percent",
    phrases=("make a new coupon", "create a coupon code", "make a discount code for customers"),
    plan=plan_coupon,
    audit="{actor} made a coupon: {sentence}.",
)
def create_coupon(ctx: Context, input: NewCoupon, plan: CouponPlan) -> CouponChanged:
    """Keeps it; it can be redeemed at once."""
    keep(ctx, plan.row, plan.row.code)
    ctx.emit("coupon.made", "catalogue", coupon=plan.row.code)
    return CouponChanged(coupon=plan.row.code, sentence=f"{plan.row.code} takes {takes_off(plan.row)}")


class WhichCoupon(BaseModel):
    """A coupon by its code."""

    coupon: CouponCode


def plan_withdrawal(ctx: Context, input: WhichCoupon) -> CouponPlan:
    """Raises unknown_code and withdrawn."""
    row = ctx.session.exec(select(Coupon).where(Coupon.code == input.coupon)).first()
    if row is None:
        raise PortalError("unknown_code", field="coupon", thing="coupon", wanted=input.coupon)
    if not row.offered:
        raise PortalError("withdrawn", field="coupon", thing=row.code)
    facts = (
        EffectFact(label="Used so far", value=counted(row.uses, "time")),
        EffectFact(label="Who has it", value="keeps what it takes off; nobody else can redeem it"),
    )
    return CouponPlan(row, Effect(title=f"Withdraw {row.code}", facts=facts, confirm="Withdraw", decline="Keep it"))


@action(
    "coupons.withdraw",
    title="Withdraw a coupon",
    help="End a coupon, so that nobody redeems it any more. Who has it keeps it.",
    role=Role.ADMIN,
    gate=ON_SALE,
    audience=Audience.STAFF,
    page=CATALOGUE_PAGE,
    slash="/withdraw-coupon",
    icon="circle-off",
    phrases=("withdraw a coupon", "end this coupon code", "nobody should redeem this coupon any more"),
    plan=plan_withdrawal,
    audit="{actor} withdrew a coupon: {sentence}.",
)
def withdraw_coupon(ctx: Context, input: WhichCoupon, plan: CouponPlan) -> CouponChanged:
    """Ends it for whoever has not redeemed it."""
    row = ctx.session.exec(
        select(Coupon).where(Coupon.id == plan.row.id).with_for_update().execution_options(populate_existing=True)
    ).one()
    row.offered = False
    ctx.session.add(row)
    ctx.emit("coupon.withdrawn", "catalogue", coupon=row.code)
    return CouponChanged(coupon=row.code, sentence=f"{row.code} can not be redeemed any more")
