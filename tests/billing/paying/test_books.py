"""`verify` finds what isn't as the records say: each kind of damage is done by hand, and named."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import text

from billing.verify import Difference, verify
from tests.billing.paying.account import Account

DAMAGE = [
    ("UPDATE invoice SET subtotal = subtotal + 1 WHERE number = 'RT-2026-0001'", "subtotal of invoice RT-2026-0001"),
    ("UPDATE invoice_tax SET amount = amount + 1", "tax of invoice RT-2026-0001"),
    ("UPDATE invoice_tax SET base = base + 300", "tax of a rate on invoice RT-2026-0001"),
    ("UPDATE invoice SET total = total + 1 WHERE number = 'RT-2026-0001'", "total of invoice RT-2026-0001"),
    ("UPDATE invoice SET due = due - 1 WHERE number = 'RT-2026-0002'", "due of invoice RT-2026-0002"),
    ("UPDATE invoice SET status = 'paid' WHERE number = 'RT-2026-0002'", "status of invoice RT-2026-0002"),
    ("UPDATE invoice SET due_on = NULL WHERE number = 'RT-2026-0002'", "day on which invoice is due RT-2026-0002"),
    ("UPDATE payment_allocation SET amount = amount - 1", "paid on invoice RT-2026-0001"),
    ("DELETE FROM credit_application", "credit used on invoice RT-2026-0001"),
    ("UPDATE invoice SET credit_left = 1 WHERE kind = 'credit_note'", "left of credit note CN-2026-0001"),
    ("UPDATE payment SET unallocated = 7", "amount of payment PAY-2026-0001"),
    ("UPDATE payment SET status = 'failed'", "payment that did not come in and yet counts PAY-2026-0001"),
    ("UPDATE invoice_count SET count = count + 1", "count of invoices (customer, kind, status)"),
    ("DELETE FROM invoice_count", "count of invoices (customer, kind, status)"),
    ("UPDATE due_total SET amount = amount + 1", "due total (customer)"),
    ("UPDATE due_total SET count = count + 1", "due total (customer)"),
    ("DELETE FROM due_month", "due month (customer)"),
    ("UPDATE late_day SET amount = amount + 1", "late day (customer)"),
    ("UPDATE late_day SET booked_on = due_on", "late day (customer)"),
    ("DELETE FROM late_month", "late month (customer)"),
    ("UPDATE billed_month SET billed = billed + 1", "billed in month (customer)"),
    ("UPDATE billed_month SET due = due + 1", "billed in month (customer)"),
    ("DELETE FROM invoice_term WHERE term LIKE '#rt-%'", "document that a search can't find RT-2026-0001"),
    ("UPDATE ledger_entry SET amount = amount + 1 WHERE sequence = 2", "ledger entry"),
    ("UPDATE ledger_entry SET receivable_after = receivable_after + 1 WHERE sequence = 1", "ledger entry"),
    ("DELETE FROM ledger_entry WHERE sequence = 3", "ledger entry"),
    ("UPDATE balance SET receivable = receivable + 1", "receivable of customer by the ledger"),
    ("UPDATE balance SET credit = credit + 1", "credit of customer by its sources"),
    ("DELETE FROM balance", "ledger without a balance"),
    ("UPDATE number_series SET last = last + 1 WHERE series = 'RT-2026'", "numbers given in the series RT-2026"),
    ("UPDATE invoice SET number = 'RT-2026-0007' WHERE number = 'RT-2026-0002'", "numbers given in the series RT-2026"),
]


@pytest.fixture
def books(account: Account) -> Account:
    """A credit note that was used, an invoice paid late and an open one; the account's own check comes before."""
    account.on(date(2026, 2, 1)).credit_note(10_00)
    paid = account.invoice(500_00)
    account.invoice(100_00)
    account.on(date(2026, 2, 27)).pay(paid)
    return account


def damaged(account: Account, statement: str) -> list[Difference]:
    """What verify says after the statement, which is taken back."""
    engine = account.contexts.engine
    with engine.connect().execution_options(writes=True) as connection:
        assert connection.execute(text(statement)).rowcount, "the damage was none"
        differences = verify(account.contexts, connection)
        connection.rollback()
    return differences


def test_books_that_are_right_have_no_difference(books: Account) -> None:
    assert verify(books.contexts) == []


def test_every_kind_of_damage_is_named(books: Account) -> None:
    for statement, what in DAMAGE:
        differences = damaged(books, statement)
        assert any(str(each).startswith(what) for each in differences), (statement, [str(d) for d in differences])
    assert verify(books.contexts) == []
