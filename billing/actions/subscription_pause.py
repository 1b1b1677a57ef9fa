"""Pausing a subscription, and letting it run again."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import BaseModel

from billing.actions.subscription_charge import charge_at_once, finish_charge
from billing.actions.subscription_start import AUDIT
from billing.context import Context
from billing.effects import Effect
from billing.models.subscriptions import SubscriptionStatus
from billing.references import Day, SubscriptionNumber, Words
from billing.registry import Audience, Role, action
from billing.subscriptions.changed import Changed
from billing.subscriptions.pausing import (
    Pausing,
    Resuming,
    When,
    pause,
    pause_effect,
    resume,
    resume_effect,
    work_out_pause,
    work_out_resume,
)
from billing.subscriptions.standing import in_status, pick


class PauseInput(BaseModel):
    """Which subscription, when it pauses, until which day, and why.

    Left out, `when` is what the business's policy says. Without `until` it is paused until somebody resumes it.
    """

    subscription: SubscriptionNumber | None = None
    when: When | None = None
    until: Day | None = None
    reason: Words = ""


class ResumeInput(BaseModel):
    """Which subscription; left out where only one is paused."""

    subscription: SubscriptionNumber | None = None


@dataclass(frozen=True)
class PausePlan:
    pausing: Pausing
    effect: Effect


def plan_pause(ctx: Context, input: PauseInput) -> PausePlan:
    """What the pause gives back, and when it starts and ends."""
    held = pick(ctx, input.subscription, in_status(SubscriptionStatus.ACTIVE))
    pausing = work_out_pause(ctx, held, input.when, input.until, input.reason)
    return PausePlan(pausing, pause_effect(ctx, pausing))


@action(
    "subscriptions.pause",
    title="Pause a subscription",
    help="Pause a subscription until a day that you choose, or until you resume it. Nothing is charged meanwhile.",
    role=Role.BILLING,
    gate="pause_subscription",
    page="/subscriptions",
    slash="/pause",
    icon="pause",
    phrases=(
        "pause {subscription}",
        "pause {subscription} until {until}",
        "pause my {subscription} subscription",
        "put {subscription} on hold",
        "put {subscription} on hold until {until}",
    ),
    plan=plan_pause,
    audit=AUDIT,
    moves_money=True,
    audience=Audience.BOTH,
)
def pause_subscription(ctx: Context, input: PauseInput, plan: PausePlan) -> Changed:
    """Pauses it, now or at the end of the period."""
    return pause(ctx, plan.pausing)


@dataclass(frozen=True)
class ResumePlan:
    resuming: Resuming
    effect: Effect


def plan_resume(ctx: Context, input: ResumeInput) -> ResumePlan:
    """What resuming costs, and until when that lasts."""
    resuming = work_out_resume(ctx, pick(ctx, input.subscription, in_status(SubscriptionStatus.PAUSED)))
    return ResumePlan(resuming, resume_effect(ctx, resuming))


@action(
    "subscriptions.resume",
    title="Resume a subscription",
    help="Let a paused subscription run again. You see what it costs first.",
    role=Role.BILLING,
    gate="pause_subscription",
    page="/subscriptions",
    slash="/resume",
    icon="play",
    phrases=(
        "resume {subscription}",
        "resume my {subscription} subscription",
        "end the pause of {subscription}",
        "unpause {subscription}",
        "continue {subscription} after the pause",
    ),
    plan=plan_resume,
    then=finish_charge,
    audit=AUDIT,
    moves_money=True,
    audience=Audience.BOTH,
)
def resume_subscription(ctx: Context, input: ResumeInput, plan: ResumePlan) -> Changed:
    """Lets it run again."""
    return charge_at_once(ctx, resume(ctx, plan.resuming))
