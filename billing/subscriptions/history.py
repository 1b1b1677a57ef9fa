"""The history of a subscription: what it was before a change and after, who made it, and at what price it stands."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlmodel import col, select

from billing.context import Context
from billing.models.subscriptions import Subscription, SubscriptionChange
from billing.posting import next_number
from billing.subscriptions.held import Held
from billing.subscriptions.period_lines import costs_of

TOLD = (
    "status", "plan_id", "seats", "price_version", "period_start", "period_end", "anchor", "anchor_day", "trial_end",
    "ends_on", "ended_on", "pending_plan_id", "pending_version", "pending_seats", "pending_on", "pause_on", "paused_on",
    "resumes_on", "pause_reason", "cancel_reason", "auto_charge",
)  # fmt: skip


def state_of(subscription: Subscription) -> dict[str, Any]:
    """What of a subscription changes, as its history keeps it."""
    values = ((name, getattr(subscription, name)) for name in TOLD)
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in values}


def remember(
    ctx: Context,
    held: Held,
    before: dict[str, Any],
    sentence: str,
    *,
    invoice_id: int | None = None,
    more: dict[str, Any] | None = None,
) -> SubscriptionChange:
    """Adds a row to the history and tells the pages: who, when, through what, before and after, at what price.

    `more` is what the change is about beyond the subscription's own fields: an add-on, a coupon.
    """
    subscription = held.subscription
    ctx.session.add(subscription)
    change = SubscriptionChange(
        number=next_number(ctx, "CHG", ctx.today),
        subscription_id=subscription.id or 0,
        at=ctx.now,
        actor=ctx.actor.name,
        channel=ctx.channel,
        sentence=sentence,
        before=before,
        after=state_of(subscription) | (more or {}),
        price=costs_of(held).net,
        currency=held.plan.currency,
        invoice_id=invoice_id,
    )
    ctx.session.add(change)
    ctx.session.flush()
    ctx.emit("subscription.changed", "subscriptions", number=subscription.number, change=change.number)
    return change


def latest_change(ctx: Context, subscription: Subscription, **after: object) -> SubscriptionChange | None:
    """The newest change, not undone, that left these values where others were before."""
    rows = ctx.session.exec(
        select(SubscriptionChange)
        .where(SubscriptionChange.subscription_id == subscription.id, col(SubscriptionChange.undone_at).is_(None))
        .order_by(col(SubscriptionChange.id).desc())
    )
    for row in rows:
        if all(row.after.get(name) == value != row.before.get(name) for name, value in after.items()):
            return row
    return None
