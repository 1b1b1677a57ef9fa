"""Somebody who is signed in changes how they sign in: they show once more who they are, and hear of it by mail."""

from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo

from sqlmodel import col, update

from billing.auth.links import Person
from billing.auth.mfa import code_fits
from billing.auth.passwords import password_fits
from billing.auth.recovery import use_recovery_code
from billing.auth.sessions import SignedIn
from billing.context import Context, Contexts
from billing.dates import format_day
from billing.errors import PortalError
from billing.models.people import Contact, LoginSession, Staff
from billing.notifications import write_mail


def check_own_password(contexts: Contexts, who: SignedIn, password: str) -> str:
    """The hash that the password fits. Raises `wrong_own_password` with the tries that are left, `too_many_tries`.

    Whoever found an open browser doesn't know it, so it is asked for before anything about signing in changes.
    """
    left = contexts.throttle.count("own_password", who.actor.key)
    with contexts.system() as ctx:
        kept = person_of(ctx, who).password_hash
    if not password_fits(kept, password):
        raise PortalError("wrong_own_password", field="password", left=left)
    contexts.throttle.forget("own_password", who.actor.key)
    return kept


def check_own_code(contexts: Contexts, who: SignedIn, kept: str, typed: str) -> None:
    """Uses up a code of the app or a recovery code. Raises `codes_are_off`, `wrong_code`, `too_many_tries`."""
    left = count_code(contexts, who.actor.key)
    with contexts.system(writes=True) as ctx:
        person, _ = lock_oneself(ctx, who, kept)
        if not person.mfa_secret:
            raise PortalError("codes_are_off")
        fits = code_fits(ctx, person, typed) or use_recovery_code(ctx, person, typed)
    if not fits:
        raise PortalError("wrong_code", field="code", left=left)
    contexts.throttle.forget("code", who.actor.key)


def count_code(contexts: Contexts, person: str) -> int:
    """Counts one try of a code and says how many are left. Raises `too_many_tries`."""
    left = contexts.throttle.count("code", person)
    return min(left, contexts.throttle.count("code_day", person))


def person_of(ctx: Context, who: SignedIn) -> Person:
    """The person who is signed in. Raises `not_signed_in`."""
    return _person(ctx, who, lock=False)


def lock_oneself(ctx: Context, who: SignedIn, kept: str | None = None) -> tuple[Person, LoginSession]:
    """The person and this session, locked. Raises `not_signed_in` where it ended, or the password is not `kept`.

    The person comes first, as where sessions are made.
    """
    person = _person(ctx, who, lock=True)
    row = ctx.session.get(LoginSession, who.session_id, with_for_update=True, populate_existing=True)
    if row is None or row.ended_at is not None or kept not in (None, person.password_hash):
        raise PortalError("not_signed_in")
    return person, row


def end_other_sessions(ctx: Context, person: Person, stays: int | None) -> None:
    """Signs the person out everywhere but in the session that stays."""
    owner = LoginSession.contact_id if isinstance(person, Contact) else LoginSession.staff_id
    ctx.session.exec(
        update(LoginSession)
        .where(col(owner) == person.id, col(LoginSession.ended_at).is_(None), col(LoginSession.id) != (stays or 0))
        .values(ended_at=ctx.now)
    )


def tell(ctx: Context, person: Person, event: str, subject: str, happened: Callable[[str], str], undo: str) -> None:
    """Mails the person what happened to their sign-in, in case it was not them.

    `happened` is given the business's name and makes the sentence; the moment is added to it.
    """
    business, contact = ctx.preferences.business_name, ctx.preferences.business_contact
    local = ctx.now.astimezone(ZoneInfo(ctx.preferences.business_time_zone))
    moment = f"It was {format_day(local.date())}, {local:%H:%M} ({local:%Z})."
    text = (
        f"Hello {person.name},\n\n{happened(business)} {moment}\n\n"
        f"It was not you? Then {undo} at once and tell us: {contact}.\n{ctx.settings.address}/login/forgot\n\n"
        f"{business}\n"
    )
    kind = "contact" if isinstance(person, Contact) else "staff"
    write_mail(ctx, f"sign-in/{event}/{kind}/{person.id}/{ctx.now.isoformat()}", person.email, subject, text)


def _person(ctx: Context, who: SignedIn, *, lock: bool) -> Person:
    found: Person | None
    if who.actor.is_staff:
        found = ctx.session.get(Staff, who.actor.id, with_for_update=lock or None)
    else:
        found = ctx.session.get(Contact, who.actor.id, with_for_update=lock or None)
    if found is None:
        raise PortalError("not_signed_in")
    return found
