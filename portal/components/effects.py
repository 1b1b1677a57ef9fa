"""An action's effect as a sum: what a dialog shows before the yes."""

from __future__ import annotations

from datetime import datetime

from billing.effects import Effect, EffectLine, LineKind
from billing.money import format_money
from portal.components.sums import SumLine


def effect_lines(effect: Effect) -> list[SumLine]:
    """The effect's lines, ready to be shown."""
    return [
        SumLine(
            label=line.label,
            note=line.note,
            amount=format_money(_as_labelled(line), effect.currency),
            working=[line.working] if line.working else [],
            kind=line.kind.value,
            negative=line.amount < 0 and line.kind is LineKind.LINE,
        )
        for line in effect.lines
    ]


def _as_labelled(line: EffectLine) -> int:
    """The amount under a label that says already which way it goes: credit that one gets is no minus to them."""
    got = line.kind is LineKind.GRAND and line.amount < 0 and line.label.startswith("Credit")
    return -line.amount if got else line.amount


def exact_until(until: datetime, local_now: datetime) -> str:
    """Until when the figures stand, in a sentence, by the clock of the customer's place."""
    return f"Exact until {until.astimezone(local_now.tzinfo):%H:%M}."
