"""Turns a cell's text into a date, an amount, a country; raises ValueError with the reason where it can't."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache

import pycountry
from babel.numbers import list_currencies

from billing.money import exponent

EARLIEST = date(1970, 1, 1)
MOST = 10**15
OTHER_NAMES = {"uk": "GB", "england": "GB", "scotland": "GB", "wales": "GB", "holland": "NL", "the netherlands": "NL"}


def read_date(text: str, form: str) -> date:
    """The date of a text in that strptime form."""
    try:
        day = datetime.strptime(text, form).replace(tzinfo=UTC).date()
    except ValueError:
        raise ValueError(f"“{text}” is not a date in the form {form}.") from None
    if day < EARLIEST:
        raise ValueError(f"“{text}” is before 1970.")
    return day


def read_decimal(text: str, decimal: str = ".", thousands: str = ",") -> Decimal:
    """An exact number; `decimal` and `thousands` are the signs it is written with. A currency sign may stand by."""
    bare = re.sub(r"[^\d.,'\-\s]", "", text.replace("\u2212", "-")).strip()
    point, group = re.escape(decimal), re.escape(thousands)
    whole = rf"\d+|\d{{1,3}}(?:{group}\d{{3}})+" if thousands else r"\d+"
    if not re.fullmatch(rf"-?\s*(?:{whole})?(?:{point}\d+)?", bare) or not re.search(r"\d", bare):
        raise ValueError(f"“{text}” is not a number written like 1{thousands}234{decimal}50.")
    number = bare.replace(thousands, "") if thousands else bare
    value = Decimal(re.sub(r"\s", "", number).replace(decimal, "."))
    if abs(value) >= MOST:
        raise ValueError(f"“{text}” is too large.")
    return value


def read_amount(text: str, currency: str, decimal: str = ".", thousands: str = ",") -> int:
    """Minor units of the currency. More decimals than the currency has are refused, not rounded."""
    scaled = read_decimal(text, decimal, thousands).scaleb(exponent(currency))
    if scaled != scaled.to_integral_value():
        raise ValueError(f"“{text}” has more decimals than {currency} has.")
    return int(scaled)


@lru_cache(maxsize=512)
def read_country(text: str) -> str:
    """The ISO 3166-1 code of a country's name or code, in English or as the country's own registry writes it."""
    other = OTHER_NAMES.get(text.casefold())
    if other:
        return other
    try:
        return str(pycountry.countries.lookup(text).alpha_2)
    except LookupError:
        pass
    try:
        found = pycountry.countries.search_fuzzy(text)
    except LookupError:
        found = []
    named = [c for c in found if text.casefold() in c.name.casefold()]
    if len(named) != 1:
        raise ValueError(f"“{text}” is no country that is known. Write its ISO code, such as NL.")
    return str(named[0].alpha_2)


@lru_cache(maxsize=1)
def _currencies() -> frozenset[str]:
    return frozenset(list_currencies())


def read_currency(text: str) -> str:
    """The ISO 4217 code."""
    code = text.upper()
    if code not in _currencies():
        raise ValueError(f"“{text}” is no currency. Write its ISO code, such as EUR.")
    return code


def read_rate(text: str, decimal: str = ".") -> Decimal:
    """A percentage from 0 to 100, with or without its sign."""
    rate = read_decimal(text.replace("%", ""), decimal, "")
    if not 0 <= rate <= 100:
        raise ValueError(f"“{text}” is not a percentage from 0 to 100.")
    return rate
