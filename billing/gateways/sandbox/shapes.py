"""What each endpoint accepts. A parameter that isn't named here is refused as Stripe refuses it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from billing.gateways.sandbox.refusals import Json, Refusal, invalid

Reader = Callable[[str, object], object]
Shape = dict[str, Any]  # name -> Reader | Shape | list[Reader | Shape]


def text(name: str, value: object) -> object:
    """Any text up to 5,000 characters."""
    if not isinstance(value, str):
        raise invalid(f"Invalid string: {name}", param=name, code="parameter_invalid_string")
    if len(value) > 5000:
        raise invalid(f"Invalid {name}: at most 5000 characters.", param=name, code="parameter_invalid_string")
    return value


def filled(name: str, value: object) -> object:
    """Text that isn't empty."""
    if text(name, value) == "":
        message = f"You passed an empty string for '{name}'. Remove '{name}' from your request instead."
        raise invalid(message, param=name, code="parameter_invalid_empty")
    return value


def integer(name: str, value: object) -> object:
    """A whole number."""
    if not isinstance(value, str) or not value.removeprefix("-").isdecimal() or len(value) > 15:
        raise invalid(f"Invalid integer: {value}", param=name, code="parameter_invalid_integer")
    return int(value)


def flag(name: str, value: object) -> object:
    """`true` or `false`."""
    if value not in ("true", "false"):
        raise invalid(f"Invalid boolean: {value}", param=name)
    return value == "true"


def free(name: str, value: object) -> object:
    """Metadata: at most 50 keys of 40 characters with values of 500; an empty value removes."""
    if value == "":
        return {}
    if not isinstance(value, dict) or not all(isinstance(each, str) for each in value.values()):
        raise invalid(f"Invalid {name}: metadata are keys with text.", param=name)
    if len(value) > 50 or any(len(key) > 40 or len(each) > 500 for key, each in value.items()):
        raise invalid(f"Invalid {name}: at most 50 keys of 40 characters, values of 500.", param=name)
    return value


def one_of(*choices: str) -> Reader:
    """One of the given words."""

    def read(name: str, value: object) -> object:
        if value not in choices:
            raise invalid(f"Invalid {name}: must be one of {', '.join(choices)}", param=name)
        return value

    return read


def off_session(name: str, value: object) -> object:
    """A flag, or how often: `one_off`, `recurring`. Either word means that the card holder isn't there."""
    if value in ("one_off", "recurring"):
        return True
    return flag(name, value)


def read(shape: Shape, given: object, within: str = "") -> Json:
    """Checks and types the parameters against `shape`. Raises Refusal with Stripe's codes."""
    if not isinstance(given, dict):
        raise invalid("Invalid object", param=within)
    result: Json = {}
    for key, value in given.items():
        name = f"{within}[{key}]" if within else key
        if key not in shape:
            raise _unknown(name)
        result[key] = _one(shape[key], value, name)
    return result


def _one(expected: Any, value: object, name: str) -> object:
    if isinstance(expected, list):
        if not isinstance(value, list):
            raise invalid("Invalid array", param=name)
        return [_one(expected[0], each, f"{name}[{at}]") for at, each in enumerate(value)]
    if isinstance(expected, dict):
        return {} if value == "" else read(expected, value, name)
    reader: Reader = expected
    return reader(name, value)


def _unknown(name: str) -> Refusal:
    return invalid(f"Received unknown parameter: {name}", param=name, code="parameter_unknown")


EXPAND: Shape = {"expand": [filled]}
CREATED: Shape = {"gt": integer, "gte": integer, "lt": integer, "lte": integer}
PAGE: Shape = {
    **EXPAND,
    "limit": integer,
    "starting_after": filled,
    "ending_before": filled,
    "created": CREATED,
}
ADDRESS: Shape = dict.fromkeys(("line1", "line2", "city", "postal_code", "state", "country"), text)
BILLING: Shape = {"name": text, "email": text, "phone": text, "address": ADDRESS}
CARD: Shape = {"number": text, "exp_month": text, "exp_year": text, "cvc": text}
