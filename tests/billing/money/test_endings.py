"""Invoices that nobody pays: cancelled, given up in part or in whole, and still found in the list."""

from __future__ import annotations

from datetime import date

from billing.jobs import run_due
from billing.models.invoices import InvoiceStatus
from tests.billing.money.desk import Desk
from tests.billing.paying.account import answer_bank

MARCH = date(2026, 3, 1)
NEEDS_BANK = "4000002760003184"


def test_a_cancelled_invoice_is_owed_no_more_and_keeps_its_number(desk: Desk) -> None:
    first = desk.account.on(MARCH).invoice(500_00)
    effect = desk.effect("invoices.void", invoice=first, reason="Billed twice")

    ended = desk.do("invoices.void", invoice=first, reason="Billed twice")

    assert [(line.label, line.amount) for line in effect.lines] == [
        (first, 605_00), ("Owed no more", -605_00), ("Left to pay", 0),
    ]  # fmt: skip
    assert (ended.status, ended.due, desk.account.balance()) == (InvoiceStatus.VOID, 0, (0, 0))
    detail = desk.account.detail(first)
    assert (detail.row.status_words, detail.ended_reason, detail.ended_on) == ("Cancelled", "Billed twice", MARCH)
    assert desk.account.refusal(first).code == "not_payable"
    assert desk.account.invoice(1_00) == "RT-2026-0002"
    assert [month.settled + month.to_pay for month in desk.account.ask("home.show").months][-1] == 1_21


def test_only_what_nobody_touched_can_be_cancelled(desk: Desk) -> None:
    desk.account.on(MARCH)
    paid_in_part, credited, given_up, paid = (desk.account.invoice(100_00) for _ in range(4))
    desk.account.pay(paid_in_part, amount=1_00)
    desk.do("invoices.credit", invoice=credited, amount=1_00)
    desk.do("invoices.write_off", invoice=given_up, amount=1_00, reason="Rounding")
    desk.account.pay(paid)

    refused = [desk.refusal("invoices.void", invoice=n, reason="x").code for n in (paid_in_part, credited, given_up)]
    assert refused == ["settled_in_part"] * 3
    assert desk.refusal("invoices.void", invoice=paid, reason="x").code == "not_open"
    assert desk.refusal("invoices.void", invoice=paid_in_part, reason=" ").code == "invalid_input"


def test_a_part_is_given_up_and_the_rest_stays_to_be_paid(desk: Desk) -> None:
    number = desk.account.on(MARCH).invoice(500_00)

    effect = desk.effect("invoices.write_off", invoice=number, amount=5_00, reason="Bank charges")
    ended = desk.do("invoices.write_off", invoice=number, amount=5_00, reason="Bank charges")

    assert effect.lines[-1].amount == ended.due == 600_00
    assert (ended.write_off, ended.status, desk.account.balance()) == ("WO-2026-0001", "open", (600_00, 0))
    assert desk.refusal("invoices.write_off", invoice=number, amount=600_01, reason="x").code == "amount_too_high"
    desk.account.pay(number)
    assert desk.invoice(number).status == InvoiceStatus.PAID


def test_the_rest_of_an_invoice_that_was_paid_in_part_is_settled_when_it_is_given_up(desk: Desk) -> None:
    number = desk.account.on(MARCH).invoice(500_00)
    desk.account.pay(number, amount=600_00)

    assert desk.do("invoices.write_off", invoice=number, amount=5_00, reason="Too little").status == "paid"


def test_an_uncollectible_invoice_is_given_up_in_whole(desk: Desk) -> None:
    number = desk.account.on(MARCH).invoice(500_00)
    desk.account.pay(number, amount=5_00)

    ended = desk.do("invoices.uncollectible", invoice=number, reason="Bankrupt")

    assert (ended.status, ended.amount, desk.account.balance()) == ("uncollectible", 600_00, (0, 0))
    detail = desk.account.detail(number)
    assert [(a.kind, a.amount) for a in detail.settled] == [("payment", 5_00), ("write_off", 600_00)]
    assert desk.refusal("invoices.uncollectible", invoice=number, reason="x").code == "not_open"


def test_a_refund_of_an_uncollectible_invoice_opens_it_again(desk: Desk) -> None:
    number = desk.account.on(MARCH).invoice(500_00)
    receipt = desk.account.pay(number, amount=105_00)
    desk.do("invoices.uncollectible", invoice=number, reason="Bankrupt")

    desk.do("payments.refund", payment=receipt.payment, invoices="owed_again")

    assert (desk.invoice(number).status, desk.account.due(number)) == (InvoiceStatus.OPEN, 105_00)


def test_nothing_ends_while_a_payment_is_on_its_way(desk: Desk) -> None:
    number = desk.account.on(MARCH).invoice(500_00)
    desk.account.sandbox.switch(processing=True)
    desk.account.pay(number)

    for action in ("invoices.void", "invoices.uncollectible"):
        assert desk.refusal(action, invoice=number, reason="x").code == "payment_pending"


def test_money_that_comes_for_a_cancelled_invoice_is_kept_as_credit(desk: Desk) -> None:
    number = desk.account.on(MARCH).invoice(500_00)
    waiting = desk.account.pay(number, payment_method=desk.account.card(NEEDS_BANK))
    desk.do("invoices.void", invoice=number, reason="Billed twice")

    answer_bank(waiting.redirect_url, "yes")
    run_due(desk.account.later(minutes=2).contexts)

    assert (desk.account.balance(), desk.account.taken()) == ((0, 605_00), [605_00])


def test_the_list_finds_them_by_status_and_counts_them(desk: Desk) -> None:
    desk.account.on(MARCH)
    cancelled, lost, opened = (desk.account.invoice(amount) for amount in (100_00, 200_00, 300_00))
    desk.do("invoices.void", invoice=cancelled, reason="Billed twice")
    desk.do("invoices.uncollectible", invoice=lost, reason="Bankrupt")

    for status, number in (("void", cancelled), ("uncollectible", lost), ("to_pay", opened)):
        for search in ("", "monthly"):
            page = desk.account.ask("invoices.list", status=status, search=search)
            assert [row.number for row in page.rows] == [number]
            assert (page.counts.void, page.counts.uncollectible, page.counts.to_pay, page.counts.all) == (1, 1, 1, 3)
