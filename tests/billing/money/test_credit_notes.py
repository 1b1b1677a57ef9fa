"""Credit notes on invoices: to the cent, off the invoice first, and never more than it has left."""

from __future__ import annotations

import random
from datetime import date
from decimal import Decimal

import pytest

from billing.models.invoices import Invoice, InvoiceStatus
from billing.posting import finalise_invoice
from billing.rules.tax import Tax
from billing.rules.totals import Discount, NewLine
from tests.billing.money.desk import Desk

MARCH = date(2026, 3, 1)
HIGH, LOW = (Tax(Decimal(21), "VAT 21%"),), (Tax(Decimal(9), "VAT 9%"),)
CONTAINED = (Tax(Decimal(19), "VAT 19%", inclusive=True),)


def bill(desk: Desk, lines: list[NewLine], discounts: tuple[Discount, ...] = ()) -> str:
    """An invoice with those lines, as the machinery makes it."""
    with desk.account.contexts.system(writes=True) as ctx:
        draft = Invoice(
            customer_id=desk.account.ania.customer_id or 0, title="Services", currency="EUR",
            issued_on=ctx.now.date(), created_at=ctx.now,
        )  # fmt: skip
        return finalise_invoice(ctx, draft, lines, discounts).number or ""


def test_a_credit_comes_off_its_open_invoice(desk: Desk) -> None:
    number = desk.account.on(MARCH).invoice(500_00)

    effect = desk.effect("invoices.credit", invoice=number, amount=121_00, reason="A visit was late")
    issued = desk.do("invoices.credit", invoice=number, amount=121_00, reason="A visit was late")

    assert [(line.label, line.amount) for line in effect.lines] == [
        ("A visit was late", 100_00), ("VAT 21%", 21_00), ("Credited", 121_00),
    ]  # fmt: skip
    assert [(fact.label, fact.value) for fact in effect.facts] == [(f"Comes off {number}", "€121.00")]
    assert (issued.credit_note, issued.total, issued.tax, issued.taken_off, issued.credit) == (
        "CN-2026-0001", 121_00, 21_00, 121_00, 0,
    )  # fmt: skip
    assert desk.account.due(number) == 484_00
    assert desk.account.balance() == (484_00, 0)
    detail = desk.account.detail(number)
    assert [(c.number, c.amount) for c in detail.corrected_by] == [("CN-2026-0001", 121_00)]
    note = desk.account.detail("CN-2026-0001")
    assert (note.corrects, note.row.status_words, note.total) == (number, "Used", -121_00)


def test_a_credit_of_a_paid_invoice_becomes_credit(desk: Desk) -> None:
    number = desk.account.on(MARCH).invoice(500_00)
    desk.account.pay(number)

    issued = desk.do("invoices.credit", invoice=number, amount=121_00)

    assert (issued.taken_off, issued.credit, desk.account.balance()) == (0, 121_00, (0, 121_00))


def test_a_credit_larger_than_what_is_due_comes_off_first_and_the_rest_becomes_credit(desk: Desk) -> None:
    number = desk.account.on(MARCH).invoice(500_00)
    desk.account.pay(number, amount=500_00)

    issued = desk.do("invoices.credit", invoice=number, amount=200_00)

    assert (issued.taken_off, issued.credit) == (105_00, 95_00)
    assert (desk.account.due(number), desk.account.balance()) == (0, (0, 95_00))


def test_without_an_amount_all_that_is_left_is_credited(desk: Desk) -> None:
    number = desk.account.on(MARCH).invoice(333_33)
    desk.do("invoices.credit", invoice=number, amount=100_00)

    issued = desk.do("invoices.credit", invoice=number)

    assert issued.total == 403_33 - 100_00
    assert desk.invoice(number).status == InvoiceStatus.PAID
    assert desk.refusal("invoices.credit", invoice=number).code == "nothing_to_credit"


