"""Dates as the sentences of invoices, previews and chat say them: 15 March 2026, 12–31 March."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

from babel.dates import format_date

SENTENCES = "en_GB"


@lru_cache(maxsize=4096)
def format_day(day: date, *, year: bool = True) -> str:
    """The day as it stands in a sentence: 15 March 2026, or 15 March."""
    return str(format_date(day, "d MMMM y" if year else "d MMMM", locale=SENTENCES))


def said_day(day: date, today: date) -> str:
    """The day in a sentence that is said today: 1 June, or 1 June 2028 where that is another year."""
    return format_day(day, year=day.year != today.year)


@lru_cache(maxsize=4096)
def format_days(first: date, end: date) -> str:
    """The days [first, end) without a year where one month holds them: 12–31 March, else 28 February to 13 March."""
    last = end - timedelta(days=1)
    if first == last:
        return format_day(first, year=False)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{format_day(last, year=False)}"
    years = first.year != last.year
    return f"{format_day(first, year=years)} to {format_day(last, year=years)}"


@lru_cache(maxsize=4096)
def format_span(first: date, end: date) -> str:
    """The days [first, end) with their year: 1 to 31 March 2026, 15 March to 14 April 2026, one day as it is."""
    last = end - timedelta(days=1)
    if first == last:
        return format_day(first)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day} to {format_day(last)}"
    return f"{format_day(first, year=first.year != last.year)} to {format_day(last)}"
