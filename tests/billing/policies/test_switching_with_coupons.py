"""Coupons on a switch: they come off what is given back and off what is charged, before tax or after it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from tests.billing.policies.shop import Shop

APRIL = (date(2026, 4, 1), date(2026, 5, 1))
MIDDLE = date(2026, 4, 16)
TEN: dict[str, Any] = {"code": "TEN", "name": "Ten off", "percent": Decimal(10), "duration": "forever"}
TWENTY: dict[str, Any] = {"code": "TWENTY", "amount": 20_00, "scope": "invoice", "duration": "forever"}


def in_the_middle(shop: Shop, *coupons: dict[str, Any], **more: Any) -> Shop:
    """A customer on Basic for 100.00 and VAT of 25 %, billed for April, in whose middle it is."""
    shop.sell("Plus", 200_00, tax_rate=Decimal(25))
    basic = shop.sell("Basic", 100_00, tax_rate=Decimal(25))
    shop.at(MIDDLE).subscribe(basic, *APRIL, coupons=coupons, **more)
    return shop


def test_a_percentage_of_the_line(shop: Shop) -> None:
    done = in_the_middle(shop, TEN).switch("Plus")

    assert shop.invoices()[0].total == 112_50
    assert (done.credit, done.charge, done.total) == (45_00, 90_00, 56_25)
    assert done.lines[1].working[0] == "(€200.00 − 10%) × 15 of 30 days, 16–30 April = €90.00"
    assert done.arithmetic(1)["discounts"] == [{"label": "Ten off", "code": "TEN", "percent": "10"}]
    assert done.done.next_price == 225_00


def test_an_amount_of_the_invoice(shop: Shop) -> None:
    done = in_the_middle(shop, TWENTY).switch("Plus")

    first = shop.invoices()[0]
    assert (first.subtotal, first.discount, first.tax, first.total) == (100_00, 20_00, 20_00, 100_00)
    assert (done.credit, done.charge, done.total) == (40_00, 90_00, 62_50)
    assert done.done.next_price == 225_00


def test_lines_before_the_invoice_and_in_the_order_of_redemption(shop: Shop) -> None:
    half = {"code": "HALF", "percent": Decimal(50), "scope": "invoice", "duration": "forever"}
    five = {"code": "FIVE", "amount": 5_00, "duration": "forever"}
    done = in_the_middle(shop, half, TEN, five).switch("Plus")

    assert shop.invoices()[0].subtotal - shop.invoices()[0].discount == 42_50  # (100 × 0.9 − 5) ÷ 2
    assert (done.credit, done.charge) == (21_25, 43_75)
    assert done.done.next_price == 109_38  # 87.50 and 25 % of it


def test_tax_before_coupons(shop: Shop) -> None:
    shop.set(order="tax_coupons_credits")
    done = in_the_middle(shop, TEN, TWENTY).switch("Plus")

    first = shop.invoices()[0]
    assert (first.subtotal, first.tax, first.discount, first.total) == (100_00, 25_00, 30_00, 95_00)
    assert done.paper is not None
    assert (done.credit, done.charge, done.paper.tax) == (50_00, 100_00, 12_50)
    # half of what came off 100.00 (10 + 20) is given back less, half of what comes off 200.00 (20 + 20) comes off
    assert (done.paper.discount, done.total) == (-15_00 + 20_00, 57_50)


def test_a_coupon_for_one_plan_ends_where_that_plan_does(shop: Shop) -> None:
    only = TEN | {"plans": ["service-basic-month-eur"]}
    done = in_the_middle(shop, only).switch("Plus")

    assert (done.credit, done.charge) == (45_00, 100_00)


def test_a_coupon_whose_last_period_runs_counts_until_its_end(shop: Shop) -> None:
    last = TEN | {"duration": "once", "periods_left": 0, "ended_on": APRIL[1]}
    done = in_the_middle(shop, last).switch("Plus")

    assert (done.credit, done.charge, done.done.next_price) == (45_00, 90_00, 250_00)


def test_it_does_not_count_for_a_new_year_and_one_with_periods_left_does(shop: Shop) -> None:
    last = TEN | {"duration": "once", "periods_left": 0, "ended_on": APRIL[1]}
    more = {"code": "MORE", "percent": Decimal(50), "duration": "periods", "periods": 2, "periods_left": 1}
    shop.sell("Basic", 1_000_00, interval="year", tax_rate=Decimal(25))
    done = in_the_middle(shop, last, more).switch("Basic", interval="year")

    assert (done.credit, done.charge) == (22_50, 500_00)
    assert done.done.next_price == 1_250_00


def test_a_coupon_that_came_after_the_bill_counts_from_the_next_one(shop: Shop) -> None:
    shop.sell("Plus", 200_00, tax_rate=Decimal(25))
    basic = shop.sell("Basic", 100_00, tax_rate=Decimal(25))
    shop.at(APRIL[0]).subscribe(basic, *APRIL)
    shop.coupon(code="NEW", percent=Decimal(10), duration="once")
    shop.do("subscriptions.redeem_coupon", coupon="NEW")

    done = shop.at(MIDDLE).switch("Plus")

    assert (done.credit, done.charge, done.done.next_price) == (50_00, 100_00, 225_00)


def test_a_coupon_never_takes_more_than_the_price(shop: Shop) -> None:
    big = {"code": "BIG", "amount": 150_00, "duration": "forever"}
    done = in_the_middle(shop, big).switch("Plus")

    assert shop.invoices()[0].total == 0
    assert (done.credit, done.charge) == (0, 25_00)


def test_the_standing_discount_comes_before_coupons(shop: Shop) -> None:
    five = {"code": "FIVE", "amount": 5_00, "duration": "forever"}
    done = in_the_middle(shop, five, discount_percent=Decimal(20), discount_label="Loyalty").switch("Plus")

    assert (done.credit, done.charge) == (37_50, 77_50)  # half of 100 × 0.8 − 5, half of 200 × 0.8 − 5


def test_an_amount_of_the_invoice_is_shared_with_add_ons(shop: Shop) -> None:
    shop.sell("Basic", 1_000_00, interval="year", tax_rate=Decimal(25))
    done = in_the_middle(shop, TWENTY, add_ons=[("Backups", 60_00, 1)]).switch("Basic", interval="year")

    assert [line.amount for line in done.lines][:2] == [-43_75, -26_25]  # half of 160 − 20, as 100 to 60
    assert done.charge == 1_040_00


def test_who_comes_back_to_the_plan_that_a_coupon_is_for_has_it_again(shop: Shop) -> None:
    half = {"code": "HALF", "percent": Decimal(50), "duration": "forever"}
    basic, plus = shop.at(date(2026, 4, 1)).sell("Basic", 100_00), shop.sell("Plus", 200_00)
    shop.subscribe(basic, *APRIL, coupons=[half | {"plans": [basic]}])
    there = shop.at(date(2026, 4, 16)).switch(plus)

    back = shop.at(date(2026, 4, 21)).switch(basic)

    assert (there.credit, there.charge) == (25_00, 100_00)
    assert (back.credit, back.charge) == (66_67, 16_67)  # 10 of 30 days of 200.00, and of half of 100.00
