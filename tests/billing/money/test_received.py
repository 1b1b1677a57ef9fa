"""Money in advance by card, money that arrives at the bank, invoices by hand, and what the account says of it all."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from billing.jobs import run_due
from billing.models.payments import PaymentStatus
from tests.billing.money.desk import Desk

MARCH = date(2026, 3, 1)


def test_a_transfer_pays_many_invoices_the_oldest_due_first_and_one_in_part(desk: Desk) -> None:
    account = desk.account.on(MARCH)
    later, first, second = account.invoice(300_00, days=30), account.invoice(100_00), account.invoice(200_00, days=20)

    effect = desk.effect("payments.record", amount=400_00, reference="ABNA-1", invoices=[later, first, second])
    made = desk.do(
        "payments.record", amount=400_00, reference="ABNA-1", invoices=[later, first, second],
        received_on="2026-02-27",
    )  # fmt: skip

    assert [(line.label, line.amount) for line in effect.lines] == [
        (first, 121_00), (second, 242_00), (later, 37_00), ("Arrived", 400_00),
    ]  # fmt: skip
    assert [(row.number, row.money, row.left) for row in made.invoices] == [
        (first, 121_00, 0), (second, 242_00, 0), (later, 37_00, 326_00),
    ]  # fmt: skip
    assert account.balance() == (326_00, 0)
    [payment] = account.payments()
    assert (payment.reference, payment.received_on, payment.method) == ("ABNA-1", date(2026, 2, 27), "bank_transfer")
    assert account.payment(made.payment).card == "bank transfer"


def test_what_is_too_much_is_kept_as_money_in_advance_and_pays_the_next_invoice(desk: Desk) -> None:
    account = desk.account.on(MARCH)
    number = account.invoice(100_00)

    made = desk.do("payments.record", amount=150_00, reference="ABNA-1", invoices=[number])

    assert (made.in_advance, account.balance()) == (29_00, (0, 29_00))
    assert account.pay(account.invoice(100_00)).total == 92_00


def test_what_is_due_including_tax_comes_off_what_was_prepaid(desk: Desk) -> None:
    """17.72 due including tax with 39.00 prepaid: 21.28 left."""
    account = desk.account.on(MARCH)
    desk.do("payments.record", amount=39_00, reference="ABNA-1")
    issued = desk.do(
        "invoices.create", title="Visit", use_credit=True,
        lines=[{"description": "Visit", "unit_amount": 14_89, "tax_rate": "19"}],
    )  # fmt: skip

    assert (issued.total, issued.credit_used, issued.due, account.balance()) == (17_72, 17_72, 0, (0, 21_28))


def test_the_same_bank_reference_is_recorded_once(desk: Desk) -> None:
    desk.account.on(MARCH)
    desk.do("payments.record", amount=39_00, reference="ABNA 0417-1")

    refused = desk.refusal("payments.record", amount=39_00, reference=" abna0417-1 ")

    assert (refused.code, refused.field) == ("recorded_before", "reference")
    assert desk.account.balance() == (0, 39_00)


def test_what_can_not_be_recorded_says_why(desk: Desk) -> None:
    account = desk.account.on(MARCH)
    number, foreign, note = account.invoice(100_00), account.invoice(100_00, currency="USD"), account.credit_note(5_00)

    def refusal(**asked: object) -> str:
        return desk.refusal("payments.record", **{"amount": 1_00, "reference": "R", **asked}).code

    assert refusal(received_on="2026-03-02") == "day_ahead"
    assert refusal(received_on="1970-01-01") == "day_out_of_order"
    assert refusal(invoices=[number, foreign]) == "currencies_differ"
    assert refusal(invoices=[number], currency="USD") == "currency_differs"
    assert refusal(invoices=[note]) == "not_payable"
    assert refusal(invoices=["RT-2026-9999"]) == "not_found"
    assert refusal(amount=0) == "invalid_input"
    assert refusal(amount=-5) == "invalid_input"
    assert refusal(reference="") == "invalid_input"
    account.pay(number)
    assert refusal(invoices=[number]) == "nothing_to_pay"
    assert account.due(foreign) == 121_00


def test_a_customer_pays_in_advance_by_card(desk: Desk) -> None:
    account = desk.account.on(MARCH)

    made = desk.do("payments.advance", actor=account.ania, amount=200_00)

    assert (made.status, account.taken(), account.balance()) == (PaymentStatus.SUCCEEDED, [200_00], (0, 200_00))
    receipt = next(mail for mail in account.mails() if "received" in mail.subject)
    assert "It is kept on your account and comes off your next invoices." in receipt.text
    number = account.invoice(100_00)
    assert desk.do("credits.apply", actor=account.ania, invoice=number).used == 121_00


@pytest.mark.parametrize("fault", ["cut_before", "cut_after", "error_after"])
def test_money_in_advance_is_taken_once_whatever_the_gateway_does(desk: Desk, fault: str) -> None:
    account = desk.account.on(MARCH)
    account.sandbox.switch(faults=[{"kind": fault, "on": "POST /v1/payment_intents"}])

    made = desk.do("payments.advance", actor=account.ania, amount=200_00)
    run_due(account.later(minutes=2).contexts)

    assert (made.status, account.taken(), account.balance()) == (PaymentStatus.PENDING, [200_00], (0, 200_00))


def test_a_declined_card_pays_nothing_in_advance(desk: Desk) -> None:
    account = desk.account.on(MARCH)
    card = account.card("4000000000009995")

    made = desk.do("payments.advance", actor=account.ania, amount=200_00, payment_method=card)

    assert (made.status, account.balance()) == (PaymentStatus.FAILED, (0, 0))


def test_an_invoice_by_hand_has_its_lines_and_taxes(desk: Desk) -> None:
    desk.account.on(MARCH)
    lines = [
        {"description": "Visit", "unit_amount": 85_00, "quantity": "1.5", "unit": "h", "tax_rate": "21"},
        {"description": "Book", "unit_amount": 9_99, "quantity": "3", "tax_rate": "9"},
    ]

    effect = desk.effect("invoices.create", title="Work in February", lines=lines, due_on="2026-03-15")
    issued = desk.do("invoices.create", title="Work in February", lines=lines, due_on="2026-03-15")

    assert [(line.label, line.amount) for line in effect.lines] == [
        ("Visit", 127_50), ("Book", 29_97), ("VAT 9%", 2_70), ("VAT 21%", 26_78), ("Total", 186_95),
        ("To pay", 186_95),
    ]  # fmt: skip
    assert (issued.total, issued.tax, issued.due_on) == (186_95, 29_48, date(2026, 3, 15))
    detail = desk.account.detail(issued.invoice)
    assert [(line.quantity, line.amount) for line in detail.lines] == [
        (Decimal("1.5"), 127_50),
        (Decimal(3), 29_97),
    ]
    assert desk.account.pay(issued.invoice).total == 186_95


def test_an_invoice_that_makes_no_sense_is_refused(desk: Desk) -> None:
    desk.account.on(MARCH)
    line = {"description": "Visit", "unit_amount": 85_00}

    def refusal(**asked: object) -> str:
        return desk.refusal("invoices.create", **{"title": "Work", "lines": [line], **asked}).code

    assert refusal(due_on="2026-02-28") == "day_out_of_order"
    assert refusal(lines=[]) == "invalid_input"
    assert refusal(title=" ") == "invalid_input"
    assert refusal(lines=[line | {"unit_amount": -1}]) == "invalid_input"
    assert refusal(lines=[line | {"quantity": "0"}]) == "invalid_input"
    assert refusal(lines=[line | {"tax_rate": "101"}]) == "invalid_input"
    assert refusal(lines=[{"description": "A grain", "unit_amount": 1, "quantity": "0.1"}]) == "amount_too_low"
    assert refusal(currency="EURO") == "invalid_input"


def test_the_balance_is_known_for_every_day_and_moment(desk: Desk) -> None:
    account = desk.account.on(MARCH)
    number = account.invoice(100_00)
    account.on(date(2026, 3, 10)).pay(number, amount=21_00)
    account.on(date(2026, 3, 20))
    desk.do("credits.grant", amount=30_00, reason="March")

    def on(day: str) -> list[tuple[int, int, int]]:
        found = account.ask("account.balance", on=day).balances
        return [(row.to_pay, row.credit, row.balance) for row in found]

    assert on("2026-02-28") == []
    assert on("2026-03-01") == on("2026-03-09") == [(121_00, 0, 121_00)]
    assert on("2026-03-10") == [(100_00, 0, 100_00)]
    assert on("2026-03-20") == on("2026-12-31") == on("9998-12-31") == [(100_00, 30_00, 70_00)]
    assert account.ask("account.balance").balances == account.ask("account.balance", on="2026-03-20").balances
    moment = datetime(2026, 3, 10, 12, tzinfo=UTC)
    assert account.ask("account.balance", at=moment).balances[0].to_pay == 121_00
    assert account.ask("account.balance", at=moment + timedelta(seconds=1)).balances[0].to_pay == 100_00


def test_the_ledger_lists_every_movement_once_page_by_page(desk: Desk) -> None:
    account = desk.account.on(MARCH)
    number = account.invoice(100_00)
    receipt = account.pay(number)
    desk.do("payments.refund", payment=receipt.payment, amount=21_00, invoices="owed_again")

    rows, cursor = [], None
    while True:
        page = account.ask("account.ledger", size=2, **({"cursor": cursor} if cursor else {}))
        rows += page.rows
        cursor = page.next
        if cursor is None:
            break

    assert [row.sequence for row in rows] == [4, 3, 2, 1]
    assert [(row.debit, row.credit, row.amount, row.to_pay_after) for row in rows] == [
        ("receivable", "refund", 21_00, 21_00), ("cash", "receivable", 121_00, 0),
        ("receivable", "tax", 21_00, 121_00), ("receivable", "revenue", 100_00, 100_00),
    ]  # fmt: skip
    assert {(row.document, row.payment) for row in rows[:2]} == {(number, receipt.payment)}
