"""The one source of "now". Everything that depends on time takes it from a clock, so that tests and the demo travel."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells the current moment as an aware UTC datetime."""

    def now(self) -> datetime: ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class RunningClock:
    """A clock that was set to `start` when it was made and runs on from there."""

    def __init__(self, start: datetime) -> None:
        self._shift = start.astimezone(UTC) - datetime.now(UTC)

    def now(self) -> datetime:
        return datetime.now(UTC) + self._shift


class SetClock:
    """A clock that stands still until somebody moves it."""

    def __init__(self, at: datetime) -> None:
        self._at = at.astimezone(UTC)

    def now(self) -> datetime:
        return self._at

    def set(self, at: datetime) -> None:
        self._at = at.astimezone(UTC)

    def advance(self, by: timedelta) -> None:
        self._at += by


def clock_from_setting(value: str | None) -> Clock:
    """Makes the clock that PARLEY_NOW asks for.

    Nothing gives the machine's clock, an ISO 8601 moment with offset one that stands there, and the same with a
    leading `+` one that runs on from there. Raises ValueError for anything else.
    """
    if not value:
        return SystemClock()
    runs = value.startswith("+")
    at = datetime.fromisoformat(value.removeprefix("+"))
    if at.tzinfo is None:
        raise ValueError("PARLEY_NOW needs an offset, such as 2026-03-12T14:00:00+01:00.")
    return RunningClock(at) if runs else SetClock(at)
