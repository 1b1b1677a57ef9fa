"""When periods start: month ends, leap days, every anchor day."""

from __future__ import annotations

from calendar import monthrange
from datetime import date
from itertools import islice, pairwise

import pytest

from billing.rules.renewal import next_start, period_starts


def starts(first: date, interval: str, number: int) -> list[date]:
    return list(islice(period_starts(first, interval), number))


def test_started_on_31_january_of_a_leap_year() -> None:
    assert starts(date(2024, 1, 31), "month", 4) == [
        date(2024, 1, 31), date(2024, 2, 29), date(2024, 3, 31), date(2024, 4, 30),
    ]  # fmt: skip


def test_quarters_and_years_keep_their_day_too() -> None:
    assert starts(date(2025, 11, 30), "quarter", 3) == [date(2025, 11, 30), date(2026, 2, 28), date(2026, 5, 30)]
    assert starts(date(2024, 2, 29), "year", 5) == [
        date(2024, 2, 29), date(2025, 2, 28), date(2026, 2, 28), date(2027, 2, 28), date(2028, 2, 29),
    ]  # fmt: skip
    assert starts(date(2026, 12, 28), "week", 2) == [date(2026, 12, 28), date(2027, 1, 4)]


@pytest.mark.parametrize("anchor", range(1, 32))
def test_no_month_is_skipped_or_doubled_in_five_years(anchor: int) -> None:
    days = starts(date(2024, 1, anchor), "month", 61)

    assert [(d.year, d.month) for d in days] == [(2024 + n // 12, n % 12 + 1) for n in range(61)]
    assert all(d.day == min(anchor, monthrange(d.year, d.month)[1]) for d in days)
    assert all(later > earlier for earlier, later in pairwise(days))


@pytest.mark.parametrize(("interval", "anchor"), [("fortnight", 1), ("month", 0), ("month", 32)])
def test_what_is_no_interval_or_day_is_refused(interval: str, anchor: int) -> None:
    with pytest.raises(ValueError, match="is no"):
        next_start(date(2024, 1, 1), interval, anchor)
