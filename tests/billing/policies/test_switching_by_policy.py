"""Switching plans under every setting, on both databases: what is given back and charged, to the cent."""

from __future__ import annotations

from datetime import date, time

import pytest

from billing.rules.arithmetic import worked_out_again
from tests.billing.policies.shop import APRIL, MARCH, Shop

FEBRUARY = (date(2026, 2, 1), date(2026, 3, 1))

# the policy, the month, old and new price, the day of the change, and: credit, charge
CASES: list[tuple[dict[str, str], tuple[date, date], int, int, int, int, int]] = [
    ({}, APRIL, 300_00, 500_00, 16, 150_00, 250_00),
    ({}, MARCH, 50_00, 100_00, 16, 25_81, 51_61),
    ({}, MARCH, 50_00, 100_00, 1, 50_00, 100_00),
    ({}, MARCH, 50_00, 100_00, 31, 1_61, 3_23),
    ({}, FEBRUARY, 50_00, 100_00, 15, 25_00, 50_00),
    ({"change_day": "old_plan"}, APRIL, 300_00, 500_00, 16, 140_00, 233_33),
    ({"change_day": "old_plan"}, MARCH, 50_00, 100_00, 16, 24_19, 48_39),
    ({"change_day": "old_plan"}, MARCH, 50_00, 100_00, 1, 48_39, 96_77),
    ({"month_days": "thirty"}, MARCH, 50_00, 100_00, 16, 26_67, 53_33),
    ({"month_days": "thirty"}, MARCH, 50_00, 100_00, 2, 50_00, 100_00),
    ({"month_days": "thirty"}, FEBRUARY, 50_00, 100_00, 15, 23_33, 46_67),
    ({"month_days": "thirty"}, FEBRUARY, 50_00, 100_00, 1, 50_00, 100_00),
    ({"month_days": "thirty", "change_day": "old_plan"}, MARCH, 50_00, 100_00, 16, 25_00, 50_00),
    ({"rounding": "down"}, MARCH, 50_00, 100_00, 16, 25_80, 51_61),
    ({"rounding": "down"}, MARCH, 19_99, 29_99, 12, 12_89, 19_34),
    ({"granularity": "second"}, APRIL, 300_00, 500_00, 16, 145_00, 241_67),
    # March 2026 has 31 days less an hour in Amsterdam; 16 March, noon to 1 April are 15.5 days less that hour
    ({"granularity": "second"}, MARCH, 50_00, 100_00, 16, 24_97, 49_93),
    ({"granularity": "second", "change_day": "old_plan"}, APRIL, 300_00, 500_00, 16, 145_00, 241_67),
]  # fmt: skip


@pytest.mark.parametrize(
    ("policy", "month", "old", "new", "day", "credit", "charge"), CASES,
    ids=[f"{'-'.join(c[0].values()) or 'defaults'}-{c[2] // 100}-{c[4]}.{c[1][0].month}" for c in CASES],
)  # fmt: skip
def test_the_rest_of_a_month(
    shop: Shop, policy: dict[str, str], month: tuple[date, date], old: int, new: int, day: int, credit: int, charge: int
) -> None:
    shop.set(**policy)
    shop.at(month[0].replace(day=day)).subscribe(shop.sell("Basic", old), *month)
    shop.sell("Plus", new)

    done = shop.switch("Plus")

    assert (done.credit, done.charge, done.total) == (credit, charge, charge - credit)
    assert shop.periods() == [month]


def test_seconds_are_counted_from_the_moment_and_the_anchors_time_of_day(shop: Shop) -> None:
    shop.set(granularity="second")
    shop.sell("Plus", 500_00)
    shop.at(date(2026, 4, 16), time(15, 30)).subscribe(shop.sell("Basic", 300_00), *APRIL, anchor_time="15:30:00")

    done = shop.switch("Plus")

    assert (done.credit, done.charge) == (150_00, 250_00)
    assert done.arithmetic(1)["part"] == {
        "counted": "second", "used": 15 * 86_400, "of": 30 * 86_400, "first": "2026-04-16", "last": "2026-04-30",
    }  # fmt: skip


