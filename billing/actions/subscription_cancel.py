"""Cancelling a subscription, taking back what is planned for one, and starting one again that has ended."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import BaseModel

from billing.actions.subscription_charge import charge_at_once, finish_charge
from billing.actions.subscription_start import AUDIT
from billing.context import Context, Contexts
from billing.effects import Effect
from billing.models.subscriptions import SubscriptionStatus
from billing.payments.refund_settling import finish_refunds
from billing.references import SubscriptionNumber, Words
from billing.registry import Audience, Role, action
from billing.rules.policy import CancellationPolicy
from billing.subscriptions.cancelling import CAN_END, Cancelling, cancel, cancel_effect, work_out_cancellation
from billing.subscriptions.changed import Changed
from billing.subscriptions.pausing import When
from billing.subscriptions.reactivating import (
    Reactivating,
    Term,
    reactivate,
    reactivation_effect,
    work_out_reactivation,
)
from billing.subscriptions.standing import in_status, pick
from billing.subscriptions.taking_back import (
    Planned,
    TakingBack,
    planned_for,
    take_back,
    taking_back_effect,
    work_out_taking_back,
)


class CancelInput(BaseModel):
    """Which subscription, when it ends (at the end of what is paid for, or now), and why.

    `give_back` is what an immediate end gives back: left out, what the business's policy says. Customers may ask for
    less, staff for anything.
    """

    subscription: SubscriptionNumber | None = None
    when: When = When.TERM_END
    reason: Words = ""
    give_back: CancellationPolicy | None = None


class TakeBackInput(BaseModel):
    """Which subscription, and what is taken back, where several things are planned."""

    subscription: SubscriptionNumber | None = None
    what: Planned | None = None


class ReactivateInput(BaseModel):
    """Which subscription. Without a term it goes on in the same one while that is paid for, and else in a new one."""

    subscription: SubscriptionNumber | None = None
    term: Term | None = None


@dataclass(frozen=True)
class CancelPlan:
    cancelling: Cancelling
    effect: Effect


def plan_cancellation(ctx: Context, input: CancelInput) -> CancelPlan:
    """When it ends, and what is given back."""
    held = pick(ctx, input.subscription, in_status(*(CAN_END - {SubscriptionStatus.ENDING})))
    cancelling = work_out_cancellation(ctx, held, input.when, input.reason, input.give_back)
    return CancelPlan(cancelling, cancel_effect(ctx, cancelling))


def ask_for_refunds(contexts: Contexts, result: Changed) -> Changed:
    """Asks the gateway for the refunds that a cancellation made."""
    finish_refunds(contexts, result.refunds)
    return result


@action(
    "subscriptions.cancel",
    title="Cancel a subscription",
    help="End a subscription when its paid period or trial ends, or at once. You see what is given back first.",
    role=Role.BILLING,
    gate="cancel_subscription",
    page="/subscriptions",
    slash="/cancel",
    icon="circle-x",
    phrases=(
        "cancel {subscription}",
        "cancel my {subscription} subscription",
        "end my subscription to {subscription}",
        "stop {subscription} at the end of the period",
        "cancel the trial of {subscription}",
    ),
    plan=plan_cancellation,
    then=ask_for_refunds,
    audit=AUDIT,
    moves_money=True,
    audience=Audience.BOTH,
)
def cancel_subscription(ctx: Context, input: CancelInput, plan: CancelPlan) -> Changed:
    """Ends it, now or later."""
    return cancel(ctx, plan.cancelling)


@dataclass(frozen=True)
class TakeBackPlan:
    taking: TakingBack
    effect: Effect


def plan_taking_back(ctx: Context, input: TakeBackInput) -> TakeBackPlan:
    """What was planned and for when."""
    held = pick(ctx, input.subscription, lambda one: bool(planned_for(ctx, one)))
    taking = work_out_taking_back(ctx, held, input.what)
    return TakeBackPlan(taking, taking_back_effect(ctx, taking))


@action(
    "subscriptions.take_back",
    title="Take back a planned change",
    help="Take back what is planned for a subscription: its end, a pause, a change of plan or the end of an add-on.",
    role=Role.BILLING,
    gate="cancel_subscription",
    page="/subscriptions",
    slash="/take-back",
    icon="undo-2",
    phrases=(
        "take back the cancellation of {subscription}",
        "undo the planned change of {subscription}",
        "take back the planned pause of {subscription}",
        "don't cancel {subscription} after all",
        "take back what is planned for {subscription}",
    ),
    plan=plan_taking_back,
    audit=AUDIT,
    audience=Audience.BOTH,
)
def take_back_change(ctx: Context, input: TakeBackInput, plan: TakeBackPlan) -> Changed:
    """Leaves everything as it was before it was planned."""
    return take_back(ctx, plan.taking)


@dataclass(frozen=True)
class ReactivatePlan:
    reactivating: Reactivating
    effect: Effect


def plan_reactivation(ctx: Context, input: ReactivateInput) -> ReactivatePlan:
    """What it costs to go on."""
    held = pick(ctx, input.subscription, in_status(SubscriptionStatus.ENDED, SubscriptionStatus.ENDING))
    reactivating = work_out_reactivation(ctx, held, input.term)
    return ReactivatePlan(reactivating, reactivation_effect(ctx, reactivating))


@action(
    "subscriptions.reactivate",
    title="Reactivate a subscription",
    help="Start a subscription again that has ended or is to end. You see what it costs first.",
    role=Role.BILLING,
    gate="reactivate_subscription",
    page="/subscriptions",
    slash="/reactivate",
    icon="rotate-ccw",
    phrases=(
        "reactivate {subscription}",
        "reactivate my {subscription} subscription",
        "bring {subscription} back",
        "restart {subscription}",
        "start {subscription} again",
    ),
    plan=plan_reactivation,
    then=finish_charge,
    audit=AUDIT,
    moves_money=True,
    audience=Audience.BOTH,
)
def reactivate_subscription(ctx: Context, input: ReactivateInput, plan: ReactivatePlan) -> Changed:
    """Lets it run again, in the same term or a new one."""
    return charge_at_once(ctx, reactivate(ctx, plan.reactivating))
