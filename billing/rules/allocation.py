"""How credit and money are spread over invoices: the oldest due first, never more than is due."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Share:
    """What one invoice gets, minor units."""

    due: int
    credit: int
    money: int

    @property
    def left(self) -> int:
        return self.due - self.credit - self.money


def allocate(dues: Sequence[int], credit: int, money: int | None = None) -> list[Share]:
    """Spreads credit over the dues in their order, then money over what is left.

    Without `money` everything that credit leaves is paid. Raises ValueError where more money is given than is left.
    """
    shares = []
    for due in dues:
        used = min(due, credit)
        credit -= used
        rest = due - used
        given = rest if money is None else min(rest, money)
        if money is not None:
            money -= given
        shares.append(Share(due, used, given))
    if money:
        raise ValueError(f"{money} is more than is due")
    return shares
