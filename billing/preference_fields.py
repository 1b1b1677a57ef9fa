"""Each preference as an admin sets it: its kind, what it takes, its words, and what it governs.

All of it is read from the model and the catalogue, so a new field of `PortalPreferences` needs nothing here.
"""

from __future__ import annotations

import json
import types
import typing
from collections.abc import Iterable, Mapping
from decimal import Decimal
from enum import Enum, StrEnum
from functools import lru_cache
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError
from pydantic.fields import FieldInfo

from billing.errors import PortalError
from billing.preference_checks import prefix_of
from billing.preferences import PortalPreferences
from billing.references import plain
from billing.registry import Action, Audience

Value = bool | int | str | None
LARGEST_NUMBER = 10**9
LONGEST_TEXT = 500
BOUNDS = ("ge", "gt", "le", "lt", "max_length")


class Kind(StrEnum):
    """How a preference is set. A decimal's value is text, so that it stays exact."""

    SWITCH = "switch"
    NUMBER = "number"
    DECIMAL = "decimal"
    TEXT = "text"
    CHOICE = "choice"


class Choice(BaseModel):
    """One of the values that a choice takes, and how it is said."""

    model_config = ConfigDict(frozen=True)

    value: bool | int | str
    words: str


class Shape(BaseModel):
    """A preference as it can be set. `least`, `most` and `longest` are its bounds; an `optional` one takes nothing."""

    model_config = ConfigDict(frozen=True)

    name: str
    title: str
    group: str
    help: str
    kind: Kind
    optional: bool
    default: Value
    choices: tuple[Choice, ...] = ()
    least: int | None = None
    most: int | None = None
    longest: int | None = None
    lines: int = 1

    def said(self, value: Value) -> str:
        """A value as people read it: On, Today, “RT”, 14."""
        if value is None:
            return "not set"
        if self.kind is Kind.SWITCH:
            return "On" if value else "Off"
        if self.kind is Kind.CHOICE:
            return next((choice.words for choice in self.choices if choice.value == value), str(value))
        if self.kind is Kind.TEXT:
            return f"“{value}”" if value else "empty"
        return str(value)

    @property
    def takes(self) -> str:
        """What may be given, in a sentence."""
        if self.kind is Kind.SWITCH:
            return f"“{self.title}” is either on (true) or off (false)."
        if self.kind is Kind.CHOICE:
            return f"“{self.title}” is one of: {', '.join(str(choice.value) for choice in self.choices)}."
        if self.kind is Kind.TEXT:
            return f"“{self.title}” is a text of at most {self.longest} characters."
        what = "a whole number" if self.kind is Kind.NUMBER else "a number"
        bounded = (self.least, self.most) != (-LARGEST_NUMBER, LARGEST_NUMBER)
        return f"“{self.title}” is {what}{f' from {self.least} to {self.most}' if bounded else ''}."


class Governed(BaseModel):
    """An action that a switch governs, and where people meet it."""

    model_config = ConfigDict(frozen=True)

    action: str
    title: str
    page: str
    command: str

    @property
    def places(self) -> str:
        """Every channel of it: Invoices page, /pay in the chat, invoices.pay on the shell."""
        return f"{self.page}, {self.command} in the chat, {self.action} on the shell"


class Seen(BaseModel):
    """An action as customers find it after a change: whether it is there, and whether that is new."""

    model_config = ConfigDict(frozen=True)

    action: str
    title: str
    page: str
    command: str
    there: bool
    changed: bool


@lru_cache(maxsize=4)
def shapes(model: type[BaseModel] = PortalPreferences) -> Mapping[str, Shape]:
    """Every preference by its name, in the model's order. Raises TypeError for a field that no admin could set."""
    return {name: _shape(name, field) for name, field in model.model_fields.items()}


def governed_by(name: str, actions: Iterable[Action]) -> tuple[Governed, ...]:
    """The actions that this preference switches on and off, in every channel."""
    return tuple(
        Governed(action=a.id, title=a.title, page=page_words(a.page), command=a.slash)
        for a in actions
        if a.gate == name
    )


def seen_by_customers(
    actions: Iterable[Action], before: PortalPreferences, after: PortalPreferences
) -> tuple[Seen, ...]:
    """What customers find with the preferences `after`, page by page as the catalogue has it."""
    return tuple(
        Seen(
            action=a.id, title=a.title, page=page_words(a.page), command=a.slash,
            there=_there(a, after), changed=_there(a, after) != _there(a, before),
        )
        for a in actions
        if a.audience is not Audience.STAFF
    )  # fmt: skip


