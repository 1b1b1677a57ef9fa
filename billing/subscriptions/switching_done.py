"""Carries a worked-out switch out: the subscription, its periods, its history, and the invoice or credit note."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from billing.context import Context
from billing.models.invoices import Invoice
from billing.models.subscriptions import PeriodKind, Subscription, SubscriptionStatus
from billing.subscriptions.brought import Brought, brought
from billing.subscriptions.giving_back import hand_over
from billing.subscriptions.history import remember, state_of
from billing.subscriptions.new_period import use_up
from billing.subscriptions.periods import cut_periods, open_period
from billing.subscriptions.switch_effect import sentence_of, title_of
from billing.subscriptions.switching import Starts, Switching


class PlanSwitched(Brought):
    """A switch that was made or scheduled. `next_price` is what the renewal on `renews_on` costs, with tax."""

    plan: str
    seats: int | None
    starts: Starts
    starts_on: date
    renews_on: date
    next_price: int


def carry_out(ctx: Context, switching: Switching) -> PlanSwitched:
    """Makes the switch in the caller's transaction: now, or noted for the renewal, with a row in the history."""
    target, held = switching.target, switching.target.held
    subscription = held.subscription
    before, next_price = state_of(subscription), switching.next_costs.total
    said = sentence_of(switching, ctx.today)  # while the subscription is as it was
    paper = _paper(ctx, switching)
    if switching.starts is Starts.RENEWAL:
        subscription.pending_plan_id, subscription.pending_seats = target.plan.id, target.seats
        subscription.pending_version = None if target.same_plan else target.then.price.version
        subscription.pending_on = switching.on
        after = held
    else:
        _take_over(ctx, subscription, switching, paper)
        after = replace(switching.then, subscription=subscription)
    change = remember(ctx, after, before, said, invoice_id=paper.id if paper else None)
    return PlanSwitched(
        **brought(after, change, paper),
        plan=target.plan.name,
        seats=target.seats if target.plan.per_seat else None,
        starts=switching.starts,
        starts_on=switching.on,
        renews_on=subscription.period_end,
        next_price=next_price,
    )


def _take_over(ctx: Context, subscription: Subscription, switching: Switching, paper: Invoice | None) -> None:
    """Puts the subscription on its new plan, in a new period where one begins."""
    row = switching.then.subscription
    starts_anew = switching.starts_anew
    for name in (
        "plan_id", "seats", "price_version", "period_start", "period_end", "anchor", "anchor_day", "anchor_time",
    ):  # fmt: skip
        setattr(subscription, name, getattr(row, name))
    subscription.pending_plan_id = subscription.pending_version = None
    subscription.pending_seats = subscription.pending_on = None
    ctx.session.add(subscription)
    if not starts_anew or subscription.status == SubscriptionStatus.SCHEDULED:
        return
    cut_periods(ctx, subscription, row.period_start)
    open_period(ctx, subscription, row.period_start, row.period_end, PeriodKind.SERVICE, paper.id if paper else None)
    for held in switching.then.coupons_on(row.period_start):
        use_up(held.redemption, row.period_end)
        ctx.session.add(held.redemption)


def _paper(ctx: Context, switching: Switching) -> Invoice | None:
    """The invoice for what the switch costs, its credit taken off, or the credit note for what it gives back.

    What is given back comes off the invoice that it was charged on first, while that is open.
    """
    change = switching.change
    if change is None:
        return None
    what = title_of(switching).removeprefix("Switch ")
    title = what if change.paper.given else f"Switch of plan: {what}"
    return hand_over(ctx, change.giving, switching.target.held, title)
