"""Passwords are kept as Argon2id hashes; checking one takes the same time whether or not there is an account."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError
from zxcvbn import zxcvbn  # type: ignore[import-untyped]

from billing.errors import PortalError

LEAST_CHARACTERS = 12
MOST_CHARACTERS = 1024
LEAST_SCORE = 3  # of 4: more than 10^8 guesses for who knows people's ways
SCORED = 72  # the characters that zxcvbn looks at

_hasher = PasswordHasher()


def hash_password(password: str) -> str:
    """The hash to keep, with its own salt and parameters."""
    return _hasher.hash(_typed(password))


def password_fits(kept_hash: str, password: str) -> bool:
    """Whether the password is the one behind the hash. An empty hash costs the same time and never fits."""
    asked = password[:MOST_CHARACTERS]
    try:
        return _hasher.verify(kept_hash or _nobodys_hash(), _typed(asked)) and bool(kept_hash) and asked == password
    except (VerifyMismatchError, VerificationError, InvalidHashError):
        return False


def hash_is_old(kept_hash: str) -> bool:
    """Whether the hash was made with weaker parameters than today's; then hash again after a sign-in."""
    return _hasher.check_needs_rehash(kept_hash)


def check_new_password(password: str, email: str) -> None:
    """Raises `weak_password` unless it has 12 to 1,024 characters and is hard to guess, also by who knows them."""
    if not LEAST_CHARACTERS <= len(password) <= MOST_CHARACTERS:
        raise PortalError("weak_password", field="password")
    known = [email.lower(), *email.lower().replace("@", ".").split(".")]
    if zxcvbn(password[:SCORED], user_inputs=known)["score"] < LEAST_SCORE:
        raise PortalError("weak_password", field="password")


def _typed(password: str) -> bytes:
    """What a password is hashed as: é is the same from every keyboard, whether it comes as one character or as two."""
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")


@lru_cache
def _nobodys_hash() -> str:
    return _hasher.hash("nobody has this password")
