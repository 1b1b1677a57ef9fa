"""Rows as CSV for a spreadsheet: UTF-8 with its mark, amounts as plain numbers, no text that is run as a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from functools import cache

from billing.money import exponent

MEDIA_TYPE = "text/csv"
# What a spreadsheet takes for the beginning of a formula, also after the spaces that it drops, and in wide signs.
FORMULA = frozenset("=+-@\t\r\n|%＝＋－＠")
BYTE_ORDER_MARK = "\ufeff"


def safe(text: str) -> str:
    """The text as a cell: with an apostrophe before it where a spreadsheet would run it."""
    if not text:
        return text
    first = text[0] if text[0] != " " else text.lstrip(" ")[:1]
    return f"'{text}" if first in FORMULA else text


@cache
def decimals(currency: str) -> Callable[[int], str]:
    """Writes minor units of the currency as a plain number: 420641 EUR is 4206.41, 500 JPY is 500."""
    places = exponent(currency)
    if not places:
        return str
    digits = f"%0{places + 1}d"

    def write(amount: int) -> str:
        text = digits % (amount if amount >= 0 else -amount)
        return f"{'-' if amount < 0 else ''}{text[:-places]}.{text[-places:]}"

    return write


def whole(rows: Iterable[Sequence[str]]) -> bytes:
    """The file; its texts must be `safe`."""
    held = io.StringIO()
    held.write(BYTE_ORDER_MARK)
    csv.writer(held, quoting=csv.QUOTE_ALL).writerows(rows)
    return held.getvalue().encode()
