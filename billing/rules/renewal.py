"""When periods start and what a renewal costs."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import groupby

from billing.money import round_half_up

MONTHS = {"month": 1, "quarter": 3, "year": 12}


def next_start(start: date, interval: str, anchor_day: int) -> date:
    """The day on which the period after the one of `start` begins.

    A month that is too short for the anchor day gives its last day, and the day comes back in the next month that
    has it: anchored on 31, periods start on 31 January, 29 February, 31 March, 30 April. `interval` is week, month,
    quarter or year. Raises ValueError for another one and for an anchor day outside 1 to 31.
    """
    return _moved(start, interval, anchor_day, 1)


def _moved(day: date, interval: str, anchor_day: int, by: int) -> date:
    if not 1 <= anchor_day <= 31:
        raise ValueError(f"{anchor_day} is no day of a month")
    if interval == "week":
        return day + by * timedelta(weeks=1)
    if interval not in MONTHS:
        raise ValueError(f"{interval} is no interval")
    months = day.year * 12 + day.month - 1 + by * MONTHS[interval]
    year, month = divmod(months, 12)
    return date(year, month + 1, min(anchor_day, monthrange(year, month + 1)[1]))


def whole_start(start: date, end: date, interval: str, anchor_day: int) -> date:
    """When the whole interval began that ends with [start, end): `start` itself unless that is only a part of one.

    A period that ends on no anchor day is a whole by itself.
    """
    begun = _moved(end, interval, anchor_day, -1)
    return begun if next_start(begun, interval, anchor_day) == end else start


def first_start_after(day: date, end: date, interval: str, anchor_day: int) -> date:
    """The first day after `day` on which a period of that interval starts, where one starts on the later `end`."""
    while (earlier := _moved(end, interval, anchor_day, -1)) > day:
        end = earlier
    return end


def period_starts(first: date, interval: str, anchor_day: int | None = None) -> Iterator[date]:
    """The days on which periods start, from `first` on without end; the anchor is the first's day unless given."""
    day = first
    while True:
        yield day
        day = next_start(day, interval, anchor_day or first.day)


@dataclass(frozen=True)
class Renewal:
    """What one period costs: without tax, the tax, and both, in minor units."""

    net: int
    tax: int

    @property
    def total(self) -> int:
        return self.net + self.tax


def joint_renewal(lines: Iterable[tuple[int, Decimal]]) -> Renewal:
    """What several net amounts with their tax rates cost on one invoice: tax is rounded once for each rate."""
    ordered = sorted(lines, key=lambda line: line[1])
    bases = [(rate, sum(net for net, _ in group)) for rate, group in groupby(ordered, key=lambda line: line[1])]
    tax = sum(round_half_up(base * Fraction(rate) / 100) for rate, base in bases)
    return Renewal(net=sum(base for _, base in bases), tax=tax)
