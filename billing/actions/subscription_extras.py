"""What goes with a subscription: add-ons, coupons, and whether it is charged by itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from pydantic import BaseModel, Field

from billing.actions.subscription_charge import charge_at_once, finish_charge
from billing.actions.subscription_start import AUDIT
from billing.context import Context
from billing.effects import Effect
from billing.errors import PortalError
from billing.models.subscriptions import SubscriptionStatus
from billing.references import AddOnCode, CouponCode, SubscriptionNumber, unaccented
from billing.registry import Audience, Role, action, query
from billing.subscriptions.add_ons import (
    RUNS,
    Adding,
    Removing,
    add,
    adding_effect,
    offered_add_ons,
    remove,
    removing_effect,
    work_out_adding,
    work_out_removing,
)
from billing.subscriptions.autopay import Autopay, autopay_effect, switch_autopay, work_out_autopay
from billing.subscriptions.billed import running_add_ons
from billing.subscriptions.changed import Changed
from billing.subscriptions.coupons import (
    REDEEMABLE,
    Redeeming,
    check_coupon,
    lasts,
    present_on,
    read_coupon,
    redeem,
    redemption_effect,
    takes_off,
    work_out_redemption,
)
from billing.subscriptions.held import held_subscriptions
from billing.subscriptions.pausing import When
from billing.subscriptions.standing import in_status, pick


class AddAddOnInput(BaseModel):
    """What is added, by name or code, how many, and to which subscription where several could be meant."""

    add_on: AddOnCode
    quantity: Annotated[int, Field(ge=1, le=10_000)] = 1
    subscription: SubscriptionNumber | None = None


class RemoveAddOnInput(BaseModel):
    """What is removed, and when. Left out, the business's policy for fewer seats decides."""

    add_on: AddOnCode
    subscription: SubscriptionNumber | None = None
    when: When | None = None


class RedeemCouponInput(BaseModel):
    """The coupon's code, and the subscription that it is for where several could be meant."""

    coupon: CouponCode
    subscription: SubscriptionNumber | None = None


class AutoChargeInput(BaseModel):
    """Whether a subscription's renewals and changes are charged to the default card by themselves."""

    on: bool
    subscription: SubscriptionNumber | None = None


class CheckCouponInput(BaseModel):
    """The coupon's code; with a subscription, whether it is for that one."""

    coupon: CouponCode
    subscription: SubscriptionNumber | None = None


class AddOnsInput(BaseModel):
    """Whose add-ons; left out where only one subscription could be meant."""

    subscription: SubscriptionNumber | None = None


class AddOnOption(BaseModel):
    """Something that may be added. `unit_amount` is for one, minor units without tax; a period where `recurring`."""

    code: str
    name: str
    unit_amount: int
    currency: str
    recurring: bool
    there: int


class AddOnChoices(BaseModel):
    """What may be added to a subscription, and how many of each are there."""

    subscription: str
    product: str
    interval: str
    options: list[AddOnOption]


class CouponAnswer(BaseModel):
    """What a coupon takes off and for how long; `fits` names the subscriptions on which it can be redeemed now.

    Where it fits none, `why_not` is the reason. `percent` is text; `amount` is minor units of `currency`.
    """

    coupon: str
    name: str
    takes_off: str
    lasts: str
    percent: str
    amount: int
    currency: str
    redeem_by: date | None
    fits: list[str]
    why_not: str


@dataclass(frozen=True)
class AddPlan:
    adding: Adding
    effect: Effect


def plan_adding(ctx: Context, input: AddAddOnInput) -> AddPlan:
    """What the add-on costs now and from the next renewal on."""
    held = pick(
        ctx,
        input.subscription,
        lambda one: (
            one.subscription.status in RUNS
            and any(input.add_on in (a.code, _code(a.name)) for a in offered_add_ons(ctx, one))
        ),
    )
    adding = work_out_adding(ctx, held, input.add_on, input.quantity)
    return AddPlan(adding, adding_effect(ctx, adding))


