"""What the texts among the preferences must look like; each refusal is the sentence that the admin reads."""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo

PREFIX = re.compile(r"[A-Z][A-Z0-9]{0,7}")
TAKEN = ("CHG", "DRAFT", "PAY", "PRJ", "REF", "REV", "SUB", "TIME", "WO")  # the prefixes of other records
MOST_DAYS = 10
LONGEST_WAIT = 365
FREE = {"invoices": ("CN", "CR"), "credit notes": ("INV", "FA")}  # what the other may be called, by whose a prefix is


def time_zone(name: str) -> str:
    """A time zone that is known here. Raises ValueError."""
    try:
        return ZoneInfo(name).key
    except (KeyError, ValueError, OSError):  # an unknown one, a path, a folder
        raise ValueError(f"“{name[:60]}” is no time zone. Write it as Europe/Amsterdam.") from None


def number_prefix(text: str) -> str:
    """The letters before a document's number. Raises ValueError."""
    if not PREFIX.fullmatch(text):
        raise ValueError("A prefix is up to 8 capital letters and digits, a letter first, such as RT.")
    if text in TAKEN:
        raise ValueError(f"{text} is the prefix of other records. Choose another one, such as RT.")
    return text


def prefix_of(text: str, whose: str) -> str:
    """The sentence for a prefix that the other of the two, invoices or credit notes, has already."""
    free = next(other for other in FREE[whose] if other != text)
    return f"{text} is the prefix of {whose}. Choose another one, such as {free}."


def days(text: str) -> str:
    """Days with commas between, each later than the one before; none is a text without any. Raises ValueError."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not all(re.fullmatch(r"\d{1,3}", part) for part in parts):
        raise ValueError("Write days with commas between, such as 1, 7, 14.")
    found = [int(part) for part in parts]
    if found != sorted(set(found)) or len(found) > MOST_DAYS or any(not 1 <= day <= LONGEST_WAIT for day in found):
        raise ValueError(f"Up to {MOST_DAYS} days from 1 to {LONGEST_WAIT}, each later than the one before.")
    return ", ".join(map(str, found))
