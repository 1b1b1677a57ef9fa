from __future__ import annotations

import pytest

from tests.billing.paying.account import Account
from tests.billing.paying.conftest import account, sandbox
from tests.billing.run.firm import Firm

__all__ = ["account", "sandbox"]


@pytest.fixture
def firm(account: Account) -> Firm:
    """The business of Möller & Kowalczyk, who have a card that pays; its books are right when the test ends."""
    return Firm(account)
