"""What a document's lines, discounts and taxes come to; each is rounded once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from billing.money import round_half_up
from billing.rules.tax import Taxes, TaxSum, taxes_of, vat


@dataclass(frozen=True, slots=True)
class NewLine:
    """A line to be put on a document; `amount` is rounded already, minor units.

    It bears `taxes`, or where these are None the plain tax of `tax_rate` percent, added to it. `working` is its
    arithmetic in sentences and `arithmetic` the same as data.
    """

    description: str
    unit_amount: int
    amount: int
    quantity: Decimal = Decimal(1)
    unit: str = ""
    detail: str = ""
    tax_rate: Decimal = Decimal(0)
    working: Sequence[str] = ()
    taxes: Taxes | None = None
    arithmetic: Mapping[str, Any] = field(default_factory=dict)
    subscription_id: int | None = None
    period_start: date | None = None
    period_end: date | None = None

    @property
    def borne(self) -> Taxes:
        """The taxes on it."""
        return vat(self.tax_rate) if self.taxes is None else self.taxes

    @property
    def all_percent(self) -> Decimal:
        """Its taxes together, in percent."""
        return sum((tax.percent for tax in self.borne), Decimal(0))


@dataclass(frozen=True, slots=True)
class Discount:
    """What a coupon takes off a whole document: an amount above zero, rounded already."""

    code: str
    label: str
    amount: int


@dataclass(frozen=True)
class Totals:
    """Minor units: total = subtotal - discount + tax - tax_included."""

    subtotal: int
    discount: int
    taxes: tuple[TaxSum, ...]

    @property
    def tax(self) -> int:
        return sum(t.amount for t in self.taxes)

    @property
    def tax_included(self) -> int:
        return sum(t.amount - t.added for t in self.taxes)

    @property
    def total(self) -> int:
        return self.subtotal - self.discount + self.tax - self.tax_included


def totals_of(
    lines: Sequence[NewLine],
    discounts: Sequence[Discount] = (),
    *,
    rounded: Callable[[Fraction], int] = round_half_up,
    taxed_before_discounts: bool = False,
) -> Totals:
    """The sums of a document. A discount is shared among the lines by their amounts before tax is worked out.

    With `taxed_before_discounts` the tax is that of the lines as they are.
    """
    subtotal, discount = sum(line.amount for line in lines), sum(d.amount for d in discounts)
    keeps = Fraction(subtotal - discount, subtotal) if subtotal and not taxed_before_discounts else Fraction(1)
    taxed = [(line.borne, line.amount * keeps if discount else line.amount) for line in lines]
    return Totals(subtotal, discount, tuple(taxes_of(taxed, rounded)))
