"""What a customer has, with its plan, price, add-ons and coupons, and what it costs: read in three statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, time
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, false
from sqlalchemy.orm import aliased
from sqlmodel import Session, and_, col, or_, select

from billing.context import Context
from billing.models.coupons import Coupon, CouponScope, Redemption
from billing.models.people import Customer
from billing.models.subscriptions import (
    AddOn,
    Plan,
    PlanPrice,
    Product,
    Subscription,
    SubscriptionAddOn,
    SubscriptionStatus,
)
from billing.price_list.taxes import TaxRules, tax_rules_of
from billing.rules.coupons import Off
from billing.rules.policy import Policy
from billing.rules.proration import Period, Priced

RENEWING = {SubscriptionStatus.ACTIVE, SubscriptionStatus.TRIALING, SubscriptionStatus.PAST_DUE}
MANY = 500


def plan_name(product: Product, plan: Plan) -> str:
    """The name on an invoice's line: “Hosting, Growth”, or “Team mail” where the plan has no name of its own."""
    return f"{product.name}, {plan.name}" if plan.name else product.name


@dataclass(frozen=True)
class Price:
    """One version of a plan's price: `base_amount` with `included` seats, `unit_amount` for each one more."""

    version: int
    unit_amount: int
    base_amount: int = 0
    included: int = 0

    @classmethod
    def of(cls, kept: PlanPrice) -> Price:
        """The price of a version as it was kept."""
        return cls(kept.version, kept.unit_amount, kept.base_amount, kept.included_seats)


def latest_price(plan: Plan) -> Price:
    """What the plan costs who starts now."""
    return Price(plan.version, plan.unit_amount, plan.base_amount, plan.included_seats)


@dataclass(frozen=True)
class HeldAddOn:
    """An add-on on a subscription, at the price agreed."""

    row: SubscriptionAddOn
    add_on: AddOn

    def runs_on(self, day: date) -> bool:
        """Whether it is there on that day."""
        return self.row.added_on <= day and (self.row.removed_on is None or self.row.removed_on > day)


@dataclass(frozen=True)
class HeldCoupon:
    """A coupon that was redeemed on a subscription. `begins` is set for a period that begins before it was planned."""

    redemption: Redemption
    coupon: Coupon
    begins: date | None = None

    @property
    def counts_from(self) -> date:
        """The first day of the first period that it counts for: the next one, or one that begins before that."""
        return min(self.redemption.redeemed_on, self.begins or date.max)

    @property
    def on_line(self) -> bool:
        """Whether it comes off the plan's own line, rather than off the invoice."""
        return self.coupon.scope == CouponScope.LINE

    @property
    def off(self) -> Off:
        """What it takes off a period."""
        label = self.coupon.name or self.coupon.code
        amount = Fraction(0) if self.coupon.percent else Fraction(self.coupon.amount)
        return Off(label, self.coupon.percent, amount, self.coupon.code, self.coupon.combines, self.on_line)

    def counts_for(self, plan: Plan, day: date) -> bool:
        """Whether it takes something off a period of that plan which begins on that day."""
        redemption, coupon = self.redemption, self.coupon
        runs = self.counts_from <= day and (redemption.ended_on is None or redemption.ended_on > day)
        fits = not coupon.plans or plan.code in coupon.plans
        return runs and fits and (bool(coupon.percent) or coupon.currency == plan.currency)