def test_a_day_of_23_hours_has_23_hours(shop: Shop) -> None:
    shop.set(granularity="second")
    shop.sell("Plus", 200_00)
    shop.at(date(2026, 3, 29), time(0)).subscribe(shop.sell("Basic", 100_00), *MARCH)

    done = shop.switch("Plus")

    part = done.arithmetic(1)["part"]
    assert (part["used"], part["of"]) == (71 * 3600, 743 * 3600)
    assert (done.credit, done.charge) == (9_56, 19_11)


def test_what_is_cheaper_waits_for_the_renewal_where_the_policy_says_so(shop: Shop) -> None:
    shop.set(downgrade="renewal")
    shop.sell("Basic", 300_00)
    shop.at(date(2026, 4, 16)).subscribe(shop.sell("Plus", 500_00), *APRIL)

    done = shop.switch("Basic")

    assert (done.paper, done.done.starts_on) == (None, APRIL[1])
    assert shop.subscription().pending_on == APRIL[1]
    assert shop.refusal(plan="Basic", starts="today").field == "starts"


def test_a_plans_own_settings_stand_over_the_businesss(shop: Shop) -> None:
    shop.sell("Plus", 100_00)
    own = {"change_day": "old_plan", "rounding": "down"}
    shop.at(date(2026, 3, 16)).subscribe(shop.sell("Basic", 50_00, policy=own), *MARCH)

    done = shop.switch("Plus")

    assert (done.credit, done.charge) == (24_19, 48_38)


def test_a_plan_names_what_it_may_be_switched_to(shop: Shop) -> None:
    plus = shop.sell("Plus", 200_00)
    shop.sell("Scale", 400_00)
    shop.at(date(2026, 4, 16)).subscribe(shop.sell("Basic", 100_00, switch_to=[plus]), *APRIL)

    refused = shop.refusal(plan="Scale", subscription="SUB-1")

    assert refused.message == "Service can not be switched to Scale. Choose one of: Plus."
    assert shop.switch("Plus").charge == 100_00


def test_on_the_last_day_the_old_plan_keeps_nothing_is_charged(shop: Shop) -> None:
    shop.set(change_day="old_plan")
    shop.sell("Plus", 100_00)
    shop.at(date(2026, 4, 30)).subscribe(shop.sell("Basic", 50_00), *APRIL)

    done = shop.switch("Plus")

    assert (done.paper, done.done.next_price, shop.subscription().period_end) == (None, 100_00, APRIL[1])


def test_every_line_that_was_written_is_worked_out_again_to_the_same(shop: Shop) -> None:
    shop.set(granularity="second", rounding="down")
    shop.tax("9.975", "QST 9.975%")
    shop.sell("Plus", 77_77)
    shop.at(date(2026, 3, 13), time(9, 41, 7)).subscribe(shop.sell("Basic", 33_33), *MARCH)

    done = shop.switch("Plus")

    assert [worked_out_again(line.arithmetic) for line in done.lines] == [line.amount for line in done.lines]
    assert done.lines[0].working[1] == "Counted in seconds, from the moment of the change."


@pytest.mark.parametrize(
    ("interval", "end", "month_days", "used", "of"),
    [
        ("week", date(2026, 4, 20), "actual", 4, 7),
        ("week", date(2026, 4, 20), "thirty", 4, 7),
        ("quarter", date(2026, 7, 13), "actual", 88, 91),
        ("quarter", date(2026, 7, 13), "thirty", 88, 90),
        ("year", date(2027, 4, 13), "actual", 362, 365),
        ("year", date(2027, 4, 13), "thirty", 360, 360),
    ],
)
def test_weeks_quarters_and_years(shop: Shop, interval: str, end: date, month_days: str, used: int, of: int) -> None:
    shop.set(month_days=month_days)
    shop.sell("Plus", of * 2_00, interval=interval)
    shop.at(date(2026, 4, 16)).subscribe(shop.sell("Basic", of * 1_00, interval=interval), date(2026, 4, 13), end)

    done = shop.switch("Plus")

    assert (done.credit, done.charge) == (used * 1_00, used * 2_00)
    assert (done.arithmetic(0)["part"]["used"], done.arithmetic(0)["part"]["of"]) == (used, of)
