"""Tax on what a document's lines come to: each rate is rounded once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from billing.money import round_half_up


@dataclass(frozen=True, order=True)
class Tax:
    """A tax that a line bears: `percent` of its amount without tax. `inclusive`: the line's amount contains it."""

    percent: Decimal
    label: str
    inclusive: bool = False

    @property
    def name(self) -> str:
        """Its label, with its rate where the label doesn't say it."""
        return named(self.label, self.percent)


def named(label: str, percent: Decimal) -> str:
    """What people read of a tax: VAT 21%, whether its label is VAT or VAT 21%."""
    rate = f"{format(percent.normalize(), 'f')}%"
    return label if rate in label or not percent else f"{label} {rate}"


Taxes = tuple[Tax, ...]


def vat(percent: Decimal) -> Taxes:
    """The plain case: one tax of that percentage added to the price, or none for zero."""
    return (Tax(percent, f"VAT {format(percent.normalize(), 'f')}%"),) if percent else ()


@dataclass(frozen=True)
class TaxSum:
    """One tax on one document, minor units: `amount` is `percent` of `base`, rounded once."""

    tax: Tax
    base: int
    amount: int

    @property
    def added(self) -> int:
        """What it adds to the lines' amounts: nothing when they contain it."""
        return 0 if self.tax.inclusive else self.amount


def taxes_as_data(taxes: Taxes) -> list[dict[str, Any]]:
    """The taxes as a line keeps them."""
    return [{"label": t.label, "percent": format(t.percent, "f"), "inclusive": t.inclusive} for t in taxes]


def taxes_in(kept: Sequence[dict[str, Any]]) -> Taxes:
    """The taxes that a line has kept."""
    return tuple(Tax(Decimal(t["percent"]), t["label"], t["inclusive"]) for t in kept)


def net_of(amount: Fraction | int, taxes: Sequence[Tax]) -> Fraction:
    """The exact amount without the taxes that it contains."""
    contained = sum((Fraction(t.percent) for t in taxes if t.inclusive), Fraction(0))
    return Fraction(amount) / (1 + contained / 100)


def taxes_of(
    lines: Iterable[tuple[Taxes, Fraction | int]], rounded: Callable[[Fraction], int] = round_half_up
) -> list[TaxSum]:
    """From each line's taxes and amount in minor units (a fraction where a discount is shared out): the sums.

    Several taxes on a line each apply to its amount without any of them. Lowest rate first.
    """
    bases: dict[Tax, Fraction] = defaultdict(Fraction)
    for taxes, amount in lines:
        net = net_of(amount, taxes)
        for tax in taxes:
            bases[tax] += net
    return [
        TaxSum(tax, rounded(base), rounded(base * Fraction(tax.percent) / 100)) for tax, base in sorted(bases.items())
    ]
