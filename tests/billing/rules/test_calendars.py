"""Periods over five years for every anchor day, interval and time zone: none doubled, none skipped, no second lost."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice, pairwise, product
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.rules.policy import Policy
from billing.rules.proration import THIRTY_DAYS, Period, all_of, part_from, rest_of_period, unused_part, whole_length
from billing.rules.renewal import MONTHS, period_starts, whole_start

ZONES = [ZoneInfo(name) for name in ("Pacific/Auckland", "Asia/Kolkata", "Europe/London", "America/Los_Angeles")]
INTERVALS = ("week", "month", "quarter", "year")
ANCHORS = range(1, 32)
IN_FIVE_YEARS = {"week": 261, "month": 60, "quarter": 20, "year": 5}
SECONDS = Policy().overridden({"granularity": "second"})
THIRTY = Policy().overridden({"month_days": "thirty"})
JANUARY = date(2024, 1, 1)


def periods(anchor: int, interval: str, zone: ZoneInfo, clock: time = time()) -> list[Period]:
    """The periods of five years from January 2024 on."""
    starts = period_starts(date(2024, 1, anchor), interval, anchor)
    days = list(islice(starts, IN_FIVE_YEARS[interval] + 1))
    return [Period(start, end, interval, anchor, zone, clock) for start, end in pairwise(days)]


@pytest.mark.parametrize("interval", INTERVALS)
def test_every_period_of_five_years_is_there_once(interval: str) -> None:
    for anchor in ANCHORS:
        for place, period in enumerate(periods(anchor, interval, ZONES[0])):
            assert whole_start(period.start, period.end, interval, anchor) == period.start
            if interval == "week":
                assert (period.end - period.start).days == 7
                continue
            month = place * MONTHS[interval]
            year, of_year = 2024 + month // 12, month % 12 + 1
            assert period.start == date(year, of_year, min(anchor, monthrange(year, of_year)[1])), f"anchor {anchor}"


@pytest.mark.parametrize("zone", ZONES, ids=str)
@pytest.mark.parametrize("interval", INTERVALS)
def test_no_second_is_lost_or_counted_twice_when_clocks_change(interval: str, zone: ZoneInfo) -> None:
    for anchor, clock in product(ANCHORS, (time(), time(2, 30), time(23, 59, 59))):
        found = periods(anchor, interval, zone, clock)
        for period in found:
            seconds = whole_length(period, SECONDS)
            hours = (period.end - period.start).days * 24 - seconds / 3600
            assert seconds > 0 and abs(hours) <= 1, period  # a clock change in it, or two that make up for each other
            assert all_of(period, SECONDS).whole
        for period, after in pairwise(found):
            assert period.instant(period.end) == after.instant(after.start)
        whole = found[-1].instant(found[-1].end) - found[0].instant(found[0].start)
        assert sum(whole_length(period, SECONDS) for period in found) == whole.total_seconds(), f"anchor {anchor}"


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [("Europe/London", date(2024, 3, 31), 23), ("Europe/London", date(2024, 10, 27), 25),
     ("America/Los_Angeles", date(2024, 3, 10), 23), ("America/Los_Angeles", date(2024, 11, 3), 25),
     ("Pacific/Auckland", date(2024, 9, 29), 23), ("Pacific/Auckland", date(2024, 4, 7), 25),
     ("Asia/Kolkata", date(2024, 3, 31), 24)],
)  # fmt: skip
def test_a_day_has_the_hours_that_its_clocks_show(zone: str, day: date, hours: int) -> None:
    after = day + timedelta(days=1)
    month = Period(day.replace(day=1), (day.replace(day=28) + timedelta(days=4)).replace(day=1), zone=ZoneInfo(zone))
    from_day = part_from(month, day, SECONDS, month.instant(day))
    from_next = part_from(month, after, SECONDS, month.instant(after))

    assert from_day.used - from_next.used == hours * 3600


@given(
    st.integers(1, 31), st.sampled_from(INTERVALS), st.sampled_from(ZONES), st.integers(0, 300),
    st.integers(0, 10**6), st.integers(0, 86_399),
)  # fmt: skip
def test_what_is_used_and_what_is_left_are_the_whole(
    anchor: int, interval: str, zone: ZoneInfo, place: int, day: int, second: int
) -> None:
    found = periods(anchor, interval, zone)
    period = found[place % len(found)]
    days = (period.end - period.start).days
    on = period.start + timedelta(days=day % days)
    at = period.instant(on) + timedelta(seconds=second)

    new, old = rest_of_period(period, on), rest_of_period(period, on, Policy().overridden({"change_day": "old_plan"}))
    assert new.used - old.used == 1 and new.used + (on - period.start).days == new.of == days
    assert unused_part(period, on).used == old.used
    left = (period.instant(period.end) - at).total_seconds()
    assert part_from(period, on, SECONDS, at).used == max(left, 0)
    capped = rest_of_period(period, on, THIRTY)
    assert capped.of == THIRTY_DAYS[interval] and 0 < capped.used <= capped.of
    assert all_of(period, THIRTY).whole and all_of(period).whole


@given(st.integers(1, 31), st.sampled_from(INTERVALS), st.integers(0, 1820))
def test_a_day_is_in_one_period_only(anchor: int, interval: str, day: int) -> None:
    on = date(2024, 1, anchor) + timedelta(days=day)

    assert len([p for p in periods(anchor, interval, ZONES[0]) if p.start <= on < p.end]) == 1


@given(st.integers(1, 31), st.sampled_from(("month", "quarter", "year")), st.integers(1, 365))
def test_a_stub_is_the_rest_of_the_whole_that_ends_with_it(anchor: int, interval: str, cut: int) -> None:
    whole = periods(anchor, interval, ZONES[0])[1]
    days = (whole.end - whole.start).days
    stub = Period(whole.start + timedelta(days=cut % days), whole.end, interval, anchor)

    assert stub.whole_start == whole.start
    assert all_of(stub) == rest_of_period(whole, stub.start)


def test_the_moment_counts_and_not_the_day_where_seconds_are_counted() -> None:
    april = Period(date(2026, 4, 1), date(2026, 5, 1), clock=time(15, 30))
    early, late = datetime(2026, 4, 1, 9, tzinfo=UTC), datetime(2026, 4, 30, 20, tzinfo=UTC)

    assert part_from(april, date(2026, 4, 1), SECONDS, early).whole
    assert part_from(april, date(2026, 4, 30), SECONDS, late).used == (3 * 3600 + 30 * 60) + 16 * 3600
