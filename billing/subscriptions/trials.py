"""Ends a trial early by starting what is paid for, or gives it more days: worked out first, then done."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

from sqlmodel import col, select

from billing.context import Context
from billing.dates import format_day, said_day
from billing.effects import Effect, EffectFact
from billing.errors import PortalError
from billing.models.subscriptions import SubscriptionChange, SubscriptionStatus
from billing.subscriptions.changed import Changed, changed
from billing.subscriptions.held import Held
from billing.subscriptions.history import remember, state_of
from billing.subscriptions.new_period import NewPeriod, keep_period, new_period
from billing.subscriptions.papers import sum_lines, to_pay, yes_to
from billing.subscriptions.period_lines import next_costs_of
from billing.subscriptions.periods import cut_periods, last_period
from billing.subscriptions.standing import require, require_renewed, wrong_status

DAY = timedelta(days=1)
S = SubscriptionStatus


@dataclass(frozen=True)
class Converting:
    """A trial that ends today, and the first period that is paid for."""

    held: Held
    on: date
    first: NewPeriod


def require_trial(held: Held) -> None:
    """Raises not_in_trial, or the sentence for what is over or is to end."""
    if held.subscription.status in (S.ENDED, S.ENDING, S.SCHEDULED):
        raise wrong_status(held)
    if held.subscription.status != S.TRIALING:
        raise PortalError("not_in_trial", field="subscription", subscription=held.product.name)


def work_out_conversion(ctx: Context, held: Held) -> Converting:
    """What starting the paid plan now does: the trial ends, and the first period begins today and is billed."""
    require_trial(held)
    require_renewed(ctx, held)
    return Converting(held, ctx.today, new_period(ctx, held, ctx.today))


def conversion_effect(ctx: Context, converting: Converting) -> Effect:
    """The start of what is paid for, as the person is shown it."""
    held, paper, first = converting.held, converting.first.paper, converting.first
    money = ctx.money_in(paper.currency)
    trial = format_day(held.subscription.period_end - DAY)
    return Effect(
        title=f"Start {first.held.name} now",
        currency=paper.currency,
        lines=sum_lines(ctx, paper),
        facts=(
            *to_pay(ctx, paper, first.held),
            EffectFact(label="Trial", value=f"ends today instead of after {trial}"),
            EffectFact(label="Next renewal", value=f"{format_day(first.end)}, {money(first.next_total)}"),
        ),
        confirm=yes_to(ctx, paper, first.held, "Start") if paper.due else f"Start {held.product.name}",
        decline="Keep the trial",
        due_now=paper.due,
    )


def convert(ctx: Context, converting: Converting) -> Changed:
    """Ends the trial and starts the first period."""
    subscription = converting.held.subscription
    before = state_of(subscription)
    cut_periods(ctx, subscription, converting.on)
    subscription.status, subscription.trial_end = S.ACTIVE, converting.on
    invoice = keep_period(ctx, subscription, converting.first)
    now = replace(converting.first.held, subscription=subscription)
    sentence = f"{now.name} started on {said_day(converting.on, ctx.today)}, before the end of its trial"
    change = remember(ctx, now, before, sentence, invoice_id=invoice.id if invoice else None)
    return changed(now, change, converting.on, invoice)


@dataclass(frozen=True)
class Extending:
    """A trial with its new end: the first day that is paid for."""

    held: Held
    until: date


def work_out_extension(ctx: Context, held: Held, until: date) -> Extending:
    """A trial that lasts until the day before `until`.

    Raises day_out_of_order for a day that is not later than now, and trial_extended_enough beyond what the setting
    allows in all.
    """
    require_trial(held)
    require(held, {S.TRIALING})
    require_renewed(ctx, held)
    end = held.subscription.period_end
    if until <= end:
        raise PortalError(
            "day_out_of_order", field="until", day=format_day(until), earliest=format_day(end + DAY)
        )  # fmt: skip
    most = ctx.preferences.trial_extension_days
    first_end = _first_end(ctx, held)
    latest = first_end + timedelta(days=most)
    if until > latest:
        left = max((latest - end).days, 0)
        raise PortalError(
            "trial_extended_enough", field="until", most=most, left=left, until=format_day(max(latest, end))
        )
    return Extending(held, until)


def _first_end(ctx: Context, held: Held) -> date:
    """When the trial would have ended had nobody extended it."""
    rows = ctx.session.exec(
        select(SubscriptionChange)
        .where(SubscriptionChange.subscription_id == held.subscription.id)
        .order_by(col(SubscriptionChange.id))
    )
    for row in rows:
        if row.after.get("trial_extended"):
            return date.fromisoformat(row.before["trial_end"])
    return held.subscription.period_end


def extension_effect(ctx: Context, extending: Extending) -> Effect:
    """The longer trial as it is shown."""
    held = extending.held
    money = ctx.money_in(held.plan.currency)
    days = (extending.until - held.subscription.period_end).days
    return Effect(
        title=f"{held.product.name}: {days} more day{'s' if days != 1 else ''} of trial",
        currency=held.plan.currency,
        facts=(
            EffectFact(label="Trial ends", value=f"after {format_day(extending.until - DAY)}"),
            EffectFact(label="Instead of", value=f"after {format_day(held.subscription.period_end - DAY)}"),
            EffectFact(
                label="First payment", value=f"{format_day(extending.until)}, {money(next_costs_of(held).total)}"
            ),
        ),
        confirm="Extend the trial",
        due_now=0,
    )


def extend(ctx: Context, extending: Extending) -> Changed:
    """Moves the trial's end; a change that was planned for it moves along."""
    held, subscription = extending.held, extending.held.subscription
    before = state_of(subscription)
    row = last_period(ctx, subscription)
    if row is not None:
        row.end = extending.until
        ctx.session.add(row)
    if subscription.pending_on == subscription.period_end:
        subscription.pending_on = extending.until
    subscription.trial_end = subscription.period_end = extending.until
    sentence = f"The trial of {held.product.name} lasts until {said_day(extending.until - DAY, ctx.today)}"
    return changed(
        held, remember(ctx, held, before, sentence, more={"trial_extended": True}), extending.until
    )  # fmt: skip
