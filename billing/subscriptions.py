"""What a customer has, with its plan and product, and what it costs next: read in one statement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import aliased
from sqlmodel import col, select

from billing.context import Context
from billing.models.subscriptions import Plan, Product, Subscription, SubscriptionStatus
from billing.rules.proration import Priced
from billing.rules.renewal import Renewal, joint_renewal, renewal

RENEWING = {SubscriptionStatus.ACTIVE, SubscriptionStatus.TRIALING, SubscriptionStatus.PAST_DUE}
PER = {"week": "a week", "month": "a month", "quarter": "a quarter", "year": "a year"}


def plan_name(product: Product, plan: Plan) -> str:
    """The name on an invoice's line: “Hosting, Growth”, or “Team mail” where the plan has no name of its own."""
    return f"{product.name}, {plan.name}" if plan.name else product.name


def priced(plan: Plan, seats: int, subscription: Subscription) -> Priced:
    """What that plan with so many seats costs on this subscription, its discount taken off."""
    return Priced(plan.unit_amount, seats if plan.per_seat else 1, subscription.discount_percent)


@dataclass(frozen=True)
class Held:
    """A subscription with what is known of it: its plan, its product, and the plan it changes to, if it does."""

    subscription: Subscription
    plan: Plan
    product: Product
    pending_plan: Plan | None = None

    @property
    def name(self) -> str:
        return plan_name(self.product, self.plan)

    @property
    def seats(self) -> int | None:
        """How many seats, or None where the plan has none."""
        return self.subscription.seats if self.plan.per_seat else None

    @property
    def pending(self) -> tuple[Plan, int] | None:
        """The plan and seats that a scheduled change brings."""
        seats = self.subscription.pending_seats
        if self.pending_plan is None and seats is None:
            return None
        return self.pending_plan or self.plan, seats if seats is not None else self.subscription.seats

    @property
    def renews_on(self) -> date | None:
        """The next renewal, which for a trial is its end; None for what won't renew."""
        return self.subscription.period_end if self.subscription.status in RENEWING else None

    @property
    def now_costs(self) -> Renewal:
        """What one period costs as it is now."""
        return renewal(priced(self.plan, self.subscription.seats, self.subscription), self.plan.tax_rate)

    @property
    def next_costs(self) -> Renewal:
        """What the next renewal costs, a scheduled change included."""
        plan, seats = self.pending or (self.plan, self.subscription.seats)
        return renewal(priced(plan, seats, self.subscription), plan.tax_rate)


def held_subscriptions(ctx: Context, number: str | None = None) -> list[Held]:
    """The customer's subscriptions in the order in which they were started, ended ones too; or the one of a number."""
    later = aliased(Plan)
    statement = (
        select(Subscription, Plan, Product, later)
        .join(Plan, col(Plan.id) == col(Subscription.plan_id))
        .join(Product, col(Product.id) == col(Plan.product_id))
        .outerjoin(later, col(later.id) == col(Subscription.pending_plan_id))
        .where(Subscription.customer_id == ctx.customer.id)
        .order_by(col(Subscription.id))
    )
    if number is not None:
        statement = statement.where(Subscription.number == number)
    return [Held(*row) for row in ctx.session.exec(statement).all()]


def offered_plans(ctx: Context, held: Sequence[Held]) -> dict[int, list[Plan]]:
    """For each subscription's id the plans it may be on, its own included: same product, currency and interval."""
    products = {h.product.id for h in held}
    rows = ctx.session.exec(
        select(Plan).where(col(Plan.product_id).in_(products)).order_by(col(Plan.position), col(Plan.id))
    ).all()
    return {
        h.subscription.id or 0: [
            p
            for p in rows
            if (p.product_id, p.currency, p.interval) == (h.product.id, h.plan.currency, h.plan.interval)
            and (p.offered or p.id == h.plan.id)
        ]
        for h in held
    }


@dataclass(frozen=True)
class RegularInvoice:
    """The next regular invoice: what renews together on one day, taxed once for each rate."""

    on: date
    currency: str
    names: tuple[str, ...]
    costs: Renewal


def next_regular_invoice(held: Sequence[Held]) -> RegularInvoice | None:
    """The earliest renewal of what is active (trials aside), with everything of its day and currency."""
    active = [h for h in held if h.subscription.status == SubscriptionStatus.ACTIVE]
    if not active:
        return None
    first = min(active, key=lambda h: (h.subscription.period_end, h.subscription.id))
    day, currency = first.subscription.period_end, first.plan.currency
    due = [h for h in active if h.subscription.period_end == day and h.plan.currency == currency]
    lines = [(h.next_costs.net, (h.pending_plan or h.plan).tax_rate) for h in due]
    return RegularInvoice(day, currency, tuple(h.name for h in due), joint_renewal(lines))
