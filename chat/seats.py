"""Who sits at a socket, and which sessions are still good."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from typing import Any

from sqlmodel import col, select

from billing.auth import sessions
from billing.auth.sessions import SignedIn, actor_for
from billing.context import Actor, Contexts
from billing.models.people import LoginSession
from billing.registry import Channel
from chat.embedding import VISIT_COOKIE, live_visits, visitor_for

ASKED_AT_ONCE = 500
LONGEST_TOKEN = 200


class Seat:
    """One connection: the token it came with, who it was when last looked up, and the rooms it is in.

    The token is the cookie's, or, `embedded`, that of a chat on another site; `session_hash` is that of the session
    behind it, known from the first look on.
    """

    __slots__ = (
        "actor", "conversation_id", "embedded", "noted", "rooms", "session_hash", "since", "token", "token_hash",
    )  # fmt: skip

    def __init__(self, token: str, since: float, *, embedded: bool = False) -> None:
        self.token = token
        self.embedded = embedded
        self.token_hash = hashlib.sha256(token.encode(errors="replace")).hexdigest()
        self.session_hash = "" if embedded else self.token_hash
        self.since = self.noted = since
        self.actor: Actor | None = None
        self.conversation_id: int | None = None
        self.rooms: set[str] = set()


def token_in(environ: dict[str, Any]) -> str:
    """The session's token from the connection's cookies; empty without one."""
    return sessions.token_in(str(environ.get("HTTP_COOKIE", "")))


def seat_for(environ: dict[str, Any], auth: object, since: float) -> Seat:
    """The seat of a new connection. One that comes with `auth: {"visit": token}` never sits on the session's cookie.

    An empty token stands for the visit's own cookie, which browsers keep for frames on that one site.
    """
    if isinstance(auth, dict) and "visit" in auth:
        visit = str(auth["visit"]) or sessions.token_in(str(environ.get("HTTP_COOKIE", "")), VISIT_COOKIE)
        return Seat(visit[:LONGEST_TOKEN], since, embedded=True)
    return Seat(token_in(environ), since)


def who_sits(contexts: Contexts, seat: Seat) -> SignedIn | None:
    """Who the seat's token stands for at this moment."""
    if not seat.embedded:
        return actor_for(contexts, seat.token)
    found = visitor_for(contexts, seat.token)
    if found is not None:
        with contexts.system(channel=Channel.CHAT) as ctx:
            session = ctx.session.get(LoginSession, found.session_id)
            seat.session_hash = session.token_hash if session else ""
    return found


def live_seats(contexts: Contexts, seats: Collection[Seat]) -> set[str]:
    """The token hashes of those seats whose people are signed in at this moment."""
    cookies = {seat.token_hash for seat in seats if not seat.embedded}
    visits = {seat.token_hash for seat in seats if seat.embedded}
    return (live_hashes(contexts, cookies) if cookies else set()) | live_visits(contexts, visits)


def live_hashes(contexts: Contexts, hashes: Collection[str]) -> set[str]:
    """Those of the sessions (by their tokens' hashes) that are signed in at this moment."""
    asked, live = list(hashes), set[str]()
    with contexts.system(channel=Channel.CHAT) as ctx:
        for first in range(0, len(asked), ASKED_AT_ONCE):
            live.update(
                ctx.session.exec(
                    select(LoginSession.token_hash).where(
                        col(LoginSession.token_hash).in_(asked[first : first + ASKED_AT_ONCE]),
                        *sessions.live_sessions(ctx.now),
                    )
                ).all()
            )
    return live
