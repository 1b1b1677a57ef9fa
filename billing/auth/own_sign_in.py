"""How somebody signs in, as they see it themselves: codes, password, and the browsers where they are signed in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement
from sqlmodel import col, select

from billing.audit import record_sign_in
from billing.auth.devices import device_words
from billing.auth.links import end_links_of
from billing.auth.oneself import check_own_password, end_other_sessions, lock_oneself, person_of, tell
from billing.auth.passwords import check_new_password, hash_password
from billing.auth.recovery import codes_left
from billing.auth.sessions import SignedIn, end_open_session, live_sessions
from billing.context import Context, Contexts
from billing.errors import PortalError
from billing.models.people import LoginSession
from billing.registry import Channel
from billing.tokens import digest


@dataclass(frozen=True)
class Device:
    """A browser where the person is signed in. `name` stands for it in forms."""

    name: str
    words: str
    since: datetime
    seen: datetime
    this_one: bool


@dataclass(frozen=True)
class OwnSignIn:
    """How the person signs in. `codes_since` is None while no code is asked for."""

    codes_on: bool
    codes_since: datetime | None
    recovery_codes: int
    devices: tuple[Device, ...]


def own_sign_in(contexts: Contexts, who: SignedIn) -> OwnSignIn:
    """What the page shows, this browser first, then the one that was seen last. Raises `not_signed_in`."""
    with contexts.system() as ctx:
        person = person_of(ctx, who)
        devices = [
            Device(_name(row), device_words(row.user_agent), row.created_at, row.seen_at, row.id == who.session_id)
            for row in _live(ctx, who)
        ]
        devices.sort(key=lambda one: (not one.this_one, -one.seen.timestamp()))
        left = codes_left(ctx, person) if person.mfa_secret else 0
        return OwnSignIn(bool(person.mfa_secret), person.mfa_since, left, tuple(devices))


def change_password(contexts: Contexts, who: SignedIn, current: str, wanted: str) -> None:
    """Sets another password; all other sessions and every link that was mailed end.

    Raises `wrong_own_password`, `weak_password`, `too_many_tries`.
    """
    kept = check_own_password(contexts, who, current)
    check_new_password(wanted, who.actor.email)
    if wanted == current:
        problem = "That is the password you have. Choose another one. Nothing was changed."
        raise PortalError("invalid_input", field="new_password", problem=problem)
    fresh = hash_password(wanted)
    with contexts.system(writes=True, channel=Channel.PORTAL) as ctx:
        person, row = lock_oneself(ctx, who, kept)
        person.password_hash = fresh
        end_links_of(ctx, person)
        end_other_sessions(ctx, person, row.id)
        record_sign_in(ctx, "password_changed", f"{person.name} changed their password.", person)
        tell(
            ctx, person, "password-changed", f"Your password for {ctx.preferences.business_name} was changed",
            lambda business: (
                f"Your password for {business} was changed. Wherever else you were signed in, you are signed out."
            ),
            "set another one",
        )  # fmt: skip


def end_device(contexts: Contexts, who: SignedIn, name: str) -> None:
    """Signs one other browser of the person out. One that has ended already, or was never theirs, is no error."""
    with contexts.system(writes=True, channel=Channel.PORTAL) as ctx:
        person = person_of(ctx, who)
        row = next((row for row in _live(ctx, who) if _name(row) == name and row.id != who.session_id), None)
        if row is not None and end_open_session(ctx.session, row.id or 0, ctx.now):
            sentence = f"{person.name} signed out of {device_words(row.user_agent)}."
            record_sign_in(ctx, "session_ended", sentence, person)


def end_other_devices(contexts: Contexts, who: SignedIn) -> None:
    """Signs the person out everywhere but here."""
    with contexts.system(writes=True, channel=Channel.PORTAL) as ctx:
        person = person_of(ctx, who)
        end_other_sessions(ctx, person, who.session_id)
        record_sign_in(ctx, "sessions_ended", f"{person.name} signed out everywhere else.", person)


def _live(ctx: Context, who: SignedIn) -> list[LoginSession]:
    owner = LoginSession.staff_id if who.actor.is_staff else LoginSession.contact_id
    mine: ColumnElement[bool] = col(owner) == who.actor.id
    return list(ctx.session.exec(select(LoginSession).where(mine, *live_sessions(ctx.now))).all())


def _name(row: LoginSession) -> str:
    return digest(f"session {row.token_hash}")
