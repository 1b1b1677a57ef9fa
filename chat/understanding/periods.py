"""Stretches of days and days ahead: "last quarter", "from January to March", "2025", "for two months"."""

from __future__ import annotations

import calendar
import re
from datetime import date, timedelta

from chat.understanding.mentions import Mentions
from chat.understanding.quantities import DAYS, MONTH, MONTHS, read_day

_POINT = rf"(?:{DAYS}|{MONTH}\b(?: (?:of )?20\d\d)?|20\d\d(?![\d-])|today|yesterday|now)"
_FROM_TO = re.compile(
    rf"\b(?:from|between|since|of|for) (?:the )?(?P<a>{_POINT}) ?(?:to|until|till|through|and|up to|-|–) ?(?:the )?"
    rf"(?P<b>{_POINT})"
)
_TO = re.compile(rf"(?<![\w-])(?P<a>{_POINT}) ?(?:to|until|till|through|-|–) ?(?P<b>{_POINT})")
_SINCE = re.compile(rf"\b(?:since|starting(?: from| on)?|from) (?:the )?(?:(?:beginning|start) of )?(?P<a>{_POINT})")
_QUARTER = re.compile(
    r"\bq(?P<q>[1-4])(?: (?:of )?(?P<qy>20\d\d))?\b"
    r"|\b(?P<o>first|second|third|fourth|last|1st|2nd|3rd|4th) quarter of (?:the year )?(?P<oy>20\d\d)\b"
    r"|\b(?P<f>first|second|third|fourth|1st|2nd|3rd|4th) quarter\b"
)
_HALF = re.compile(
    r"\b(?P<h>first|second|1st|2nd) half(?: of)? (?:(?P<y>20\d\d)|(?:the |this )?year)\b|"
    r"\bh(?P<n>[12]) (?P<ny>20\d\d)\b"
)
_RELATIVE = re.compile(
    r"\b(?:(?P<last>last|previous|past)|this|current|the running) (?P<unit>week|month|quarter|year)\b"
)
_LAST_FEW = re.compile(
    r"\b(?:last|past|previous) (?P<n>\d{1,3}|two|three|four|six) (?P<unit>days|weeks|months|years)\b"
)
_TO_DATE = re.compile(r"\b(?:year to date|ytd|so far this year|this year so far)\b")
_YEAR = re.compile(
    r"\b(?:for|in|of|during|over|year|from|the) (?:the year )?(?P<y>(?:19|20)\d\d)"
    r"(?![\d-]|[.,]\d| ?(?:€|eur|dollar|usd|pound|seat|user))"
    r"|\b(?P<z>20\d\d) (?:account )?statement\b|(?<=[a-z] )(?P<w>20[12]\d)(?=[\s?!.]*$)"
)
_NEW_YEAR = re.compile(r"\bsince (?:the )?(?:new year|(?:start|beginning) of (?:the|this) year)\b")
_WAIT = re.compile(
    r"\bfor (?P<n>\d{1,3}|an?|one|two|three|four|five|six)(?: more| another)? (?P<unit>day|week|month|year)s?\b"
)
_ORDER = {"first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4, "last": 4}
_SMALL = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6}


def read_period(mentions: Mentions, today: date) -> None:
    """The stretch of days that a request is about, as its first and last day, none of them after today.

    Months and days that make it up are masked; "last quarter" or "2025" stays, since it says what is asked.
    """
    text = mentions.text = _NEW_YEAR.sub(f"since 1 january {today.year}", mentions.text)
    if found := _WAIT.search(text):
        mentions.wait = _ahead(today, _SMALL.get(found.group("n")) or int(found.group("n")), found.group("unit"))
    if re.search(rf"\bend of (?:the |this |next )?(?:month|year|{MONTH})\b", text):
        mentions.end_of_month = True
    span = _named(text, today) or _between(mentions, today)
    if span is None:
        return
    first, last = span
    if first is not None and last is not None and first > last:
        return
    mentions.stretch_end = last
    mentions.since = first if first is None or first <= today else None
    mentions.until = min(last, today) if last else None


