"""Every door into Parley: HTTP routes, Reflex event handlers, socket events; who may use it, on what, how guarded.

Which doors there are is read from the live tables; what is said of them stands here, and a test fails for a door that
nobody has spoken of.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute

from billing.references import Refers
from billing.registry import Action, Audience, Registry, Role

ANYONE = ("anyone",)
SIGNED_IN = ("viewer", "billing", "owner", "agent", "admin")
CUSTOMERS = ("viewer", "billing", "owner")
LISTED = ("visitors of a listed site",)
STAFF = ("agent", "admin")
GATEWAY = ("payment gateway",)
# A form of ours: the Origin must be ours, and the session's token must come along.
ORIGIN, TOKEN, SIGNED, NONE = "origin", "origin and token", "signature", "not needed: changes nothing"


@dataclass(frozen=True)
class Door:
    """One way in. `roles` may use it, `object` is what it is about, `csrf` how another site is kept from using it."""

    kind: str
    name: str
    methods: tuple[str, ...]
    roles: tuple[str, ...]
    object: str
    csrf: str

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Said:
    """What is said of a door."""

    roles: tuple[str, ...]
    object: str
    csrf: str


KINDS = ("pdf", "csv")
HTTP: dict[str, Said] = {
    "/auth/login": Said(ANYONE, "own session", ORIGIN),
    "/auth/mfa": Said(ANYONE, "own session", ORIGIN),
    "/auth/logout": Said(ANYONE, "own session", TOKEN),
    "/auth/account": Said(SIGNED_IN, "own accounts; any account for staff", TOKEN),
    "/login/recovery": Said(("whoever gave the password",), "own session", ORIGIN),
    "/security/code": Said(SIGNED_IN, "own second factor", TOKEN),
    "/security/code/off": Said(SIGNED_IN, "own second factor", TOKEN),
    "/security/recovery-codes": Said(SIGNED_IN, "own recovery codes", TOKEN),
    "/security/password": Said(SIGNED_IN, "own password", TOKEN),
    "/security/sessions": Said(SIGNED_IN, "own sessions", TOKEN),
    "/login/forgot": Said(ANYONE, "a mail to the person who has that address", ORIGIN),
    "/login/link": Said(ANYONE, "a mail to the person who has that address", ORIGIN),
    "/invite/{token}": Said(("whoever holds the link",), "own first password and session", ORIGIN),
    "/reset/{token}": Said(("whoever holds the link",), "own password and session", ORIGIN),
    "/enter/{token}": Said(("whoever holds the link",), "own session", ORIGIN),
    **{
        f"/documents/invoices/{{number}}.{kind}": Said(SIGNED_IN, "invoice of the open account", NONE) for kind in KINDS
    },
    **{
        f"/documents/receipts/{{payment}}.{kind}": Said(SIGNED_IN, "payment of the open account", NONE)
        for kind in KINDS
    },
    **{
        f"/documents/statements/{{since}}_{{until}}_{{currency}}.{kind}": Said(SIGNED_IN, "the open account", NONE)
        for kind in KINDS
    },
    "/payments/{number}/return": Said(SIGNED_IN, "payment of the open account", "not needed: only looks again"),
    "/webhooks/stripe": Said(GATEWAY, "event", SIGNED),
    "/card-form.js": Said(ANYONE, "", NONE),
    "/embed.js": Said(ANYONE, "", NONE),
    "/embed/site": Said(LISTED, "the business's name", NONE),
    "/embed/chat": Said(LISTED, "the page in the frame, without any data", NONE),
    "/embed/ask": Said(LISTED, "how things work, no record", ORIGIN),
    "/embed/sign-in": Said(ANYONE, "own session, and a code for the listed site", ORIGIN),
    "/embed/code": Said(ANYONE, "own session, and a code for the listed site", ORIGIN),
    "/embed/continue": Said(CUSTOMERS, "a code for the listed site", TOKEN),
    "/embed/token": Said(("whoever holds code and verifier",), "own visit on the listed site", ORIGIN),
    "/embed/resume": Said(ANYONE, "own visit on the listed site", ORIGIN),
    "/embed/sign-out": Said(ANYONE, "own visit and session", ORIGIN),
    "/healthz": Said(ANYONE, "", NONE),
    "/readyz": Said(ANYONE, "", NONE),
    "/chat/socket.io": Said(SIGNED_IN, "the chat's socket: see its events; by cookie, or by a visit's token", ORIGIN),
    "/_event": Said(ANYONE, "Reflex's socket: see its handlers", ORIGIN),
    "/ping": Said(ANYONE, "", NONE),
    "/_health": Said(ANYONE, "", NONE),
    "/auth-codespace": Said(ANYONE, "", NONE),
    "/invoices/{number}": Said(ANYONE, "the built page of the invoices, without any data", NONE),
    "/": Said(ANYONE, "the built pages, without any data", NONE),
    "/sandbox/challenge/{intent}/{token}": Said(("whoever holds the link",), "test payment", "the link's token"),
    "/sandbox/static": Said(ANYONE, "", NONE),
}
UNSPOKEN = Said(("nobody has said",), "nobody has said", "nobody has said")
SANDBOX = Said(("whoever holds a test key",), "test data", "key in a header")
SOCKET: dict[str, Said] = {
    **{
        name: Said(SIGNED_IN, "conversation of one's own; any for staff", ORIGIN)
        for name in ("hello", "open", "send", "catch_up", "history", "typing", "read")
    },
    "commands": Said(SIGNED_IN, "actions that one may use", ORIGIN),
    **{name: Said(CUSTOMERS, "proposal in a conversation of one's own", ORIGIN) for name in ("confirm", "decline")},
    **{name: Said(STAFF, "conversation", ORIGIN) for name in ("take", "hand_back", "resolve", "note", "queue")},
}
# The methods of the portal's state that find out who is signed in and refuse everybody else.
ASKING = frozenset({"_signed_in", "_ask", "_preview", "_confirm", "_enter"})
CALLED = re.compile(r"self\.(\w+)\(")
ACTION_ID = re.compile(r"""["']([a-z_]+\.[a-z_]+)["']""")


def http_doors(routes: Iterable[BaseRoute], prefix: str = "") -> Iterator[Door]:
    """A door for each route of a running app, through everything that is mounted."""
    for route in routes:
        if isinstance(route, Mount):
            path = f"{prefix}{route.path}"
            inner = getattr(route.app, "routes", None)
            if inner:
                yield from http_doors(inner, path)
            else:
                yield _http_door(path or "/", ("GET",))
        elif isinstance(route, Route):
            methods = tuple(sorted((route.methods or {"GET"}) - {"HEAD"}))
            yield _http_door(f"{prefix}{route.path}", methods)
        elif isinstance(route, WebSocketRoute):
            yield _http_door(f"{prefix}{route.path}", ("GET",))


def _http_door(path: str, methods: tuple[str, ...]) -> Door:
    said = HTTP.get(path)
    if said is None and path.startswith("/sandbox/"):
        said = SANDBOX
    said = said or UNSPOKEN
    csrf = NONE if methods == ("GET",) and said.csrf in (ORIGIN, TOKEN) and "socket" not in said.object else said.csrf
    return Door("http", path, methods, said.roles, said.object, csrf)


def socket_doors(events: Iterable[str]) -> Iterator[Door]:
    """A door for each event that a chat client may send."""
    for name in sorted(events):
        said = SOCKET.get(name, UNSPOKEN)
        yield Door("socket", name, ("EMIT",), said.roles, said.object, said.csrf)


def reflex_doors(root: Any, registry: Registry) -> Iterator[Door]:
    """A door for each event handler of a Reflex state and everything derived from it.

    Who may use a handler follows from its code: from the actions that it names, itself or through its state's methods
    (dispatch checks their roles at each call), else from whether it asks who is signed in. One that does neither only
    moves what its own page shows.
    """
    for state in _states(root):
        for name, handler in sorted(state.event_handlers.items()):
            code = _code(state, handler.fn)
            named = dict.fromkeys(ACTION_ID.findall(code))
            actions = [registry.actions[found] for found in named if found in registry.actions]
            asks = name in ASKING or any(f"self.{method}(" in code for method in ASKING)
            roles = _roles(actions) if actions else SIGNED_IN if asks else ANYONE
            about = sorted({thing for action in actions for thing in _things(action)})
            what = ", ".join(about) or ", ".join(action.id for action in actions)
            shown = what or ("the open account" if asks else "what its own page shows")
            yield Door("reflex", f"{state.get_full_name()}.{name}", ("EVENT",), roles, shown, ORIGIN)


def _states(root: Any) -> Iterator[Any]:
    yield root
    for child in sorted(root.get_substates(), key=lambda state: str(state.get_full_name())):
        yield from _states(child)


def _code(state: Any, function: Any) -> str:
    """The source of a handler, and of the methods of its state that it calls, except those that ask for any action."""
    code, seen, open_ones = "", set(ASKING), [function]
    while open_ones:
        try:
            source = inspect.getsource(open_ones.pop())
        except (OSError, TypeError):
            continue
        code += source
        for name in CALLED.findall(source):
            if name not in seen:
                seen.add(name)
                found = inspect.getattr_static(state, name, None)
                open_ones.append(getattr(found, "fn", found))
    return code


def _roles(actions: list[Action]) -> tuple[str, ...]:
    """Who may use at least one of them; where some change something, of those."""
    deciding = [action for action in actions if action.changes] or actions
    may = {role for action in deciding for role in Role if _may(action, role)}
    return tuple(role.name.lower() for role in sorted(may))


def _may(action: Action, role: Role) -> bool:
    staff = role >= Role.AGENT
    if action.audience is Audience.STAFF and not staff:
        return False
    return role >= action.role and not (action.audience is Audience.CUSTOMER and staff and action.changes)


def _things(action: Action) -> Iterator[str]:
    for field in action.input.model_fields.values():
        yield from (
            mark.to for mark in field.metadata if isinstance(mark, Refers) and mark.to not in ("words", "amount")
        )
