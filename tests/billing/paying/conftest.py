from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from billing.clock import SetClock
from billing.verify import verify
from tests.billing.gateways.conftest import receiver, sandbox, telling_sandbox
from tests.billing.gateways.running import RunningSandbox
from tests.billing.gateways.stripe_schema import validate_log
from tests.billing.paying.account import Account, open_account

__all__ = ["receiver", "sandbox", "telling_sandbox"]


@pytest.fixture
def account(engine: Engine, clock: SetClock, sandbox: RunningSandbox, tmp_path: Path) -> Iterator[Account]:
    """Möller & Kowalczyk with a saved card, whose books are right when the test ends."""
    opened = open_account(engine, clock, sandbox, tmp_path)
    yield opened
    assert verify(opened.contexts) == []
    validate_log(sandbox.requests())


@pytest.fixture
def told_account(engine: Engine, clock: SetClock, telling_sandbox: RunningSandbox, tmp_path: Path) -> Iterator[Account]:
    """The same; the sandbox sends its webhooks to `receiver`."""
    opened = open_account(engine, clock, telling_sandbox, tmp_path)
    yield opened
    assert verify(opened.contexts) == []
