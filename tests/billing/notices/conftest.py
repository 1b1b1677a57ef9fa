from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from billing.clock import SetClock
from billing.verify import verify
from portal.bootstrap import load_actions
from tests.billing.accounts.conftest import office
from tests.billing.accounts.office import Office
from tests.billing.notices.house import House
from tests.billing.paying.account import Account
from tests.billing.paying.conftest import account, sandbox
from tests.billing.projects.agency import Agency, open_agency
from tests.billing.run.firm import Firm

__all__ = ["account", "office", "sandbox"]


@pytest.fixture(scope="session", autouse=True)
def _everything_follows() -> None:
    load_actions()


@pytest.fixture
def house(account: Account) -> House:
    """Möller & Kowalczyk: Ania owns, Pieter pays, Jan looks on; Marit is of the business."""
    return House.of(Firm(account))


@pytest.fixture
def agency(engine: Engine, clock: SetClock, tmp_path: Path) -> Iterator[Agency]:
    opened = open_agency(engine, clock, tmp_path)
    yield opened
    assert verify(opened.contexts) == []


@pytest.fixture
def people(office: Office) -> Iterator[Office]:
    """An account with an owner, somebody who pays and somebody who looks."""
    yield office
    assert verify(office.contexts) == []
