"""What the commands share: Parley put together, who acts, JSON in and out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pydantic import BaseModel
from sqlmodel import select

from billing.access import clean_number
from billing.auth.login import clean_email, find_person
from billing.auth.sessions import accounts_of
from billing.clock import Clock
from billing.context import Actor, Contexts
from billing.errors import PortalError
from billing.models.people import Customer, Staff
from billing.registry import Role
from portal.bootstrap import build
from portal.logs import configure_logs
from portal.schema import schema_is_current


class Stop(Exception):
    """A command can't go on; the message is the sentence that says why."""

    def __init__(self, sentence: str, code: int = 1) -> None:
        super().__init__(sentence)
        self.code = code


@contextmanager
def parley(*, upgraded: bool = True, clock: Clock | None = None) -> Iterator[Contexts]:
    """Parley on its database, for one command. Raises Stop where the database's tables are not up to date."""
    configure_logs(quiet=True)
    contexts = build(clock=clock)
    try:
        if upgraded and not schema_is_current(contexts.engine):
            raise Stop("The database has no tables yet, or old ones. Run: parley db upgrade")
        yield contexts
    finally:
        contexts.engine.dispose()


def actor_of(contexts: Contexts, email: str, customer: str = "") -> Actor:
    """Who `--as` and `--customer` name. Raises `unknown_person`, and `account_not_found` for one that isn't theirs."""
    with contexts.system() as ctx:
        person = find_person(ctx.session, clean_email(email))
        if person is None:
            raise PortalError("unknown_person", email=email.strip(), field="as")
        wanted = clean_number(customer)
        if isinstance(person, Staff):
            row = ctx.session.exec(select(Customer).where(Customer.number == wanted)).first() if wanted else None
            if wanted and row is None:
                raise PortalError("account_not_found", reference=customer, field="customer")
            return Actor("staff", person.id, person.name, person.email, Role(person.role), row.id if row else None)
        accounts = accounts_of(ctx.session, person.id or 0)
        opened = next((one for one in accounts if one.number == wanted), None) if wanted else accounts[0]
        if opened is None:
            raise PortalError("account_not_found", reference=customer, field="customer")
        return Actor("contact", person.id, person.name, person.email, opened.role, opened.customer_id)


def as_json(value: Any) -> str:
    """A result as JSON, with pydantic models in it."""
    return json.dumps(value, default=_plain, ensure_ascii=False)


def _plain(value: Any) -> Any:
    return value.model_dump(mode="json") if isinstance(value, BaseModel) else str(value)
