"""What a part of a period costs: exact fractions of days, rounded half up once, at the end of a line.

The default policy counts whole days, and the day of a change belongs to the new plan.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from billing.money import round_half_up


@dataclass(frozen=True)
class Part:
    """Days of a period: from `first` on, `days` of the `of` days that it has."""

    first: date
    days: int
    of: int

    @property
    def fraction(self) -> Fraction:
        return Fraction(self.days, self.of)

    @property
    def whole(self) -> bool:
        """Whether it is the whole period."""
        return self.days == self.of


def rest_of_period(start: date, end: date, change_on: date) -> Part:
    """The days of the period [start, end) from `change_on` to its last, that day counted.

    Raises ValueError when the period is empty or the day lies outside of it.
    """
    if not start <= change_on < end:
        raise ValueError(f"{change_on} is not in the period from {start} to {end}")
    return Part(first=change_on, days=(end - change_on).days, of=(end - start).days)


def price(
    unit_amount: int,
    quantity: Decimal | int = 1,
    *,
    discount_percent: Decimal = Decimal(0),
    part: Part | None = None,
) -> int:
    """What `quantity` units cost for a period, or for a part of one, in minor units: rounded half up, once."""
    return round_half_up(exact_price(unit_amount, quantity, discount_percent=discount_percent, part=part))


def exact_price(
    unit_amount: int,
    quantity: Decimal | int = 1,
    *,
    discount_percent: Decimal = Decimal(0),
    part: Part | None = None,
) -> Fraction:
    """The same before it is rounded."""
    fraction = part.fraction if part else Fraction(1)
    return unit_amount * Fraction(quantity) * (1 - Fraction(discount_percent) / 100) * fraction


def tax_on(net: int, rate: Decimal) -> int:
    """Tax of `rate` percent added to a net amount, in minor units, rounded half up (a negative one away from zero)."""
    return round_half_up(net * Fraction(rate) / 100)


@dataclass(frozen=True)
class Switch:
    """What a change in the middle of a period costs, without tax: `credit` for the old, `charge` for the new."""

    part: Part
    credit: int
    charge: int

    @property
    def net(self) -> int:
        return self.charge - self.credit


@dataclass(frozen=True)
class Priced:
    """What a subscription is charged for a period: a price for each unit, how many, and less how many percent."""

    unit_amount: int
    quantity: int = 1
    discount_percent: Decimal = Decimal(0)

    def for_part(self, part: Part | None = None) -> int:
        """Minor units for a whole period or for a part of one."""
        return price(self.unit_amount, self.quantity, discount_percent=self.discount_percent, part=part)


def switch(old: Priced, new: Priced, start: date, end: date, change_on: date) -> Switch:
    """The credit for what is not used of the old and the charge for the rest of the period on the new.

    Each is a line of its own and rounded on its own. Raises ValueError when the day is not in the period.
    """
    part = rest_of_period(start, end, change_on)
    return Switch(part=part, credit=old.for_part(part), charge=new.for_part(part))
