"""Checks what is sent to Stripe against the parameter types that the installed SDK ships.

`validate_request` judges one request; the fixture `stripe_requests` records and judges every one that the stripe SDK
sends from this process. For a server in another process, pass the entries of the sandbox's `GET /_requests` to
`validate_log`. Import the fixture in a conftest to switch it on.
"""

from __future__ import annotations

import ast
import re
import typing
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal, NotRequired, Required, Union, get_args, get_origin
from urllib.parse import urlsplit

import pytest
import stripe
import stripe.params
from stripe._stripe_object import UntypedStripeObject
from typing_extensions import is_typeddict

from billing.gateways.sandbox.form import decode

_OPTIONS = frozenset(stripe.RequestOptions.__annotations__)
_UNIONS = (Union, type(int | str))


class NotInSchema(AssertionError):
    """A request that Stripe's own types don't know."""


@dataclass(frozen=True, slots=True)
class Route:
    """An endpoint of the SDK and the name of its parameter type, None where it takes none."""

    method: str
    template: str
    params: str | None

    def matches(self, method: str, path: str) -> bool:
        pattern = re.sub(r"\{[^}]*\}", "[^/]+", re.escape(self.template).replace(r"\{", "{").replace(r"\}", "}"))
        return self.method == method and re.fullmatch(pattern, path) is not None


@dataclass(slots=True)
class RecordedRequest:
    """A request as it went over the wire."""

    method: str
    path: str
    params: dict[str, Any]


@dataclass(slots=True)
class RecordedRequests:
    """Everything the SDK sent, and what was wrong with it."""

    sent: list[RecordedRequest] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def note(self, request: RecordedRequest) -> None:
        self.sent.append(request)
        try:
            validate_request(request.method, request.path, request.params)
        except NotInSchema as error:
            self.wrong.append(str(error))


@pytest.fixture
def stripe_requests(monkeypatch: pytest.MonkeyPatch) -> Iterator[RecordedRequests]:
    """Records every request of the stripe SDK; the test fails at its end if one isn't in the schema."""
    recorded = RecordedRequests()
    send = stripe.RequestsClient.request

    def record(client: stripe.RequestsClient, method: str, url: str, headers: Any, post_data: Any = None) -> Any:
        parts = urlsplit(url)
        path = parts.path[parts.path.index("/v1/") :]
        recorded.note(RecordedRequest(method.upper(), path, decode(post_data or parts.query)))
        return send(client, method, url, headers, post_data)

    monkeypatch.setattr(stripe.RequestsClient, "request", record)
    yield recorded
    assert not recorded.wrong, "\n".join(recorded.wrong)


def validate_log(entries: Iterable[Mapping[str, Any]]) -> int:
    """Judges the sandbox's log of requests and returns how many it judged."""
    judged = 0
    for entry in entries:
        validate_request(entry["method"], entry["path"], entry["params"])
        judged += 1
    return judged


def validate_request(method: str, path: str, params: Mapping[str, Any]) -> None:
    """Raises NotInSchema for an unknown endpoint, parameter or enum value, a wrong type or a missing parameter."""
    route = _route(method.upper(), path)
    said = f"{method.upper()} {path}"
    if route.params is None:
        if params:
            raise NotInSchema(f"{said} takes no parameters: {', '.join(params)}")
        return
    mistakes = list(_mistakes_of_group(getattr(stripe.params, route.params), dict(params), "", _OPTIONS))
    if mistakes:
        raise NotInSchema(f"{said}: " + "; ".join(mistakes))


def _route(method: str, path: str) -> Route:
    fitting = [route for route in _routes() if route.matches(method, path)]
    if not fitting:
        raise NotInSchema(f"{method} {path} is no endpoint of the SDK")
    return min(fitting, key=lambda route: route.template.count("{"))


@cache
def _routes() -> tuple[Route, ...]:
    """Every endpoint of the SDK's v1 services, read from their source."""
    found: list[Route] = []
    for source in Path(stripe.__file__).parent.glob("_*_service.py"):
        for node in ast.walk(ast.parse(source.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef):
                found.extend(_routes_of(node))
    assert found, "the SDK's services were not found"
    return tuple(found)


def _routes_of(function: ast.FunctionDef) -> Iterator[Route]:
    named = [each for each in function.args.args + function.args.kwonlyargs if each.arg == "params"]
    words = re.findall(r"\w+Params\b", ast.unparse(named[0].annotation)) if named and named[0].annotation else []
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "_request":
            verb, path = node.args[0], node.args[1]
            if isinstance(path, ast.Call) and isinstance(path.func, ast.Attribute):
                path = path.func.value
            if isinstance(verb, ast.Constant) and isinstance(path, ast.Constant):
                yield Route(str(verb.value).upper(), str(path.value), words[0] if words else None)


@cache
def _fields(group: Any) -> dict[str, Any]:
    known = {"StripeContext": Any, "Mapping": Mapping}
    return typing.get_type_hints(group, localns=known, include_extras=True)


def _mistakes_of_group(group: Any, given: object, within: str, hidden: frozenset[str] = frozenset()) -> Iterator[str]:
    if not isinstance(given, dict):
        yield f"{within} is no group of parameters"
        return
    fields = {name: kind for name, kind in _fields(group).items() if name not in hidden}
    for name, value in given.items():
        full = f"{within}[{name}]" if within else name
        if name not in fields:
            yield f"unknown parameter {full}"
        else:
            yield from _mistakes(fields[name], value, full)
    for name, kind in fields.items():
        if get_origin(kind) is not NotRequired and name not in given:
            yield f"missing parameter {within}[{name}]" if within else f"missing parameter {name}"


def _mistakes(kind: Any, value: object, name: str) -> list[str]:
    origin = get_origin(kind)
    if origin in (NotRequired, Required):
        return _mistakes(get_args(kind)[0], value, name)
    if origin in _UNIONS:
        return _mistakes_of_union(get_args(kind), value, name)
    if origin is Literal:
        return [] if value in get_args(kind) else [f"{name} is {value!r}, not one of {get_args(kind)}"]
    if is_typeddict(kind):
        return list(_mistakes_of_group(kind, value, name))
    if origin is list:
        if not isinstance(value, list):
            return [f"{name} is no list"]
        return [error for at, each in enumerate(value) for error in _mistakes(get_args(kind)[0], each, f"{name}[{at}]")]
    if origin is dict:
        return [] if isinstance(value, dict) else [f"{name} is no mapping"]
    return _mistakes_of_plain(kind, value, name)


def _mistakes_of_union(kinds: tuple[Any, ...], value: object, name: str) -> list[str]:
    """The SDK writes an open enum as `Literal['a', 'b'] | str`: here only the words that it names count."""
    words = [word for kind in kinds if get_origin(kind) is Literal for word in get_args(kind)]
    if any(word != "" for word in words):
        kinds = tuple(kind for kind in kinds if kind is not str)
    attempts = [_mistakes(kind, value, name) for kind in kinds if get_origin(kind) is not UntypedStripeObject]
    return min(attempts, key=len)


def _mistakes_of_plain(kind: Any, value: object, name: str) -> list[str]:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if isinstance(value, dict | list):
        return [f"{name} is a group, not {getattr(kind, '__name__', kind)}"]
    if kind is bool and text not in ("true", "false"):
        return [f"{name} is {value!r}, not a boolean"]
    if kind is int and not re.fullmatch(r"-?\d+", text):
        return [f"{name} is {value!r}, not a whole number"]
    if kind is float and not re.fullmatch(r"-?\d+(\.\d+)?", text):
        return [f"{name} is {value!r}, not a number"]
    return []
