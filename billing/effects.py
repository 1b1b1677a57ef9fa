"""What an action would do, in a form that a dialog, a chat proposal and a shell can all show: the same figures."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict


class LineKind(StrEnum):
    """How a line of a sum is ruled: single rule over a total, double under the amount that counts."""

    LINE = "line"
    TOTAL = "total"
    GRAND = "grand"


class EffectLine(BaseModel):
    """One line of the sum. `amount` is in the effect's currency, minor units; `working` is its arithmetic."""

    model_config = ConfigDict(frozen=True)

    label: str
    amount: int
    note: str = ""
    working: str = ""
    kind: LineKind = LineKind.LINE


class EffectFact(BaseModel):
    """Something said beside the sum: when it takes effect, which card, what stays."""

    model_config = ConfigDict(frozen=True)

    label: str
    value: str


class Effect(BaseModel):
    """The exact effect of an action. Two equal effects mean that nothing the person saw has changed.

    `confirm` is the button's text and repeats the amount where money moves; `decline` names what stays.
    `warning` is a sentence for what can't be undone. `due_now` is what is to pay today, minor units: charged with the
    yes where that is said, else on an invoice that is paid in a step of its own.
    """

    model_config = ConfigDict(frozen=True)

    title: str
    currency: str = ""
    lines: tuple[EffectLine, ...] = ()
    facts: tuple[EffectFact, ...] = ()
    confirm: str = "Confirm"
    decline: str = "Not now"
    warning: str = ""
    danger: bool = False
    due_now: int | None = None


class Preview(BaseModel):
    """An effect with the token that confirms exactly it, and until when it stands."""

    effect: Effect
    token: str
    exact_until: datetime
