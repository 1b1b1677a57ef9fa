"""Takes back what is planned for a subscription (a change of plan, a pause, its end, an add-on's): all is as before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from sqlmodel import col, select

from billing.context import Context
from billing.dates import format_day
from billing.effects import Effect, EffectFact
from billing.errors import PortalError
from billing.models.payments import Dunning, DunningState
from billing.models.subscriptions import SubscriptionPeriod, SubscriptionStatus
from billing.subscriptions.cancelling import in_trial
from billing.subscriptions.changed import Changed, changed
from billing.subscriptions.held import Held, HeldAddOn
from billing.subscriptions.history import latest_change, remember, state_of
from billing.subscriptions.standing import require

S = SubscriptionStatus


class Planned(StrEnum):
    """What may be planned for a subscription."""

    CANCELLATION = "cancellation"
    PAUSE = "pause"
    PLAN = "plan"
    ADD_ON = "add_on"


@dataclass(frozen=True)
class TakingBack:
    """A plan to be taken back, and the day for which it was."""

    held: Held
    what: Planned
    on: date
    add_on: HeldAddOn | None = None


def planned_for(ctx: Context, held: Held) -> list[TakingBack]:
    """Everything that is planned and has not begun, the earliest first."""
    subscription, found = held.subscription, []
    if subscription.status == S.ENDED:
        return []
    if subscription.status == S.ENDING and subscription.ends_on:
        found.append(TakingBack(held, Planned.CANCELLATION, subscription.ends_on))
    if subscription.pause_on:
        found.append(TakingBack(held, Planned.PAUSE, subscription.pause_on))
    if subscription.pending_on:
        found.append(TakingBack(held, Planned.PLAN, subscription.pending_on))
    for add_on in held.add_ons:
        if add_on.add_on.recurring and add_on.row.removed_on and add_on.row.removed_on > ctx.today:
            found.append(TakingBack(held, Planned.ADD_ON, add_on.row.removed_on, add_on))
    return sorted(found, key=lambda one: one.on)


def work_out_taking_back(ctx: Context, held: Held, what: Planned | None = None) -> TakingBack:
    """What is taken back; without saying which, the only thing that is planned.

    Raises subscription_ended, nothing_planned, and invalid_input that names the choices when several are planned.
    """
    require(held, set(S) - {S.ENDED})
    found = [one for one in planned_for(ctx, held) if what is None or one.what is what]
    if not found:
        raise PortalError("nothing_planned", field="subscription", subscription=held.product.name)
    if len({one.what for one in found}) > 1:
        names = " or ".join(dict.fromkeys(f"{name_of(one)} on {format_day(one.on)}" for one in found))
        raise PortalError("invalid_input", field="what", problem=f"Which one do you mean: {names}?")
    return found[0]


def name_of(taking: TakingBack) -> str:
    """What it is called: the cancellation, the pause, the change of plan, the end of Backup space."""
    if taking.add_on:
        return f"the end of {taking.add_on.add_on.name}"
    names = {Planned.CANCELLATION: "the cancellation", Planned.PAUSE: "the pause", Planned.PLAN: "the change of plan"}
    return names[taking.what]


def taking_back_effect(ctx: Context, taking: TakingBack) -> Effect:
    """Taking it back as the person is shown it."""
    held, product = taking.held, taking.held.product.name
    money = ctx.money_in(held.plan.currency)(0)
    goes_on = f"{taking.add_on.add_on.name} stays" if taking.add_on else f"{product} stays as it is"
    return Effect(
        title=goes_on,
        currency=held.plan.currency,
        facts=(
            EffectFact(label="Taken back", value=f"{name_of(taking)} planned for {format_day(taking.on)}"),
            EffectFact(label="To pay today", value=money),
        ),
        confirm="Take it back",
        decline="Leave it planned",
        due_now=0,
    )


def take_back(ctx: Context, taking: TakingBack) -> Changed:
    """Takes it back: the subscription is as it was before, and the history says of the plan that it was undone."""
    held, subscription = taking.held, taking.held.subscription
    before = state_of(subscription)
    planned: dict[str, Any] = {}
    if taking.add_on is not None:
        planned = {"add_on_ends": taking.on.isoformat(), "add_on_row": taking.add_on.row.id}
        taking.add_on.row.removed_on = None
        ctx.session.add(taking.add_on.row)
    elif taking.what is Planned.CANCELLATION:
        planned = {"ends_on": taking.on.isoformat()}
        made = latest_change(ctx, subscription, **planned)
        subscription.status = _status_before(ctx, held, made.before.get("status") if made else None)
        subscription.cancel_reason = str(made.before.get("cancel_reason") or "") if made else ""
        subscription.ends_on = None
    elif taking.what is Planned.PAUSE:
        planned = {"pause_on": taking.on.isoformat()}
        made = latest_change(ctx, subscription, **planned)
        subscription.pause_on = subscription.resumes_on = None
        subscription.pause_reason = str(made.before.get("pause_reason") or "") if made else ""
    else:
        planned = {"pending_on": taking.on.isoformat()}
        subscription.pending_plan_id = subscription.pending_version = None
        subscription.pending_seats = subscription.pending_on = None
    undone = latest_change(ctx, subscription, **planned)
    if undone is not None:
        undone.undone_at = ctx.now
        ctx.session.add(undone)
    whose = taking.add_on.add_on.name if taking.add_on else held.product.name
    ctx.session.flush()
    change = remember(ctx, held, before, f"{whose} stays: {name_of(taking)} was taken back")
    return changed(held, change, ctx.today)


def _status_before(ctx: Context, held: Held, before: object) -> str:
    """What it was before it was cancelled, unless a late payment has come in since, or its trial is over."""
    if before == S.TRIALING or (before is None and in_trial(held)):
        return S.TRIALING
    if before != S.PAST_DUE and before != S.PAUSED:
        return S.ACTIVE
    if before == S.PAUSED:
        return S.PAUSED
    retried = ctx.session.exec(
        select(Dunning)
        .join(SubscriptionPeriod, col(SubscriptionPeriod.invoice_id) == col(Dunning.invoice_id))
        .where(SubscriptionPeriod.subscription_id == held.subscription.id, Dunning.state == DunningState.RETRYING)
    ).first()
    return S.PAST_DUE if retried else S.ACTIVE
