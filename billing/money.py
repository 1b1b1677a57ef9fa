"""Amounts are integers in the currency's minor unit. Fractions are exact until a line is rounded, once, half up."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from functools import lru_cache

from babel import Locale
from babel.numbers import format_currency, get_currency_precision

MINUS = "\u2212"
MoneyFormat = Callable[[int], str]  # says amounts of one currency as one person reads them


@lru_cache
def exponent(currency: str) -> int:
    """Number of decimals that the currency's minor unit stands for: 2 for EUR, 0 for JPY, 3 for KWD."""
    return int(get_currency_precision(currency))


def round_half_up(value: Fraction) -> int:
    """Rounds to the nearest whole minor unit, halves away from zero."""
    doubled = abs(value) * 2
    magnitude = (doubled.numerator + doubled.denominator) // (2 * doubled.denominator)
    return magnitude if value >= 0 else -magnitude


def round_down(value: Fraction) -> int:
    """Drops what is less than a minor unit, towards zero."""
    magnitude = abs(value).numerator // abs(value).denominator
    return magnitude if value >= 0 else -magnitude


def to_decimal(amount: int, currency: str) -> Decimal:
    """The amount in whole units of the currency: 420641 EUR is Decimal('4206.41')."""
    return Decimal(amount).scaleb(-exponent(currency))


_LETTER_BY_FIGURE = re.compile(r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])")


@lru_cache(maxsize=8192)
def format_money(amount: int, currency: str, locale: str = "en_GB") -> str:
    """The amount as a person of that locale reads it, with a true minus sign: −€40.00, and KWD 1.250.

    A code that ends or begins with a letter is kept apart from the figures (CLDR, currencySpacing); babel leaves that
    to whoever calls it.
    """
    text = format_currency(to_decimal(abs(amount), currency), currency, locale=Locale.parse(locale))
    text = _LETTER_BY_FIGURE.sub("\u00a0", text)
    return f"{MINUS}{text}" if amount < 0 else text


_NOT_NUMBER = re.compile(r"[^\d.,\-\u2212]")


def parse_amount(text: str, currency: str) -> int:
    """Reads a person's or a file's amount ("1,234.50", "€12,5", "0.99") as minor units.

    The last separator followed by one or two digits (three only where the currency has three) is the decimal
    one. Raises ValueError when it is no amount or has more decimals than the currency.
    """
    raw = _NOT_NUMBER.sub("", text.strip()).replace(MINUS, "-")
    places = exponent(currency)
    found = re.search(rf"[.,](\d{{1,{max(places, 2)}}}|\d{{4,}})$", raw)
    whole, decimals = (raw[: found.start()], found.group(1)) if found else (raw, "")
    number = re.sub(r"[.,]", "", whole) + (f".{decimals}" if decimals else "")
    try:
        scaled = Decimal(number).scaleb(places)
    except InvalidOperation:
        raise ValueError(f"“{text}” is not an amount. Write it like 1,234.50.") from None
    if scaled != scaled.to_integral_value():
        raise ValueError(f"“{text}” has more decimals than {currency} has.")
    return int(scaled)
