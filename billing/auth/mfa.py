"""Second factor: the six digits of an authenticator app. Each code opens the door once."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pyotp
from pyotp.exceptions import OTPVerificationError
from sqlmodel import col, update

from billing.auth.sealing import unseal
from billing.context import Context, Contexts
from billing.models.people import Contact, Staff

# Codes of the half minute before and after are taken too: phones' clocks differ.
WINDOW = 1


def new_secret() -> str:
    """A fresh secret for an authenticator app, in base32."""
    return pyotp.random_base32()


def app_address(secret: str, email: str, business: str) -> str:
    """What an authenticator app reads from a QR code: the secret, whose it is and where it opens."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=business.replace(":", " "))


def timecode_of(secret: str, code: str, at: datetime) -> int | None:
    """The half minute whose code it is, around that moment; None for a code that doesn't fit, or is none."""
    digits = re.sub(r"\s", "", code)
    if not re.fullmatch(r"[0-9]{6}", digits):
        return None
    try:
        return int(pyotp.TOTP(secret).verify_and_get_timecode(digits, for_time=at, valid_window=WINDOW))
    except OTPVerificationError:
        return None


def code_fits(ctx: Context, person: Contact | Staff, code: str) -> bool:
    """Whether the code is the app's just now and was not used before; then it is used up.

    Two requests with the same code at once: one of them fits.
    """
    secret = unseal(ctx.settings, person.mfa_secret) if person.mfa_secret else None
    timecode = timecode_of(secret, code, app_time(ctx.contexts)) if secret else None
    if timecode is None:
        return False
    table = type(person)
    used = ctx.session.exec(
        update(table)
        .where(col(table.id) == person.id, col(table.mfa_last_timecode) < timecode)
        .values(mfa_last_timecode=timecode)
    )
    return used.rowcount == 1


def app_time(contexts: Contexts) -> datetime:
    """The moment that authenticator apps go by: the machine's, even where the demo's clock tells a story."""
    return contexts.clock.now() if contexts.settings.test_clock else datetime.now(UTC)
