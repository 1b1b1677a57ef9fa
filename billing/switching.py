"""Works out what switching a subscription's plan or seats does: when it starts, what is given back, charged and due.

Preview and run both come here, so that they can't differ. Nothing is written.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from billing.context import Context
from billing.dates import format_day
from billing.errors import PortalError
from billing.models.subscriptions import Plan, SubscriptionStatus
from billing.posting import usable_credit
from billing.rules.proration import Switch, switch
from billing.rules.renewal import Renewal, renewal
from billing.rules.tax import TaxSum, taxes_of, vat
from billing.subscriptions import Held, held_subscriptions, offered_plans, priced


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
    def costs(self) -> Renewal:
        """What a whole period will cost."""
        return renewal(priced(self.plan, self.seats, self.held.subscription), self.plan.tax_rate)

    @property
    def cheaper(self) -> bool:
        return self.costs.net < self.held.now_costs.net


@dataclass(frozen=True)
class Switching:
    """A switch worked out. Amounts are minor units; `net`, `taxes` and `total` are below zero when money goes back."""

    target: Target
    on: date
    starts: Starts
    change: Switch | None = None  # None where nothing is charged or given back
    taxes: tuple[TaxSum, ...] = ()
    credit_used: int = 0
    keeps: bool = False  # takes back a scheduled change
    currency: str = field(default="")

    @property
    def net(self) -> int:
        return self.change.net if self.change else 0

    @property
    def total(self) -> int:
        return self.net + sum(t.added for t in self.taxes)

    @property
    def due(self) -> int:
        """What is left to pay today."""
        return max(self.total - self.credit_used, 0)


def find_target(ctx: Context, number: str | None, plan: str | None, seats: int | None) -> Target:
    """The subscription and plan that are meant.

    Without a number it is the only subscription that has such a plan (or, for seats alone, that is sold by the
    seat). Raises not_found, plan_not_offered, seats_not_sold, seats_out_of_range, and invalid_input that names the
    choices when several fit.
    """
    if plan is None and seats is None:
        raise PortalError("invalid_input", field="plan", problem="Say which plan you want, or how many seats.")
    held = held_subscriptions(ctx, number)
    if number is not None and not held:
        raise PortalError("not_found", thing="subscription", reference=number, field="subscription")
    running = [h for h in held if h.subscription.status != SubscriptionStatus.ENDED] or held
    offered = offered_plans(ctx, running)
    fits = _fitting(running, offered, plan, seats)
    if not fits:
        raise _nothing_fits(running, offered, plan, seats, number)
    if len(fits) > 1:
        names = " or ".join(f"{h.product.name} ({h.subscription.number})" for h, _ in fits)
        raise PortalError("invalid_input", field="subscription", problem=f"Which one do you mean: {names}?")
    chosen, to = fits[0]
    return Target(chosen, to, _seats(chosen, to, seats))


Fit = tuple[Held, Plan]


def _fitting(held: list[Held], offered: dict[int, list[Plan]], plan: str | None, seats: int | None) -> list[Fit]:
    if plan is None:
        return [(h, h.plan) for h in held if h.plan.per_seat or len(held) == 1]
    fits = [
        (h, p) for h in held for p in offered[h.subscription.id or 0] if _plain(plan) in _names_of(h, p)
    ]  # fmt: skip
    if seats is not None:
        fits = [f for f in fits if f[1].per_seat] or fits
    return [(h, p) for h, p in fits if p.id != h.plan.id or (p.per_seat and seats not in (None, h.seats))] or fits


def _names_of(held: Held, plan: Plan) -> set[str]:
    product = held.product.name
    return {_plain(name) for name in (plan.name or product, f"{product} {plan.name}", f"{plan.name} {product}")}


def _plain(name: str) -> str:
    words = name.casefold().replace(",", " ").replace(":", " ").split()
    return " ".join(word for word in words if word not in ("plan", "the")) or name.casefold()


def _nothing_fits(
    held: list[Held], offered: dict[int, list[Plan]], plan: str | None, seats: int | None, number: str | None
) -> PortalError:
    if plan is None:
        return PortalError("invalid_input", field="plan", problem="None of your services is sold by the seat.")
    names = [
        p.name or h.product.name if number else f"{h.product.name} {p.name}".strip()
        for h in held
        for p in offered[h.subscription.id or 0]
        if p.id != h.plan.id
    ]
    subject = held[0].product.name if number else "Your account"
    choices = ", ".join(dict.fromkeys(names)) or "nothing else is offered here"
    return PortalError("plan_not_offered", field="plan", subscription=subject, plan=plan, offered=choices)


def _seats(held: Held, plan: Plan, seats: int | None) -> int:
    name = f"{held.product.name} {plan.name}".strip()
    if not plan.per_seat:
        if seats is not None and seats != 1:
            raise PortalError("seats_not_sold", field="seats", plan=name)
        return 1
    wanted = seats if seats is not None else held.seats or plan.least_seats
    if not plan.least_seats <= wanted <= plan.most_seats:
        raise PortalError(
            "seats_out_of_range", field="seats", plan=name, least=plan.least_seats, most=plan.most_seats
        )  # fmt: skip
    return wanted


def work_out(ctx: Context, target: Target, wanted: Starts | None = None) -> Switching:
    """What the switch does, to the cent.

    Dearer starts today; what is cheaper starts when the plan's or the business's policy says, and a person may
    always choose the renewal. In a trial it starts today and costs nothing before the trial's end. Raises
    subscription_not_active, plan_unchanged, renewal_due, and invalid_input for a start the policy has no room for.
    """
    held, subscription = target.held, target.held.subscription
    if subscription.status not in (SubscriptionStatus.ACTIVE, SubscriptionStatus.TRIALING):
        state = subscription.status.replace("_", " ")
        raise PortalError("subscription_not_active", field="subscription", subscription=held.product.name, status=state)
    today, currency = ctx.today, held.plan.currency
    if today >= subscription.period_end:
        raise PortalError("renewal_due", field="subscription", subscription=held.product.name)
    if target.same_plan and target.seats == subscription.seats:
        if held.pending is None:
            raise PortalError("plan_unchanged", field="plan", subscription=held.product.name)
        return Switching(target, today, Starts.TODAY, keeps=True, currency=currency)
    if subscription.status == SubscriptionStatus.TRIALING or today < subscription.period_start:
        return Switching(target, today, Starts.TODAY, currency=currency)
    if _start(ctx, target, wanted) is Starts.RENEWAL:
        if held.pending and (held.pending[0].id, held.pending[1]) == (target.plan.id, target.seats):
            raise PortalError("plan_unchanged", field="plan", subscription=held.product.name)
        return Switching(target, subscription.period_end, Starts.RENEWAL, currency=currency)
    change = switch(
        priced(held.plan, subscription.seats, subscription),
        priced(target.plan, target.seats, subscription),
        subscription.period_start,
        subscription.period_end,
        today,
    )
    taxes = tuple(taxes_of([(vat(held.plan.tax_rate), -change.credit), (vat(target.plan.tax_rate), change.charge)]))
    total = change.net + sum(t.added for t in taxes)
    return Switching(
        target, today, Starts.TODAY, change, taxes, min(max(total, 0), _credit(ctx, currency)), currency=currency
    )


def _start(ctx: Context, target: Target, wanted: Starts | None) -> Starts:
    if not target.cheaper:
        return wanted or Starts.TODAY
    if target.same_plan:
        policy = Starts(ctx.preferences.policy.overridden(target.plan.policy).fewer_seats)
    else:
        policy = Starts(ctx.preferences.policy.overridden(target.held.plan.policy).downgrade)
    if wanted is Starts.TODAY and policy is Starts.RENEWAL:
        day = format_day(target.held.subscription.period_end)
        raise PortalError(
            "invalid_input", field="starts", problem=f"A lower price starts at the renewal, on {day}. Choose that."
        )
    return wanted or policy


def _credit(ctx: Context, currency: str) -> int:
    """What the customer has in credit, as far as it comes off by itself."""
    return usable_credit(ctx, ctx.customer.id or 0, currency) if ctx.preferences.use_credit else 0