def test_never_more_than_is_left_is_credited(desk: Desk) -> None:
    number = desk.account.on(MARCH).invoice(500_00)
    desk.do("invoices.credit", invoice=number, amount=600_00)

    refused = desk.refusal("invoices.credit", invoice=number, amount=5_01)

    assert (refused.code, refused.field) == ("credit_too_high", "amount")
    assert "€5.00" in refused.message
    assert desk.do("invoices.credit", invoice=number, amount=5_00).total == 5_00


def test_what_was_written_off_is_not_credited_as_well(desk: Desk) -> None:
    number = desk.account.on(MARCH).invoice(500_00)
    desk.do("invoices.write_off", invoice=number, amount=5_00, reason="Too little")

    assert desk.do("invoices.credit", invoice=number).total == 600_00


@pytest.mark.parametrize("rounding", ["half_up", "down"])
def test_many_small_credits_come_to_the_same_as_one(desk: Desk, rounding: str) -> None:
    """Amounts by chance, of an invoice with two rates and one contained in the price: in the end nothing is left."""
    desk.account.on(MARCH).prefer("rounding", rounding)
    number = bill(
        desk,
        [
            NewLine("Care", 33_33, 33_33, taxes=HIGH),
            NewLine("Books", 7_77, 7_77, taxes=LOW),
            NewLine("Parking", 11_90, 11_90, taxes=CONTAINED),
        ],
    )
    chance, left = random.Random(11), desk.invoice(number).total
    while left:
        amount = min(chance.choice([1, 2, 7, 99, 4_10]), left)
        assert desk.do("invoices.credit", invoice=number, amount=amount).total == amount
        left -= amount

    detail = desk.account.detail(number)
    notes = [desk.account.detail(note.number) for note in detail.corrected_by]
    for tax in detail.taxes:
        parts = [(part.base, part.amount) for note in notes for part in note.taxes if part.label == tax.label]
        assert (tax.base, tax.amount) == (-sum(base for base, _ in parts), -sum(amount for _, amount in parts))


def test_lines_are_credited_with_their_own_tax(desk: Desk) -> None:
    number = bill(
        on_march(desk),
        [NewLine("Care", 200_00, 200_00, taxes=HIGH), NewLine("Books", 50_00, 50_00, taxes=LOW)],
    )

    issued = desk.do("invoices.credit", invoice=number, lines=[{"line": 2, "amount": 20_00}])

    assert (issued.total, issued.tax) == (21_80, 1_80)
    [line] = desk.account.detail(issued.credit_note).lines
    assert (line.description, line.amount, line.detail) == ("Books", -20_00, f"Line 2 of {number}")
    refused = desk.refusal("invoices.credit", invoice=number, lines=[{"line": 2, "amount": 30_01}])
    assert (refused.code, refused.field) == ("credit_too_high", "lines")
    rest = desk.do("invoices.credit", invoice=number, lines=[{"line": 1}, {"line": 2}])
    assert rest.total == desk.invoice(number).total - 21_80
    assert desk.refusal("invoices.credit", invoice=number, lines=[{"line": 1}]).code == "nothing_to_credit"


def on_march(desk: Desk) -> Desk:
    desk.account.on(MARCH)
    return desk


@pytest.mark.parametrize("order", ["coupons_tax_credits", "tax_coupons_credits"])
def test_a_line_is_credited_without_its_share_of_the_coupon(desk: Desk, order: str) -> None:
    """100.00 and 200.00 less a coupon of 30.00: the first line's share is 10.00."""
    on_march(desk).account.prefer("order", order)
    lines = [NewLine("Care", 100_00, 100_00, taxes=HIGH), NewLine("Hosting", 200_00, 200_00, taxes=HIGH)]
    number = bill(desk, lines, (Discount("TEN", "Coupon TEN", 30_00),))
    taxed_first = order == "tax_coupons_credits"
    whole = desk.invoice(number).total
    assert whole == (333_00 if taxed_first else 326_70)

    first = desk.do("invoices.credit", invoice=number, lines=[{"line": 1}])
    second = desk.do("invoices.credit", invoice=number, lines=[{"line": 2}])

    assert first.total == (111_00 if taxed_first else 108_90)
    assert first.total + second.total == whole
    assert desk.account.due(number) == 0


