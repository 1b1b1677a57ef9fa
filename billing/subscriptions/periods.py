"""The stretches of a subscription's life: where the next one starts and ends, and keeping, cutting and closing them."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from datetime import date, timedelta

from sqlmodel import col, select

from billing.context import Context
from billing.models.subscriptions import Anchor, Interval, PeriodKind, Subscription, SubscriptionPeriod
from billing.rules.renewal import next_start


def first_stretch(on: date, interval: str, anchor: str, anchor_day: int) -> tuple[date, date]:
    """The first period [start, end) of what starts on that day.

    Anchored on its start day it is a whole one. Anchored on a fixed day of the month it reaches to the next such day,
    of whatever interval: a part of the period that ends there, unless it starts on one. A yearly plan from 10 April
    on the 1st is a part until 1 May and renews each 1 May. So do Stripe (an anchor lies before the first natural
    renewal, and sets "the month of year for year intervals") and Kill Bill (bill cycle day). Weeks know no day of the
    month, and start where they start.
    """
    if anchor != Anchor.FIXED or interval == Interval.WEEK:
        return on, next_start(on, interval, on.day)
    if on.day == min(anchor_day, monthrange(on.year, on.month)[1]):
        return on, next_start(on, interval, anchor_day)
    here, there = (_anchored(month, anchor_day) for month in (on, _next_month(on)))
    return on, here if here > on else there


def _anchored(month: date, anchor_day: int) -> date:
    return month.replace(day=min(anchor_day, monthrange(month.year, month.month)[1]))


def _next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def begin_period(subscription: Subscription, on: date, interval: str) -> None:
    """Lets a new period begin on that day: the anchor moves there, unless it is fixed. Not yet kept as a row."""
    start, end = first_stretch(on, interval, subscription.anchor, subscription.anchor_day)
    if subscription.anchor != Anchor.FIXED:
        subscription.anchor_day = on.day
    subscription.period_start, subscription.period_end = start, end


def periods_of(ctx: Context, subscription: Subscription) -> Sequence[SubscriptionPeriod]:
    """Every stretch of its life, the first one first."""
    return ctx.session.exec(
        select(SubscriptionPeriod)
        .where(SubscriptionPeriod.subscription_id == subscription.id)
        .order_by(col(SubscriptionPeriod.start))
    ).all()


def last_period(ctx: Context, subscription: Subscription) -> SubscriptionPeriod | None:
    """The newest stretch, which for what runs is the current one."""
    return ctx.session.exec(
        select(SubscriptionPeriod)
        .where(SubscriptionPeriod.subscription_id == subscription.id)
        .order_by(col(SubscriptionPeriod.start).desc())
        .limit(1)
    ).first()


def last_served(ctx: Context, subscription: Subscription, before: date) -> SubscriptionPeriod | None:
    """The newest stretch of service that starts before that day."""
    return ctx.session.exec(
        select(SubscriptionPeriod)
        .where(
            SubscriptionPeriod.subscription_id == subscription.id,
            SubscriptionPeriod.kind == PeriodKind.SERVICE,
            SubscriptionPeriod.start < before,
        )
        .order_by(col(SubscriptionPeriod.start).desc())
        .limit(1)
    ).first()


def open_period(
    ctx: Context,
    subscription: Subscription,
    start: date,
    end: date | None,
    kind: PeriodKind = PeriodKind.SERVICE,
    invoice_id: int | None = None,
) -> SubscriptionPeriod:
    """Keeps a stretch; one that starts on the same day can't be there twice, whoever comes second fails."""
    assert subscription.id is not None and (end is None or end > start)
    row = SubscriptionPeriod(
        subscription_id=subscription.id, start=start, end=end, kind=kind, invoice_id=invoice_id
    )  # fmt: skip
    ctx.session.add(row)
    ctx.session.flush()
    return row


def cut_periods(ctx: Context, subscription: Subscription, on: date) -> None:
    """Ends the newest stretch on that day. What would start then or later, and so be empty, goes."""
    for row in reversed(periods_of(ctx, subscription)):
        if row.start >= on:
            ctx.session.delete(row)
        elif row.end is None or row.end > on:
            row.end = on
            ctx.session.add(row)
    ctx.session.flush()


def fill_gap(ctx: Context, subscription: Subscription, until: date) -> None:
    """Lets the stretches reach that day again after an end: what lies between was not served."""
    last = last_period(ctx, subscription)
    if last is None:
        return
    if last.end is None or last.end > until:
        cut_periods(ctx, subscription, until)
    elif last.end < until:
        open_period(ctx, subscription, last.end, until, PeriodKind.ENDED)
