"""A plan and its price in words."""

from __future__ import annotations

from billing.models.subscriptions import Plan, Product
from billing.money import MoneyFormat

PER = {"week": "a week", "month": "a month", "quarter": "a quarter", "year": "a year"}


def full_name(product: Product, plan: Plan) -> str:
    """Hosting Growth, a month, EUR: what tells a plan from all others."""
    return f"{product.name} {plan.name}".strip() + f", {PER[plan.interval]}, {plan.currency}"


def said_price(
    money: MoneyFormat, interval: str, unit_amount: int, *, per_seat: bool, base: int = 0, included: int = 0
) -> str:
    """A price in words: €180.00 a month; €49.00 a seat a month; €99.00 a month with 3 seats, €20.00 for each more."""
    per = PER[interval]
    if not per_seat:
        return f"{money(unit_amount)} {per}"
    if not included:
        return f"{money(unit_amount)} a seat {per}"
    seats = f"{included} seat{'s' if included != 1 else ''}"
    return f"{money(base)} {per} with {seats}, {money(unit_amount)} for each more"
