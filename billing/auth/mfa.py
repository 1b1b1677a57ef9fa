"""Second factor: the six digits of an authenticator app. Each code opens the door once."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pyotp
from pyotp.exceptions import OTPVerificationError
from sqlmodel import Session, col, update

from billing.context import Contexts
from billing.models.people import Contact, Staff

# Codes of the half minute before and after are taken too: phones' clocks differ.
WINDOW = 1


def new_secret() -> str:
    """A fresh secret for an authenticator app, in base32."""
    return pyotp.random_base32()


def code_fits(session: Session, person: Contact | Staff, code: str, at: datetime) -> bool:
    """Whether the code is the app's at that moment and was not used before; then it is used up.

    Two requests with the same code at once: one of them fits.
    """
    digits = re.sub(r"\s", "", code)
    if not person.mfa_secret or not re.fullmatch(r"[0-9]{6}", digits):
        return False
    try:
        timecode = pyotp.TOTP(person.mfa_secret).verify_and_get_timecode(digits, for_time=at, valid_window=WINDOW)
    except OTPVerificationError:
        return False
    table = type(person)
    used = session.exec(
        update(table)
        .where(col(table.id) == person.id, col(table.mfa_last_timecode) < timecode)
        .values(mfa_last_timecode=timecode)
    )
    return used.rowcount == 1


def app_time(contexts: Contexts) -> datetime:
    """The moment that authenticator apps go by: the machine's, even where the demo's clock tells a story."""
    return contexts.clock.now() if contexts.settings.test_clock else datetime.now(UTC)
