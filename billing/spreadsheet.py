"""Rows as CSV for a spreadsheet: UTF-8 with its mark, amounts as plain numbers, no text that is run as a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache

from billing.money import exponent

MEDIA_TYPE = "text/csv"
# What a spreadsheet takes for the beginning of a formula, also after the spaces that it drops, and in wide signs.
FORMULA = frozenset("=+-@\t\r\n|%＝＋－＠")
BYTE_ORDER_MARK = "\ufeff"
ROWS_A_PIECE = 1_000


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
    unit, form = 10**places, f"%d.%0{places}d"

    def write(amount: int) -> str:
        text: str = form % divmod(abs(amount), unit)
        return text if amount >= 0 else f"-{text}"

    return write


def pieces(rows: Iterable[Sequence[str]]) -> Iterator[bytes]:
    """The file, bit by bit; its texts must be `safe`."""
    held = io.StringIO()
    write = csv.writer(held).writerow
    held.write(BYTE_ORDER_MARK)
    for count, row in enumerate(rows, start=1):
        write(row)
        if count % ROWS_A_PIECE == 0:
            yield held.getvalue().encode()
            held.seek(0)
            held.truncate()
    yield held.getvalue().encode()


def whole(rows: Iterable[Sequence[str]]) -> bytes:
    """The file."""
    return b"".join(pieces(rows))