def _code(name: str) -> str:
    return "-".join(unaccented(name).split())


@action(
    "subscriptions.add_add_on",
    title="Add an add-on",
    help="Add something to a subscription, for each period or once. You see what it costs first.",
    role=Role.BILLING,
    gate="manage_add_ons",
    page="/subscriptions",
    slash="/add",
    icon="circle-plus",
    phrases=(
        "add the add-on {add_on} to {subscription}",
        "add the add-on {add_on}",
        "add {quantity} of the add-on {add_on} to {subscription}",
        "I want the add-on {add_on}",
    ),
    plan=plan_adding,
    then=finish_charge,
    audit=AUDIT,
    moves_money=True,
    audience=Audience.BOTH,
)
def add_add_on(ctx: Context, input: AddAddOnInput, plan: AddPlan) -> Changed:
    """Adds it."""
    return charge_at_once(ctx, add(ctx, plan.adding))


@dataclass(frozen=True)
class RemovePlan:
    removing: Removing
    effect: Effect


def plan_removing(ctx: Context, input: RemoveAddOnInput) -> RemovePlan:
    """When the add-on ends, and what is given back."""
    held = pick(
        ctx,
        input.subscription,
        lambda one: any(input.add_on in (a.add_on.code, _code(a.add_on.name)) for a in running_add_ons(ctx, one)),
    )
    removing = work_out_removing(ctx, held, input.add_on, input.when)
    return RemovePlan(removing, removing_effect(ctx, removing))


@action(
    "subscriptions.remove_add_on",
    title="Remove an add-on",
    help="Remove an add-on from a subscription, at the end of the paid period or at once.",
    role=Role.BILLING,
    gate="manage_add_ons",
    page="/subscriptions",
    slash="/remove",
    icon="circle-minus",
    phrases=(
        "remove the add-on {add_on} from {subscription}",
        "remove the add-on {add_on}",
        "drop the add-on {add_on}",
        "I no longer need the add-on {add_on}",
    ),
    plan=plan_removing,
    audit=AUDIT,
    moves_money=True,
    audience=Audience.BOTH,
)
def remove_add_on(ctx: Context, input: RemoveAddOnInput, plan: RemovePlan) -> Changed:
    """Removes it, now or with the period."""
    return remove(ctx, plan.removing)


@dataclass(frozen=True)
class RedeemPlan:
    redeeming: Redeeming
    effect: Effect


def plan_redemption(ctx: Context, input: RedeemCouponInput) -> RedeemPlan:
    """What the next invoice costs with it."""
    redeeming = work_out_redemption(ctx, pick(ctx, input.subscription, in_status(*REDEEMABLE)), input.coupon)
    return RedeemPlan(redeeming, redemption_effect(ctx, redeeming))


@action(
    "subscriptions.redeem_coupon",
    title="Redeem a coupon",
    help="Redeem a coupon on a subscription: it comes off the next invoices. You see the new price first.",
    role=Role.BILLING,
    gate="redeem_coupon",
    page="/subscriptions",
    slash="/redeem",
    icon="ticket-percent",
    phrases=(
        "redeem the coupon {coupon} on {subscription}",
        "redeem coupon {coupon}",
        "use the coupon {coupon} for {subscription}",
        "apply the coupon {coupon} to {subscription}",
    ),
    plan=plan_redemption,
    audit=AUDIT,
    audience=Audience.BOTH,
)
def redeem_coupon(ctx: Context, input: RedeemCouponInput, plan: RedeemPlan) -> Changed:
    """Redeems it, once for each use that it has."""
    return redeem(ctx, plan.redeeming)


@dataclass(frozen=True)
class AutopayPlan:
    autopay: Autopay
    effect: Effect


def plan_autopay(ctx: Context, input: AutoChargeInput) -> AutopayPlan:
    """Which card is asked from now on, or that none is."""
    held = pick(
        ctx,
        input.subscription,
        lambda one: one.subscription.status != SubscriptionStatus.ENDED and one.subscription.auto_charge != input.on,
    )
    autopay = work_out_autopay(ctx, held, input.on)
    return AutopayPlan(autopay, autopay_effect(ctx, autopay))


