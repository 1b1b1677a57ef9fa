"""The arithmetic of a line as data: what makes its amount, so that it can be worked out again and told in words.

A line's arithmetic has `of` (what is priced), `unit_amount`, `quantity`, `unit`, `base_amount` for `included` units,
`discounts` in their order (label, and percent or amount), `part` where it isn't for a whole period (counted, used,
of, first, last), `sign`, `exact` (a fraction of minor units as "a/b"), `rounding`, and `amount`, which is `exact`
rounded once. `off_invoice` says what coupons take off the invoice for this line, beside its amount.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from billing.money import round_down, round_half_up
from billing.rules.coupons import Off
from billing.rules.policy import Granularity, Rounding
from billing.rules.proration import Part, Priced

Arithmetic = Mapping[str, Any]
DAY = timedelta(days=1)
ROUNDED: dict[str, Callable[[Fraction], int]] = {Rounding.HALF_UP: round_half_up, Rounding.DOWN: round_down}


def arithmetic_of(
    priced: Priced,
    part: Part | None,
    *,
    of: str,
    unit: str = "",
    rounding: Rounding = Rounding.HALF_UP,
    gives_back: bool = False,
    off_invoice: Sequence[Off] = (),
) -> dict[str, Any]:
    """The arithmetic of a line for a whole period or a part of one; below zero where it gives back."""
    exact = priced.exact(part) * (-1 if gives_back else 1)
    found: dict[str, Any] = {
        "of": of,
        "unit_amount": priced.unit_amount,
        "quantity": plain(Decimal(priced.quantity)),
        "unit": unit,
        "base_amount": priced.base_amount,
        "included": priced.included,
        "discounts": _discounts(priced),
        "sign": -1 if gives_back else 1,
        "exact": _text(exact),
        "rounding": str(rounding),
        "amount": ROUNDED[rounding](exact),
    }
    if part is not None:
        found["part"] = {
            "counted": str(part.counted),
            "used": part.used,
            "of": part.of,
            "first": part.first.isoformat(),
            "last": (part.end - DAY).isoformat(),
        }
    if off_invoice:
        found["off_invoice"] = [_discount(off) for off in off_invoice]
    return found


def plain(number: Decimal) -> str:
    """A number as it is kept and read: 5, 2.5, without zeros at its end."""
    return format(number.normalize(), "f") if number else "0"


def _text(exact: Fraction) -> str:
    return f"{exact.numerator}/{exact.denominator}"


def _discounts(priced: Priced) -> list[dict[str, str]]:
    standing = [Off(priced.discount_label, priced.discount_percent)] if priced.discount_percent else []
    return [_discount(off) for off in (*standing, *priced.offs)]


def _discount(off: Off) -> dict[str, str]:
    said = {"label": off.label, "code": off.code}
    return said | ({"percent": plain(off.percent)} if off.percent else {"amount": _text(off.amount)})


def priced_in(arithmetic: Arithmetic) -> Priced:
    """What a whole period costs by a line's arithmetic, coupons on the invoice not counted."""
    return Priced(
        unit_amount=arithmetic["unit_amount"],
        quantity=Decimal(arithmetic["quantity"]),
        base_amount=arithmetic["base_amount"],
        included=arithmetic["included"],
        offs=tuple(off_in(discount) for discount in arithmetic["discounts"]),
    )


def off_in(discount: Mapping[str, str]) -> Off:
    """A discount as a line keeps it."""
    percent, amount = Decimal(discount.get("percent", "0")), Fraction(discount.get("amount", "0"))
    return Off(discount["label"], percent, amount, discount["code"])


def part_in(arithmetic: Arithmetic) -> Part | None:
    """The part of a period that a line is for; None for a whole one."""
    kept = arithmetic.get("part")
    if kept is None:
        return None
    first, end = date.fromisoformat(kept["first"]), date.fromisoformat(kept["last"]) + DAY
    return Part(first, kept["used"], kept["of"], end, Granularity(kept["counted"]))


def worked_out_again(arithmetic: Arithmetic) -> int:
    """The line's amount from its arithmetic's figures alone, neither `exact` nor `amount` being looked at."""
    exact = priced_in(arithmetic).exact(part_in(arithmetic)) * arithmetic["sign"]
    return ROUNDED[arithmetic["rounding"]](exact)
