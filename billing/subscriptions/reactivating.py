"""Works out what reactivating a subscription does, and does it: the same term goes on, or a new one begins today.

Within a paid period the same term goes on: nothing is charged again, but what was given back for the rest is charged
back. After it a new term begins at today's price, and is billed at once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from billing.context import Context
from billing.dates import format_day, format_span, said_day
from billing.effects import Effect, EffectFact
from billing.errors import PortalError
from billing.models.invoices import Invoice, InvoiceKind
from billing.models.subscriptions import PeriodKind, Subscription, SubscriptionStatus
from billing.rules.proration import part_from
from billing.subscriptions.billed import billed_now, charge_lines
from billing.subscriptions.changed import Changed, changed
from billing.subscriptions.held import Held, offered_plans
from billing.subscriptions.history import latest_change, remember, state_of
from billing.subscriptions.new_period import NewPeriod, keep_period, new_period
from billing.subscriptions.papers import Paper, charge, issue, sum_lines, to_pay, yes_to
from billing.subscriptions.period_lines import next_costs_of
from billing.subscriptions.periods import fill_gap, last_period, open_period
from billing.subscriptions.standing import require, require_paid
from billing.subscriptions.taking_back import Planned, TakingBack, take_back, taking_back_effect, work_out_taking_back

DAY = timedelta(days=1)
S = SubscriptionStatus


class Term(StrEnum):
    """Which term a reactivation is for: the one that was running, or a new one from today."""

    SAME = "same"
    NEW = "new"


@dataclass(frozen=True)
class Reactivating:
    """A reactivation worked out: of what only is to end, in the same term, or as a new one."""

    held: Held
    starts: date
    taking: TakingBack | None = None
    new: NewPeriod | None = None
    rest: Paper | None = None
    invoice_id: int | None = None
    trial: bool = False

    @property
    def paper(self) -> Paper:
        if self.new:
            return self.new.paper
        return self.rest or Paper(self.held.plan.currency, self.held.policy)


def work_out_reactivation(ctx: Context, held: Held, term: Term | None = None) -> Reactivating:
    """What reactivating does, to the cent. Without a term it is the same one while that is paid for.

    Raises the sentence for what runs or is paused, policy_differs for a term that is not possible, unpaid_first while
    an invoice for it was asked for in vain, and plan_withdrawn when a new term would need a plan that is not sold.
    """
    require(held, {S.ENDING, S.ENDED})
    subscription, today = held.subscription, ctx.today
    within = today < subscription.period_end and _has_run(ctx, subscription)
    if term is Term.SAME and not within:
        day = format_day(subscription.period_end)
        raise PortalError("policy_differs", field="term", problem=f"What was paid for ended on {day}.", choice="new")
    if subscription.status == S.ENDING:
        if term is Term.NEW:
            problem = f"{held.product.name} still runs until {format_day(subscription.ends_on or today)}."
            raise PortalError("policy_differs", field="term", problem=problem, choice="same")
        return Reactivating(held, today, taking=work_out_taking_back(ctx, held, Planned.CANCELLATION))
    require_paid(ctx, held)
    if within and term is not Term.NEW:
        return _same_term(ctx, held)
    if not held.plan.offered:
        offered = offered_plans(ctx, [held])[subscription.id or 0]
        names = ", ".join(p.name or held.product.name for p in offered if p.offered) or "nothing else is offered here"
        raise PortalError("plan_withdrawn", field="subscription", plan=held.name, offered=names)
    last = last_period(ctx, subscription)
    starts = max(today, last.end) if last and last.end else today
    return Reactivating(held, starts, new=new_period(ctx, held, starts, newest_price=True))


def _has_run(ctx: Context, subscription: Subscription) -> bool:
    return last_period(ctx, subscription) is not None


def _same_term(ctx: Context, held: Held) -> Reactivating:
    subscription = held.subscription
    last = last_period(ctx, subscription)
    starts = max(ctx.today, last.end) if last and last.end else ctx.today
    trial = subscription.trial_end is not None and subscription.trial_end >= subscription.period_end
    if starts >= subscription.period_end:
        return Reactivating(held, starts, new=new_period(ctx, held, starts))
    if trial or not _was_given_back(ctx, subscription):
        served = last.invoice_id if last and last.kind == PeriodKind.SERVICE else None
        return Reactivating(held, starts, trial=trial, invoice_id=served)
    part = part_from(held.period, starts, held.policy, ctx.moment)
    return Reactivating(held, starts, rest=charge(ctx, held, *charge_lines(held, billed_now(ctx, held), part)))


def _was_given_back(ctx: Context, subscription: Subscription) -> bool:
    """Whether its end gave back what was not used."""
    ended = latest_change(ctx, subscription, status=S.ENDED.value)
    paper = ctx.session.get(Invoice, ended.invoice_id) if ended and ended.invoice_id else None
    return paper is not None and paper.kind == InvoiceKind.CREDIT_NOTE


def reactivation_effect(ctx: Context, reactivating: Reactivating) -> Effect:
    """The reactivation as the person is shown it."""
    held, paper, product = reactivating.held, reactivating.paper, reactivating.held.product.name
    if reactivating.taking:
        return taking_back_effect(ctx, reactivating.taking).model_copy(update={"confirm": f"Keep {product}"})
    money = ctx.money_in(paper.currency)
    end = reactivating.new.end if reactivating.new else held.subscription.period_end
    next_total = reactivating.new.next_total if reactivating.new else next_costs_of(held).total
    renews = "First payment" if reactivating.trial else "Next renewal"
    said = [EffectFact(label="Runs again from", value=format_day(reactivating.starts))]
    if not reactivating.new and not reactivating.rest and not reactivating.trial:
        said.append(EffectFact(label="Paid until", value=format_day(end - DAY)))
    said.append(EffectFact(label=renews, value=f"{format_day(end)}, {money(next_total)}"))
    return Effect(
        title=f"Reactivate {product}",
        currency=paper.currency,
        lines=sum_lines(ctx, paper),
        facts=(*to_pay(ctx, paper, held), *said),
        confirm=yes_to(ctx, paper, held, "Reactivate") if paper.due else f"Reactivate {product}",
        due_now=paper.due,
    )


def reactivate(ctx: Context, reactivating: Reactivating) -> Changed:
    """Lets it run again."""
    if reactivating.taking:
        return take_back(ctx, reactivating.taking)
    held, subscription = reactivating.held, reactivating.held.subscription
    before = state_of(subscription)
    fill_gap(ctx, subscription, reactivating.starts)
    subscription.status = S.TRIALING if reactivating.trial else S.ACTIVE
    subscription.ended_on = subscription.ends_on = None
    subscription.cancel_reason = ""
    sentence = f"{held.product.name} runs again from {said_day(reactivating.starts, ctx.today)}"
    if reactivating.new is not None:
        subscription.trial_end = None
        invoice = keep_period(ctx, subscription, reactivating.new)
        held = replace(reactivating.new.held, subscription=subscription)
    else:
        invoice = _go_on(ctx, reactivating)
    change = remember(ctx, held, before, sentence, invoice_id=invoice.id if invoice else None)
    return changed(held, change, reactivating.starts, invoice)


def _go_on(ctx: Context, reactivating: Reactivating) -> Invoice | None:
    held, subscription, starts = reactivating.held, reactivating.held.subscription, reactivating.starts
    invoice = None
    if reactivating.rest is not None:
        title = f"{held.name}, {format_span(starts, subscription.period_end)}"
        invoice = issue(ctx, reactivating.rest, held, title, on=min(starts, ctx.today))
    kind = PeriodKind.TRIAL if reactivating.trial else PeriodKind.SERVICE
    invoice_id = invoice.id if invoice else reactivating.invoice_id
    open_period(ctx, subscription, starts, subscription.period_end, kind, invoice_id)
    return invoice
