"""How long what is owed has been due: not yet, 1 to 30 days, 31 to 60, 61 to 90, more."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum


class Age(StrEnum):
    """How many days after its due date an amount is still owed; the due date itself is not late."""

    CURRENT = "current"
    DAYS_30 = "1_30"
    DAYS_60 = "31_60"
    DAYS_90 = "61_90"
    OLDER = "over_90"


# The last day late of each age but the oldest, which has none.
LAST_DAY = {Age.CURRENT: 0, Age.DAYS_30: 30, Age.DAYS_60: 60, Age.DAYS_90: 90}


def age_of(due_on: date, on: date) -> Age:
    """The age, at the end of the day `on`, of what was due on a day."""
    late = (on - due_on).days
    return next((age for age, last in LAST_DAY.items() if late <= last), Age.OLDER)


def first_due(age: Age, on: date) -> date | None:
    """The earliest due date that has that age at the end of the day `on`; None for the oldest."""
    last = LAST_DAY.get(age)
    return None if last is None else on - timedelta(days=last)


@dataclass(frozen=True)
class Aged:
    """What is owed by age, minor units of one currency."""

    current: int = 0
    days_30: int = 0
    days_60: int = 0
    days_90: int = 0
    older: int = 0

    @property
    def total(self) -> int:
        """All that is owed."""
        return self.current + self.days_30 + self.days_60 + self.days_90 + self.older


def aged(amounts: Iterable[tuple[date, int]], on: date) -> Aged:
    """What is owed by age at the end of the day `on`, from due dates and what is owed for each."""
    sums = dict.fromkeys(Age, 0)
    for due_on, amount in amounts:
        sums[age_of(due_on, on)] += amount
    return Aged(*(sums[age] for age in Age))
