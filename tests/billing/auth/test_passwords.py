"""Passwords as they are kept: what a hash costs whoever steals it, and when it is made again."""

from __future__ import annotations

import subprocess
import sys

from argon2 import PasswordHasher, extract_parameters
from argon2.low_level import Type
from argon2.profiles import RFC_9106_LOW_MEMORY

from billing.auth.passwords import hash_is_old, hash_password, password_fits

PASSWORD = "correct horse battery"


def test_a_hash_costs_what_rfc_9106_asks_for() -> None:
    """Asked of a process of its own: in this one passwords are hashed cheaply."""
    code = f"from billing.auth.passwords import hash_password; print(hash_password({PASSWORD!r}))"
    made = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()

    kept = extract_parameters(made)
    assert kept.type is Type.ID
    assert kept.memory_cost >= RFC_9106_LOW_MEMORY.memory_cost and kept.time_cost >= RFC_9106_LOW_MEMORY.time_cost
    assert password_fits(made, PASSWORD) and not password_fits(made, PASSWORD.upper())


def test_no_two_hashes_of_a_password_are_alike() -> None:
    first, second = hash_password(PASSWORD), hash_password(PASSWORD)

    assert first != second and password_fits(first, PASSWORD) and password_fits(second, PASSWORD)


def test_a_hash_with_other_costs_still_fits_and_is_made_again() -> None:
    other = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1).hash(PASSWORD)

    assert password_fits(other, PASSWORD) and hash_is_old(other)
    assert not hash_is_old(hash_password(PASSWORD))


def test_an_empty_hash_fits_nothing() -> None:
    assert not password_fits("", "") and not password_fits("", "nobody has this password")
