"""A plan's own settings stand over the business's, also for what is given back of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest

from billing.actions import invoice_corrections  # noqa: F401
from billing.rules.policy import CreditNoteRounding, Order, Rounding
from billing.verify import verify
from tests.billing.policies.shop import Shop

APRIL = (date(2026, 4, 1), date(2026, 5, 1))
GROSS, NET = CreditNoteRounding.GROSS.value, CreditNoteRounding.NET_AND_TAX.value
VAT = Decimal(25)


def cancelled(shop: Shop) -> tuple[int, int]:
    return note_of(shop, shop.do("subscriptions.cancel", when="now").credit_note)


def paused(shop: Shop) -> tuple[int, int]:
    return note_of(shop, shop.do("subscriptions.pause").credit_note)


def switched_down(shop: Shop) -> tuple[int, int]:
    shop.sell("Free", 0, tax_rate=VAT)
    shop.set(change_day="old_plan")  # 29 of 30 days, as for the others
    return note_of(shop, shop.switch("Free").done.credit_note)


def note_of(shop: Shop, number: str | None) -> tuple[int, int]:
    note = shop.invoice(str(number))
    return -note.tax, -note.total


@pytest.mark.parametrize("stops", [cancelled, paused, switched_down])
@pytest.mark.parametrize("business, plan, given", [(NET, GROSS, (38_66, 193_33)), (GROSS, NET, (38_67, 193_34))])
def test_a_credit_note_is_rounded_as_the_plan_says(
    shop: Shop, stops: Callable[[Shop], tuple[int, int]], business: str, plan: str, given: tuple[int, int]
) -> None:
    shop.at(APRIL[0]).set(credit_note=business)
    shop.subscribe(shop.sell("Basic", 160_00, tax_rate=VAT, policy={"credit_note": plan}), *APRIL)

    assert stops(shop) == given
    assert verify(shop.contexts) == []


def test_when_a_pause_a_cancellation_and_a_switch_happen_is_the_plans_to_say(shop: Shop) -> None:
    own = {"pause": "period_end", "cancellation": "nothing", "downgrade": "renewal", "cancellation_day": "unused"}
    shop.at(date(2026, 4, 16)).sell("Free", 0)
    shop.subscribe(shop.sell("Basic", 100_00, policy=own), *APRIL)

    shown = {fact.label: fact.value for fact in shop.preview("subscriptions.pause").effect.facts}
    assert shown["Pauses"] == "1 May 2026, at the end of the period"
    assert shop.preview("subscriptions.switch_plan", plan="Free").effect.due_now == 0
    assert shop.switch("Free").done.starts_on == APRIL[1]
    assert shop.do("subscriptions.cancel", when="now").credited == 0


@pytest.mark.parametrize("business, plan, tax", [
    (Rounding.HALF_UP, Rounding.DOWN, 1_25), (Rounding.DOWN, Rounding.HALF_UP, 1_26),
])  # fmt: skip
def test_staff_credit_a_line_as_its_plan_rounds(shop: Shop, business: Rounding, plan: Rounding, tax: int) -> None:
    shop.at(APRIL[0]).set(rounding=business.value)
    shop.subscribe(shop.sell("Basic", 10_03, tax_rate=VAT, policy={"rounding": plan.value}), *APRIL)
    number = shop.invoices()[0].number

    done = shop.as_staff("invoices.credit", invoice=number, lines=[{"line": 1, "amount": 5_03}])

    assert (done.tax, done.total) == (tax, 5_03 + tax)
    rest = shop.as_staff("invoices.credit", invoice=number)
    assert done.total + rest.total == shop.invoices()[0].total
    assert verify(shop.contexts) == []


def test_staff_credit_a_line_with_tax_on_the_price_before_coupons_where_the_plan_says_so(shop: Shop) -> None:
    plan = shop.at(APRIL[0]).sell("Basic", 100_00, tax_rate=VAT, policy={"order": Order.TAX_COUPONS_CREDITS.value})
    shop.subscribe(plan, *APRIL, coupons=[{"code": "TEN", "percent": Decimal(10), "duration": "forever"}])
    number = shop.invoices()[0].number

    done = shop.as_staff("invoices.credit", invoice=number, lines=[{"line": 1, "amount": 50_00}])

    assert (done.tax, done.total) == (12_50, 57_50)  # half of 25.00, and of 115.00
    assert verify(shop.contexts) == []
