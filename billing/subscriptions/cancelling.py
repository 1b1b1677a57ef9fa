"""Works out what cancelling a subscription does, now or at the end of what is paid for, and does it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

from billing.context import Context
from billing.dates import format_day, said_day
from billing.effects import Effect, EffectFact
from billing.errors import PortalError
from billing.models.subscriptions import SubscriptionStatus
from billing.rules.policy import CancellationPolicy
from billing.rules.proration import first_unused_day, unused_part
from billing.subscriptions.changed import Changed, changed
from billing.subscriptions.giving_back import (
    GivingBack,
    facts,
    gets,
    give_back,
    hand_over,
    nothing_back,
    refundable,
    send_back,
)
from billing.subscriptions.held import Held
from billing.subscriptions.history import remember, state_of
from billing.subscriptions.papers import sum_lines, to_pay
from billing.subscriptions.pausing import When
from billing.subscriptions.periods import cut_periods, last_period
from billing.subscriptions.standing import require, require_renewed

DAY = timedelta(days=1)
S = SubscriptionStatus
GENEROUS = [CancellationPolicy.NOTHING, CancellationPolicy.CREDIT, CancellationPolicy.REFUND]
CAN_END = {S.SCHEDULED, S.TRIALING, S.ACTIVE, S.PAUSED, S.PAST_DUE, S.ENDING}


@dataclass(frozen=True)
class Cancelling:
    """A cancellation worked out: the day of it, the day on which it ends, and what is given back."""

    held: Held
    when: When
    ends: date
    reason: str
    giving: GivingBack


def work_out_cancellation(
    ctx: Context,
    held: Held,
    when: When = When.TERM_END,
    reason: str = "",
    give: CancellationPolicy | None = None,
) -> Cancelling:
    """What a cancellation does, to the cent.

    What has not started, or is paused with nothing left of a paid period, ends at once. Only staff may give back more
    than the policy. Raises the sentence for what has ended or ends already, renewal_due, and policy_differs.
    """
    require(held, CAN_END)
    subscription = held.subscription
    if subscription.status == S.ENDING and when is When.TERM_END:
        day = format_day(subscription.ends_on or subscription.period_end)
        raise PortalError(
            "already_planned", field="subscription", subscription=held.product.name, planned="ends", day=day
        )
    chosen = _chosen(ctx, held, give)
    if subscription.status == S.SCHEDULED or (subscription.status == S.PAUSED and not _paid_on(ctx, held)):
        return Cancelling(held, When.NOW, ctx.today, reason, nothing_back(held))
    require_renewed(ctx, held)
    if when is When.TERM_END:
        return Cancelling(held, when, subscription.period_end, reason, nothing_back(held))
    if in_trial(held) or ctx.today >= subscription.period_end or chosen is CancellationPolicy.NOTHING:
        return Cancelling(held, when, ctx.today, reason, nothing_back(held))
    giving = give_back(ctx, held, unused_part(held.period, ctx.today, held.policy, ctx.moment))
    if chosen is CancellationPolicy.REFUND:
        giving = replace(giving, refund=refundable(ctx, giving))
    return Cancelling(held, when, ctx.today, reason, giving)


def in_trial(held: Held) -> bool:
    """Whether the period that runs is its trial, also when it is to end with it."""
    subscription = held.subscription
    return subscription.trial_end is not None and subscription.trial_end >= subscription.period_end


def _paid_on(ctx: Context, held: Held) -> bool:
    """Whether days of a paid period are left to what is paused, none of them given back."""
    row = last_period(ctx, held.subscription)
    return row is not None and row.invoice_id is None and ctx.today < held.subscription.period_end


def _chosen(ctx: Context, held: Held, give: CancellationPolicy | None) -> CancellationPolicy:
    policy = held.policy.cancellation
    if give is None or ctx.actor.is_staff or GENEROUS.index(give) <= GENEROUS.index(policy):
        return give or policy
    kind = {CancellationPolicy.CREDIT: "credit", CancellationPolicy.NOTHING: "nothing"}[policy]
    problem = f"A cancellation gives back {'the unused part as credit' if kind == 'credit' else 'nothing'} here."
    raise PortalError("policy_differs", field="give_back", problem=problem, choice=kind)


def cancel_effect(ctx: Context, cancelling: Cancelling) -> Effect:
    """The cancellation as the person is shown it."""
    held, giving, product = cancelling.held, cancelling.giving, cancelling.held.product.name
    now = cancelling.when is When.NOW
    trial = in_trial(held)
    if held.subscription.status == S.SCHEDULED:
        ends = "today, before it starts"
    elif now:
        ends = f"{format_day(cancelling.ends)}, today"
    else:
        ends = f"{format_day(cancelling.ends)}, when the {'trial' if trial else 'paid period'} ends"
    said = [EffectFact(label="Ends", value=ends)]
    if not now:
        said.append(EffectFact(label="Until then", value="everything stays as it is, and you can take this back"))
    if trial:
        said.append(EffectFact(label="First payment", value="none is made"))
    runs = held.subscription.status != S.SCHEDULED and ctx.today < held.subscription.period_end
    if now and runs and not giving.paper.given and not trial:
        said.append(EffectFact(label="Given back", value="nothing"))
    sum_shown = sum_lines(ctx, giving.paper, "Given back" if giving.refund else "")
    return Effect(
        title=f"Cancel {product}",
        currency=giving.paper.currency,
        lines=sum_shown,
        facts=(*(to_pay(ctx, giving.paper, held) if not now else ()), *facts(ctx, giving), *said),
        confirm=_confirm(ctx, cancelling),
        decline=f"Keep {product}",
        warning=f"{product} stops today." if now and held.subscription.status != S.SCHEDULED else "",
        danger=now,
    )


def _confirm(ctx: Context, cancelling: Cancelling) -> str:
    if given := gets(ctx, cancelling.giving):
        return f"Cancel and {given}"
    return "Cancel now" if cancelling.when is When.NOW else f"Cancel on {said_day(cancelling.ends, ctx.today)}"


def cancel(ctx: Context, cancelling: Cancelling) -> Changed:
    """Ends it, or notes that it ends. Its refunds are kept; the gateway is asked for them after the commit."""
    held, subscription = cancelling.held, cancelling.held.subscription
    before = state_of(subscription)
    subscription.cancel_reason = cancelling.reason
    product = held.product.name
    if cancelling.when is When.TERM_END:
        subscription.status, subscription.ends_on = S.ENDING, cancelling.ends
        sentence = f"{product} ends on {said_day(cancelling.ends, ctx.today)}"
        return changed(held, remember(ctx, held, before, sentence), cancelling.ends)
    note = hand_over(ctx, cancelling.giving, held, f"{product} cancelled", cancelling.ends)
    _end(ctx, held, cancelling.ends, _stops(held, cancelling.ends))
    sentence = f"{product} ended on {said_day(cancelling.ends, ctx.today)}"
    change = remember(ctx, held, before, sentence, invoice_id=note.id if note else None)
    refunds = send_back(ctx, cancelling.giving, note, cancelling.reason or f"{product} cancelled")
    said = {"refunds": [refund.number for refund in refunds], "refunded": sum(refund.amount for refund in refunds)}
    return changed(held, change, cancelling.ends, note).model_copy(update=said)


def _stops(held: Held, on: date) -> date:
    """The day from which nothing is served: where a paid period is left, the day of the cancellation may still be."""
    if held.subscription.status in (S.PAUSED, S.SCHEDULED) or in_trial(held):
        return on
    return max(first_unused_day(held.policy, on), held.subscription.period_start)


def _end(ctx: Context, held: Held, on: date, stops: date) -> None:
    subscription = held.subscription
    if subscription.status == S.PAUSED and (pause := last_period(ctx, subscription)) is not None:
        stops = max(stops, pause.start)  # the day on which it was paused was served
    subscription.status, subscription.ended_on = S.ENDED, on
    subscription.ends_on = subscription.pause_on = subscription.paused_on = subscription.resumes_on = None
    subscription.pending_plan_id = subscription.pending_version = None
    subscription.pending_seats = subscription.pending_on = None
    cut_periods(ctx, subscription, stops)


def end_as_planned(ctx: Context, held: Held, on: date, reason: str = "") -> Changed:
    """Ends what was to end on that day, or what dunning gives up: nothing is given back."""
    before = state_of(held.subscription)
    held.subscription.cancel_reason = held.subscription.cancel_reason or reason
    _end(ctx, held, on, on)
    return changed(held, remember(ctx, held, before, f"{held.product.name} ended on {said_day(on, ctx.today)}"), on)
