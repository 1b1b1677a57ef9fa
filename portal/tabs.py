"""A tab's state belongs to the browser session that made it: with another cookie, the same tab starts from nothing.

Reflex finds a tab's state by a token that the tab itself chooses, keeps over signing out and sends in the address of
its socket, where logs may hold it. Whoever comes with that token, the next person at the same browser say, would be
shown all that the state holds. So the token that Reflex gets is made from the tab's and the session's together.
"""

from __future__ import annotations

import hashlib
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from billing.auth.sessions import token_in

REFLEX_SOCKET = "/_event"


class TabsOfSessions:
    """Puts the session into the token of every connection to Reflex's socket."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket") and scope["path"].startswith(REFLEX_SOCKET):
            session = token_in(Headers(scope=scope).get("cookie", ""))
            scope = {**scope, "query_string": with_session(scope["query_string"], session)}
        await self._app(scope, receive, send)


def with_session(query: bytes, session: str) -> bytes:
    """The query with each `token` replaced by one that only this tab in this session has."""
    fields = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    return urlencode([(name, _bound(value, session) if name == "token" else value) for name, value in fields]).encode()


def _bound(tab: str, session: str) -> str:
    return hashlib.sha256(f"{session}\n{tab}".encode(errors="replace")).hexdigest()[:32]