@action(
    "subscriptions.auto_charge",
    title="Autopay",
    help="Switch autopay on or off: a subscription's renewals and changes are then charged to your card.",
    role=Role.BILLING,
    gate="change_auto_charge",
    page="/subscriptions",
    slash="/auto-charge",
    icon="credit-card",
    phrases=(
        "switch auto-charge {on} for {subscription}",
        "turn auto-charge {on} for {subscription}",
        "switch automatic charging {on} for {subscription}",
        "auto-charge {on} for {subscription}",
        "switch autopay {on} for {subscription}",
    ),
    plan=plan_autopay,
    audit=AUDIT,
    audience=Audience.BOTH,
)
def auto_charge(ctx: Context, input: AutoChargeInput, plan: AutopayPlan) -> Changed:
    """Switches it."""
    return switch_autopay(ctx, plan.autopay)


@query(
    "coupons.check",
    title="Check a coupon",
    help="Show what a coupon takes off, for how long, and for which of your subscriptions it is.",
    role=Role.VIEWER,
    gate="redeem_coupon",
    page="/subscriptions",
    slash="/coupon",
    icon="ticket-percent",
    phrases=(
        "is the coupon {coupon} still good",
        "what does the coupon {coupon} give",
        "check the coupon {coupon}",
        "does the coupon {coupon} work for {subscription}",
    ),
    audience=Audience.BOTH,
)
def check(ctx: Context, input: CheckCouponInput) -> CouponAnswer:
    """What the coupon is good for. Raises not_found and coupon_unknown."""
    held = held_subscriptions(ctx, input.subscription)
    if input.subscription and not held:
        raise PortalError("not_found", thing="subscription", reference=input.subscription, field="subscription")
    coupon, facts = read_coupon(ctx, input.coupon)
    fits, why_not = [], ""
    for one in held:
        if one.subscription.status not in REDEEMABLE:
            continue
        try:
            check_coupon(ctx, coupon, one.plan, one.product.name, present_on(one), facts)
        except PortalError as refused:
            why_not = why_not or refused.sentence
        else:
            fits.append(one.subscription.number)
    return CouponAnswer(
        coupon=coupon.code,
        name=coupon.name,
        takes_off=takes_off(ctx, coupon),
        lasts=lasts(coupon),
        percent=format(coupon.percent.normalize(), "f"),
        amount=coupon.amount,
        currency=coupon.currency,
        redeem_by=coupon.redeem_by,
        fits=fits,
        why_not="" if fits else why_not,
    )


@query(
    "subscriptions.add_ons",
    title="Add-ons",
    help="Show what may be added to a subscription, its price without VAT, and how many you have.",
    role=Role.VIEWER,
    gate="manage_add_ons",
    page="/subscriptions",
    slash="/extras",
    icon="layers",
    phrases=(
        "which add-ons are there for {subscription}",
        "what can I add to {subscription}",
        "show me the add-ons of {subscription}",
        "which extras does {subscription} have",
    ),
    audience=Audience.BOTH,
)
def list_add_ons(ctx: Context, input: AddOnsInput) -> AddOnChoices:
    """The choices. Raises not_found, and invalid_input when several subscriptions could be meant."""
    held = pick(ctx, input.subscription, in_status(*RUNS))
    there = {a.add_on.id: a.row.quantity for a in running_add_ons(ctx, held)}
    return AddOnChoices(
        subscription=held.subscription.number,
        product=held.product.name,
        interval=held.plan.interval,
        options=[
            AddOnOption(
                code=a.code,
                name=a.name,
                unit_amount=a.unit_amount,
                currency=a.currency,
                recurring=a.recurring,
                there=there.get(a.id, 0),
            )
            for a in offered_add_ons(ctx, held)
        ],
    )