def _named(text: str, today: date) -> tuple[date | None, date | None] | None:
    """Quarters, halves and whole years, and the last so many days."""
    year = today.year
    if found := _QUARTER.search(text):
        which = int(found.group("q") or 0) or _ORDER[found.group("o") or found.group("f")]
        said = found.group("qy") or found.group("oy")
        return _months(*_begun(int(said) if said else None, which * 3 - 2, today), 3)
    if found := _HALF.search(text):
        half = int(found.group("n") or 0) or _ORDER[found.group("h")]
        said = found.group("y") or found.group("ny")
        return _months(*_begun(int(said) if said else None, half * 6 - 5, today), 6)
    if found := _LAST_FEW.search(text):
        number = _SMALL.get(found.group("n")) or int(found.group("n"))
        return _ahead(today, -number, found.group("unit").removesuffix("s")), today
    if _TO_DATE.search(text):
        return date(year, 1, 1), today
    if (found := _RELATIVE.search(text)) and found.group("unit") != "month":
        back = 1 if found.group("last") else 0
        if found.group("unit") == "year":
            return date(year - back, 1, 1), date(year - back, 12, 31)
        if found.group("unit") == "week":
            monday = today - timedelta(days=today.weekday() + 7 * back)
            return monday, monday + timedelta(days=6)
        months = year * 12 + (today.month - 1) // 3 * 3 - 3 * back
        return _months(months // 12, months % 12 + 1, 3)
    return None


def _between(mentions: Mentions, today: date) -> tuple[date | None, date | None] | None:
    """From one day, month or year to another; since one; or a year alone."""
    text = mentions.text
    if found := _FROM_TO.search(text) or _TO.search(text):
        if found.group("a") in ("now", "today"):
            return None
        mentions.begins, mentions.ends = _point(found.group("a"), today), _point(found.group("b"), today)
        years = re.findall(r"20\d\d", found.group("b"))
        first, last = _point(found.group("a"), today), _point(found.group("b"), today, end=True)
        if first is None or last is None:
            return None
        if years and not re.search(r"20\d\d", found.group("a")):
            first = _in_year(first, int(years[0]))
        if not years and first > today and not re.search(r"20\d\d", found.group("a")):
            first, last = _in_year(first, first.year - 1), _in_year(last, last.year - 1)
        if first > last and not re.search(r"20\d\d", found.group("a")):
            first = _in_year(first, first.year - 1) if found.re is _FROM_TO else first
        if first > last:
            return None
        _mask_points(mentions, found, today)
        return first, last
    if found := _SINCE.search(text):
        first = _point(found.group("a"), today)
        if first is not None and found.group(0).startswith(("since", "start")):
            return first if first <= today else _in_year(first, first.year - 1), None
    if (found := _YEAR.search(text)) and not re.search(rf"\b{MONTH} $", text[: found.start()]):
        said = int(found.group("y") or found.group("z") or found.group("w"))
        return date(said, 1, 1), date(said, 12, 31)
    return None


def _mask_points(mentions: Mentions, found: re.Match[str], today: date) -> None:
    spans = [(found.span(name), found.group(name)) for name in ("a", "b")]
    for (start, end), said in reversed(spans):
        month = re.fullmatch(rf"({MONTH})(?: (?:of )?(20\d\d))?", said)
        if month:
            number = MONTHS[month.group(1)]
            year = int(month.group(2)) if month.group(2) else today.year - (number > today.month)
            mentions.months.insert(0, (year, number))
            mentions.mask(start, end, "month")
        elif not re.fullmatch(r"20\d\d|today|yesterday|now", said):
            mentions.mask(start, end, "day")


def _point(said: str, today: date, *, end: bool = False) -> date | None:
    """The day that a bound names; of a month or a year its first, or with `end` its last."""
    if said in ("today", "now"):
        return today
    if said == "yesterday":
        return today - timedelta(days=1)
    if re.fullmatch(r"20\d\d", said):
        return date(int(said), 12, 31) if end else date(int(said), 1, 1)
    if found := re.fullmatch(rf"({MONTH})(?: (?:of )?(20\d\d))?", said):
        number = MONTHS[found.group(1)]
        year = int(found.group(2)) if found.group(2) else today.year - (number > today.month)
        first, last = month_span(year, number)
        return last if end else first
    return read_day(said, today)


def month_span(year: int, month: int) -> tuple[date, date]:
    """The first and the last day of a month."""
    return date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])


def coming(day: date, today: date, *, with_year: bool) -> date:
    """A day that lies ahead: said without its year, next year's when this year's has passed."""
    return day if with_year or day >= today else _in_year(day, day.year + 1)


def gone(day: date, today: date, *, with_year: bool) -> date:
    """A day that has been: said without its year, last year's when this year's is still to come."""
    return day if with_year or day <= today else _in_year(day, day.year - 1)


def _in_year(day: date, year: int) -> date:
    return day.replace(year=year, day=min(day.day, calendar.monthrange(year, day.month)[1]))


def _begun(year: int | None, month: int, today: date) -> tuple[int, int]:
    """The year in which that month last began, unless it was said."""
    return (year, month) if year else (today.year - (month > today.month), month)


def _months(year: int, month: int, number: int) -> tuple[date, date]:
    last = year * 12 + month - 1 + number - 1
    return date(year, month, 1), month_span(last // 12, last % 12 + 1)[1]


def _ahead(today: date, number: int, unit: str) -> date:
    if unit in ("day", "week"):
        return today + timedelta(days=number * (7 if unit == "week" else 1))
    months = today.year * 12 + today.month - 1 + number * (12 if unit == "year" else 1)
    year, month = months // 12, months % 12 + 1
    return date(year, month, min(today.day, calendar.monthrange(year, month)[1]))
