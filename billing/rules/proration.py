"""What a part of a period costs: exact fractions of days or seconds, rounded once, at the end of a line.

The policy says in what a part is counted, whose the day of a change is, and how long a month is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from fractions import Fraction

from billing.money import round_half_up
from billing.rules.coupons import Off, after
from billing.rules.policy import CancellationDay, ChangeDay, Granularity, MonthDays, Policy
from billing.rules.renewal import whole_start

DAY = timedelta(days=1)
THIRTY_DAYS = {"week": 7, "month": 30, "quarter": 90, "year": 360}


@dataclass(frozen=True)
class Period:
    """The days [start, end) that are billed at once, and how they are counted.

    `interval` is week, month, quarter or year. A period may be a stub of one (until the anchor day); its days still
    are days of the whole. Where seconds are counted, each day begins at `clock` in `zone`.
    """

    start: date
    end: date
    interval: str = "month"
    anchor_day: int | None = None
    zone: tzinfo = UTC
    clock: time = time()

    @property
    def whole_start(self) -> date:
        """When the whole interval that ends with this period would have begun."""
        return whole_start(self.start, self.end, self.interval, self.anchor_day or self.start.day)

    def instant(self, day: date) -> datetime:
        """The moment at which a day begins, in UTC."""
        return datetime.combine(day, self.clock, tzinfo=self.zone).astimezone(UTC)


@dataclass(frozen=True)
class Part:
    """`used` of the `of` days (or seconds) of a whole period: those from `first` to the day before `end`."""

    first: date
    used: int
    of: int
    end: date
    counted: Granularity = Granularity.DAY

    @property
    def fraction(self) -> Fraction:
        return Fraction(self.used, self.of)

    @property
    def whole(self) -> bool:
        """Whether it is a whole period."""
        return self.used == self.of


def whole_length(period: Period, policy: Policy = Policy()) -> int:
    """How many days (or seconds) the whole has that the period's days are days of."""
    if policy.granularity is Granularity.SECOND:
        return _seconds(period.instant(period.whole_start), period.instant(period.end))
    if policy.month_days is MonthDays.THIRTY:
        return THIRTY_DAYS[period.interval]
    return (period.end - period.whole_start).days


def part_from(period: Period, first: date, policy: Policy = Policy(), at: datetime | None = None) -> Part:
    """The part of a period from a day on (where seconds are counted: from the moment `at`) to its end.

    From the start on it is all of the period: the whole, or the stub that it is. With months of 30 days a part is
    never more than the whole, except of a period that is longer than its interval. Raises ValueError when the day is
    not in the period; the day after its last is, with nothing left.
    """
    if not period.start <= first <= period.end or period.start == period.end:
        raise ValueError(f"{first} is not in the period from {period.start} to {period.end}")
    of = whole_length(period, policy)
    if policy.granularity is Granularity.SECOND:
        end = period.instant(period.end)
        begins = min(max(at or period.instant(first), period.instant(period.start)), end)
        return Part(first, _seconds(begins, end), of, period.end, Granularity.SECOND)
    days = (period.end - first).days
    if policy.month_days is MonthDays.THIRTY:
        longer = period.start < period.whole_start
        days = of if first == period.start == period.whole_start else days if longer else min(days, of)
    return Part(first, days, of, period.end)


def _seconds(begins: datetime, ends: datetime) -> int:
    return int((ends - begins).total_seconds())


def all_of(period: Period, policy: Policy = Policy()) -> Part:
    """The period as a part of its whole: less than all of it for a stub."""
    return part_from(period, period.start, policy)


def rest_of_period(period: Period, change_on: date, policy: Policy = Policy(), at: datetime | None = None) -> Part:
    """What is left of a period for a new plan that comes on that day (at that moment, where seconds are counted).

    The day of the change is the new plan's or the old one's, as the policy says. Of a period that has not begun all is
    left. Raises ValueError when the period is over.
    """
    if _not_begun(period, change_on):
        return all_of(period, policy)
    keeps_day = policy.granularity is Granularity.DAY and policy.change_day is ChangeDay.OLD_PLAN
    return part_from(period, change_on + DAY if keeps_day else change_on, policy, at)


def unused_part(period: Period, on: date, policy: Policy = Policy(), at: datetime | None = None) -> Part:
    """What isn't used of a period that is ended on that day, by a cancellation or a pause.

    That day counts as used or not, as the policy says. Of a period that has not begun nothing is used. Raises
    ValueError when the period is over.
    """
    if _not_begun(period, on):
        return all_of(period, policy)
    return part_from(period, first_unused_day(policy, on), policy, at)


def first_unused_day(policy: Policy, on: date) -> date:
    """The day from which nothing is used when a subscription stops on `on`: the next day, or that one."""
    used = policy.granularity is Granularity.DAY and policy.cancellation_day is CancellationDay.USED
    return on + DAY if used else on


def _not_begun(period: Period, day: date) -> bool:
    if day >= period.end:
        raise ValueError(f"{day} is after the period from {period.start} to {period.end}")
    return day < period.start


@dataclass(frozen=True)
class Priced:
    """What is charged for a period: `base_amount` with `included` units, `unit_amount` for each one more.

    `discount_percent` comes off first, then `offs` one after another. Minor units.
    """

    unit_amount: int
    quantity: Decimal | int = 1
    discount_percent: Decimal = Decimal(0)
    base_amount: int = 0
    included: int = 0
    offs: tuple[Off, ...] = ()
    discount_label: str = ""

    @property
    def full(self) -> Fraction:
        """The exact price of a whole period before anything comes off."""
        return self.base_amount + self.unit_amount * max(Fraction(self.quantity) - self.included, Fraction(0))

    def exact(self, part: Part | None = None) -> Fraction:
        """The exact price of a whole period, or of a part of one."""
        discounted = self.full * (1 - Fraction(self.discount_percent) / 100)
        return after(discounted, self.offs) * (part.fraction if part else 1)

    def for_part(self, part: Part | None = None, rounded: Callable[[Fraction], int] = round_half_up) -> int:
        """Minor units for a whole period or for a part of one, rounded once."""
        return rounded(self.exact(part))
