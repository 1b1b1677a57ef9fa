"""What a credit note comes to: of an invoice's lines, or of an amount of it, and never more than the invoice has left.

Amounts are minor units and above zero here; a note has them below zero.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from billing.money import round_half_up
from billing.rules.tax import Tax, Taxes, TaxSum
from billing.rules.totals import Discount, NewLine, Totals, totals_of


@dataclass(frozen=True)
class Credited:
    """What an invoice has, or what of it was credited before: its total, and base and amount of each tax."""

    total: int = 0
    taxes: Mapping[Tax, tuple[int, int]] = field(default_factory=dict)

    def less(self, other: Credited) -> Credited:
        """What is left when `other` is taken off."""
        taxes = {
            tax: (base - other.taxes.get(tax, (0, 0))[0], amount - other.taxes.get(tax, (0, 0))[1])
            for tax, (base, amount) in self.taxes.items()
        }
        return Credited(self.total - other.total, taxes)


def part_of(
    invoice: Credited, before: Credited, of_taxes: Mapping[Taxes, int], gross: int
) -> tuple[list[tuple[Taxes, int]], Totals]:
    """Credits exactly `gross` of an invoice: an amount for each kind of taxes that its lines bear, and the sums.

    `of_taxes` is what the lines of each kind have left, by which the rest is spread.

    Each tax has the share of the invoice's that all that was credited has of its total, so that many small parts come
    to the same as one. Raises ValueError where more is wanted than is left.
    """
    left = invoice.less(before)
    if not 0 < gross <= left.total:
        raise ValueError(f"{gross} is not within the {left.total} that is left")
    share = Fraction(before.total + gross, invoice.total)
    taxes: list[TaxSum] = []
    spare = gross
    for tax, (base, amount) in invoice.taxes.items():
        base_before, amount_before = before.taxes.get(tax, (0, 0))
        now = min(max(round_half_up(share * amount) - amount_before, 0), max(left.taxes[tax][1], 0), spare)
        spare -= 0 if tax.inclusive else now
        taxes.append(TaxSum(tax, -max(round_half_up(share * base) - base_before, 0), -now))
    shares = _spread(spare, of_taxes)
    return shares, Totals(-spare, 0, tuple(taxes))


def _spread(amount: int, of_taxes: Mapping[Taxes, int]) -> list[tuple[Taxes, int]]:
    """Spreads an amount over the kinds of taxes by what the lines that bear them have left; nothing is lost."""
    whole, done, given = sum(of_taxes.values()), 0, 0
    shares = []
    for taxes, one in of_taxes.items():
        done += one
        upto = round_half_up(Fraction(amount * done, whole)) if whole else amount
        shares.append((taxes, upto - given))
        given = upto
    return [(taxes, part) for taxes, part in shares if part] or shares[:1]


def of_lines(
    lines: Sequence[NewLine],
    discounts: Sequence[Discount],
    left: Credited,
    *,
    rounded: Callable[[Fraction], int] = round_half_up,
    taxed_before_discounts: bool = False,
    everything: bool = False,
) -> Totals:
    """Credits whole lines or parts of them (their amounts below zero), each tax at most what is left of it.

    `everything` says that nothing of the invoice's lines is left then: the taxes are what is left of them, to the cent.
    """
    sums = totals_of(lines, discounts, rounded=rounded, taxed_before_discounts=taxed_before_discounts)
    taxes = []
    for each in sums.taxes:
        base, amount = left.taxes.get(each.tax, (0, 0))
        if everything:
            taxes.append(TaxSum(each.tax, -base, -amount))
        else:
            taxes.append(TaxSum(each.tax, max(each.base, -base), max(each.amount, -amount)))
    return Totals(sums.subtotal, sums.discount, tuple(taxes))


def beyond(
    lines: Sequence[NewLine],
    discounts: Sequence[Discount],
    left: Credited,
    *,
    taxed_before_discounts: bool = False,
    off: int = 1,
) -> tuple[Tax, int] | None:
    """The first tax of which the lines would give back more than is left, with what is left of its base; else None.

    Credits of an amount took their share of every line, so a line may have less left than it says. `off` is by how much
    what was rounded before may be off.
    """
    for each in totals_of(lines, discounts, taxed_before_discounts=taxed_before_discounts).taxes:
        base, _ = left.taxes.get(each.tax, (0, 0))
        if -each.base > base + off:
            return each.tax, base
    return None
