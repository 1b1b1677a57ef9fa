"""Days as pages show them: short in tables, with the weekday where they are near."""

from __future__ import annotations

from datetime import date

from babel.dates import format_date

from billing.dates import SENTENCES, said_day

NEAR = 7
COLUMNS = "en"  # Sep, where en_GB has Sept


def short_day(day: date | None, *, year: bool = True) -> str:
    """The day as a column shows it: 4 Mar 2026, or 4 Mar; nothing for none."""
    if day is None:
        return ""
    return str(format_date(day, "d MMM y" if year else "d MMM", locale=COLUMNS))


def said_short_day(day: date | None, today: date) -> str:
    """The day in few words, said today: 4 Mar, or 4 Mar 2025 where that is another year; nothing for none."""
    return short_day(day, year=day.year != today.year) if day else ""


def near_day(day: date, today: date) -> str:
    """The day in a sentence: with its weekday within 7 days, with its year when that isn't this one."""
    if abs((day - today).days) <= NEAR:
        return str(format_date(day, "EEEE d MMMM", locale=SENTENCES))
    return said_day(day, today)


def full_day(day: date) -> str:
    """The day over a page: Thursday 12 March 2026."""
    return str(format_date(day, "EEEE d MMMM y", locale=SENTENCES))


def distance(day: date, today: date) -> str:
    """How far away it is: today, tomorrow, in 3 days, yesterday, 10 days ago."""
    days = (day - today).days
    near = {0: "today", 1: "tomorrow", -1: "yesterday"}
    if days in near:
        return near[days]
    return f"in {days} days" if days > 0 else f"{-days} days ago"
