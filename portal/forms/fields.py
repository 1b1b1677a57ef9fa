"""The fields of an action's form, made from its input model."""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from billing.registry import Action
from billing.telling import words_for
from chat.understanding.choices import options_of
from portal.forms.words import VALUES, words_of

Pick = Callable[[str], Sequence["Option"]]


class Kind(StrEnum):
    """How a field is drawn and read."""

    TEXT = "text"
    AREA = "area"
    NUMBER = "number"
    AMOUNT = "amount"
    DATE = "date"
    CHOICE = "choice"
    SWITCH = "switch"
    MANY = "many"
    LINES = "lines"
    PAIRS = "pairs"
    ROWS = "rows"


class Option(BaseModel):
    """One thing that can be chosen."""

    value: str
    label: str


class FormField(BaseModel):
    """A field as it is drawn. `name` is its place in the input: invoices, lines.0.description.

    `start` is what it stands at before anybody chose: the input's own default, where that is a choice; that of a number
    is its `placeholder`. One that `clears` says something when it is emptied: that the detail is taken off.
    """

    name: str
    label: str
    hint: str = ""
    kind: str = Kind.TEXT
    required: bool = True
    start: str = ""
    placeholder: str = ""
    clears: bool = False
    options: list[Option] = []
    last_of_row: bool = False


def fields_of(action: Action, rows: dict[str, int], pick: Pick) -> list[FormField]:
    """The form's fields in the input's order. `rows` says how many entries each list of records shows.

    `pick` gives what a reference ("invoice", "subscription") can be chosen from; nothing leaves it to be typed.
    """
    found: list[FormField] = []
    for name, info in action.input.model_fields.items():
        record = record_of(info)
        if record is None:
            found.append(_field(action.id, name, info, pick))
            continue
        found.append(FormField(name=name, label=words_for(name), kind=Kind.ROWS, required=info.is_required()))
        for place in range(rows.get(name, 1)):
            own = [_field(action.id, f"{name}.{place}.{n}", i, pick) for n, i in record.model_fields.items()]
            own[-1].last_of_row = True
            found += own
    return found


def record_of(info: FieldInfo) -> type[BaseModel] | None:
    """The model of which a field takes a list, where it takes one."""
    for inner in _inner(info.annotation):
        if typing.get_origin(inner) in (list, tuple):
            item = typing.get_args(inner)[0]
            if isinstance(item, type) and issubclass(item, BaseModel):
                return item
    return None


def refers(info: FieldInfo) -> str:
    """What a field names: invoice, amount, day, words ..., or nothing."""
    pending: list[object] = [info.annotation]
    marks = list(info.metadata)
    while pending:
        annotation = pending.pop()
        marks += getattr(annotation, "__metadata__", ())
        pending += typing.get_args(annotation)
    return next((str(mark.to) for mark in marks if hasattr(mark, "to")), "")


def _field(action: str, name: str, info: FieldInfo, pick: Pick) -> FormField:
    own = name.rsplit(".", 1)[-1]
    label, hint = words_of(action, own)
    field = FormField(
        name=name,
        label=label or info.title or words_for(own),
        hint=info.description or hint,
        required=info.is_required(),
    )
    types_in = _inner(info.annotation)
    several = any(typing.get_origin(inner) in (list, tuple) for inner in types_in)
    to = refers(info)
    fixed = options_of(info)
    if fixed:
        field.options = [Option(value=value, label=VALUES.get((own, value)) or words_for(value)) for value in fixed]
        field.kind, field.start = (Kind.MANY, "") if several else (Kind.CHOICE, _start(info))
        return field
    field.options = list(pick(to)) if to else []
    if field.options:
        field.kind = Kind.MANY if several else Kind.CHOICE
    elif several:
        field.kind, field.hint = Kind.LINES, field.hint or "One a line."
    elif any(typing.get_origin(inner) is dict for inner in types_in):
        field.kind = Kind.PAIRS
    else:
        field.kind = _kind(types_in, to)
        field.start = _start(info) if field.kind == Kind.SWITCH else ""
        field.placeholder = _placeholder(field.kind, info)
        field.clears = field.kind == Kind.TEXT and not to and info.default is None and str in types_in
    return field


def _placeholder(kind: Kind, info: FieldInfo) -> str:
    """What an empty field counts as."""
    if kind == Kind.AMOUNT:
        return "0.00"
    return str(info.default) if kind == Kind.NUMBER and isinstance(info.default, int | Decimal) else ""


def _start(info: FieldInfo) -> str:
    """A default among choices, as the form keeps it; empty where there is none."""
    if isinstance(info.default, bool):
        return "yes" if info.default else "no"
    return str(info.default) if isinstance(info.default, str) else ""


def _kind(annotations: Sequence[object], to: str) -> Kind:
    plain = [a for a in annotations if isinstance(a, type)]
    if bool in plain:
        return Kind.SWITCH
    if to == "amount":
        return Kind.AMOUNT
    if date in plain or datetime in plain:
        return Kind.DATE
    if int in plain or Decimal in plain:
        return Kind.NUMBER
    return Kind.AREA if to == "words" else Kind.TEXT


def _inner(annotation: object) -> list[object]:
    """The types that a field may have, without None and without what only annotates them."""
    if typing.get_origin(annotation) is typing.Annotated:
        return _inner(typing.get_args(annotation)[0])
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        return [inner for part in typing.get_args(annotation) if part is not type(None) for inner in _inner(part)]
    return [annotation]
