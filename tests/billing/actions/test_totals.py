"""What was billed, taxed and paid between two days: the sums agree with the statement of the same days."""

from __future__ import annotations

from datetime import date
from typing import Any, cast

import billing.actions.payments
import billing.actions.totals  # noqa: F401
from billing.actions.payments import PaymentPage
from billing.actions.totals import Totals
from tests.billing.actions.test_statements import statement
from tests.billing.gateways.conftest import sandbox
from tests.billing.paying.account import Account
from tests.billing.paying.conftest import account

__all__ = ["account", "sandbox"]


def totals(account: Account, since: str, until: str, **asked: Any) -> Totals:
    return cast(Totals, account.ask("statements.totals", since=since, until=until, **asked))


def test_a_months_sums_are_those_of_its_documents_and_payments(account: Account) -> None:
    first = account.on(date(2026, 1, 12)).invoice(100_00, "January")
    account.on(date(2026, 2, 3)).invoice(200_00, "February")
    account.on(date(2026, 2, 20)).pay(first)
    account.on(date(2026, 2, 24)).credit_note(10_00, "Credit note: outage")
    account.on(date(2026, 3, 2)).invoice(300_00, "March")

    february = totals(account, "2026-02-01", "2026-02-28")

    assert (february.billed, february.tax, february.billed_with_tax) == (190_00, 39_90, 229_90)
    assert (february.paid, february.refunded, february.written_off) == (121_00, 0, 0)
    whole = totals(account, "2026-01-01", "2026-03-02")
    assert (whole.billed, whole.tax, whole.paid) == (590_00, 123_90, 121_00)
    parts = [totals(account, f"2026-0{month}-01", day) for month, day in ((1, "2026-01-31"), (3, "2026-03-02"))]
    assert sum(part.billed_with_tax for part in (*parts, february)) == whole.billed_with_tax


def test_the_sums_lead_from_the_opening_to_the_closing_of_the_statement(account: Account) -> None:
    first = account.on(date(2026, 1, 12)).invoice(100_00, "January")
    account.on(date(2026, 2, 3)).invoice(200_00, "February")
    account.on(date(2026, 2, 20)).pay(first)
    account.on(date(2026, 2, 24)).credit_note(10_00, "Credit note: outage")
    for since, until in (("2026-01-01", "2026-01-31"), ("2026-02-01", "2026-02-24"), ("2026-01-20", "2026-02-20")):
        summed, stated = totals(account, since, until), statement(account, since=since, until=until)
        went = summed.billed_with_tax - summed.paid + summed.refunded - summed.written_off
        assert stated.closing.balance - stated.opening.balance == went


def test_payments_of_some_days_are_those_made_then_where_the_customer_is(account: Account) -> None:
    january = account.on(date(2026, 1, 12)).invoice(100_00, "January")
    february = account.on(date(2026, 2, 3)).invoice(200_00, "February")
    account.on(date(2026, 1, 31)).pay(january)
    account.on(date(2026, 2, 20)).pay(february)

    def paid(**asked: str) -> list[int]:
        return [row.amount for row in cast(PaymentPage, account.ask("payments.list", **asked)).rows]

    assert paid(since="2026-01-01", until="2026-01-31") == [121_00]
    assert paid(since="2026-02-01") == [242_00]
    assert paid(until="2026-02-20") == [242_00, 121_00]
    assert paid(since="2026-03-01") == []
