"""Works out what pausing and resuming a subscription does, and does it.

The policy says whether a pause gives back what isn't used, starts at the period's end, or gives nothing back. A pause
is a stretch of its own; where it gave something back, that stretch names the credit note, and what follows it is a
new period. Otherwise the paid period goes on for its last days.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from billing.context import Context
from billing.dates import format_day, said_day
from billing.effects import Effect, EffectFact
from billing.errors import PortalError
from billing.models.subscriptions import PeriodKind, Subscription, SubscriptionPeriod, SubscriptionStatus
from billing.rules.policy import PausePolicy
from billing.rules.proration import first_unused_day, unused_part
from billing.subscriptions.changed import Changed, changed
from billing.subscriptions.giving_back import GivingBack, facts, gets, give_back, hand_over, nothing_back
from billing.subscriptions.held import Held
from billing.subscriptions.history import remember, state_of
from billing.subscriptions.new_period import NewPeriod, keep_period, new_period
from billing.subscriptions.papers import Paper, sum_lines, to_pay, yes_to
from billing.subscriptions.period_lines import next_costs_of
from billing.subscriptions.periods import cut_periods, last_period, last_served, open_period
from billing.subscriptions.standing import require, require_paid, require_renewed
from billing.subscriptions.starting import FURTHEST

DAY = timedelta(days=1)


class When(StrEnum):
    """When a subscription stops: now, or at the end of what is paid for."""

    NOW = "now"
    TERM_END = "term_end"


@dataclass(frozen=True)
class Pausing:
    """A pause worked out: the day it is made for, from when nothing is used, until when, and what is given back."""

    held: Held
    when: When
    on: date
    stops: date
    until: date | None
    reason: str
    giving: GivingBack


def work_out_pause(
    ctx: Context, held: Held, when: When | None = None, until: date | None = None, reason: str = ""
) -> Pausing:
    """What a pause does, to the cent.

    Raises the sentence for a status that can't be paused, already_planned, renewal_due, policy_differs when it may
    only start at the period's end, and day_out_of_order when it would end before it starts, and
    invalid_input when it ends more than two years from now.
    """
    require(held, {SubscriptionStatus.ACTIVE})
    subscription, policy = held.subscription, held.policy
    if subscription.pause_on:
        day = format_day(subscription.pause_on)
        raise PortalError("already_planned", field="subscription", subscription=held.product.name, planned="pauses",
                          day=day)  # fmt: skip
    require_renewed(ctx, held)
    at_end = policy.pause is PausePolicy.PERIOD_END
    if when is When.NOW and at_end:
        day = format_day(subscription.period_end)
        problem = f"A pause starts at the end of the period, on {day}."
        raise PortalError("policy_differs", field="when", problem=problem, choice="the end of the period")
    when = when or (When.TERM_END if at_end else When.NOW)
    on = subscription.period_end if when is When.TERM_END else ctx.today
    if until is not None and until <= on:
        raise PortalError("day_out_of_order", field="until", day=format_day(until), earliest=format_day(on + DAY))
    if until is not None and until - ctx.today > FURTHEST:
        raise PortalError("invalid_input", field="until", problem="A pause ends two years from now at the latest.")
    if when is When.TERM_END or policy.pause is not PausePolicy.CREDIT:
        return Pausing(held, when, on, on, until, reason, nothing_back(held))
    stops = max(first_unused_day(policy, on), subscription.period_start)
    return Pausing(held, when, on, stops, until, reason, _unused(ctx, held, on))


def _unused(ctx: Context, held: Held, on: date) -> GivingBack:
    return give_back(ctx, held, unused_part(held.period, on, held.policy, ctx.moment))


def pause_effect(ctx: Context, pausing: Pausing) -> Effect:
    """The pause as the person is shown it."""
    held, paper = pausing.held, pausing.giving.paper
    now = pausing.when is When.NOW
    day = f"{format_day(pausing.on)}, {'today' if now else 'at the end of the period'}"
    resumes = format_day(pausing.until) if pausing.until else "when you resume it"
    said = [EffectFact(label="Pauses", value=day), EffectFact(label="Resumes", value=resumes)]
    if now and not paper.given and pausing.on < held.subscription.period_end:
        paid = format_day(held.subscription.period_end - DAY)
        said.append(EffectFact(label="Paid until", value=f"{paid}, and you can use it until then if you resume"))
    said.append(EffectFact(label="Meanwhile", value="nothing is charged"))
    return Effect(
        title=f"Pause {held.product.name}",
        currency=paper.currency,
        lines=sum_lines(ctx, paper),
        facts=(*facts(ctx, pausing.giving), *said),
        confirm=f"Pause and {given}" if (given := gets(ctx, pausing.giving)) else f"Pause {held.product.name}",
        decline="Keep it running",
    )


def pause(ctx: Context, pausing: Pausing) -> Changed:
    """Pauses it, or notes that it pauses at the end of the period."""
    held, subscription = pausing.held, pausing.held.subscription
    before = state_of(subscription)
    subscription.resumes_on, subscription.pause_reason = pausing.until, pausing.reason
    until = f" until {said_day(pausing.until, ctx.today)}" if pausing.until else ""
    if pausing.when is When.TERM_END:
        subscription.pause_on = pausing.on
        sentence = f"{held.product.name} pauses on {said_day(pausing.on, ctx.today)}{until}"
        return changed(held, remember(ctx, held, before, sentence), pausing.on)
    note = hand_over(ctx, pausing.giving, held, f"{held.product.name} paused", pausing.on)
    _stop(ctx, subscription, pausing.on, pausing.stops, note.id if note else None)
    sentence = f"{held.product.name} paused on {said_day(pausing.on, ctx.today)}{until}"
    change = remember(ctx, held, before, sentence, invoice_id=note.id if note else None)
    return changed(held, change, pausing.on, note)


def _stop(ctx: Context, subscription: Subscription, on: date, stops: date, note_id: int | None) -> None:
    subscription.status, subscription.paused_on, subscription.pause_on = SubscriptionStatus.PAUSED, on, None
    cut_periods(ctx, subscription, stops)
    open_period(ctx, subscription, stops, None, PeriodKind.PAUSE, note_id)
    ctx.session.add(subscription)


def pause_as_planned(ctx: Context, held: Held, on: date, reason: str = "") -> Changed:
    """Starts the pause that was planned for that day, or that dunning makes: nothing is given back."""
    subscription = held.subscription
    before = state_of(subscription)
    subscription.pause_reason = subscription.pause_reason or reason
    _stop(ctx, subscription, on, on, None)
    sentence = f"{held.product.name} paused on {said_day(on, ctx.today)}"
    return changed(held, remember(ctx, held, before, sentence), on)


@dataclass(frozen=True)
class Resuming:
    """Resuming worked out: the day of it, and either the rest of a period that is paid for, or a new one."""

    held: Held
    on: date
    starts: date
    paid_until: date | None = None
    next: NewPeriod | None = None

    @property
    def paper(self) -> Paper:
        return self.next.paper if self.next else Paper(self.held.plan.currency, self.held.policy)


def work_out_resume(ctx: Context, held: Held, on: date | None = None) -> Resuming:
    """What resuming does: a period that is paid for goes on for free, and otherwise a new one starts and is billed.

    Raises the sentence for a status other than paused, nothing_to_resume aside: a pause that is only planned can be
    taken back. Raises unpaid_first while an invoice for it was asked for in vain.
    """
    require(held, {SubscriptionStatus.PAUSED})
    require_paid(ctx, held)
    subscription, day = held.subscription, on or ctx.today
    row = last_period(ctx, subscription)
    starts = max(day, row.start) if row else day
    if row is not None and row.invoice_id is None and starts < subscription.period_end:
        return Resuming(held, day, starts, paid_until=subscription.period_end)
    return Resuming(held, day, starts, next=new_period(ctx, held, starts))


def resume_effect(ctx: Context, resuming: Resuming) -> Effect:
    """Resuming as the person is shown it."""
    held, paper, product = resuming.held, resuming.paper, resuming.held.product.name
    money = ctx.money_in(paper.currency)
    said = [EffectFact(label="Runs again from", value=format_day(resuming.starts))]
    if resuming.next is None and resuming.paid_until:
        said.append(EffectFact(label="Paid until", value=format_day(resuming.paid_until - DAY)))
        said.append(
            EffectFact(
                label="Next renewal", value=f"{format_day(resuming.paid_until)}, {money(next_costs_of(held).total)}"
            )
        )
    elif resuming.next is not None:
        said.append(
            EffectFact(
                label="Next renewal", value=f"{format_day(resuming.next.end)}, {money(resuming.next.next_total)}"
            )
        )
    return Effect(
        title=f"Resume {product}",
        currency=paper.currency,
        lines=sum_lines(ctx, paper),
        facts=(*to_pay(ctx, paper, held), *said),
        confirm=yes_to(ctx, paper, held, "Resume") if paper.due else f"Resume {product}",
        decline="Leave it paused",
        due_now=paper.due,
    )


def resume(ctx: Context, resuming: Resuming) -> Changed:
    """Lets it run again; a new period is billed at once."""
    held, subscription = resuming.held, resuming.held.subscription
    before = state_of(subscription)
    paused = last_period(ctx, subscription)
    cut_periods(ctx, subscription, resuming.starts)
    subscription.status = SubscriptionStatus.ACTIVE
    subscription.paused_on = subscription.resumes_on = None
    subscription.pause_reason = ""
    sentence = f"{held.product.name} runs again from {said_day(resuming.starts, ctx.today)}"
    if resuming.next is not None:
        invoice = keep_period(ctx, subscription, resuming.next)
        now = replace(resuming.next.held, subscription=subscription)
        change = remember(ctx, now, before, sentence, invoice_id=invoice.id if invoice else None)
        return changed(now, change, resuming.on, invoice)
    assert resuming.paid_until is not None
    _go_on(ctx, subscription, resuming.starts, resuming.paid_until, paused)
    return changed(held, remember(ctx, held, before, sentence), resuming.on)


def _go_on(
    ctx: Context, subscription: Subscription, starts: date, end: date, paused: SubscriptionPeriod | None
) -> None:
    served = last_served(ctx, subscription, paused.start if paused else starts)
    open_period(ctx, subscription, starts, end, PeriodKind.SERVICE, served.invoice_id if served else None)
