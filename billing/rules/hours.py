"""Hours as an invoice shows them: a line for each person, task and rate, added up before they are priced."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Worked:
    """Hours of one person on one task at one rate, in minor units an hour. `entries` counts what was logged."""

    person: str
    task: str
    rate: int
    hours: Decimal
    first: date
    last: date
    entries: int = 1

    @property
    def exact(self) -> Fraction:
        """What they come to before it is rounded."""
        return Fraction(self.hours) * self.rate

    def amount(self, rounded: Callable[[Fraction], int]) -> int:
        """What they come to in whole minor units: rounded once."""
        return rounded(self.exact)


def gathered(entries: Iterable[Worked]) -> list[Worked]:
    """Those of the same person, task and rate as one, in the order of their first days."""
    found: dict[tuple[str, str, int], Worked] = {}
    for entry in sorted(entries, key=lambda e: (e.first, e.task, e.person, e.rate)):
        key = (entry.person, entry.task, entry.rate)
        before = found.get(key)
        found[key] = entry if before is None else _joined(before, entry)
    return list(found.values())


def _joined(one: Worked, other: Worked) -> Worked:
    return Worked(
        one.person, one.task, one.rate, one.hours + other.hours, min(one.first, other.first),
        max(one.last, other.last), one.entries + other.entries,
    )  # fmt: skip


def said_hours(hours: Decimal) -> str:
    """Hours as people write them: 7.5 h, 12 h."""
    whole = hours.normalize()
    return f"{format(whole if whole else Decimal(0), 'f')} h"
