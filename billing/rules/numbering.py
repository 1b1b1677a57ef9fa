"""Numbers of documents: a prefix, the year, and a count without gaps."""

from __future__ import annotations


def series_name(prefix: str, year: int) -> str:
    """The series a number belongs to: RT-2026."""
    return f"{prefix}-{year}"


def format_number(series: str, count: int) -> str:
    """The number itself: RT-2026-0187. Beyond 9999 it simply grows."""
    return f"{series}-{count:04d}"
