"""Switching between months and years under every setting, on both databases: when it starts and what it costs."""

from __future__ import annotations

from datetime import date, time
from itertools import pairwise

import pytest

from billing.jobs import bill_due
from billing.verify import verify
from tests.billing.policies.shop import APRIL, Shop


def test_a_yearly_plan_starts_a_new_year_today(shop: Shop) -> None:
    shop.sell("Growth", 100_00, position=1)
    shop.sell("Growth", 1_000_00, interval="year")
    shop.at(date(2026, 4, 16)).subscribe("service-growth-month-eur", *APRIL)

    shown = shop.preview(interval="year")
    done = shop.switch(interval="year")

    assert (done.credit, done.charge, done.total) == (50_00, 1_000_00, 950_00)
    assert shop.periods() == [(date(2026, 4, 1), date(2026, 4, 16)), (date(2026, 4, 16), date(2027, 4, 16))]
    assert (shop.subscription().anchor_day, done.done.renews_on) == (16, date(2027, 4, 16))
    assert [(fact.label, fact.value) for fact in shown.effect.facts] == [
        ("Next renewal, 16 April 2027", "€1,000.00"),
        ("Price now", "€100.00 a month, then €1,000.00 a year"),
    ]


def test_a_plan_of_another_interval_is_called_by_it_and_found_by_it(shop: Shop) -> None:
    shop.sell("Growth", 1_000_00, interval="year")
    shop.sell("Plus", 2_000_00, interval="year")
    shop.at(date(2026, 4, 16)).subscribe(shop.sell("Growth", 100_00), *APRIL)

    [choice] = shop.ask("subscriptions.plans").rows

    assert [option.name for option in choice.options] == ["Growth", "Growth yearly", "Plus yearly"]
    titles = [
        shop.preview(**asked).effect.title
        for asked in ({"plan": "yearly Growth"}, {"plan": "Plus yearly"}, {"plan": "service-plus-year-eur"})
    ]
    assert titles == ["Switch Service to Growth yearly", "Switch Service to Plus yearly", *titles[1:2]]
    assert shop.refusal(interval="week").message == (
        "Your account can not be switched to weekly billing. Choose one of: Service Growth yearly, Service Plus yearly."
    )


def test_a_new_year_starts_tomorrow_where_the_day_belongs_to_the_old_plan(shop: Shop) -> None:
    shop.set(change_day="old_plan")
    shop.sell("Growth", 1_000_00, interval="year")
    shop.at(date(2026, 4, 16)).subscribe(shop.sell("Growth", 100_00), *APRIL)

    done = shop.switch(interval="year")

    assert (done.credit, done.charge) == (46_67, 1_000_00)
    assert shop.periods() == [(date(2026, 4, 1), date(2026, 4, 17)), (date(2026, 4, 17), date(2027, 4, 17))]


def test_an_interval_kept_fills_the_period_at_the_new_plans_daily_price(shop: Shop) -> None:
    shop.set(interval_change="keep")
    shop.sell("Growth", 730_00, interval="year")
    shop.at(date(2026, 4, 16)).subscribe(shop.sell("Growth", 100_00), *APRIL)

    done = shop.switch(interval="year")

    assert (done.credit, done.charge, done.total) == (50_00, 30_00, -20_00)  # 15 days of 2.00 each
    assert shop.periods() == [APRIL]
    assert (done.done.renews_on, done.done.next_price) == (APRIL[1], 730_00)


def test_from_a_year_to_months_the_billing_day_is_kept_and_the_next_one_counts(shop: Shop) -> None:
    year = (date(2025, 5, 1), date(2026, 5, 1))
    shop.set(interval_change="keep")
    shop.sell("Growth", 31_00)
    shop.at(date(2026, 3, 2)).subscribe(shop.sell("Growth", 365_00, interval="year"), *year)

    done = shop.switch(interval="month")

    assert (done.credit, done.charge) == (60_00, 30_00)  # 60 days of 1.00 a day, and March's from the 2nd on
    assert [done.arithmetic(1)["part"][name] for name in ("used", "of", "last")] == [30, 31, "2026-03-31"]
    assert (done.done.renews_on, done.done.next_price) == (date(2026, 4, 1), 31_00)
    shop.at(date(2026, 5, 1)).renew()
    starts = [date(2025, 5, 1), date(2026, 3, 2), date(2026, 4, 1), date(2026, 5, 1), date(2026, 6, 1)]
    assert shop.periods() == list(pairwise(starts))
    assert [invoice.total for invoice in shop.invoices()[2:]] == [31_00, 31_00]
    assert verify(shop.contexts) == []


def test_months_that_begin_within_a_year_that_was_billed_are_in_order(shop: Shop) -> None:
    shop.sell("Growth", 31_00)
    shop.at(date(2026, 3, 2)).subscribe(
        shop.sell("Growth", 365_00, interval="year"), date(2025, 5, 1), date(2026, 5, 1)
    )
    shop.switch(interval="month")

    shop.at(date(2026, 4, 2)).renew()

    assert shop.invoices()[-1].period_start == date(2026, 4, 2)
    assert verify(shop.contexts) == []


