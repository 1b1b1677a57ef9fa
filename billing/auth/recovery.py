"""Recovery codes: ten, shown once, each good once in place of a code from the app.

The database holds their hashes, keyed with PARLEY_SECRET_KEY. A code has 12 of 31 signs, 59 bits: it can't be guessed.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets

from sqlalchemy import ColumnElement
from sqlmodel import col, delete, func, select, update

from billing.auth.links import Person
from billing.config import Settings
from billing.context import Context
from billing.models.people import Contact, RecoveryCode

HOW_MANY = 10
SIGNS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is taken for another
GROUPS, LONG = 3, 4


def new_codes(ctx: Context, person: Person) -> list[str]:
    """Ten fresh codes, as they are shown; the person's old ones end."""
    end_codes(ctx, person)
    made = [
        "-".join("".join(secrets.choice(SIGNS) for _ in range(LONG)) for _ in range(GROUPS)) for _ in range(HOW_MANY)
    ]
    is_contact = isinstance(person, Contact)
    ctx.session.add_all(
        RecoveryCode(
            contact_id=person.id if is_contact else None,
            staff_id=None if is_contact else person.id,
            code_hash=_hash(ctx.settings, code),
            created_at=ctx.now,
        )
        for code in made
    )
    return made


def end_codes(ctx: Context, person: Person) -> None:
    """No code of the person's opens anything any more."""
    ctx.session.exec(delete(RecoveryCode).where(_of(person)))


def use_recovery_code(ctx: Context, person: Person, typed: str) -> bool:
    """Whether it is one of the person's codes, however it was typed; then it is used up. Of two at once, one fits."""
    used = ctx.session.exec(
        update(RecoveryCode)
        .where(
            _of(person), col(RecoveryCode.code_hash) == _hash(ctx.settings, typed), col(RecoveryCode.used_at).is_(None)
        )
        .values(used_at=ctx.now)
    )
    return used.rowcount == 1


def codes_left(ctx: Context, person: Person) -> int:
    """How many of the person's codes were not used."""
    return ctx.session.exec(
        select(func.count()).select_from(RecoveryCode).where(_of(person), col(RecoveryCode.used_at).is_(None))
    ).one()


def _of(person: Person) -> ColumnElement[bool]:
    return col(RecoveryCode.contact_id if isinstance(person, Contact) else RecoveryCode.staff_id) == person.id


def _hash(settings: Settings, code: str) -> str:
    signs = re.sub(r"[\s-]", "", code[:200]).lower()
    said = f"recovery code {signs}".encode(errors="replace")
    return hmac.new(settings.secret_key.encode(), said, hashlib.sha256).hexdigest()
