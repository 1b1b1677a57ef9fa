"""An action's effect as a sum: what a dialog shows before the yes."""

from __future__ import annotations

from datetime import datetime

from billing.effects import Effect, LineKind
from billing.money import format_money
from portal.components.sums import SumLine


def effect_lines(effect: Effect) -> list[SumLine]:
    """The effect's lines, ready to be shown."""
    return [
        SumLine(
            label=line.label,
            note=line.note,
            amount=format_money(line.amount, effect.currency),
            working=[line.working] if line.working else [],
            kind=line.kind.value,
            negative=line.amount < 0 and line.kind is LineKind.LINE,
        )
        for line in effect.lines
    ]


def exact_until(until: datetime, local_now: datetime) -> str:
    """Until when the figures stand, in a sentence, by the clock of the customer's place."""
    return f"Exact until {until.astimezone(local_now.tzinfo):%H:%M}."
