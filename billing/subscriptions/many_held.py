"""Reads the subscriptions of many customers at once: as `read_held`, with each plan, product and price read once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select

from billing.models.people import Customer
from billing.models.subscriptions import Plan, PlanPrice, Product, Subscription
from billing.price_list.taxes import tax_rules_of
from billing.rules.policy import Policy
from billing.subscriptions.held import Held, Price, extras_of, latest_price


def read_many(
    session: Session, where: Iterable[ColumnElement[bool]], customers: Mapping[int, Customer], business_policy: Policy
) -> list[Held]:
    """The subscriptions of these customers that meet the conditions, in the order of their ids: six statements."""
    rows = session.exec(select(Subscription).where(*where).order_by(col(Subscription.id))).all()
    if not rows:
        return []
    wanted = {row.plan_id for row in rows} | {row.pending_plan_id for row in rows if row.pending_plan_id}
    plans = {plan.id: plan for plan in session.exec(select(Plan).where(col(Plan.id).in_(wanted))).all()}
    of = {plan.product_id for plan in plans.values()}
    products = {p.id: p for p in session.exec(select(Product).where(col(Product.id).in_(of))).all()}
    kept = session.exec(select(PlanPrice).where(col(PlanPrice.plan_id).in_(wanted))).all()
    prices = {(p.plan_id, p.version): Price.of(p) for p in kept}
    policies = {id: business_policy.overridden(plan.policy) for id, plan in plans.items()}
    extras, taxes = extras_of(session, rows), tax_rules_of(session, list(customers.values()))
    found = []
    for row in rows:
        plan = plans[row.plan_id]
        price = prices.get((row.plan_id, row.price_version)) or latest_price(plan)
        found.append(
            Held(
                subscription=row, customer=customers[row.customer_id], plan=plan, product=products[plan.product_id],
                price=price, policy=policies[plan.id], business_policy=business_policy, taxes=taxes[row.customer_id],
                pending_plan=plans[row.pending_plan_id] if row.pending_plan_id else None,
                pending_price=prices.get((row.pending_plan_id or 0, row.pending_version or 0)),
                add_ons=extras[row.id][0], coupons=extras[row.id][1],
            )
        )  # fmt: skip
    return found
