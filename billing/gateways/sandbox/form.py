"""Stripe's form encoding: `card[number]=...&expand[0]=...` to nested dictionaries and lists, and names back again."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl

from billing.gateways.sandbox.refusals import Json, invalid

_NAME = re.compile(r"[^\[\]]+|\[[^\[\]]*\]")
_DEEPEST = 8


def decode(encoded: str) -> Json:
    """Reads a body or a query string. Values stay text; `a[]=` and `a[0]=` make lists."""
    root: Json = {}
    for name, value in parse_qsl(encoded, keep_blank_values=True):
        parts = [part.strip("[]") for part in _NAME.findall(name)]
        if not parts or len(parts) > _DEEPEST or "".join(_NAME.findall(name)) != name:
            raise invalid(f"Invalid parameter name: {name}", param=name)
        _put(root, parts, value, name)
    return {key: _lists(value) for key, value in root.items()}


def _put(target: Json, parts: list[str], value: str, name: str) -> None:
    for part in parts[:-1]:
        child = target.setdefault(part or str(len(target)), {})
        if not isinstance(child, dict):
            raise invalid(f"Invalid {name}: it is given both as text and as a group.", param=name)
        target = child
    last = parts[-1] or str(len(target))
    if isinstance(target.get(last), dict):
        raise invalid(f"Invalid {name}: it is given both as text and as a group.", param=name)
    target[last] = value


def _lists(value: object) -> object:
    if not isinstance(value, dict):
        return value
    made = {key: _lists(inner) for key, inner in value.items()}
    if made and all(key.isdigit() for key in made):
        return [made[key] for key in sorted(made, key=int)]
    return made