def changed_preferences(current: PortalPreferences, given: Mapping[str, JsonValue]) -> PortalPreferences:
    """The preferences with `given` over them, held against the model itself, strictly: “yes” is no switch.

    Raises `invalid_input` with `changes.NAME` as its field and a sentence of what that preference takes.
    """
    known = shapes()
    for name in given:
        if name not in known:
            raise _refused(name, f"There is no preference “{str(plain(name))[:60]}”.")
    values = current.model_dump(mode="json") | {name: _tidy(value) for name, value in given.items()}
    try:
        after = PortalPreferences.model_validate_json(json.dumps(values), strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = str(first["loc"][0]) if first["loc"] else next(iter(given))
        if name == "credit_note_series" and name not in given:  # it is the invoices' prefix that was changed
            raise _refused("invoice_series", prefix_of(str(values[name]), "credit notes")) from None
        raise _refused(name, _problem(known[name], first)) from None
    for name in given:
        shape, value = known[name], getattr(after, name)
        if isinstance(value, str) and len(value) > (shape.longest or LONGEST_TEXT):
            raise _refused(name, shape.takes)
        if shape.kind in (Kind.NUMBER, Kind.DECIMAL) and value is not None and abs(value) > LARGEST_NUMBER:
            raise _refused(name, shape.takes)
    return after


def plain_value(preferences: PortalPreferences, name: str) -> Value:
    """A preference's value as JSON keeps it: a choice by its own word, a decimal as text."""
    value: Value = preferences.model_dump(mode="json", include={name})[name]
    return value


def page_words(path: str) -> str:
    """How a page is called after its path: Invoices page, Home page."""
    last = path.rstrip("/").rpartition("/")[2].replace("-", " ").capitalize()
    return last if last == "Chat" else f"{last or 'Home'} page"


def _there(action: Action, preferences: PortalPreferences) -> bool:
    return not isinstance(action.gate, str) or bool(getattr(preferences, action.gate))


def _refused(name: str, problem: str) -> PortalError:
    return PortalError("invalid_input", field=f"changes.{str(plain(name))[:60]}", problem=problem)


def _tidy(value: JsonValue) -> JsonValue:
    return str(plain(value)).strip() if isinstance(value, str) else value


def _problem(shape: Shape, error: Mapping[str, Any]) -> str:
    if error["type"] == "value_error":  # a validator's own sentence
        return str(error["msg"]).removeprefix("Value error, ")
    if error["type"] == "string_too_short":
        return f"“{shape.title}” can not be empty."
    return shape.takes


def _shape(name: str, field: FieldInfo) -> Shape:
    annotation, optional = _without_none(field.annotation)
    kind, choices = _kind(name, annotation)
    extra: dict[str, Any] = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
    words = extra.get("words") or [_said(value) for value in choices]
    bounds = _bounds(field, kind)
    return Shape(
        name=name,
        title=field.title or _capital(name),
        group=str(extra.get("group", "Other")),
        help=field.description or "",
        kind=kind,
        optional=optional,
        default=_json(field.get_default(call_default_factory=True, validated_data={})),
        choices=tuple(Choice(value=value, words=word) for value, word in zip(choices, words, strict=True)),
        lines=extra.get("lines", 1),
        **bounds,
    )


def _without_none(annotation: Any) -> tuple[Any, bool]:
    if typing.get_origin(annotation) is Annotated:
        return _without_none(typing.get_args(annotation)[0])
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        rest = [part for part in typing.get_args(annotation) if part is not types.NoneType]
        if len(rest) == 1:
            return _without_none(rest[0])[0], len(typing.get_args(annotation)) > 1
    return annotation, False


def _kind(name: str, annotation: Any) -> tuple[Kind, tuple[bool | int | str, ...]]:
    plain_kinds = {bool: Kind.SWITCH, int: Kind.NUMBER, Decimal: Kind.DECIMAL, str: Kind.TEXT}
    if annotation in plain_kinds:
        return plain_kinds[annotation], ()
    if typing.get_origin(annotation) is Literal:
        return Kind.CHOICE, tuple(value for value in typing.get_args(annotation) if value is not None)
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return Kind.CHOICE, tuple(member.value for member in annotation)
    raise TypeError(f"{name}: an admin can set bool, int, Decimal, str, Literal and Enum, not {annotation}")


def _bounds(field: FieldInfo, kind: Kind) -> dict[str, int]:
    marks = {name: getattr(mark, name) for mark in field.metadata for name in BOUNDS if hasattr(mark, name)}
    if kind is Kind.TEXT:
        return {"longest": int(marks.get("max_length") or LONGEST_TEXT)}
    if kind not in (Kind.NUMBER, Kind.DECIMAL):
        return {}
    least = marks["gt"] + 1 if "gt" in marks else marks.get("ge", -LARGEST_NUMBER)
    most = marks["lt"] - 1 if "lt" in marks else marks.get("le", LARGEST_NUMBER)
    return {"least": int(least), "most": int(most)}


def _said(value: bool | int | str) -> str:
    return ("On" if value else "Off") if isinstance(value, bool) else _capital(str(value))


def _capital(name: str) -> str:
    text = name.replace("_", " ")
    return text[:1].upper() + text[1:]


def _json(value: Any) -> Value:
    if isinstance(value, Enum):
        value = value.value
    return str(value) if isinstance(value, Decimal) else value
