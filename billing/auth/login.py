"""Signing in: a password, and a code where the person has a second factor. Who has an account is never told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlmodel import Session, select

from billing.auth.mfa import code_fits
from billing.auth.oneself import count_code, person_of
from billing.auth.passwords import hash_is_old, hash_password, password_fits
from billing.auth.recovery import use_recovery_code
from billing.auth.second_factor import must_set_up, note_recovery_code
from billing.auth.sessions import accounts_of, awaiting_code, create_session, end_open_session
from billing.context import Context, Contexts
from billing.errors import PortalError
from billing.models.people import Contact, Staff
from billing.references import email_of
from billing.registry import Channel

LONGEST_EMAIL = 254


@dataclass(frozen=True)
class Client:
    """The browser that asks: its address, as far as it can be believed, and what it calls itself."""

    address: str
    user_agent: str = ""


@dataclass(frozen=True)
class Entry:
    """A new session's token, for the cookie. With `mfa_pending` it opens nothing but the page for the code.

    With `sets_up` it opens nothing but turning codes on, which the business asks of all staff.
    """

    token: str
    mfa_pending: bool
    is_staff: bool
    sets_up: bool = False


def sign_in(contexts: Contexts, email: str, password: str, client: Client) -> Entry:
    """Checks email and password and makes a session.

    Raises `wrong_login`, the same and after the same time for a wrong password and for an email without an account,
    and `too_many_tries`.
    """
    known = clean_email(email)
    throttle = contexts.throttle
    throttle.count("login_address", client.address)
    throttle.count("login_email", known)
    throttle.count("login_pair", f"{known}|{client.address}")
    with contexts.system() as ctx:
        person = find_person(ctx.session, known)
    kept = person.password_hash if person else ""
    if not password_fits(kept, password) or person is None:
        raise PortalError("wrong_login", field="email")
    entry = enter(contexts, person, client, password if hash_is_old(kept) else None)
    forget_tries(contexts, known, client)
    return entry


def forget_tries(contexts: Contexts, email: str, client: Client) -> None:
    """Starts counting afresh for somebody who has shown who they are."""
    contexts.throttle.forget("login_pair", f"{email}|{client.address}")
    contexts.throttle.forget("login_email", email)


def enter(contexts: Contexts, person: Contact | Staff, client: Client, hash_again: str | None = None) -> Entry:
    """Makes a session for somebody who has shown who they are, except for the code if they use one.

    Raises `wrong_login` when their password was changed since: whoever came with the old one stays outside.
    """
    with contexts.system(writes=True) as ctx:
        now: Contact | Staff | None
        if isinstance(person, Staff):
            now = ctx.session.get(Staff, person.id, with_for_update=True)
        else:
            now = ctx.session.get(Contact, person.id, with_for_update=True)
        if now is None or now.password_hash != person.password_hash:
            raise PortalError("wrong_login", field="email")
        if hash_again is not None:
            now.password_hash = hash_password(hash_again)
        sets_up = must_set_up(ctx, now)
        pending = bool(now.mfa_secret) or sets_up
        token = create_session(ctx, now, user_agent=client.user_agent, mfa_pending=pending)
    return Entry(token, pending, isinstance(person, Staff), sets_up)


def confirm_code(contexts: Contexts, token: str, code: str, client: Client) -> Entry:
    """Checks the code and gives the session under a new token; the old one is ended.

    Raises `not_signed_in` where no password came before, `wrong_code` with the tries that are left, `too_many_tries`.
    """
    return _confirm(contexts, token, client, "wrong_code", lambda ctx, person: code_fits(ctx, person, code))


def confirm_recovery_code(contexts: Contexts, token: str, code: str, client: Client) -> Entry:
    """The same with one of the person's recovery codes, which opens nothing again; they are told by mail.

    Raises `not_signed_in`, `wrong_recovery_code` with the tries that are left, `too_many_tries`.
    """

    def opens(ctx: Context, person: Contact | Staff) -> bool:
        used = bool(person.mfa_secret) and use_recovery_code(ctx, person, code)
        if used:
            note_recovery_code(ctx, person)
        return used

    return _confirm(contexts, token, client, "wrong_recovery_code", opens)


def _confirm(
    contexts: Contexts, token: str, client: Client, wrong: str, opens: Callable[[Context, Contact | Staff], bool]
) -> Entry:
    who = awaiting_code(contexts, token)
    if who is None:
        raise PortalError("not_signed_in")
    left = count_code(contexts, who.actor.key)
    with contexts.system(writes=True, channel=Channel.PORTAL) as ctx:
        person = person_of(ctx, who)
        fits = opens(ctx, person)
        if fits:
            if not end_open_session(ctx.session, who.session_id, ctx.now):
                raise PortalError("not_signed_in")
            fresh = create_session(ctx, person, user_agent=client.user_agent, mfa_pending=False)
    if not fits:
        raise PortalError(wrong, field="code", left=left)
    contexts.throttle.forget("code", who.actor.key)
    return Entry(fresh, False, who.actor.is_staff)


def clean_email(email: str) -> str:
    """An address as it is kept: without spaces around it, lower case. What can't be one becomes the empty text."""
    known = email.strip().lower()
    return known if len(known) <= LONGEST_EMAIL and known.isprintable() else ""


def mail_address(email: str) -> str:
    """An address that mail can go to, as it is kept. Raises `invalid_input`."""
    known = clean_email(email)
    if not known:
        raise PortalError("invalid_input", field="email", problem="Type your email address.")
    try:
        return email_of(known)
    except ValueError as error:
        raise PortalError("invalid_input", field="email", problem=str(error)) from None


def find_person(session: Session, email: str) -> Staff | Contact | None:
    """Who signs in with that address: staff, or a contact with at least one account.

    Asks the same of the database for every address, known or not, so that the time tells nothing.
    """
    staff = session.exec(select(Staff).where(Staff.email == email)).first()
    contact = session.exec(select(Contact).where(Contact.email == email)).first()
    accounts = accounts_of(session, contact.id or 0 if contact else 0)
    return staff or (contact if accounts else None)
