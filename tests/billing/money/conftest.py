from __future__ import annotations

import pytest

from tests.billing.money.desk import Desk
from tests.billing.paying.account import Account
from tests.billing.paying.conftest import account, receiver, sandbox, telling_sandbox, told_account

__all__ = ["account", "receiver", "sandbox", "telling_sandbox", "told_account"]


@pytest.fixture
def desk(account: Account) -> Desk:
    """Rio of the business, with Möller & Kowalczyk's account open; its books are right when the test ends."""
    return Desk(account)


@pytest.fixture
def told_desk(told_account: Account) -> Desk:
    """The same; the sandbox sends its webhooks to `receiver`."""
    return Desk(told_account)
