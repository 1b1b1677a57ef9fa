"""The chat on other sites: who may show it, and how somebody who signed in on our own page gets it there.

The sign-in window is ours. It makes a code that is good once, for a minute, for one site, and only together with the
secret of the chat that opened the window (RFC 7636 calls the two challenge and verifier). The chat changes it for a
token that opens the chat's socket and nothing else, and that ends with the session of the window. The browser keeps
it in a cookie that is partitioned (CHIPS): it exists only in frames on that one site, and no script reads it. A browser
that doesn't know such cookies has the token until the frame is gone.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Collection
from datetime import timedelta

from sqlmodel import Session, col, select, update

from billing.auth.sessions import NOTED_EVERY, SignedIn, actor_of_session, live_sessions
from billing.context import Contexts
from billing.db import transaction
from billing.errors import PortalError
from billing.models.people import LoginSession
from billing.preferences import PortalPreferences, load_preferences
from billing.sites import read_sites
from chat.models import EmbeddedVisit

VISIT_COOKIE = "__Host-parley_visit"
CODE_LASTS = timedelta(seconds=60)
IDLE = timedelta(minutes=30)
CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
LONGEST_SECRET = 128
ASKED_AT_ONCE = 500


def open_on(contexts: Contexts, site: str) -> PortalPreferences:
    """The preferences of a business that shows its chat on that site (an origin). Raises `site_not_listed`."""
    with contexts.system() as ctx:
        preferences = load_preferences(ctx.session)
    if site not in read_sites(preferences.widget_sites):
        raise PortalError("site_not_listed", business=preferences.business_name, site=named(site))
    return preferences


def named(site: str) -> str:
    """A site as it is named in a sentence; “this site” for what can't be one."""
    return site.partition("://")[2] if re.fullmatch(r"https?://[\w.:-]{1,100}", site) else "this site"


def hand_over(contexts: Contexts, who: SignedIn, site: str, challenge: str) -> str:
    """A code for the chat on `site` that knows the answer to `challenge`, once, within a minute.

    Raises `site_not_listed`, `customers_only`, and `handover_ended` for a challenge that none of our chats made.
    """
    open_on(contexts, site)
    if who.actor.kind != "contact":
        raise PortalError("customers_only")
    if not CHALLENGE.fullmatch(challenge):
        raise PortalError("handover_ended")
    code = secrets.token_urlsafe(32)
    with contexts.system(writes=True) as ctx:
        ctx.session.add(
            EmbeddedVisit(
                login_session_id=who.session_id, site=site, code_hash=_hash(code), challenge=challenge,
                created_at=ctx.now, seen_at=ctx.now,
            )
        )  # fmt: skip
    return code


def take_over(contexts: Contexts, code: str, verifier: str, site: str) -> str:
    """The token for a code; any try uses the code up. Raises `handover_ended`, `site_not_listed`, `not_signed_in`.

    A code that comes a second time ends the chat that it opened: one of the two who had it is a thief.
    """
    open_on(contexts, site)
    token = secrets.token_urlsafe(32)
    with contexts.system(writes=True) as ctx:
        known = select(EmbeddedVisit).where(EmbeddedVisit.code_hash == _hash(code)).with_for_update()
        visit = ctx.session.exec(known).first()
        fits = visit is not None and _fits(visit, verifier, site) and ctx.now < visit.created_at + CODE_LASTS
        if visit is not None:
            again = visit.taken_at is not None
            visit.taken_at = visit.taken_at or ctx.now
            if again or not fits:
                visit.ended_at, fits = ctx.now, False
            else:
                visit.token_hash, visit.seen_at = _hash(token), ctx.now
            ctx.session.add(visit)
    if not fits:
        raise PortalError("handover_ended")
    if visitor_for(contexts, token) is None:
        raise PortalError("not_signed_in")
    return token


def visitor_for(contexts: Contexts, token: str, site: str | None = None) -> SignedIn | None:
    """Who the token stands for: None when the visit or its session has ended or the site is no longer listed.

    With `site`, None for a visit to another one too.
    """
    now = contexts.clock.now()
    with transaction(contexts.engine, writes=False) as session:
        visit = session.exec(select(EmbeddedVisit).where(EmbeddedVisit.token_hash == _hash(token))).first()
        if visit is None or visit.ended_at is not None or now >= visit.seen_at + IDLE:
            return None
        if visit.site not in _sites(session) or site not in (None, visit.site):
            return None
    who = actor_of_session(contexts, visit.login_session_id)
    if who is None or who.actor.kind != "contact":
        return None
    if now - visit.seen_at >= NOTED_EVERY:
        with contexts.system(writes=True) as ctx:
            this = col(EmbeddedVisit.id) == visit.id
            ctx.session.exec(update(EmbeddedVisit).where(this, col(EmbeddedVisit.seen_at) < now).values(seen_at=now))
    return who


def end_visit(contexts: Contexts, token: str) -> None:
    """Signs the visitor out, there and in the portal of the same browser; what has ended already is no error."""
    with contexts.system(writes=True) as ctx:
        visit = ctx.session.exec(select(EmbeddedVisit).where(EmbeddedVisit.token_hash == _hash(token))).first()
        if visit is None:
            return
        visit.ended_at = visit.ended_at or ctx.now
        ctx.session.add(visit)
        own = col(LoginSession.id) == visit.login_session_id
        ctx.session.exec(update(LoginSession).where(own, col(LoginSession.ended_at).is_(None)).values(ended_at=ctx.now))


def live_visits(contexts: Contexts, hashes: Collection[str]) -> set[str]:
    """Those of the visits (by their tokens' hashes) that `visitor_for` still answers for."""
    asked, live = list(hashes), set[str]()
    if not asked:
        return live
    with contexts.system() as ctx:
        sites = _sites(ctx.session)
        for first in range(0, len(asked), ASKED_AT_ONCE):
            found = ctx.session.exec(
                select(EmbeddedVisit.token_hash)
                .join(LoginSession, col(LoginSession.id) == col(EmbeddedVisit.login_session_id))
                .where(
                    col(EmbeddedVisit.token_hash).in_(asked[first : first + ASKED_AT_ONCE]),
                    col(EmbeddedVisit.ended_at).is_(None),
                    col(EmbeddedVisit.seen_at) > ctx.now - IDLE,
                    col(EmbeddedVisit.site).in_(sites),
                    *live_sessions(ctx.now),
                )
            ).all()
            live.update(token_hash for token_hash in found if token_hash)
    return live


def _fits(visit: EmbeddedVisit, verifier: str, site: str) -> bool:
    if len(verifier) > LONGEST_SECRET:
        return False
    answer = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode(errors="replace")).digest()).rstrip(b"=")
    return hmac.compare_digest(answer, visit.challenge.encode()) and visit.site == site


def _sites(session: Session) -> tuple[str, ...]:
    return read_sites(load_preferences(session).widget_sites)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()
