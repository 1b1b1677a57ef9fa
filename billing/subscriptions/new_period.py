"""A period that begins on a day of its own (a start, a resumption, a reactivation) and is billed at once.

What was planned for the next period begins with it. Its lines, coupons and dates are worked out first; `keep_period`
writes the invoice, the stretch and the subscription's new dates.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from billing.context import Context
from billing.dates import format_span
from billing.models.coupons import Redemption
from billing.models.invoices import Invoice
from billing.models.subscriptions import Anchor, PeriodKind, Subscription
from billing.rules.policy import Granularity
from billing.subscriptions.held import Held
from billing.subscriptions.papers import Paper, charge, issue
from billing.subscriptions.period_lines import lines_for, next_costs_of, renewed
from billing.subscriptions.periods import begin_period, open_period


@dataclass(frozen=True)
class NewPeriod:
    """A period worked out: the subscription as it will be in it, and its invoice."""

    held: Held
    paper: Paper

    @property
    def start(self) -> date:
        return self.held.subscription.period_start

    @property
    def end(self) -> date:
        return self.held.subscription.period_end

    @property
    def next_total(self) -> int:
        """What the renewal after it costs, with tax: its coupons have one period less then."""
        return next_costs_of(with_coupons_used(self.held, self.start, self.end)).total


def new_period(ctx: Context, held: Held, on: date, *, newest_price: bool = False) -> NewPeriod:
    """The period that begins on that day, with the plan and seats that were planned for the next one.

    It costs what a renewal would: the price agreed, or the newest one where the policy (or `newest_price`) says so.
    """
    after = renewed(held)
    if newest_price:
        after = after.at_latest_price()
    row = Subscription(**after.subscription.model_dump())
    begin_period(row, on, after.plan.interval)
    if after.policy.granularity is Granularity.SECOND and row.anchor != Anchor.FIXED and on == ctx.today:
        row.anchor_time = ctx.moment.astimezone(ctx.zone).strftime("%H:%M:%S")
    after = replace(after, subscription=row).without_spent_coupons().beginning(row.period_start)
    return NewPeriod(after, charge(ctx, after, *lines_for(after, row.period_start, row.period_end)))


def keep_period(ctx: Context, subscription: Subscription, new: NewPeriod) -> Invoice | None:
    """Bills the period and lets the subscription run in it; each of its coupons has one period less to come."""
    row = new.held.subscription
    for name in (
        "plan_id", "seats", "price_version", "pending_plan_id", "pending_version", "pending_seats", "pending_on",
        "period_start", "period_end", "anchor_day", "anchor_time",
    ):  # fmt: skip
        setattr(subscription, name, getattr(row, name))
    ctx.session.add(subscription)
    ctx.session.flush()
    row.id = subscription.id
    lines = tuple(replace(line, subscription_id=subscription.id) for line in new.paper.lines)
    title = f"{new.held.name}, {format_span(new.start, new.end)}"
    paper = replace(new.paper, lines=lines)
    invoice = issue(ctx, paper, new.held, title, on=min(new.start, ctx.today), period=True)
    open_period(ctx, subscription, new.start, new.end, PeriodKind.SERVICE, invoice.id if invoice else None)
    for held in new.held.coupons_on(new.start):
        held.redemption.redeemed_on = held.counts_from
        use_up(held.redemption, new.end)
        ctx.session.add(held.redemption)
    return invoice


def with_coupons_used(held: Held, start: date, end: date) -> Held:
    """The subscription as it is once the period [start, end) is billed: each coupon in it has one period less."""
    coupons, counting = [], held.coupons_on(start)
    for coupon in held.coupons:
        redemption = Redemption(**coupon.redemption.model_dump())
        if coupon in counting:
            use_up(redemption, end)
        coupons.append(replace(coupon, redemption=redemption))
    return replace(held, coupons=tuple(coupons))


def use_up(redemption: Redemption, end: date) -> None:
    """Takes one period off what a coupon still has; after the last one it ends with that period."""
    if redemption.periods_left is None:
        return
    redemption.periods_left -= 1
    if redemption.periods_left <= 0:
        redemption.ended_on = end
