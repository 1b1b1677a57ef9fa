"""What is given back is never more than what was billed, however often a subscription was changed before."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from billing.verify import verify
from tests.billing.policies.shop import Shop

APRIL = (date(2026, 4, 1), date(2026, 5, 1))


def test_a_cancellation_after_a_switch_gives_back_more_than_the_switch_cost(shop: Shop) -> None:
    shop.sell("Plus", 200_00, tax_rate=Decimal(20))
    shop.at(date(2026, 4, 16)).subscribe(shop.sell("Basic", 100_00, tax_rate=Decimal(20)), *APRIL)
    first = shop.invoices()[0].number
    shop.as_staff("payments.record", amount=120_00, invoices=[first], reference="A-1", received_on="2026-04-16")
    switched = shop.switch("Plus")

    done = shop.at(date(2026, 4, 17)).do("subscriptions.cancel", when="now")

    assert switched.total == 60_00
    assert done.credited == 104_00  # 13 of 30 days of 200.00 with 20 %
    assert verify(shop.contexts) == []


def test_two_that_renewed_together_and_are_given_back_in_whole(shop: Shop) -> None:
    shop.set(cancellation_day="unused")
    plan = shop.sell("Basic", 68_33, tax_rate=Decimal(20))
    for number in ("SUB-1", "SUB-2"):
        shop.at(APRIL[0]).subscribe(plan, date(2026, 3, 1), APRIL[0], number=number)
    shop.renew()
    joint = shop.invoices()[-1]

    credited = [
        shop.do("subscriptions.cancel", when="now", subscription=number).credited for number in ("SUB-1", "SUB-2")
    ]

    assert (joint.total, credited) == (163_99, [82_00, 81_99])
    assert verify(shop.contexts) == []
    assert shop.invoices()[2].due == 0


def test_a_switch_down_after_one_up_gives_back_more_than_that_one_cost(shop: Shop) -> None:
    shop.sell("Plus", 200_00)
    shop.sell("Free", 0)
    shop.at(date(2026, 4, 16)).subscribe(shop.sell("Basic", 100_00), *APRIL)
    shop.switch("Plus")

    done = shop.at(date(2026, 4, 17)).switch("Free")

    first, second, note = shop.invoices()
    assert (done.credit, done.charge) == (93_33, 0)
    assert (first.due, second.due, note.credit_left) == (6_67, 50_00, 0)
