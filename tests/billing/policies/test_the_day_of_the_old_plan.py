"""What begins tomorrow, where the day of a change is the old plan's: added twice, removed, given back, all today."""

from __future__ import annotations

from datetime import date

from billing.verify import verify
from tests.billing.policies.shop import APRIL, Shop

MIDDLE, LAST = date(2026, 4, 15), date(2026, 4, 30)


def with_backup(shop: Shop, **settings: str) -> Shop:
    """On 15 April, with a plan for 100.00 and an add-on for 30.00 on sale."""
    shop.set(change_day="old_plan", **settings)
    shop.at(MIDDLE).as_staff("add_ons.create", name="Backup", currency="EUR", unit_amount=30_00)
    shop.subscribe(shop.sell("Basic", 100_00), *APRIL)
    return shop


def amounts(shop: Shop) -> list[int]:
    """Those of the newest document's lines."""
    return [line.amount for line in shop.lines(shop.invoices()[-1].number or "")]


def test_what_was_added_today_is_given_back_with_the_plan(shop: Shop) -> None:
    with_backup(shop).do("subscriptions.add_add_on", add_on="Backup")
    assert amounts(shop) == [15_00]  # from 16 April on

    shop.do("subscriptions.cancel", when="now")

    assert amounts(shop) == [-50_00, -15_00]
    assert verify(shop.contexts) == []


def test_more_of_it_on_the_same_day_is_a_change_of_it(shop: Shop) -> None:
    with_backup(shop).do("subscriptions.add_add_on", add_on="Backup")

    shop.do("subscriptions.add_add_on", add_on="Backup", quantity=2)

    assert amounts(shop) == [-15_00, 45_00]
    shop.at(APRIL[1]).renew()
    assert amounts(shop) == [100_00, 90_00]
    assert verify(shop.contexts) == []


def test_it_can_be_removed_on_the_same_day_once(shop: Shop) -> None:
    with_backup(shop, fewer_seats="today").do("subscriptions.add_add_on", add_on="Backup")

    shop.do("subscriptions.remove_add_on", add_on="Backup")

    assert amounts(shop) == [-15_00]
    assert shop.refusal("subscriptions.remove_add_on", add_on="Backup").code == "add_on_not_there"
    shop.do("subscriptions.cancel", when="now")
    assert amounts(shop) == [-50_00]
    assert verify(shop.contexts) == []


def test_what_is_added_on_the_last_day_is_billed_with_the_renewal_once(shop: Shop) -> None:
    with_backup(shop).at(LAST)

    shop.do("subscriptions.add_add_on", add_on="Backup")
    shop.do("subscriptions.add_add_on", add_on="Backup")
    assert len(shop.invoices()) == 1
    shop.at(APRIL[1]).renew()

    assert amounts(shop) == [100_00, 60_00]
    assert verify(shop.contexts) == []


def test_no_more_days_of_a_plan_are_given_back_than_it_was_charged_for(shop: Shop) -> None:
    shop.set(change_day="old_plan", cancellation_day="unused")
    shop.sell("Plus", 300_00)
    shop.at(date(2026, 4, 16)).subscribe(shop.sell("Basic", 30_00), *APRIL)
    assert shop.switch("Plus").charge == 140_00  # 14 days from tomorrow on

    shop.do("subscriptions.cancel", when="now")

    assert amounts(shop) == [-140_00]
    assert verify(shop.contexts) == []