@dataclass(frozen=True)
class Held:
    """A subscription with what is known of it. `pending_plan` is the plan that it changes to, if it does, at a price.

    `price` is the version of its plan's price that it is billed at; `policy` the business's with the plan's own
    settings over it. `add_ons` and `coupons` are those of this period and later, in the order of their coming; ask
    `add_ons_on` and `coupons_on` which count on a day.
    """

    subscription: Subscription
    customer: Customer
    plan: Plan
    product: Product
    price: Price
    policy: Policy
    business_policy: Policy
    taxes: TaxRules
    pending_plan: Plan | None = None
    pending_price: Price | None = None
    add_ons: tuple[HeldAddOn, ...] = ()
    coupons: tuple[HeldCoupon, ...] = ()

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
        row = self.subscription
        return row.period_end if row.status in RENEWING and row.pause_on is None else None

    @property
    def period(self) -> Period:
        """The period that runs, as its parts are counted."""
        return self.period_of(self.subscription.period_start, self.subscription.period_end)

    def period_of(self, start: date, end: date, plan: Plan | None = None) -> Period:
        """A period [start, end) of this subscription, on its plan's interval or another plan's."""
        anchored = self.subscription.anchor_time
        return Period(
            start, end, (plan or self.plan).interval, self.subscription.anchor_day, ZoneInfo(self.customer.time_zone),
            time.fromisoformat(anchored) if anchored else time(),
        )  # fmt: skip

    def add_ons_on(self, day: date) -> list[HeldAddOn]:
        """The recurring add-ons that a period is billed with which begins on that day."""
        return [a for a in self.add_ons if a.add_on.recurring and a.runs_on(day)]

    def coupons_on(self, day: date) -> list[HeldCoupon]:
        """The coupons that count for a period which begins on that day, in the order of redemption."""
        return [c for c in self.coupons if c.counts_for(self.plan, day)]

    def without_spent_coupons(self) -> Held:
        """The same for a period that begins before the one that runs is over: coupons that were its last are gone."""
        return replace(self, coupons=tuple(c for c in self.coupons if c.redemption.periods_left != 0))

    def beginning(self, day: date) -> Held:
        """The same for a period that begins on that day, however near: coupons that wait for the next one count."""
        return replace(self, coupons=tuple(replace(c, begins=day) for c in self.coupons))

    def on_plan(self, plan: Plan, seats: int, price: Price | None = None) -> Held:
        """The same with another plan or other seats: at the price it has, or the newest one of another plan."""
        price = price or (self.price if plan.id == self.plan.id else latest_price(plan))
        row = Subscription(**self.subscription.model_dump())
        row.plan_id, row.seats, row.price_version = plan.id or 0, seats, price.version
        row.pending_plan_id = row.pending_version = row.pending_seats = row.pending_on = None
        policy = self.business_policy.overridden(plan.policy)
        return replace(self, subscription=row, plan=plan, price=price, policy=policy, pending_plan=None)

    def at_latest_price(self) -> Held:
        """The same at the newest version of its plan's price, as a renewal is where the policy says so."""
        return self.on_plan(self.plan, self.subscription.seats, latest_price(self.plan))

    def priced(self, day: date | None = None) -> Priced:
        """What its plan's line costs for a whole period that begins on that day (the one that runs, unless given).

        Its discount and the coupons on the line are taken off, unless tax comes before coupons.
        """
        offs = [c.off for c in self.coupons_on(day or self.subscription.period_start) if self._on_line(c)]
        return Priced(
            self.price.unit_amount,
            self.subscription.seats if self.plan.per_seat else 1,
            self.subscription.discount_percent,
            self.price.base_amount if self.plan.per_seat else 0,
            self.price.included if self.plan.per_seat else 0,
            tuple(offs),
            self.subscription.discount_label,
        )

    def off_invoice(self, day: date | None = None) -> list[Off]:
        """What coupons take off the invoice of a period that begins on that day: those on the line's amount first."""
        found = [c for c in self.coupons_on(day or self.subscription.period_start) if not self._on_line(c)]
        return [c.off for c in sorted(found, key=lambda c: not c.on_line)]

    def _on_line(self, coupon: HeldCoupon) -> bool:
        return coupon.on_line and not self.policy.taxes_first


def read_held(session: Session, where: Iterable[ColumnElement[bool]], business_policy: Policy) -> list[Held]:
    """The subscriptions that meet the conditions, of any customers, in the order of their ids: three statements.

    For very many, take `held_by_id`, which goes in portions.
    """
    later, agreed = aliased(Plan), aliased(PlanPrice)
    rows = session.exec(
        select(Subscription, Customer, Plan, Product, PlanPrice, later, agreed)  # type: ignore[call-overload]
        .join(Customer, col(Customer.id) == col(Subscription.customer_id))
        .join(Plan, col(Plan.id) == col(Subscription.plan_id))
        .join(Product, col(Product.id) == col(Plan.product_id))
        .outerjoin(
            PlanPrice,
            and_(col(PlanPrice.plan_id) == col(Plan.id), col(PlanPrice.version) == col(Subscription.price_version)),
        )
        .outerjoin(later, col(later.id) == col(Subscription.pending_plan_id))
        .outerjoin(
            agreed,
            and_(
                col(agreed.plan_id) == col(Subscription.pending_plan_id),
                col(agreed.version) == col(Subscription.pending_version),
            ),
        )
        .where(*where)
        .order_by(col(Subscription.id))
    ).all()
    extras = extras_of(session, [row[0] for row in rows])
    taxes = tax_rules_of(session, list({row[1].id: row[1] for row in rows}.values())) if rows else {}
    return [
        Held(
            subscription, customer, plan, product, Price.of(kept) if kept else latest_price(plan),
            business_policy.overridden(plan.policy), business_policy, taxes[customer.id], pending,
            Price.of(planned) if planned else None, *extras[subscription.id],
        )
        for subscription, customer, plan, product, kept, pending, planned in rows
    ]  # fmt: skip


