"""Work that would make the first answer slow, done before it is asked for."""

from __future__ import annotations

from datetime import date

from billing.registry import Audience, Registry
from chat.understanding.intents import scorer_for
from chat.understanding.quantities import read_day


def warm_up(registry: Registry) -> None:
    """Learns the phrases and loads the calendar's words (seconds the first time); a server calls it at its start."""
    read_day("2 march", date(2026, 1, 1))
    scorer_for(tuple(a for a in registry if a.audience is not Audience.STAFF))
