"""From what was typed into a form to an action's input."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from billing.errors import PortalError
from billing.money import parse_amount
from portal.forms.fields import FormField, Kind

DECIMAL_COMMA = re.compile(r"-?\d+,\d{1,2}")


def read_input(
    fields: Sequence[FormField], values: Mapping[str, str], currency: str, began: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """The input as the action takes it; what was left empty is left out. Raises `invalid_input` with the field.

    What `began` filled in and was emptied since is taken off, where the field can say so.
    """
    given: dict[str, Any] = {}
    for field in fields:
        if field.kind == Kind.ROWS:
            given.setdefault(field.name, [])
            continue
        value = _value(field, values.get(field.name, ""), currency)
        if value is not None:
            _put(given, field.name.split("."), value)
        elif field.clears and (began or {}).get(field.name):
            given[field.name] = ""
    return {name: _filled(value) for name, value in given.items() if _filled(value) != []}


def _value(field: FormField, text: str, currency: str) -> Any:
    clean = text.strip()
    if field.kind == Kind.SWITCH:
        return clean == "yes" if clean else None
    if not clean:
        return None
    if field.kind == Kind.AMOUNT:
        try:
            return parse_amount(clean, currency)
        except ValueError as error:
            raise PortalError("invalid_input", field=field.name, problem=str(error)) from None
    if field.kind in (Kind.MANY, Kind.LINES):
        return [line.strip() for line in clean.split("\n") if line.strip()]
    if field.kind == Kind.PAIRS:
        return _pairs(field, clean)
    if field.kind == Kind.NUMBER:
        return _number(clean)
    return clean


def _pairs(field: FormField, text: str) -> dict[str, str]:
    """Names and values, one pair a line. Raises `invalid_input` for a line without a sign between them."""
    pairs: dict[str, str] = {}
    for line in filter(None, map(str.strip, text.split("\n"))):
        name, sign, value = line.partition("=")
        if not sign:
            raise PortalError("invalid_input", field=field.name, problem=f"Write “{line[:60]}” as a name = a value.")
        pairs[name.strip()] = value.strip()
    return pairs


def _number(text: str) -> str:
    """As it is typed in most of Europe, too: 1,5 is one and a half."""
    plain = text.replace(" ", "")
    return plain.replace(",", ".") if DECIMAL_COMMA.fullmatch(plain) else plain


def _put(given: dict[str, Any], path: list[str], value: Any) -> None:
    if len(path) == 1:
        given[path[0]] = value
        return
    name, place, inner = path
    rows = given.setdefault(name, [])
    while len(rows) <= int(place):
        rows.append({})
    rows[int(place)][inner] = value


def _filled(value: Any) -> Any:
    """A list of records without the ones in which nothing was typed."""
    return [row for row in value if row != {}] if isinstance(value, list) else value
