"""Signed-in browsers. The cookie holds a random token, the database its hash; a session says who asks, every time.

A session ends after 2 hours without a request and 12 hours after the sign-in, whatever comes first; one that waits for
a code, after a quarter of an hour.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select, update

from billing.access import clean_number
from billing.context import Actor, Context, Contexts
from billing.db import transaction
from billing.errors import PortalError
from billing.models.people import Contact, Customer, LoginSession, Membership, Staff
from billing.registry import Role

COOKIE = "parley_session"
LASTS = timedelta(hours=12)
IDLE = timedelta(hours=2)
WAITS_FOR_CODE = timedelta(minutes=15)
NOTED_EVERY = timedelta(minutes=5)


@dataclass(frozen=True)
class Account:
    """A customer that the person may open, with their role there."""

    customer_id: int
    number: str
    name: str
    role: Role


@dataclass(frozen=True)
class SignedIn:
    """Who a request comes from. Staff have no memberships; their `actor.customer_id` is what they look at."""

    actor: Actor
    session_id: int
    csrf_token: str
    memberships: tuple[Account, ...]
    mfa_pending: bool = False

    def csrf_fits(self, token: str) -> bool:
        """Whether a form's hidden field (or the X-Parley-CSRF header) is this session's."""
        return hmac.compare_digest(self.csrf_token.encode(), token.encode(errors="replace"))


def token_in(cookies: str, name: str = COOKIE) -> str:
    """The session's token in a Cookie header, or another cookie of ours; empty without one.

    Cookies of other programs on the same host may hold anything and are passed over, as browsers and Starlette do.
    """
    found = ""
    for part in cookies.split(";"):
        found_name, _, value = part.partition("=")
        if found_name.strip() == name:
            found = value.strip().strip('"')
    return found


def actor_for(contexts: Contexts, token: str) -> SignedIn | None:
    """Who the cookie's token stands for; None when it stands for nobody, has ended, or its code is still awaited."""
    found = _look_up(contexts, token)
    return None if found is None or found.mfa_pending else found


def actor_of_session(contexts: Contexts, session_id: int) -> SignedIn | None:
    """Who a session stands for, for what was made from it and must not outlive it; None as for `actor_for`."""
    found = _found(contexts, col(LoginSession.id) == session_id)
    return None if found is None or found.mfa_pending else found