def held_by_id(session: Session, ids: Sequence[int], business_policy: Policy) -> list[Held]:
    """The subscriptions of these ids, of any customers: three statements for each 500."""
    found: list[Held] = []
    for first in range(0, len(ids), MANY):
        found += read_held(session, [col(Subscription.id).in_(ids[first : first + MANY])], business_policy)
    return found


Extras = tuple[tuple[HeldAddOn, ...], tuple[HeldCoupon, ...]]


def extras_of(session: Session, subscriptions: Sequence[Subscription]) -> dict[int | None, Extras]:
    """Their add-ons and coupons that reach into the period that runs, in one statement."""
    ids = [s.id for s in subscriptions]
    if not ids:
        return {}
    rows: Sequence[Any] = session.exec(
        select(col(Subscription.id), SubscriptionAddOn, AddOn, Redemption, Coupon)  # type: ignore[call-overload]
        .select_from(Subscription)
        .outerjoin(
            SubscriptionAddOn,
            and_(
                col(SubscriptionAddOn.subscription_id) == col(Subscription.id),
                or_(
                    col(SubscriptionAddOn.removed_on).is_(None),
                    col(SubscriptionAddOn.removed_on) > col(Subscription.period_start),
                ),
            ),
        )
        .outerjoin(AddOn, col(AddOn.id) == col(SubscriptionAddOn.add_on_id))
        .outerjoin(
            Redemption,
            and_(
                col(Redemption.subscription_id) == col(Subscription.id),
                or_(col(Redemption.ended_on).is_(None), col(Redemption.ended_on) > col(Subscription.period_start)),
            ),
        )
        .outerjoin(Coupon, col(Coupon.id) == col(Redemption.coupon_id))
        .where(col(Subscription.id).in_(ids), or_(col(AddOn.id).is_not(None), col(Coupon.id).is_not(None)))
    ).all()
    if not rows:
        return dict.fromkeys(ids, ((), ()))
    add_ons: dict[int, dict[int, HeldAddOn]] = defaultdict(dict)
    coupons: dict[int, dict[int, HeldCoupon]] = defaultdict(dict)
    for id, row, add_on, redemption, coupon in rows:
        if row is not None:
            add_ons[id][row.id] = HeldAddOn(row, add_on)
        if redemption is not None:
            coupons[id][redemption.id] = HeldCoupon(redemption, coupon)
    return {
        id: (tuple(a for _, a in sorted(add_ons[id].items())), tuple(c for _, c in sorted(coupons[id].items())))
        for id in ids
        if id is not None
    }


def held_subscriptions(ctx: Context, number: str | None = None) -> list[Held]:
    """The customer's subscriptions in the order in which they were started, ended ones too; or the one of a number."""
    where = [col(Subscription.customer_id) == ctx.customer.id]
    if number is not None:
        where.append(col(Subscription.number) == number)
    return read_held(ctx.session, where, ctx.preferences.policy)


def offered_plans(ctx: Context, held: Sequence[Held]) -> dict[int, list[Plan]]:
    """For each subscription's id the plans it may be on, its own included.

    They are of its product and currency, still offered, and on its plan's list of plans to change to, if it has one;
    those of its own interval come first.
    """
    products = {h.product.id for h in held}
    rows = ctx.session.exec(
        select(Plan)
        .where(col(Plan.product_id).in_(products) if products else false())
        .order_by(col(Plan.position), col(Plan.id))
    ).all()
    return {h.subscription.id or 0: _own_interval_first(h.plan, rows) for h in held}


def _own_interval_first(plan: Plan, plans: Sequence[Plan]) -> list[Plan]:
    return sorted((p for p in plans if may_be_on(plan, p)), key=lambda p: p.interval != plan.interval)


def may_be_on(plan: Plan, other: Plan) -> bool:
    """Whether a subscription of a plan may be on the other one: its own always."""
    if other.id == plan.id:
        return True
    same = (other.product_id, other.currency) == (plan.product_id, plan.currency)
    return same and other.offered and (not plan.switch_to or other.code in plan.switch_to)
