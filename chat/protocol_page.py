"""Writes PROTOCOL.md from the protocol's models, so that the page can't say anything else than the code."""

from __future__ import annotations

import inspect
import json
import re
import types
import typing
from datetime import date, datetime
from enum import Enum
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from billing.effects import Effect, EffectFact, EffectLine, LineKind
from chat import blocks, protocol, shapes

INTRODUCTION = """\
# The chat protocol, version {version}

Made by `python -m chat.protocol > chat/PROTOCOL.md` from `chat/protocol.py` and `chat/blocks.py`.

Socket.IO 5 over `/chat/socket.io`, namespace `/`, the session cookie says who it is. In a frame on another site the
connection comes with `auth: {{"visit": token}}` instead: then only the visit counts, whatever cookies come along, and
an empty token stands for the one in the visit's own cookie. It has the same events and may do what its person may do;
it ends with the session that it was made from, when the site leaves the admin's list, or half an hour after its last
word. The server hangs up with `signed_out`. `portal/embed.py` says how a frame gets its token.

Every client event has one payload and is answered by Socket.IO's acknowledgement: by the answer named here, or by
`Refused`. An answer has `ok: true`, a refusal `ok: false`.

How a client keeps every message once and in order:

1. After each connection it says `hello`. If that is refused with `not_signed_in`, it stops and keeps what was typed.
2. It gives each message a `client_id` of its own, shows it at once, and sends it again after a reconnection until it
   has the `Ack`. The server keeps it once, however often it comes.
3. It keeps messages by `seq`, whatever order they come in: the same number twice is the same message.
4. It remembers the `last_seq` of the last `Welcome`, `Opened` or `CaughtUp` (not of the last pushed message), and asks
   `catch_up` after it on reconnection, when the page becomes visible again, and once a minute while idle.
5. Before `confirm` it shows the proposal as it came. The receipt, or the reason why nothing was done, comes as a
   message whose `settles` names the proposal; so it does in every tab and after a catch-up.
"""


def page() -> str:
    """The whole page, as Markdown."""
    parts = [INTRODUCTION.format(version=protocol.VERSION), "## Events a client sends\n"]
    parts += [
        f"### `{name}`\n\n{_summary(request)}\n\n{_fields(request)}Answer: `{answer.__name__}`.\n"
        for name, (request, answer) in protocol.CLIENT_EVENTS.items()
    ]
    parts.append("## Answers\n")
    answers: dict[type[BaseModel], None] = dict.fromkeys(answer for _, answer in protocol.CLIENT_EVENTS.values())
    parts += [_section(model) for model in [*answers, *_refusals()]]
    parts.append("## Events a server sends\n")
    parts += [f"### `{name}`\n\n{_summary(push)}\n\n{_fields(push)}" for name, push in protocol.SERVER_EVENTS.items()]
    parts.append("## What they are made of\n")
    shared = [*_models(shapes, blocks.Part), *_models(protocol, blocks.Part)]
    parts += [_section(model) for model in shared if _is_shared(model)]
    parts += [_enumeration(kind) for kind in (protocol.Status, protocol.AuthorKind)]
    parts.append("## Blocks\n")
    parts += [_section(model) for model in _models(blocks, blocks.Part) if model is not blocks.Reply]
    parts += [_enumeration(kind) for kind in (blocks.ProposalState, blocks.Outcome, LineKind)]
    parts.append("## The effect in a proposal\n")
    parts += [_section(model) for model in (Effect, EffectLine, EffectFact)]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(parts)).rstrip() + "\n"


def _refusals() -> list[type[BaseModel]]:
    return [protocol.Refused, protocol.ErrorDetail]


def _models(module: types.ModuleType, base: type[BaseModel]) -> list[type[BaseModel]]:
    found = [m for m in vars(module).values() if isinstance(m, type) and issubclass(m, base) and m is not base]
    return [m for m in found if m.__module__ == module.__name__]


def _is_shared(model: type[BaseModel]) -> bool:
    spoken = (protocol.Request, protocol.Answer, protocol.Push)
    return not issubclass(model, spoken) and model not in _refusals()


def _section(model: type[BaseModel]) -> str:
    return f"### {model.__name__}\n\n{_summary(model)}\n\n{_fields(model)}"


def _summary(thing: type) -> str:
    own = thing.__dict__.get("__doc__") or ""
    return re.sub(r"(?<!\n)\n(?!\n)", " ", inspect.cleandoc(own))


def _enumeration(kind: type[Enum]) -> str:
    values = ", ".join(f"`{member.value}`" for member in kind)
    return f"### {kind.__name__}\n\n{values}. {_summary(kind)}".rstrip() + "\n"


def _fields(model: type[BaseModel]) -> str:
    if not model.model_fields:
        return ""
    rows = [f"| `{name}` | {_type(field)} | {_default(field)} | {field.description or ''} |"
            for name, field in model.model_fields.items()]  # fmt: skip
    return "\n".join(["| field | type | default | |", "| --- | --- | --- | --- |", *rows]) + "\n\n"


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True) if field.default_factory is None else {}
    if isinstance(value, Enum):
        value = value.value
    return f"`{json.dumps(value)}`"


def _type(field: FieldInfo) -> str:
    return _named(field.annotation).replace("|", "\\|")


NAMES: dict[Any, str] = {
    str: "string",
    int: "integer",
    bool: "boolean",
    datetime: "moment",
    date: "day",
    type(None): "null",
    Any: "any",
}


def _named(kind: Any) -> str:
    if kind in NAMES:
        return NAMES[kind]
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return "Block" if any(blocks.Text is part for part in get_args(arguments[0])) else _named(arguments[0])
    if origin in (Union, types.UnionType):
        return " | ".join(_named(part) for part in arguments)
    if origin is Literal:
        return " | ".join(f'"{value}"' if isinstance(value, str) else str(value).lower() for value in arguments)
    if origin is tuple:
        return f"{_named(arguments[0])}[]"
    if origin is dict:
        return "object"
    return str(typing.cast(Any, kind).__name__)
