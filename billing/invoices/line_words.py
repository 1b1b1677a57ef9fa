"""A line's arithmetic in words: as a sum beside the line, and as a sentence that answers why it costs that."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

from billing.dates import format_days
from billing.money import MoneyFormat, round_half_up
from billing.rules.arithmetic import Arithmetic, part_in, plain
from billing.rules.coupons import Off
from billing.rules.policy import Granularity
from billing.rules.proration import Part, Priced


def said(arithmetic: Arithmetic, money: MoneyFormat) -> str:
    """The arithmetic as a sum: (5 × €49.00 − 10%) × 16 of 31 days, 16–31 March. Without its result."""
    taken = "".join(f" − {_taken(discount, money)}" for discount in arithmetic["discounts"])
    price, part = _price(arithmetic, money), _times(part_in(arithmetic))
    whole = f"({price}){taken}" if " + " in price and taken and "%" in taken else f"{price}{taken}"
    return f"({whole}){part}" if part and (taken or " + " in price) else f"{whole}{part}"


def sum_of(priced: Priced, money: MoneyFormat) -> str:
    """What a whole period costs before anything comes off, as a sum: 16 seats × €6.50."""
    quantity, base, included = Decimal(priced.quantity), priced.base_amount, priced.included
    if included and quantity <= included:
        return f"{counted(included)} included"
    first = money(base) if base else f"{counted(included)} included"
    if base or included:
        return f"{first} + {plain(quantity - included)} × {money(priced.unit_amount)}"
    return f"{counted(quantity)} × {money(priced.unit_amount)}"


def counted(seats: Decimal | int) -> str:
    """1 seat, 18 seats."""
    return f"{plain(Decimal(seats))} seat{'s' if seats != 1 else ''}"


def taken_off(off: Off, money: MoneyFormat) -> str:
    """What comes off: 10%, €5.00."""
    return f"{plain(off.percent)}%" if off.percent else money(round_half_up(off.amount))


def _price(arithmetic: Arithmetic, money: MoneyFormat) -> str:
    quantity, unit_amount = Decimal(arithmetic["quantity"]), money(arithmetic["unit_amount"])
    base, included = arithmetic["base_amount"], Decimal(arithmetic["included"])
    if included and quantity <= included:
        return money(base)
    each = f"{plain(quantity - included)} × {unit_amount}"
    if base or included:
        return f"{money(base)} + {each}" if base else each
    return unit_amount if quantity == 1 else each


def _taken(discount: Mapping[str, str], money: MoneyFormat) -> str:
    if "percent" in discount:
        return f"{discount['percent']}%"
    return money(round_half_up(Fraction(discount["amount"])))


def _times(part: Part | None) -> str:
    if part is None:
        return ""
    days = f", {format_days(part.first, part.end)}" if part.first < part.end else ""
    return f" × {part.used:,} of {part.of:,} {unit_of(part)}{days}"


def told(arithmetic: Arithmetic, money: MoneyFormat) -> str:
    """The arithmetic as a sentence with its result: 16 of 31 days of Growth, 5 seats × €49.00 = €126.45."""
    part, quantity = part_in(arithmetic), Decimal(arithmetic["quantity"])
    of = arithmetic["of"]
    start = of if part is None else f"{part.used:,} of {part.of:,} {unit_of(part)} of {of}"
    seats = f"{arithmetic['unit']} " if arithmetic["unit"] else ""
    price = _price(arithmetic, money)
    by_base = bool(arithmetic["base_amount"] or arithmetic["included"])
    if seats and not by_base and quantity != 1:
        price = price.replace(" × ", f" {seats}× ", 1)
    elif by_base:
        price = f"{money(arithmetic['base_amount'])} with {arithmetic['included']} {seats}included".replace("  ", " ")
        more = quantity - Decimal(arithmetic["included"])
        price += f" + {plain(more)} more × {money(arithmetic['unit_amount'])}" if more > 0 else ""
    taken = "".join(f", less {_named(discount, money)}" for discount in arithmetic["discounts"])
    unused = " not used" if arithmetic["sign"] < 0 else ""
    return f"{start}{unused}, {price}{taken} = {money(arithmetic['amount'])}"


def unit_of(part: Part) -> str:
    return "days" if part.counted is Granularity.DAY else "seconds"


def _named(discount: Mapping[str, str], money: MoneyFormat) -> str:
    taken = _taken(discount, money)
    return f"{taken} ({discount['label']})" if discount["label"] else taken
