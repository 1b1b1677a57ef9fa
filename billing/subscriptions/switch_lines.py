"""What a switch in the middle of a period gives back and charges, as lines."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from billing.context import Context
from billing.rules.policy import ChangeDay, Granularity, MonthDays, Policy
from billing.rules.proration import rest_of_period
from billing.rules.totals import NewLine
from billing.subscriptions.billed import billed_now, charge_lines, coupons_billed, given_back
from billing.subscriptions.giving_back import GivingBack, of_paper
from billing.subscriptions.held import Held
from billing.subscriptions.papers import Paper, charge
from billing.subscriptions.period_lines import Lines, charged


@dataclass(frozen=True)
class SwitchLines:
    """What is given back and what is charged, on one paper; `giving` says where it goes when it gives back."""

    back: tuple[NewLine, ...]
    charged: tuple[NewLine, ...]
    giving: GivingBack

    @property
    def paper(self) -> Paper:
        return self.giving.paper


def rest_switched(ctx: Context, held: Held, then: Held, day: date) -> SwitchLines:
    """The rest of the period at the new plan's price for the old one's; add-ons stay as they are.

    A plan of another interval is charged by what one of its own days costs.
    """
    period = held.subscription
    left = rest_of_period(held.period, day, held.policy, ctx.moment)
    coming = rest_of_period(then.period_of(period.period_start, period.period_end), day, held.policy, ctx.moment)
    old = [thing for thing in billed_now(ctx, held) if not thing.add_on]
    under = replace(_with_coupons_billed(ctx, held, then), policy=held.policy)
    new = [thing for thing in charged(under, period.period_start) if not thing.add_on]
    back, charge_for = given_back(held, old, left), charge_lines(under, new, coming)
    return _on_paper(ctx, held, back, charge_for)


def _with_coupons_billed(ctx: Context, held: Held, then: Held) -> Held:
    """With the coupons that the period was billed with: one that came later counts from the next period on."""
    billed = coupons_billed(ctx, held)
    return then if billed is None else replace(then, coupons=tuple(c for c in then.coupons if c.coupon.code in billed))


def term_switched(ctx: Context, held: Held, then: Held, day: date, *, part_kept: bool = False) -> SwitchLines:
    """Everything of the old period given back from that day on, and a new one charged with its add-ons.

    It is a whole one, or with `part_kept` the part of one until the billing day.
    """
    old = billed_now(ctx, held)
    back = given_back(held, old, rest_of_period(held.period, day, held.policy, ctx.moment))
    under, row = replace(then, policy=held.policy), then.subscription
    part = None
    if part_kept:
        stub = then.period_of(row.period_start, row.period_end)
        part = rest_of_period(replace(stub, start=stub.whole_start), day, held.policy, ctx.moment)
    charge_for = charge_lines(under, charged(under, row.period_start), part)
    return _on_paper(ctx, held, back, charge_for)


def _on_paper(ctx: Context, held: Held, back: Lines, charge_for: Lines) -> SwitchLines:
    (given, less), (taken, off) = back, charge_for
    rule = rule_of(held.policy)
    lines = [replace(line, working=(*line.working, rule) if rule else line.working) for line in (*given, *taken)]
    paper = charge(ctx, held, lines, (*less, *off))
    giving = of_paper(ctx, held, paper) if paper.total < 0 else GivingBack(paper)
    return SwitchLines(tuple(lines[: len(given)]), tuple(lines[len(given) :]), giving)


def rule_of(policy: Policy) -> str:
    """The sentence for what a policy says of the day of a change and of the length of a month."""
    if policy.granularity is Granularity.SECOND:
        return "Counted in seconds, from the moment of the change."
    whose = "new" if policy.change_day is ChangeDay.NEW_PLAN else "old"
    month = " A month counts as 30 days." if policy.month_days is MonthDays.THIRTY else ""
    return f"The day of the change counts for the {whose} plan.{month}"
