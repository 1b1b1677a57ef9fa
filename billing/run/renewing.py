"""What a renewal is: the terms of the next period, its lines, and one invoice for what renews on the same day.

Nothing is read or written here; billing/run/billing_run.py does that for many customers at once.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from operator import itemgetter

from billing.dates import format_day, format_span
from billing.models.people import Customer
from billing.models.subscriptions import Interval, Subscription, SubscriptionStatus
from billing.posting import billing_address
from billing.posting.books import Document
from billing.rules.policy import Policy
from billing.rules.renewal import next_start
from billing.rules.totals import Discount, NewLine, Totals, document_totals
from billing.subscriptions.held import Held
from billing.subscriptions.history import state_of
from billing.subscriptions.new_period import use_up
from billing.subscriptions.period_lines import lines_for
from billing.subscriptions.period_lines import renewed as on_new_terms
from billing.subscriptions.periods import begin_period

TERMS = itemgetter(
    "seats", "discount_percent", "discount_label", "detail", "period_start", "period_end", "anchor_day", "anchor_time"
)
EVERY = {"week": "Weekly", "month": "Monthly", "quarter": "Quarterly", "year": "Yearly"}


@dataclass
class Renewed:
    """A subscription in its new period, and what that is billed at. `sentence` says what changed with it, if anything.

    `before` is what the subscription was, as its history tells it.
    """

    held: Held
    span: tuple[date, date]
    lines: list[NewLine]
    discounts: list[Discount]
    totals: Totals | None  # of an invoice for it alone
    sentence: str = ""
    before: dict[str, object] | None = None


Lines = tuple[list[NewLine], list[Discount], Totals | None]


class SameTerms:
    """The lines of one run. Subscriptions on the same terms have the same lines: each is worked out once."""

    def __init__(self) -> None:
        self._known: dict[tuple[Hashable, ...], Lines] = {}

    def lines(self, held: Held) -> Lines:
        """The lines of the subscription's period, what coupons take off its invoice, and what they come to, if known.

        A plan's policy is the same throughout a run, and so is not asked about.
        """
        row = held.subscription
        if held.add_ons or held.coupons:
            return *lines_for(held, row.period_start, row.period_end), None
        key = (
            held.plan.id, held.price, held.taxes, held.customer.time_zone, held.customer.locale, *TERMS(vars(row))
        )  # fmt: skip
        found = self._known.get(key)
        if found is None:
            lines, discounts = lines_for(held, row.period_start, row.period_end)
            sums = document_totals(held.policy, lines, discounts, credit_note=False)
            found = self._known[key] = (lines, discounts, sums)
        return [replace(line, subscription_id=row.id) for line in found[0]], *found[1:]


def renew(held: Held, on: date, same_terms: SameTerms) -> Renewed:
    """Lets the subscription go on with the period that begins on that day, the end of the last one.

    What was planned for the renewal begins with it, a trial becomes a subscription, and each coupon that counts has
    one period less to come. The subscription's row is changed, and so are its coupons'.
    """
    row = held.subscription
    trial = row.status == SubscriptionStatus.TRIALING
    changes = trial or held.pending is not None
    before = state_of(row) if changes else None
    after = _terms(held)
    if trial or (held.plan.interval == Interval.WEEK != after.plan.interval):
        begin_period(row, on, after.plan.interval)
    else:
        _set(row, period_start=on, period_end=next_start(on, after.plan.interval, row.anchor_day))
    if trial:
        row.status = SubscriptionStatus.ACTIVE
    lines, discounts, totals = same_terms.lines(after)
    span = (row.period_start, row.period_end)
    for coupon in after.coupons_on(span[0]) if after.coupons else ():
        use_up(coupon.redemption, span[1])
    return Renewed(
        after,
        span,
        lines,
        discounts,
        totals,
        _said(held, after, trial, on) if changes else "",
        before,
    )


def _set(row: Subscription, **values: date) -> None:
    """Sets columns past the ORM, which would write them row by row; the run writes them all at once."""
    vars(row).update(values)


def _terms(held: Held) -> Held:
    """The subscription at the plan, seats and price of the next period, on its own row."""
    after = on_new_terms(held)
    if after is held:
        return held
    row, new = held.subscription, after.subscription
    row.plan_id, row.seats, row.price_version = new.plan_id, new.seats, new.price_version
    row.pending_plan_id = row.pending_version = row.pending_seats = row.pending_on = None
    return replace(after, subscription=row)


def _said(held: Held, after: Held, trial: bool, on: date) -> str:
    seats = f" with {after.seats} {'seat' if after.seats == 1 else 'seats'}" if after.seats else ""
    day = format_day(on)
    if trial:
        return f"The trial of {held.product.name} is over: it runs as {after.name}{seats} from {day}"
    return f"{held.product.name} changed to {after.name}{seats} on {day}, as planned"


def joint_invoice(
    customer: Customer,
    renewed: Sequence[Renewed],
    number: str,
    on: date,
    at: datetime,
    terms_days: int,
    policy: Policy,
) -> Document:
    """The invoice for what renews on one day in one currency; of one subscription it is that one's.

    Where the plans' own policies differ, `policy` (the business's) says how it is rounded and what comes off first.
    """
    first = renewed[0]
    alone = len(renewed) == 1
    spans = {r.span for r in renewed}
    same_policy = alone or len({r.held.policy for r in renewed}) == 1
    document = Document(
        customer_id=customer.id or 0,
        number=number,
        title=_title(renewed, on),
        currency=first.held.plan.currency,
        issued_at=at,
        issued_on=on,
        due_on=on + timedelta(days=terms_days),
        lines=[line for r in renewed for line in r.lines],
        discounts=[discount for r in renewed for discount in r.discounts],
        policy=first.held.policy if same_policy else policy,
        subscription_id=first.held.subscription.id if alone else None,
        period=first.span if len(spans) == 1 else None,
        bill_to=billing_address(customer),
        purchase_order=customer.purchase_order,
    )
    if alone and first.totals is not None:
        document.comes_to(first.totals)
    return document


def _title(renewed: Sequence[Renewed], on: date) -> str:
    spans = {r.span for r in renewed}
    if len(spans) > 1:
        return f"Services from {format_day(on)}"
    span = format_span(*renewed[0].span)
    if len(renewed) == 1:
        return f"{renewed[0].held.name}, {span}"
    intervals = {r.held.plan.interval for r in renewed}
    return f"{EVERY[intervals.pop()] if len(intervals) == 1 else 'All'} services, {span}"
