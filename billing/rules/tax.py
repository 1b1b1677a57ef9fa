"""Tax on what a document's lines come to: each rate is rounded once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction

from billing.money import round_half_up


def taxes_of(lines: Iterable[tuple[Decimal, int]]) -> list[tuple[Decimal, int, int]]:
    """From each line's rate in percent and amount in minor units: rate, base and tax, lowest rate first."""
    bases: dict[Decimal, int] = defaultdict(int)
    for rate, amount in lines:
        bases[rate] += amount
    return [
        (rate, base, round_half_up(Fraction(base) * Fraction(rate) / 100))
        for rate, base in sorted(bases.items())
        if rate
    ]
