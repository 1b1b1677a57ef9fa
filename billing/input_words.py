"""What is wrong with an input, in words: the checking library's own sentences are for programmers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from billing.money import format_money
from billing.references import MOST_MONEY

WHOLE, NUMBER, DAY = "must be a whole number", "must be a number, such as 1.5", "must be a day, such as 2026-03-31"
MOMENT = "must be a moment with its time zone, such as 2026-03-31T12:00:00+02:00"
A_DAY = re.compile(r"(\d{4})-\d\d-\d\d")
SENTENCES = {
    "missing": "is missing",
    "int_type": WHOLE,
    "int_parsing": WHOLE,
    "int_parsing_size": "is too large",
    "int_from_float": WHOLE,
    "decimal_type": NUMBER,
    "decimal_parsing": NUMBER,
    "finite_number": NUMBER,
    "decimal_max_places": "can have {decimal_places} digits after the point at most",
    "decimal_max_digits": "can have {max_digits} digits at most",
    "decimal_whole_digits": "is too large",
    "bool_type": "must be yes or no",
    "bool_parsing": "must be yes or no",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be {ge} or more",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be {le} or less",
    "string_too_long": "can have {max_length} characters at most",
    "string_type": "must be text",
    "string_unicode": "has a character that can't be read",
    "model_type": "must have named fields",
    "model_attributes_type": "must have named fields",
    "dict_type": "must have named fields",
    "string_pattern_mismatch": "can have letters, digits, dots and hyphens, and starts with a letter or a digit",
    "list_type": "must be a list",
    "too_long": "can hold {max_length} at most",
    "extra_forbidden": "is not known here",
}


LABELS = {"words": "Your text"}


def label_of(name: str) -> str:
    """What a sentence calls the field: Unit amount."""
    return LABELS.get(name) or name.replace("_", " ").capitalize()


def input_problem(error: Mapping[str, Any], currency: str = "") -> str:
    """The sentence for one of pydantic's errors: "Seats must be 1 or more." One of our own stays as it is.

    What no amount may pass is said in the currency, where it is known.
    """
    kind, given = str(error["type"]), error.get("ctx") or {}
    message = str(error["msg"]).removeprefix("Value error, ")
    if kind == "value_error":
        return message
    names = [part for part in error["loc"] if isinstance(part, str)]
    label = label_of(names[-1]) if names else "The input"
    if kind in ("enum", "literal_error"):
        return f"{label} must be one of: {str(given['expected']).replace(' or ', ', ')}.".replace("'", "")
    if kind == "string_too_short":
        least = int(given["min_length"])
        return f"{label} is missing." if least == 1 else f"{label} needs at least {least} characters."
    if kind == "too_short":
        least = int(given["min_length"])
        return f"{label}: at least {'one is' if least == 1 else f'{least} are'} needed."
    if given.get("le") in MOST_MONEY:
        most = format_money(int(given["le"]), currency) if currency else ""
        return f"{label} must be {most} or less." if most else f"{label} is too large."
    given = {name: f"{limit:,}" if isinstance(limit, int) else limit for name, limit in given.items()}
    if first := A_DAY.match(str(given.get("ge"))):
        return f"{label} must be a day from {first[1]} on."
    if last := A_DAY.match(str(given.get("le"))):
        return f"{label} must be a day before {int(last[1]) + 1}."
    if kind.startswith(("datetime_", "timezone_")):
        return f"{label} {MOMENT}."
    if kind.startswith("date_"):
        return f"{label} {DAY}."
    said = SENTENCES.get(kind)
    return f"{label} {said.format(**given)}." if said else f"{label}: {message[:1].lower()}{message[1:]}."
