"""Who sits at a socket, and which sessions are still good."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from typing import Any

from sqlmodel import col, select

from billing.auth import sessions
from billing.auth.sessions import IDLE
from billing.context import Actor, Contexts
from billing.models.people import LoginSession
from billing.registry import Channel

ASKED_AT_ONCE = 500


class Seat:
    """One connection: the cookie's token, who it was when last looked up, and the rooms it is in."""

    __slots__ = ("actor", "conversation_id", "noted", "rooms", "since", "token", "token_hash")

    def __init__(self, token: str, since: float) -> None:
        self.token = token
        self.token_hash = hashlib.sha256(token.encode(errors="replace")).hexdigest()
        self.since = self.noted = since
        self.actor: Actor | None = None
        self.conversation_id: int | None = None
        self.rooms: set[str] = set()


def token_in(environ: dict[str, Any]) -> str:
    """The session's token from the connection's cookies; empty without one."""
    return sessions.token_in(str(environ.get("HTTP_COOKIE", "")))


def live_hashes(contexts: Contexts, hashes: Collection[str]) -> set[str]:
    """Those of the sessions (by their tokens' hashes) that are signed in at this moment."""
    asked, live = list(hashes), set[str]()
    with contexts.system(channel=Channel.CHAT) as ctx:
        for first in range(0, len(asked), ASKED_AT_ONCE):
            live.update(
                ctx.session.exec(
                    select(LoginSession.token_hash).where(
                        col(LoginSession.token_hash).in_(asked[first : first + ASKED_AT_ONCE]),
                        col(LoginSession.ended_at).is_(None),
                        col(LoginSession.mfa_pending).is_(False),
                        col(LoginSession.ends_at) > ctx.now,
                        col(LoginSession.seen_at) > ctx.now - IDLE,
                    )
                ).all()
            )
    return live