def live_sessions(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """What is true of a session that is signed in at that moment, for a query over many."""
    return (
        col(LoginSession.ended_at).is_(None),
        col(LoginSession.mfa_pending).is_(False),
        col(LoginSession.ends_at) > now,
        col(LoginSession.seen_at) > now - IDLE,
    )


def awaiting_code(contexts: Contexts, token: str) -> SignedIn | None:
    """Who has given the right password and not yet the code; None in every other case. Nothing may be done with it."""
    found = _look_up(contexts, token)
    return found if found is not None and found.mfa_pending else None


def create_session(ctx: Context, person: Contact | Staff, *, user_agent: str, mfa_pending: bool) -> str:
    """Signs a browser in and returns the token for its cookie; for a contact the first account is opened."""
    token, session, now = secrets.token_urlsafe(32), ctx.session, ctx.now
    contact = person if isinstance(person, Contact) else None
    opened = None
    if contact is not None:
        opened = session.exec(
            select(Membership.customer_id).where(Membership.contact_id == contact.id).order_by(col(Membership.id))
        ).first()
    if contact is not None and opened is not None and not mfa_pending:
        _joined(ctx, contact, opened)
    session.add(
        LoginSession(
            token_hash=_hash(token),
            contact_id=contact.id if contact else None,
            staff_id=None if contact else person.id,
            customer_id=opened,
            csrf_token=secrets.token_urlsafe(24),
            mfa_pending=mfa_pending,
            user_agent=user_agent[:200].replace("\x00", ""),
            created_at=now,
            seen_at=now,
            ends_at=now + (WAITS_FOR_CODE if mfa_pending else LASTS),
        )
    )
    session.flush()
    return token


def end_session(contexts: Contexts, token: str) -> None:
    """Signs the browser out; ending a session twice is no error."""
    with contexts.system(writes=True) as ctx:
        ctx.session.exec(
            update(LoginSession)
            .where(col(LoginSession.token_hash) == _hash(token), col(LoginSession.ended_at).is_(None))
            .values(ended_at=ctx.now)
        )


def end_open_session(session: Session, session_id: int, now: datetime) -> bool:
    """Ends a session that gives way to another; False where it had ended already, so that only one comes of it."""
    ended = session.exec(
        update(LoginSession)
        .where(col(LoginSession.id) == session_id, col(LoginSession.ended_at).is_(None))
        .values(ended_at=now)
    )
    return ended.rowcount == 1


def end_sessions_of(session: Session, person: Contact | Staff, now: datetime) -> None:
    """Signs a person out everywhere, for when their password changes."""
    owner = LoginSession.contact_id if isinstance(person, Contact) else LoginSession.staff_id
    session.exec(
        update(LoginSession).where(col(owner) == person.id, col(LoginSession.ended_at).is_(None)).values(ended_at=now)
    )


def open_account(contexts: Contexts, token: str, number: str) -> Account:
    """Opens another account in this browser. Raises `not_signed_in`, and `account_not_found` for one that isn't theirs.

    Staff may open any account, to look at it.
    """
    who = actor_for(contexts, token)
    if who is None:
        raise PortalError("not_signed_in")
    wanted = clean_number(number).replace("\x00", "")
    with contexts.system(writes=True) as ctx:
        if who.actor.is_staff:
            row = ctx.session.exec(select(Customer).where(Customer.number == wanted)).first()
            found = Account(row.id or 0, row.number, row.name, who.actor.role) if row else None
        else:
            found = next((account for account in who.memberships if account.number == wanted), None)
        if found is None:
            raise PortalError("account_not_found", reference=number.strip(), field="account")
        ctx.session.exec(
            update(LoginSession).where(col(LoginSession.id) == who.session_id).values(customer_id=found.customer_id)
        )
        if not who.actor.is_staff:
            _joined(ctx, ctx.session.get_one(Contact, who.actor.id), found.customer_id)
    return found


def _joined(ctx: Context, contact: Contact, customer_id: int) -> None:
    """Who was invited has come: from now on their colleagues see them by their own name."""
    came = ctx.session.exec(
        update(Membership)
        .where(
            col(Membership.contact_id) == contact.id,
            col(Membership.customer_id) == customer_id,
            col(Membership.invited_as) != "",
        )
        .values(invited_as="")
    )
    if came.rowcount:
        ctx.emit("person.joined", "profile", customer_id=customer_id, email=contact.email)


def accounts_of(session: Session, contact_id: int) -> tuple[Account, ...]:
    """The accounts that a contact may open, the oldest membership first."""
    rows = session.exec(
        select(Customer.id, Customer.number, Customer.name, Membership.role)
        .join(Membership, col(Membership.customer_id) == col(Customer.id))
        .where(Membership.contact_id == contact_id)
        .order_by(col(Membership.id))
    ).all()
    return tuple(Account(key or 0, number, name, Role(role)) for key, number, name, role in rows)


def _look_up(contexts: Contexts, token: str) -> SignedIn | None:
    return _found(contexts, col(LoginSession.token_hash) == _hash(token)) if token else None


def _found(contexts: Contexts, one: ColumnElement[bool]) -> SignedIn | None:
    now = contexts.clock.now()
    with transaction(contexts.engine, writes=False) as session:
        row = session.exec(select(LoginSession).where(one)).first()
        if row is None or row.ended_at is not None or now >= row.ends_at or now >= row.seen_at + IDLE:
            return None
        actor, accounts = _actor(session, row)
    if actor is None:
        return None
    if now - row.seen_at >= NOTED_EVERY:
        _note_seen(contexts, row, now)
    return SignedIn(actor, row.id or 0, row.csrf_token, accounts, row.mfa_pending)


def _actor(session: Session, row: LoginSession) -> tuple[Actor | None, tuple[Account, ...]]:
    if row.staff_id is not None:
        staff = session.get(Staff, row.staff_id)
        if staff is None:
            return None, ()
        return Actor("staff", staff.id, staff.name, staff.email, Role(staff.role), row.customer_id), ()
    contact = session.get(Contact, row.contact_id) if row.contact_id is not None else None
    accounts = accounts_of(session, contact.id or 0) if contact else ()
    if contact is None or not accounts:
        return None, ()
    opened = next((account for account in accounts if account.customer_id == row.customer_id), accounts[0])
    actor = Actor("contact", contact.id, contact.name, contact.email, opened.role, opened.customer_id)
    return actor, accounts


def _note_seen(contexts: Contexts, row: LoginSession, now: datetime) -> None:
    """Written at most every five minutes, so that reading pages and messages costs no write."""
    with transaction(contexts.engine, writes=True) as session:
        session.exec(
            update(LoginSession)
            .where(col(LoginSession.id) == row.id, col(LoginSession.seen_at) < now)
            .values(seen_at=now)
        )


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