def test_a_credit_of_lines_after_one_of_an_amount_stays_within_what_is_left(desk: Desk) -> None:
    number = on_march(desk).account.invoice(100_00)
    desk.do("invoices.credit", invoice=number, amount=60_50)

    refused = desk.refusal("invoices.credit", invoice=number, lines=[{"line": 1}])
    issued = desk.do("invoices.credit", invoice=number, lines=[{"line": 1, "amount": 50_00}])

    assert (refused.code, issued.total, desk.account.due(number)) == ("credit_too_high", 60_50, 0)


def test_lines_have_less_left_once_an_amount_took_its_share_of_them(desk: Desk) -> None:
    lines = [NewLine("Care", 100_00, 100_00, taxes=HIGH), NewLine("Books", 100_00, 100_00, taxes=LOW)]
    number = bill(on_march(desk), lines)
    desk.do("invoices.credit", invoice=number, amount=115_00)

    refused = desk.refusal("invoices.credit", invoice=number, lines=[{"line": 1}])
    issued = desk.do("invoices.credit", invoice=number, lines=[{"line": 1, "amount": 50_00}])

    assert (refused.code, refused.field) == ("credit_too_high", "lines")
    assert "the €50.00 that RT-2026-0001 with VAT 21% has left" in refused.message
    assert (issued.total, desk.account.due(number)) == (60_50, 54_50)


def test_an_amount_after_a_line_takes_its_share_of_what_the_other_lines_have_left(desk: Desk) -> None:
    lines = [NewLine("Care", 519_60, 519_60, taxes=HIGH), NewLine("Books", 13_32, 13_32, taxes=LOW)]
    number = bill(on_march(desk), lines)
    desk.do("invoices.credit", invoice=number, lines=[{"line": 1}])

    small = desk.do("invoices.credit", invoice=number, amount=7)
    half = desk.do("invoices.credit", invoice=number, amount=7_26)
    rest = desk.do("invoices.credit", invoice=number)

    assert [(issued.total, issued.tax) for issued in (small, half, rest)] == [(7, 1), (7_26, 60), (7_19, 59)]
    note = desk.account.detail(half.credit_note)
    assert [line.amount for line in note.lines] == [-6_66]
    assert [(tax.label, tax.base, tax.amount) for tax in note.taxes if tax.amount] == [("VAT 9%", -6_66, -60)]
    assert desk.account.due(number) == 0


def test_what_can_not_be_credited_says_why(desk: Desk) -> None:
    number = on_march(desk).account.invoice(100_00)
    note = desk.account.credit_note(10_00)
    cancelled = desk.account.invoice(100_00)
    desk.do("invoices.void", invoice=cancelled, reason="Billed twice")

    assert desk.refusal("invoices.credit", invoice=note).code == "not_correctable"
    assert desk.refusal("invoices.credit", invoice=cancelled).code == "not_correctable"
    assert desk.refusal("invoices.credit", invoice="RT-2026-9999").code == "not_found"
    assert desk.refusal("invoices.credit", invoice=number, amount=1_00, lines=[{"line": 1}]).code == "invalid_input"
    assert desk.refusal("invoices.credit", invoice=number, lines=[{"line": 1}, {"line": 1}]).code == "invalid_input"
    assert desk.refusal("invoices.credit", invoice=number, lines=[{"line": 2}]).code == "invalid_input"
    assert desk.refusal("invoices.credit", invoice=number, amount=0).code == "invalid_input"
    assert desk.account.due(number) == 121_00
