"""Works out what switching a subscription's plan or seats does: when it starts, what is given back, charged and due.

Preview and run both come here, so that they can't differ. Nothing is written.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from billing.context import Context
from billing.dates import format_day
from billing.errors import PortalError
from billing.models.subscriptions import Anchor, Interval, Plan, Subscription, SubscriptionStatus
from billing.rules.policy import Granularity, IntervalChange
from billing.rules.proration import rest_of_period
from billing.rules.renewal import first_start_after, next_start
from billing.rules.totals import Totals
from billing.subscriptions.held import Held, held_subscriptions, offered_plans
from billing.subscriptions.new_period import with_coupons_used
from billing.subscriptions.papers import Paper
from billing.subscriptions.period_lines import costs_of
from billing.subscriptions.plans_asked_for import names_of, plain, seats_on
from billing.subscriptions.standing import require
from billing.subscriptions.switch_lines import SwitchLines, rest_switched, term_switched

ADVERB = {"week": "weekly", "month": "monthly", "quarter": "quarterly", "year": "yearly"}


class Starts(StrEnum):
    """When a change starts."""

    TODAY = "today"
    RENEWAL = "renewal"


@dataclass(frozen=True)
class Target:
    """What is asked for: this subscription on that plan with so many seats."""

    held: Held
    plan: Plan
    seats: int

    @property
    def same_plan(self) -> bool:
        return self.plan.id == self.held.plan.id

    @property
    def other_interval(self) -> bool:
        return self.plan.interval != self.held.plan.interval

    @property
    def then(self) -> Held:
        """The subscription as it will be: at its own price where only the seats change, else at the newest."""
        return self.held.on_plan(self.plan, self.seats)

    @property
    def costs(self) -> Totals:
        """What a whole period will cost from the next renewal on."""
        return costs_of(self.then, self.held.subscription.period_end)

    @property
    def cheaper(self) -> bool:
        """Whether a period of it costs less, however long it is."""
        day = self.held.subscription.period_start
        return costs_of(self.then, day).net < costs_of(self.held, day).net


@dataclass(frozen=True)
class Switching:
    """A switch worked out. `change` is what is given back and charged, None where nothing is.

    `then` is the subscription as it will be, with the dates of its period.
    """

    target: Target
    on: date
    starts: Starts
    then: Held
    change: SwitchLines | None = None
    keeps: bool = False  # takes back a scheduled change

    @property
    def currency(self) -> str:
        return self.target.held.plan.currency

    @property
    def paper(self) -> Paper:
        return self.change.paper if self.change else Paper(self.currency, self.target.held.policy)

    @property
    def next_costs(self) -> Totals:
        """What the next renewal costs: of a new period the coupons have one period less then."""
        row = self.then.subscription
        after = with_coupons_used(self.then, row.period_start, row.period_end) if self.starts_anew else self.then
        return costs_of(after, row.period_end)

    @property
    def starts_anew(self) -> bool:
        """Whether a new period begins with it."""
        now, then = self.target.held.subscription, self.then.subscription
        return (then.period_start, then.period_end) != (now.period_start, now.period_end)


def find_target(
    ctx: Context, number: str | None, plan: str | None, seats: int | None, interval: Interval | None = None
) -> Target:
    """The subscription and plan that are meant: by the plan's name, its seats, its interval, or several of these.

    Without a number it is the only subscription that has such a plan (or, for seats alone, that is sold by the
    seat). Without an interval the one that it has comes first. Raises not_found, plan_not_offered, seats_not_sold,
    seats_out_of_range, and invalid_input that names the choices when several fit.
    """
    if plan is None and seats is None and interval is None:
        raise PortalError("invalid_input", field="plan", problem="Say which plan you want, or how many seats.")
    held = held_subscriptions(ctx, number)
    if number is not None and not held:
        raise PortalError("not_found", thing="subscription", reference=number, field="subscription")
    running = [h for h in held if h.subscription.status != SubscriptionStatus.ENDED] or held
    offered = offered_plans(ctx, running)
    fits = _fitting(running, offered, plan, seats, interval)
    if not fits:
        raise _nothing_fits(running, offered, plan, interval, number)
    if len({h.subscription.id for h, _ in fits}) > 1:
        chosen = dict.fromkeys(f"{h.product.name} ({h.subscription.number})" for h, _ in fits)
        raise PortalError("invalid_input", field="subscription", problem=f"Which one do you mean: {_or(chosen)}?")
    if len(fits) > 1:
        plans = dict.fromkeys(f"{p.name or h.product.name} ({p.code})" for h, p in fits)
        raise PortalError("invalid_input", field="plan", problem=f"Which one do you mean: {_or(plans)}?")
    one, to = fits[0]
    return Target(one, to, seats_on(one.product, to, seats, one.seats))


def _or(names: Iterable[str]) -> str:
    return " or ".join(names)


Fit = tuple[Held, Plan]


def _fitting(
    held: list[Held], offered: dict[int, list[Plan]], plan: str | None, seats: int | None, interval: Interval | None
) -> list[Fit]:
    if plan is None and interval is None:
        return [(h, h.plan) for h in held if h.plan.per_seat or len(held) == 1]
    fits = [(h, p) for h in held for p in offered[h.subscription.id or 0] if _meant(h, p, plan, interval)]
    if interval is None:
        fits = _own_interval(fits)
    if seats is not None:
        fits = [f for f in fits if f[1].per_seat] or fits
    return [(h, p) for h, p in fits if p.id != h.plan.id or (p.per_seat and seats not in (None, h.seats))] or fits


def _meant(held: Held, plan: Plan, name: str | None, interval: Interval | None) -> bool:
    if interval is not None and plan.interval != interval:
        return False
    return plan.name == held.plan.name if name is None else plain(name) in _names_of(held, plan)


def _own_interval(fits: list[Fit]) -> list[Fit]:
    """Of plans with the same name the one that is billed as often as now, for each subscription that has one."""
    own = [(h, p) for h, p in fits if p.interval == h.plan.interval]
    kept = {h.subscription.id for h, _ in own}
    return own + [(h, p) for h, p in fits if h.subscription.id not in kept]


def _names_of(held: Held, plan: Plan) -> set[str]:
    names = names_of(held.product, plan)
    billed = {f"{name} {often}" for name in names for often in (plan.interval, ADVERB[plan.interval])}
    return names | billed | {f"{often} {name}" for name in names for often in (ADVERB[plan.interval],)} | {plan.code}


def _nothing_fits(
    held: list[Held], offered: dict[int, list[Plan]], plan: str | None, interval: Interval | None, number: str | None
) -> PortalError:
    subject = held[0].product.name if number else "Your account"
    if plan is None and interval is None:
        return PortalError("invalid_input", field="plan", problem="None of your services is sold by the seat.")
    names = [_offered_name(h, p, number) for h in held for p in offered[h.subscription.id or 0] if p.id != h.plan.id]
    choices = ", ".join(dict.fromkeys(names)) or "nothing else is offered here"
    wanted = plan or f"{ADVERB[interval or Interval.MONTH]} billing"
    return PortalError("plan_not_offered", field="plan", subscription=subject, plan=wanted, offered=choices)


def _offered_name(held: Held, plan: Plan, number: str | None) -> str:
    name = name_among(held, plan)
    return name if number or not plan.name else f"{held.product.name} {name}"


def name_among(held: Held, plan: Plan) -> str:
    """What a plan is called among those of a subscription: Growth, or Growth yearly where it is billed by the month."""
    name = plan.name or held.product.name
    return name if plan.interval == held.plan.interval else f"{name} {ADVERB[plan.interval]}"


def work_out(ctx: Context, target: Target, wanted: Starts | None = None) -> Switching:
    """What the switch does, to the cent.

    Dearer starts today; what is cheaper starts when the plan's or the business's policy says, and a person may
    always choose the renewal. Before a trial's end or a later start it costs nothing. Raises
    plan_unchanged, renewal_due, the sentence for a status that can't be switched, and invalid_input for a start the
    policy has no room for.
    """
    held, subscription = target.held, target.held.subscription
    require(held, {SubscriptionStatus.ACTIVE, SubscriptionStatus.TRIALING, SubscriptionStatus.SCHEDULED})
    today, scheduled = ctx.today, subscription.status == SubscriptionStatus.SCHEDULED
    if today >= subscription.period_end and not scheduled:
        raise PortalError("renewal_due", field="subscription", subscription=held.product.name)
    if target.same_plan and target.seats == subscription.seats:
        if held.pending is None:
            raise PortalError("plan_unchanged", field="plan", subscription=held.product.name)
        return Switching(target, today, Starts.TODAY, target.then, keeps=True)
    if scheduled or subscription.status == SubscriptionStatus.TRIALING:
        return Switching(target, today, Starts.TODAY, _not_begun(target))
    if _start(target, wanted) is Starts.RENEWAL:
        if held.pending and (held.pending[0].id, held.pending[1]) == (target.plan.id, target.seats):
            raise PortalError("plan_unchanged", field="plan", subscription=held.product.name)
        return Switching(target, subscription.period_end, Starts.RENEWAL, target.then)
    return _today(ctx, target)


def _not_begun(target: Target) -> Held:
    """The subscription with a plan whose first period is yet to come: a later start has other dates with it."""
    then, row = target.then, target.then.subscription
    if row.status == SubscriptionStatus.SCHEDULED and target.other_interval and row.trial_end is None:
        row.period_end = next_start(row.period_start, target.plan.interval, row.anchor_day)
    return then


def _today(ctx: Context, target: Target) -> Switching:
    held, then = target.held, target.then
    day = ctx.today
    if target.other_interval and held.policy.interval_change is IntervalChange.RESET:
        then = _new_term(ctx, held, then, day)
        return Switching(target, ctx.today, Starts.TODAY, then, term_switched(ctx, held, then, day))
    if sooner := _sooner(ctx, held, then, day):
        return Switching(target, ctx.today, Starts.TODAY, sooner, term_switched(ctx, held, sooner, day, part_kept=True))
    then = _anchored_on_renewal(held, then)
    return Switching(target, ctx.today, Starts.TODAY, then, rest_switched(ctx, held, then, day))


def _anchored_on_renewal(held: Held, then: Held) -> Held:
    """The subscription with the day of its renewal as the day of the month to keep, where it went by weeks before."""
    if then.plan.interval == Interval.WEEK or held.plan.interval != Interval.WEEK:
        return then
    row = Subscription(**then.subscription.model_dump())
    row.anchor, row.anchor_day = Anchor.START_DAY, row.period_end.day
    return replace(then, subscription=row)


def _sooner(ctx: Context, held: Held, then: Held, day: date) -> Held | None:
    """The subscription as it runs until the next start of the new plan's interval; None where that is the renewal.

    Billed by the year until 1 May and now by the month, it renews on the next 1st.
    """
    row = Subscription(**then.subscription.model_dump())
    first = rest_of_period(held.period, day, held.policy, ctx.moment).first
    end = first_start_after(first, row.period_end, then.plan.interval, row.anchor_day)
    if end == row.period_end:
        return None
    row.period_start, row.period_end = first, end
    return replace(then, subscription=row).without_spent_coupons()


def _new_term(ctx: Context, held: Held, then: Held, day: date) -> Held:
    """The subscription with a whole new period, which begins on the first day (or at the moment) of the new plan."""
    row = Subscription(**then.subscription.model_dump())
    row.period_start = rest_of_period(held.period, day, held.policy, ctx.moment).first
    row.period_end = next_start(row.period_start, then.plan.interval, row.period_start.day)
    row.anchor, row.anchor_day = Anchor.START_DAY, row.period_start.day
    if held.policy.granularity is Granularity.SECOND:
        row.anchor_time = ctx.moment.astimezone(ctx.zone).strftime("%H:%M:%S")
    return replace(then, subscription=row).without_spent_coupons()


def _start(target: Target, wanted: Starts | None) -> Starts:
    if not target.cheaper:
        return wanted or Starts.TODAY
    policy = target.held.policy
    lower = Starts(policy.fewer_seats if target.same_plan else policy.downgrade)
    if wanted is Starts.TODAY and lower is Starts.RENEWAL:
        day = format_day(target.held.subscription.period_end)
        raise PortalError(
            "invalid_input", field="starts", problem=f"A lower price starts at the renewal, on {day}. Choose that."
        )
    return wanted or lower
