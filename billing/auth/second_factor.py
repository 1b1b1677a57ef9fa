"""Turning codes at sign-in on and off, and the recovery codes for who has lost their phone.

On: the password, then a key that lies sealed in the session for ten minutes, then a code that shows that an app has
it. Off, and new recovery codes: the password and a code.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import col, select

from billing.audit import record_sign_in
from billing.auth.links import Person
from billing.auth.mfa import app_address, app_time, new_secret, timecode_of
from billing.auth.oneself import (
    check_own_code,
    check_own_password,
    count_code,
    end_other_sessions,
    lock_oneself,
    person_of,
    tell,
)
from billing.auth.recovery import HOW_MANY, codes_left, end_codes, new_codes
from billing.auth.sealing import seal, unseal
from billing.auth.sessions import LASTS, SignedIn, awaiting_code
from billing.context import Context, Contexts
from billing.errors import PortalError
from billing.models.people import LoginSession, Staff
from billing.registry import Channel

KEY_LASTS = timedelta(minutes=10)


@dataclass(frozen=True)
class NewKey:
    """What an authenticator app is to be given: `address` for its camera, `groups` for typing it in."""

    address: str
    groups: tuple[str, ...]
    email: str
    ends_at: datetime


def must_set_up(ctx: Context, person: Person) -> bool:
    """Whether the business asks the person for a code and they have turned none on."""
    return isinstance(person, Staff) and not person.mfa_secret and ctx.preferences.staff_codes_required


def setting_up(contexts: Contexts, token: str) -> SignedIn | None:
    """Who gave their password and has to turn codes on before anything else; None in every other case."""
    who = awaiting_code(contexts, token)
    if who is None:
        return None
    with contexts.system() as ctx:
        return who if must_set_up(ctx, person_of(ctx, who)) else None


def end_sessions_without_codes(ctx: Context, stays: int | None) -> None:
    """Signs out all staff who have no codes on, but for the one that stays."""
    without = select(Staff).where(Staff.mfa_secret == "", col(Staff.id) != (stays or 0)).order_by(col(Staff.id))
    for person in ctx.session.exec(without.with_for_update()).all():
        end_other_sessions(ctx, person, None)


def begin(contexts: Contexts, who: SignedIn, password: str) -> None:
    """Makes a key for this session, which `show_key` shows. Raises `codes_are_on` and as `check_own_password`."""
    kept = check_own_password(contexts, who, password)
    with contexts.system(writes=True, channel=Channel.PORTAL) as ctx:
        person, row = lock_oneself(ctx, who, kept)
        if person.mfa_secret:
            raise PortalError("codes_are_on")
        row.new_mfa_secret = seal(ctx.settings, new_secret())
        row.new_mfa_ends_at = ctx.now + KEY_LASTS


def show_key(contexts: Contexts, who: SignedIn) -> NewKey | None:
    """The key that waits for its first code; None where none does. Raises `codes_are_on`."""
    with contexts.system() as ctx:
        person = person_of(ctx, who)
        if person.mfa_secret:
            raise PortalError("codes_are_on")
        row = ctx.session.get(LoginSession, who.session_id)
        secret = _waiting(ctx, row)
        if secret is None or row is None or row.new_mfa_ends_at is None:
            return None
        groups = tuple(secret[at : at + 4] for at in range(0, len(secret), 4))
        address = app_address(secret, person.email, ctx.preferences.business_name)
        return NewKey(address, groups, person.email, row.new_mfa_ends_at)


def turn_on(contexts: Contexts, who: SignedIn, code: str) -> list[str]:
    """From now on signing in asks for a code; gives the recovery codes, which are never shown again.

    All other sessions end. Raises `new_key_ended`, `codes_are_on`, `wrong_code` (the key stays), `too_many_tries`.
    """
    left = count_code(contexts, who.actor.key)
    with contexts.system(writes=True, channel=Channel.PORTAL) as ctx:
        person, row = lock_oneself(ctx, who)
        if person.mfa_secret:
            raise PortalError("codes_are_on")
        secret = _waiting(ctx, row)
        if secret is None:
            raise PortalError("new_key_ended")
        timecode = timecode_of(secret, code, app_time(contexts))
        if timecode is None:
            raise PortalError("wrong_code", field="code", left=left)
        person.mfa_secret, person.mfa_since, person.mfa_last_timecode = row.new_mfa_secret, ctx.now, timecode
        row.new_mfa_secret, row.new_mfa_ends_at = "", None
        if row.mfa_pending:  # they had to, and it is all that was missing
            row.mfa_pending, row.ends_at = False, ctx.now + LASTS
        end_other_sessions(ctx, person, row.id)
        codes = new_codes(ctx, person)
        record_sign_in(ctx, "codes_on", f"{person.name} signs in with a code from now on.", person)
        tell(
            ctx, person, "codes-on", "Codes at sign-in are on",
            lambda business: (
                f"From now on, {business} asks for a code from your app when you sign in. "
                "Wherever else you were signed in, you are signed out."
            ),
            "set a new password",
        )  # fmt: skip
    contexts.throttle.forget("code", who.actor.key)
    return codes


def turn_off(contexts: Contexts, who: SignedIn, password: str, code: str) -> None:
    """From now on the password alone opens. All other sessions end. Raises as both checks, and `codes_are_off`.

    And `codes_are_required` for staff of a business that asks them for one.
    """
    kept = check_own_password(contexts, who, password)
    with contexts.system() as ctx:
        if who.actor.is_staff and ctx.preferences.staff_codes_required:
            raise PortalError("codes_are_required", business=ctx.preferences.business_name)
    check_own_code(contexts, who, kept, code)
    with contexts.system(writes=True, channel=Channel.PORTAL) as ctx:
        person, row = lock_oneself(ctx, who, kept)
        forget_codes(ctx, person)
        end_other_sessions(ctx, person, row.id)
        record_sign_in(ctx, "codes_off", f"{person.name} signs in without a code from now on.", person)
        tell(
            ctx, person, "codes-off", "Codes at sign-in are off",
            lambda business: (
                f"{business} no longer asks you for a code: your password alone signs you in. "
                "Wherever else you were signed in, you are signed out."
            ),
            "set a new password",
        )  # fmt: skip


def replace_recovery_codes(contexts: Contexts, who: SignedIn, password: str, code: str) -> list[str]:
    """Ten new recovery codes, which are never shown again; the old ones end. Raises as `turn_off`."""
    kept = check_own_password(contexts, who, password)
    check_own_code(contexts, who, kept, code)
    with contexts.system(writes=True, channel=Channel.PORTAL) as ctx:
        person, _ = lock_oneself(ctx, who, kept)
        if not person.mfa_secret:
            raise PortalError("codes_are_off")
        codes = new_codes(ctx, person)
        record_sign_in(ctx, "recovery_codes_made", f"{person.name} made new recovery codes.", person)
        tell(
            ctx, person, "recovery-codes", "You have new recovery codes",
            lambda business: f"You made {HOW_MANY} new recovery codes for {business}. The old ones open nothing.",
            "set a new password",
        )  # fmt: skip
    return codes


def note_recovery_code(ctx: Context, person: Person) -> None:
    """Writes down, and mails, that a recovery code opened the door, and how many are left."""
    left = codes_left(ctx, person)
    are_left = "One is left" if left == 1 else f"{left} are left" if left else "None is left"
    record_sign_in(ctx, "recovery_code_used", f"{person.name} signed in with a recovery code. {are_left}.", person)
    more = "" if left > 2 else " Make new ones soon, on the page Signing in."
    tell(
        ctx, person, "recovery-code-used", "A recovery code signed you in",
        lambda business: f"A recovery code was used to sign in to {business} as you. {are_left}.{more}",
        "set a new password",
    )  # fmt: skip


def forget_codes(ctx: Context, person: Person) -> None:
    """Ends the person's second factor and what belongs to it."""
    person.mfa_secret, person.mfa_since, person.mfa_last_timecode = "", None, 0
    end_codes(ctx, person)


def reset_codes(ctx: Context, person: Person) -> None:
    """For who has lost phone and recovery codes: ends both and signs them out everywhere; mails them."""
    forget_codes(ctx, person)
    end_other_sessions(ctx, person, None)
    tell(
        ctx, person, "codes-reset", "Codes at sign-in are off",
        lambda business: (
            f"{business} turned codes off for you: your password alone signs you in, and you can turn codes on again. "
            "You are signed out everywhere."
        ),
        "set a new password",
    )  # fmt: skip


def _waiting(ctx: Context, row: LoginSession | None) -> str | None:
    """The new key of the session, until it ends."""
    if row is None or row.new_mfa_ends_at is None or ctx.now >= row.new_mfa_ends_at:
        return None
    return unseal(ctx.settings, row.new_mfa_secret)
