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


def test_a_change_that_was_credited_leaves_what_was_billed_before_it(shop: Shop) -> None:
    shop.sell("Plus", 200_00)
    shop.at(date(2026, 4, 11)).subscribe(shop.sell("Basic", 100_00), *APRIL)
    change = shop.switch("Plus").paper
    assert change is not None and change.total == 66_66  # 20 of 30 days: 133.33 − 66.67
    shop.as_staff("invoices.credit", invoice=change.number, reason="Not what was wanted")

    shop.at(date(2026, 4, 21)).do("subscriptions.pause")

    assert shop.invoices()[-1].total == -30_00  # from 22 April 9 of 30 days, of the 100.00 that still count


def test_a_change_that_was_credited_in_half_leaves_half_of_both(shop: Shop) -> None:
    shop.sell("Plus", 200_00)
    shop.at(date(2026, 4, 16)).subscribe(shop.sell("Basic", 100_00), *APRIL)
    change = shop.switch("Plus").paper
    assert change is not None and change.total == 50_00
    shop.as_staff("invoices.write_off", invoice=change.number, amount=25_00, reason="Agreed")

    back = shop.at(date(2026, 4, 21)).switch("Basic")

    assert (back.credit, back.charge) == (50_00, 33_33)  # 10 of 30 days of 150.00, and of 100.00


def test_nothing_is_given_back_where_the_change_and_what_was_before_it_were_credited(shop: Shop) -> None:
    shop.sell("Plus", 200_00)
    shop.at(date(2026, 4, 16)).subscribe(shop.sell("Basic", 100_00), *APRIL)
    shop.switch("Plus")
    for invoice in shop.invoices():
        shop.as_staff("invoices.credit", invoice=invoice.number, reason="All of it")

    shown = shop.preview("subscriptions.pause")

    assert not [line for line in shown.effect.lines if line.kind == "grand"]


def test_a_change_that_was_credited_leaves_what_it_gave_back_where_the_records_have_no_more(shop: Shop) -> None:
    seats = {"per_seat": True, "least_seats": 1, "most_seats": 50}
    shop.at(date(2026, 4, 16)).subscribe(shop.sell("Team", 10_00, **seats), *APRIL, seats=3, billed=False)
    change = shop.switch(seats=5).paper
    assert change is not None and change.total == 10_00
    shop.as_staff("invoices.credit", invoice=change.number, reason="Not what was wanted")

    shop.at(date(2026, 4, 20)).do("subscriptions.pause")

    assert shop.invoices()[-1].total == -10_00  # from 21 April 10 of 30 days of 3 × 10.00
