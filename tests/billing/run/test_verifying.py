"""`verify` finds what the run can't have left: each kind of damage is done by hand, and named."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import text

from billing.verify import verify
from tests.billing.run.firm import Firm

DAMAGE = [
    ("UPDATE subscription_period SET \"end\" = '2026-04-02' WHERE start = '2026-03-01'", "last stretch of"),
    ("UPDATE subscription SET period_end = '2026-05-01'", "last stretch of subscription S-1"),
    ("UPDATE subscription_period SET start = '2026-03-02' WHERE start = '2026-03-01'", "periods of subscription S-1"),
    ("UPDATE invoice SET status = 'void'", "tries for an invoice that is not owed RT-2026-0001"),
    ("DELETE FROM dunning", "past due without an invoice that was asked for in vain S-1"),
]  # fmt: skip


@pytest.mark.parametrize(("statement", "what"), DAMAGE, ids=lambda words: words[:24])
def test_what_a_run_can_not_have_left_is_named(firm: Firm, statement: str, what: str) -> None:
    firm.plan("Growth", 180_00)
    firm.subscribe("Growth", date(2026, 2, 1), auto_charge=True)
    firm.card("pm_card_chargeCustomerFail")
    firm.run(date(2026, 3, 1))

    with firm.contexts.engine.connect().execution_options(writes=True) as connection:
        assert connection.execute(text(statement)).rowcount, "the damage was none"
        found = [str(each) for each in verify(firm.contexts, connection)]
        connection.rollback()

    assert any(each.startswith(what) for each in found), found
