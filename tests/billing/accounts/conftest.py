"""An account with an owner, somebody who pays and somebody who looks, on both databases."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest
from sqlalchemy import Engine

import billing.actions.account_details
import billing.actions.customers
import billing.actions.people  # noqa: F401
from billing.auth.passwords import hash_password
from billing.clock import SetClock
from billing.config import Settings
from billing.context import Contexts
from billing.files import Files
from billing.gateways.base import Gateway
from billing.models.people import Contact, Customer, Membership, Staff
from billing.pdf import Renderer
from billing.registry import Role, catalogue
from tests.billing.accounts.office import ANIA, JAN, MARIT, OTTO, PASSWORD, PIETER, Office

PEOPLE = ((ANIA, "Ania Kowalczyk", Role.OWNER), (PIETER, "Pieter Möller", Role.BILLING), (JAN, "Jan", Role.VIEWER))


@pytest.fixture
def office(engine: Engine, clock: SetClock, tmp_path: Path) -> Office:
    """C-1 with its three people, C-2 with Otto, and Marit, who answers."""
    settings = Settings(demo=True, test_clock=True, data=tmp_path, secret_key="s" * 40)
    unused = (cast(Gateway, None), cast(Renderer, None), cast(Files, None))
    contexts = Contexts(settings, engine, clock, catalogue, *unused)
    hashed = hash_password(PASSWORD)
    with contexts.system(writes=True) as ctx:
        first = Customer(
            number="C-1", name="Möller Interiors", email="post@moeller.example", city="Haarlem", country="NL",
            currency="EUR", created_at=ctx.now,
        )  # fmt: skip
        second = Customer(number="C-2", name="Otto & Co", country="DE", currency="EUR", created_at=ctx.now)
        marit = Staff(email=MARIT, name="Marit", role=Role.AGENT, password_hash=hashed, created_at=ctx.now)
        ctx.session.add_all([first, second, marit])
        ctx.session.flush()
        for email, name, role, account in (*((*one, first) for one in PEOPLE), (OTTO, "Otto", Role.OWNER, second)):
            person = Contact(email=email, name=name, password_hash=hashed, created_at=ctx.now)
            ctx.session.add(person)
            ctx.session.flush()
            ctx.session.add(Membership(contact_id=person.id or 0, customer_id=account.id or 0, role=role))
    return Office(contexts)
