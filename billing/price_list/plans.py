"""Keeping plans: each has a code, and every price that it ever had."""

from __future__ import annotations

import re
from datetime import datetime

from sqlmodel import Session

from billing.errors import PortalError
from billing.models.subscriptions import Plan, PlanPrice, Product
from billing.references import LONGEST_CODE, unaccented


def plan_code(product: str, name: str, interval: str, currency: str) -> str:
    """The code that a plan gets when nobody says one: hosting-growth-month-eur. Raises `invalid_input`."""
    words = " ".join(part for part in (product, name, interval, currency) if part)
    code = "-".join(re.findall(r"[a-z0-9]+", unaccented(words)))[:LONGEST_CODE].rstrip("-")
    if not code:
        raise PortalError("invalid_input", field="code", problem="No code can be made from that name. Enter one.")
    return code


def add_plan(session: Session, product: Product, plan: Plan, at: datetime) -> Plan:
    """Keeps a new plan of the product, with a code where it has none, and the first version of its price."""
    assert product.id is not None
    plan.product_id = product.id
    plan.code = plan.code or plan_code(product.name, plan.name, plan.interval, plan.currency)
    session.add(plan)
    session.flush()
    session.add(price_of(plan, at))
    return plan


def price_of(plan: Plan, at: datetime) -> PlanPrice:
    """The plan's price as it is now, as a version to be kept."""
    assert plan.id is not None
    return PlanPrice(
        plan_id=plan.id, version=plan.version, unit_amount=plan.unit_amount, base_amount=plan.base_amount,
        included_seats=plan.included_seats, created_at=at,
    )  # fmt: skip
