"""Secrets that must be read again lie sealed in the database: whoever has it without PARLEY_SECRET_KEY reads nothing.

Fernet (AES-128-CBC with HMAC-SHA256) under a key made from PARLEY_SECRET_KEY for this use alone (RFC 5869).
"""

from __future__ import annotations

import base64

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from billing.config import Settings

USE = b"parley: secrets of authenticator apps"


def seal(settings: Settings, secret: str) -> str:
    """The secret as it may lie in the database."""
    return _box(settings).encrypt(secret.encode()).decode()


def unseal(settings: Settings, sealed: str) -> str | None:
    """The secret again; None for what was sealed under another PARLEY_SECRET_KEY, or never."""
    try:
        return _box(settings).decrypt(sealed.encode(errors="replace")).decode()
    except InvalidToken:
        return None


def _box(settings: Settings) -> Fernet:
    key = HKDF(algorithm=SHA256(), length=32, salt=None, info=USE).derive(settings.secret_key.encode())
    return Fernet(base64.urlsafe_b64encode(key))
