"""Starting a subscription, and a trial's end: early, as what is paid for, or later."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, Field

from billing.actions.subscription_charge import charge_at_once, finish_charge
from billing.context import Context
from billing.effects import Effect
from billing.models.subscriptions import SubscriptionStatus
from billing.references import CouponCode, Day, PlanName, Seats, SubscriptionNumber
from billing.registry import Audience, Role, Ungated, action
from billing.subscriptions.changed import Changed
from billing.subscriptions.standing import in_status, pick
from billing.subscriptions.starting import Starting, Wanted, start, start_effect, work_out_start
from billing.subscriptions.trials import (
    Converting,
    Extending,
    conversion_effect,
    convert,
    extend,
    extension_effect,
    work_out_conversion,
    work_out_extension,
)

AUDIT = "{actor}: {sentence} ({change})."
trialing = in_status(SubscriptionStatus.TRIALING)


class StartInput(BaseModel):
    """The plan, by name or code, and how it starts.

    Without a day it starts today. A plan with a trial starts with it, unless `trial` is false or the customer has had
    one of the product. `anchor_day` bills on that day of the month: the first period is a part until the first such
    day, also of a quarter or a year. Left out, periods start on the day of the start.
    """

    plan: PlanName
    seats: Seats | None = None
    starts_on: Annotated[Day | None, Field(title="First day")] = None
    trial: Annotated[bool, Field(title="With its trial")] = True
    anchor_day: Annotated[
        Annotated[int, Field(ge=1, le=31)] | None, Field(title="Billed on this day of each month, 1 to 31")
    ] = None
    coupon: CouponCode | None = None


class TrialInput(BaseModel):
    """Which trial; left out where there is only one."""

    subscription: SubscriptionNumber | None = None


class ExtendTrialInput(BaseModel):
    """Which trial, and the first day that is not part of it any more."""

    subscription: SubscriptionNumber
    until: Day


@dataclass(frozen=True)
class StartPlan:
    starting: Starting
    effect: Effect


def plan_start(ctx: Context, input: StartInput) -> StartPlan:
    """What starting it costs now, and when it renews."""
    starting = work_out_start(ctx, Wanted(**input.model_dump()))
    return StartPlan(starting, start_effect(ctx, starting))


@action(
    "subscriptions.start",
    title="Start a subscription",
    help="Start a plan now or on a later day, with a trial, seats or a coupon. You see the first invoice first.",
    role=Role.BILLING,
    gate="start_subscription",
    page="/subscriptions",
    slash="/start",
    icon="plus",
    phrases=(
        "start {plan}",
        "subscribe to {plan}",
        "start a subscription to {plan}",
        "start {plan} with {seats} seats",
        "order {plan} from {starts_on}",
        "I want to subscribe to {plan}",
    ),
    plan=plan_start,
    then=finish_charge,
    audit=AUDIT,
    moves_money=True,
    audience=Audience.BOTH,
)
def start_subscription(ctx: Context, input: StartInput, plan: StartPlan) -> Changed:
    """Starts it."""
    return charge_at_once(ctx, start(ctx, plan.starting))


@dataclass(frozen=True)
class ConvertPlan:
    converting: Converting
    effect: Effect


def plan_conversion(ctx: Context, input: TrialInput) -> ConvertPlan:
    """What the first paid period costs."""
    converting = work_out_conversion(ctx, pick(ctx, input.subscription, trialing))
    return ConvertPlan(converting, conversion_effect(ctx, converting))


@action(
    "subscriptions.convert_trial",
    title="End a trial and start the paid plan",
    help="Start what you are trying out as a paid plan today, before the trial is over.",
    role=Role.BILLING,
    gate="manage_trial",
    page="/subscriptions",
    slash="/convert-trial",
    icon="play",
    phrases=(
        "convert my trial",
        "end the trial of {subscription} and start paying",
        "turn the trial of {subscription} into a paid plan",
        "start the paid plan now instead of the trial",
        "convert the trial of {subscription}",
    ),
    plan=plan_conversion,
    then=finish_charge,
    audit=AUDIT,
    moves_money=True,
    audience=Audience.BOTH,
)
def convert_trial(ctx: Context, input: TrialInput, plan: ConvertPlan) -> Changed:
    """Ends the trial and bills the first period."""
    return charge_at_once(ctx, convert(ctx, plan.converting))


@dataclass(frozen=True)
class ExtendPlan:
    extending: Extending
    effect: Effect


def plan_extension(ctx: Context, input: ExtendTrialInput) -> ExtendPlan:
    """How long the trial lasts then."""
    extending = work_out_extension(ctx, pick(ctx, input.subscription, trialing), input.until)
    return ExtendPlan(extending, extension_effect(ctx, extending))


@action(
    "subscriptions.extend_trial",
    title="Extend a trial",
    help="Give a customer's trial more days, as many in all as the preferences allow.",
    role=Role.AGENT,
    gate=Ungated("how far staff may go is a number in the preferences"),
    page="/subscriptions",
    slash="/extend-trial",
    icon="calendar-plus",
    phrases=(
        "extend the trial of {subscription} until {until}",
        "extend the trial of {subscription} to {until}",
        "give the trial of {subscription} more time until {until}",
    ),
    plan=plan_extension,
    audit=AUDIT,
    audience=Audience.STAFF,
)
def extend_trial(ctx: Context, input: ExtendTrialInput, plan: ExtendPlan) -> Changed:
    """Moves the trial's end."""
    return extend(ctx, plan.extending)
