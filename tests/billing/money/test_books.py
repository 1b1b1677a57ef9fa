"""`verify` finds what isn't right about refunds, corrections, cancelled and given-up invoices: each damage is named."""

from __future__ import annotations

from datetime import date

import pytest

from billing.verify import verify
from tests.billing.money.desk import Desk
from tests.billing.paying.test_books import damaged

# what the story below makes: RT-1 paid and corrected, RT-2 owed again, RT-3 cancelled, RT-4 uncollectible, RT-5 written
# off in part; REF-1 pays a credit note out, REF-2 takes from an invoice, REF-3 from money in advance; REF-4 is pending
DAMAGE = [
    ("UPDATE refund_allocation SET amount = amount - 1 WHERE invoice_id IS NOT NULL", "paid on invoice RT-2026-0002"),
    ("UPDATE refund_allocation SET amount = amount - 1 WHERE invoice_id IS NOT NULL",
     "amount of refund REF-2026-0002"),
    ("UPDATE refund_allocation SET amount = amount - 1 WHERE credit_note_id IS NOT NULL AND applied_at IS NOT NULL",
     "left of credit note CN-2026-0001"),
    ("DELETE FROM refund_allocation WHERE invoice_id IS NULL AND credit_note_id IS NULL",
     "amount of payment PAY-2026-0003"),
    ("UPDATE refund_allocation SET amount = 0 - amount", "amount that was applied refund"),
    ("UPDATE refund_allocation SET amount = 30000 WHERE applied_at IS NULL",
     "credit that two refunds are to take CN-2026-0002"),
    ("UPDATE refund_allocation SET applied_at = NULL WHERE invoice_id IS NOT NULL",
     "refund that happened and does not count REF-2026-0002"),
    ("UPDATE refund SET status = 'failed' WHERE number = 'REF-2026-0002'",
     "refund that did not happen and yet counts REF-2026-0002"),
    ("UPDATE refund SET status = 'failed' WHERE number = 'REF-2026-0002'", "refunded of payment PAY-2026-0002"),
    ("UPDATE refund SET amount = amount + 1 WHERE number = 'REF-2026-0001'", "amount of refund REF-2026-0001"),
    ("UPDATE refund SET number = 'REF-2026-0009' WHERE status = 'pending'", "numbers given in the series REF-2026"),
    ("UPDATE payment SET refunded = 0 WHERE number = 'PAY-2026-0001'", "refunded of payment PAY-2026-0001"),
    ("UPDATE payment SET unallocated = -1 WHERE number = 'PAY-2026-0003'", "amount of payment PAY-2026-0003"),
    ("UPDATE invoice SET credit_left = credit_left + 1 WHERE number = 'CN-2026-0001'",
     "status of credit note CN-2026-0001"),
    ("UPDATE invoice SET paid = paid + 1 WHERE number = 'RT-2026-0002'", "paid on invoice RT-2026-0002"),
    ("UPDATE invoice SET due = total WHERE status = 'void'",
     "invoice that was cancelled and yet counts RT-2026-0003"),
    ("UPDATE invoice SET status = 'void' WHERE number = 'RT-2026-0005'",
     "invoice that was cancelled and yet counts RT-2026-0005"),
    ("UPDATE invoice SET status = 'open', due = total WHERE number = 'RT-2026-0003'", "due total (customer)"),
    ("UPDATE invoice SET status = 'open', due = total WHERE number = 'RT-2026-0003'", "billed in month (customer)"),
    ("UPDATE invoice SET written_off = 0, due = total WHERE status = 'uncollectible'",
     "uncollectible invoice that is still owed RT-2026-0004"),
    ("UPDATE write_off SET amount = amount + 1 WHERE number = 'WO-2026-0002'", "written off on invoice RT-2026-0005"),
    ("UPDATE write_off SET number = 'WO-2026-0007' WHERE number = 'WO-2026-0002'",
     "numbers given in the series WO-2026"),
    ("UPDATE invoice SET corrects_id = (SELECT id FROM invoice i WHERE i.number = 'RT-2026-0005') "
     "WHERE number = 'CN-2026-0001'",
     "invoice that was credited beyond its total RT-2026-0005"),
    ("UPDATE invoice_tax SET amount = amount - 300, base = base + 300 WHERE amount < 0",
     "tax of a rate on invoice CN-2026-0001"),
    ("UPDATE refund_allocation SET amount = 90000 WHERE invoice_id IS NOT NULL",
     "what went back of payment on invoice PAY-2026-0002"),
    ("UPDATE credit_application SET amount = 0 - amount", "amount that was applied credit"),
    ("UPDATE payment_allocation SET amount = 0 - amount", "amount that was applied payment"),
    ("DELETE FROM ledger_entry WHERE debit = 'write_off'", "ledger entry"),
]  # fmt: skip


@pytest.fixture
def books(desk: Desk) -> Desk:
    """One of everything; the account's own check comes before the damage and after."""
    account = desk.account.on(date(2026, 2, 1))
    corrected, again, cancelled, lost, given_up = (
        account.invoice(net) for net in (500_00, 400_00, 300_00, 200_00, 10_00)
    )
    first, second = account.pay(corrected).payment, account.pay(again).payment
    desk.do("payments.refund", payment=first, amount=250_00)
    desk.do("payments.refund", payment=second, amount=100_00, invoices="owed_again")
    advance = desk.do("payments.record", amount=70_00, reference="ABNA-1").payment
    desk.do("payments.refund", payment=advance, amount=20_00)
    desk.do("credits.apply", invoice=again, amount=10_00)
    desk.do("invoices.void", invoice=cancelled, reason="Billed twice")
    desk.do("invoices.uncollectible", invoice=lost, reason="Bankrupt")
    desk.do("invoices.write_off", invoice=given_up, amount=1_00, reason="Too little")
    account.sandbox.switch(processing=True)
    assert desk.do("payments.refund", payment=first, amount=50_00).status == "pending"
    return desk


def test_every_kind_of_damage_to_money_is_named(books: Desk) -> None:
    assert verify(books.account.contexts) == []
    for statement, what in DAMAGE:
        differences = damaged(books.account, statement)
        assert any(str(each).startswith(what) for each in differences), (statement, [str(d) for d in differences])
    assert verify(books.account.contexts) == []
