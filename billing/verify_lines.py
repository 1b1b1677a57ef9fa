"""Works every line's arithmetic out again: the proof that amounts are what their own figures give.

It shares no code with what writes lines. A line that keeps no arithmetic (an imported one) says nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from sqlalchemy import Connection, text

LINES = """
    SELECT i.number || ', line ' || l.position, l.amount, l.arithmetic FROM invoice_line l
    JOIN invoice i ON i.id = l.invoice_id WHERE i.status <> 'draft'"""


def wrong_lines(connection: Connection) -> Iterator[tuple[str, object, object]]:
    """Of which line, its amount as it is kept, and as its figures give it: for each that differs."""
    rows = connection.execute(text(LINES).execution_options(yield_per=10_000))
    for of, amount, kept in rows:
        figures = json.loads(kept) if isinstance(kept, str) else kept
        if figures and "exact" in figures and (found := _amount(figures)) != amount:
            yield of, amount, found


def _amount(figures: Mapping[str, Any]) -> int:
    """What the line's figures come to, rounded as it says, in minor units."""
    beyond = max(Fraction(figures["quantity"]) - Fraction(figures["included"]), Fraction(0))
    price = Fraction(figures["base_amount"]) + beyond * figures["unit_amount"]
    for off in figures["discounts"]:
        price -= min(price * Fraction(off.get("percent", 0)) / 100 + Fraction(off.get("amount", 0)), price)
    part = figures.get("part")
    exact = price * Fraction(part["used"], part["of"]) if part else price
    whole, rest = divmod(exact.numerator, exact.denominator)
    up = figures["rounding"] == "half_up" and 2 * rest >= exact.denominator
    return int(figures["sign"] * (whole + up))
