"""What coupons take off: percentages and amounts, exact until a line is rounded, in the order of redemption."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from billing.money import round_half_up
from billing.rules.totals import Discount


@dataclass(frozen=True)
class Off:
    """Something that comes off a price: a percentage of what is left of it, or an amount in minor units a period.

    `of_plan` says that it is for the plan alone, and not for what is sold beside it.
    """

    label: str
    percent: Decimal = Decimal(0)
    amount: Fraction = Fraction(0)
    code: str = ""
    combines: bool = True
    of_plan: bool = False

    def of(self, price: Fraction) -> Fraction:
        """How much it takes off a price, exactly: never more than the price."""
        wanted = self.amount + price * Fraction(self.percent) / 100
        return min(wanted, price)


def after(price: Fraction, offs: Iterable[Off]) -> Fraction:
    """What is left of a price when everything has come off, one after another."""
    for off in offs:
        price -= off.of(price)
    return price


def may_join(present: Sequence[Off], new: Off) -> bool:
    """Whether a coupon may stand beside those that are there: one that doesn't combine stands alone."""
    return not present or (new.combines and all(off.combines for off in present))


def off_document(
    lines: Sequence[int],
    offs: Sequence[Off],
    part: Fraction = Fraction(1),
    rounded: Callable[[Fraction], int] = round_half_up,
    subscription_id: int | None = None,
) -> list[Discount]:
    """What coupons take off a subscription's lines, the plan's first: each rounded once, each of what is left.

    An amount counts for a whole period; `part` is the fraction of it that the document is for.
    """
    found, left, of_plan = [], sum(lines), lines[0] if lines else 0
    for off in offs:
        most = min(of_plan, left) if off.of_plan else left
        taken = min(rounded(off.amount * part + most * Fraction(off.percent) / 100), most)
        if taken > 0:
            found.append(Discount(off.code, off.label, taken, subscription_id))
            left -= taken
            of_plan -= taken if off.of_plan else 0
    return found
