"""Contexts for tests of signing in, on both databases."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine

from billing.auth.passwords import hash_password
from billing.clock import SetClock
from billing.context import Contexts
from billing.models.people import Contact, Customer, Membership, Staff
from billing.registry import Registry, Role
from tests.billing.auth.people import ANIA, MARIT, PASSWORD, SAMI
from tests.fixtures.offline import offline


@pytest.fixture
def contexts(engine: Engine, clock: SetClock, tmp_path: Path) -> Contexts:
    """Everything that signing in needs: it asks no gateway and draws no document."""
    return offline(engine, clock, tmp_path, Registry())


@pytest.fixture
def people(contexts: Contexts) -> Contexts:
    """Ania owns two accounts (one as a viewer), Marit answers, Sami has no account at all."""
    hashed = hash_password(PASSWORD)
    with contexts.system(writes=True) as ctx:
        first = Customer(number="C-1", name="Möller", currency="EUR", created_at=ctx.now)
        second = Customer(number="C-2", name="Kowalczyk", currency="EUR", created_at=ctx.now)
        third = Customer(number="C-3", name="Somebody else", currency="EUR", created_at=ctx.now)
        ania = Contact(email=ANIA, name="Ania Kowalczyk", password_hash=hashed, created_at=ctx.now)
        sami = Contact(email=SAMI, name="Sami", password_hash=hashed, created_at=ctx.now)
        marit = Staff(email=MARIT, name="Marit", role=Role.AGENT, password_hash=hashed, created_at=ctx.now)
        ctx.session.add_all([first, second, third, ania, sami, marit])
        ctx.session.flush()
        assert ania.id and first.id and second.id
        ctx.session.add(Membership(contact_id=ania.id, customer_id=first.id, role=Role.OWNER))
        ctx.session.flush()
        ctx.session.add(Membership(contact_id=ania.id, customer_id=second.id, role=Role.VIEWER))
    return contexts
