"""The people who sign in in these tests, and what is left of it: their sessions and their mail."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage

import pyotp
import pytest
from sqlmodel import col, select

from billing.auth.login import Client
from billing.auth.sealing import seal
from billing.context import Contexts
from billing.errors import PortalError
from billing.models.people import Contact, LoginSession

PASSWORD = "correct horse battery"
HERE = Client("127.0.0.1", "Firefox")
ANIA = "ania@moellerkowalczyk.nl"
MARIT, SAMI = "marit@renotech.example", "sami@example.com"


def refused(code: str) -> pytest.RaisesExc[PortalError]:
    return pytest.RaisesExc(PortalError, check=lambda error: error.code == code)


def use_codes(contexts: Contexts) -> str:
    secret = pyotp.random_base32()
    with contexts.system(writes=True) as ctx:
        ctx.session.exec(select(Contact).where(Contact.email == ANIA)).one().mfa_secret = seal(
            contexts.settings, secret
        )
    return secret


def code_at(contexts: Contexts, secret: str) -> str:
    return pyotp.TOTP(secret).at(contexts.clock.now())


def open_sessions(contexts: Contexts) -> list[bool]:
    """The sessions that have not ended, oldest first: whether each still waits for a code."""
    with contexts.system() as ctx:
        going = select(LoginSession).where(col(LoginSession.ended_at).is_(None)).order_by(col(LoginSession.id))
        return [row.mfa_pending for row in ctx.session.exec(going).all()]


def outbox(contexts: Contexts) -> list[EmailMessage]:
    """The mails that went out, oldest first."""
    files = sorted((contexts.settings.data / "outbox").glob("*.eml"))
    return [message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]
