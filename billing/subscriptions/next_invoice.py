"""The next regular invoice: what renews together on one day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from billing.charging.auto_charge import charge_by_itself
from billing.models.subscriptions import SubscriptionStatus
from billing.rules.renewal import next_start
from billing.rules.totals import Totals, document_totals
from billing.subscriptions.held import Held
from billing.subscriptions.period_lines import lines_for, renewed


@dataclass(frozen=True)
class RegularInvoice:
    """The next regular invoice: what renews together on one day, taxed once for each rate."""

    on: date
    currency: str
    names: tuple[str, ...]
    costs: Totals


def next_regular_invoice(held: Sequence[Held]) -> RegularInvoice | None:
    """The earliest renewal of what is active (trials aside), with everything that stands on its invoice."""
    active = [h for h in held if h.subscription.status == SubscriptionStatus.ACTIVE and h.renews_on]
    if not active:
        return None
    first = min(active, key=lambda h: (h.subscription.period_end, h.subscription.id))
    day, currency, by_itself = first.subscription.period_end, first.plan.currency, _by_itself(first)
    due = [
        h for h in active
        if h.subscription.period_end == day and h.plan.currency == currency and _by_itself(h) == by_itself
    ]  # fmt: skip
    papers = [lines_for(after, day, _end(after, day)) for after in map(renewed, due)]
    lines = [line for paper, _ in papers for line in paper]
    discounts = [discount for _, taken in papers for discount in taken]
    costs = document_totals(first.business_policy, lines, discounts)
    return RegularInvoice(day, currency, tuple(h.name for h in due), costs)


def _by_itself(held: Held) -> bool:
    return charge_by_itself(held.customer, held.subscription)


def _end(held: Held, day: date) -> date:
    return next_start(day, held.plan.interval, held.subscription.anchor_day)