@pytest.mark.parametrize(
    ("interval", "price", "renews", "charge"),
    [
        ("quarter", 92_00, date(2026, 10, 30), 75_00),
        ("month", 31_00, date(2026, 8, 30), 14_00),
        ("week", 7_00, date(2026, 8, 22), 6_00),
    ],
)
def test_each_shorter_interval_has_its_next_day(
    shop: Shop, interval: str, price: int, renews: date, charge: int
) -> None:
    """Of a year until 30 January 2027 on 16 August: quarters, months and weeks end with it too."""
    shop.set(interval_change="keep")
    shop.sell("Growth", price, interval=interval)
    year = shop.sell("Growth", 365_00, interval="year")
    shop.at(date(2026, 8, 16)).subscribe(year, date(2026, 1, 30), date(2027, 1, 30))

    done = shop.switch(interval=interval)

    assert (done.credit, done.charge, done.done.renews_on) == (167_00, charge, renews)


@pytest.mark.parametrize(("interval", "price", "charge"), [("month", 28_00, 5_00), ("year", 365_00, 5_00)])
def test_what_went_by_weeks_keeps_the_day_of_its_renewal(shop: Shop, interval: str, price: int, charge: int) -> None:
    """A week from 10 March, switched on the 12th: five days of the new plan, which then renews each 17th."""
    shop.set(interval_change="keep")
    shop.sell("Growth", price, interval=interval)
    week = shop.sell("Growth", 7_00, interval="week")
    shop.at(date(2026, 3, 12)).subscribe(week, date(2026, 3, 10), date(2026, 3, 17), anchor_day=31)

    done = shop.switch(interval=interval)
    shop.at(date(2026, 3, 17)).renew()

    assert (done.credit, done.charge, done.done.renews_on) == (5_00, charge, date(2026, 3, 17))
    after = {"month": date(2026, 4, 17), "year": date(2027, 3, 17)}[interval]
    assert shop.periods() == [(date(2026, 3, 10), date(2026, 3, 17)), (date(2026, 3, 17), after)]
    assert verify(shop.contexts) == []


def test_counted_in_seconds_no_moment_is_left_out_until_the_kept_day(shop: Shop) -> None:
    shop.set(interval_change="keep", granularity="second")
    shop.sell("Growth", 30_00)
    year = shop.sell("Growth", 365_00, interval="year")
    shop.at(date(2026, 4, 16), time(6)).subscribe(year, date(2025, 5, 1), date(2026, 5, 1), anchor_time="18:00:00")

    done = shop.switch(interval="month")  # the period ends on 1 May at 18:00: 15 days and a half are left
    assert (done.credit, done.charge) == (15_50, 15_50)
    assert done.arithmetic(1)["part"]["used"] == 15.5 * 86_400


def test_a_period_that_begins_tomorrow_is_given_back_in_whole(shop: Shop) -> None:
    shop.set(change_day="old_plan")
    shop.sell("Growth", 1_000_00, interval="year")
    shop.sell("Scale", 3_650_00, interval="year")
    shop.at(date(2026, 4, 16)).subscribe(shop.sell("Growth", 100_00), *APRIL)
    shop.switch("Growth", interval="year")

    again = shop.switch("Scale", interval="year")

    assert (again.credit, again.charge) == (1_000_00, 3_650_00)
    assert shop.periods()[1] == (date(2026, 4, 17), date(2027, 4, 17))


@pytest.mark.parametrize(("renewal_price", "costs", "version"), [("kept", 50_00, 1), ("latest", 55_00, 2)])
def test_a_change_planned_for_the_renewal_is_made_at_the_price_that_was_shown(
    shop: Shop, renewal_price: str, costs: int, version: int
) -> None:
    """Unless a renewal costs the latest price."""
    shop.set(downgrade="renewal", renewal_price=renewal_price)
    basic = shop.sell("Basic", 50_00)
    shop.at(date(2026, 4, 16)).subscribe(shop.sell("Plus", 600_00, interval="year"), date(2025, 5, 1), APRIL[1])
    shop.sell("Plus", 70_00)
    planned = shop.switch("Plus", interval="month")
    shown = shop.switch(plan=basic).done.next_price
    shop.raise_price(basic, 55_00)
    [row] = shop.ask("home.show").renewals
    shop.at(APRIL[1])

    bill_due(shop.contexts)

    assert (planned.paper, planned.done.starts_on) == (None, APRIL[1])
    assert (shown, row.amount, shop.invoices()[-1].total) == (50_00, costs, costs)
    now = shop.subscription()
    assert (now.period_start, now.period_end, now.price_version) == (APRIL[1], date(2026, 6, 1), version)
    assert (now.pending_plan_id, now.pending_version, now.pending_on) == (None, None, None)
    assert shop.periods() == [(date(2025, 5, 1), APRIL[1]), (APRIL[1], date(2026, 6, 1))]


def test_a_planned_change_that_is_taken_back_leaves_no_price_behind(shop: Shop) -> None:
    shop.set(downgrade="renewal")
    shop.at(date(2026, 4, 16)).subscribe(shop.sell("Plus", 100_00), *APRIL)
    before = shop.subscription().model_dump()
    shop.switch(shop.sell("Basic", 50_00))
    assert shop.subscription().pending_version == 1

    shop.do("subscriptions.take_back")

    assert shop.subscription().model_dump() == before
