"""Parley put together as `parley serve` does it, and a browser's side of HTTP, without Reflex."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from billing.auth.passwords import hash_password
from billing.clock import SetClock
from billing.config import Settings
from billing.context import Contexts
from billing.models.people import Contact, Customer, Membership, Staff
from billing.registry import Role
from portal.bootstrap import build
from portal.http import create_http

ADDRESS = "http://127.0.0.1:8000"
PASSWORD = "correct horse battery"
ANIA = "ania@moellerkowalczyk.nl"
PIETER = "pieter@elsewhere.example"
MARIT = "marit@renotech.example"


@pytest.fixture
def contexts(sqlite_url: str, tmp_path: Path, clock: SetClock) -> Iterator[Contexts]:
    """All of Parley on an empty database, with the sandbox as its gateway."""
    settings = Settings(
        demo=True, test_clock=True, data=tmp_path / "data", secret_key="s" * 40, DATABASE_URL=sqlite_url
    )
    made = build(settings, clock=clock)
    yield made
    made.engine.dispose()


@pytest.fixture
def people(contexts: Contexts) -> Contexts:
    """Ania owns C-1 and looks at C-2, Pieter owns C-3, Marit answers."""
    hashed = hash_password(PASSWORD)
    with contexts.system(writes=True) as ctx:
        accounts = [
            Customer(number=f"C-{n}", name=f"Customer {n}", currency="EUR", created_at=ctx.now) for n in (1, 2, 3)
        ]
        ania = Contact(email=ANIA, name="Ania Kowalczyk", password_hash=hashed, created_at=ctx.now)
        pieter = Contact(email=PIETER, name="Pieter", password_hash=hashed, created_at=ctx.now)
        marit = Staff(email=MARIT, name="Marit", role=Role.AGENT, password_hash=hashed, created_at=ctx.now)
        ctx.session.add_all([*accounts, ania, pieter, marit])
        ctx.session.flush()
        for contact, account, role in (
            (ania, accounts[0], Role.OWNER),
            (ania, accounts[1], Role.VIEWER),
            (pieter, accounts[2], Role.OWNER),
        ):
            ctx.session.add(Membership(contact_id=contact.id or 0, customer_id=account.id or 0, role=role))
            ctx.session.flush()
    return contexts


@pytest.fixture
def http(people: Contexts) -> Starlette:
    return create_http(people)


@pytest.fixture
def client(http: Starlette) -> Iterator[TestClient]:
    """A browser on our own pages: it sends the Origin of our address and follows no redirect by itself."""
    with TestClient(http, base_url=ADDRESS, headers={"origin": ADDRESS}, follow_redirects=False) as made:
        yield made


def sign_in(client: TestClient, email: str = ANIA) -> httpx.Response:
    answer: httpx.Response = client.post("/auth/login", data={"email": email, "password": PASSWORD})
    return answer
