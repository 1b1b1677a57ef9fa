"""“Why this amount?” has an exact answer: each line worked out again, then coupons, tax and total."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import cast

import pytest
from sqlmodel import select

from billing.errors import PortalError
from billing.invoices.why import Why
from billing.models.invoices import Invoice, InvoiceLine
from billing.models.ledger import Balance
from billing.posting import finalise_invoice
from billing.rules.totals import NewLine
from billing.verify import verify
from tests.billing.policies.shop import Shop

APRIL = (date(2026, 4, 1), date(2026, 5, 1))
MIDDLE = date(2026, 4, 16)
SEATS = {"per_seat": True, "least_seats": 1, "most_seats": 9}


def why(shop: Shop, number: str | None, line: int | None = None) -> Why:
    return cast(Why, shop.ask("invoices.why", number=number, line=line))


def test_a_switch_says_what_each_line_is_made_of(shop: Shop) -> None:
    shop.sell("Growth", 49_00, tax_rate=Decimal(21), **SEATS)
    shop.at(MIDDLE).subscribe(shop.sell("Starter", 29_00, tax_rate=Decimal(21), **SEATS), *APRIL, seats=3)
    done = shop.switch("Growth", seats=5)

    found = why(shop, done.done.invoice)

    assert found.sentences == [
        "15 of 30 days of Service, Starter not used, 3 seats × €29.00 = −€43.50",
        "15 of 30 days of Service, Growth, 5 seats × €49.00 = €122.50",
        "−€43.50 + €122.50 = €79.00",
        "VAT 21% of €79.00 = €16.59",
        "Total: €79.00 + €16.59 = €95.59",
    ]
    assert [(line.line, line.amount, line.worked_out, line.exact) for line in found.lines] == [
        (1, -43_50, -43_50, "-4350/1"), (2, 122_50, 122_50, "12250/1"),
    ]  # fmt: skip
    assert found.lines[1].arithmetic["part"] == {
        "counted": "day", "used": 15, "of": 30, "first": "2026-04-16", "last": "2026-04-30",
    }  # fmt: skip
    assert found.total == 95_59


def test_one_line_can_be_asked_for(shop: Shop) -> None:
    shop.sell("Plus", 100_00)
    shop.at(date(2026, 3, 16)).subscribe(shop.sell("Basic", 50_00), date(2026, 3, 1), date(2026, 4, 1))
    done = shop.switch("Plus")

    found = why(shop, done.done.invoice, line=2)

    assert (found.sentences, found.sums, found.total) == (
        ["16 of 31 days of Service, Plus, €100.00 = €51.61"], [], 51_61,
    )  # fmt: skip
    assert Fraction(found.lines[0].exact) == Fraction(100_00 * 16, 31)
    with pytest.raises(PortalError) as refused:
        why(shop, done.done.invoice, line=3)
    assert (refused.value.code, refused.value.field) == ("not_found", "line")


def test_coupons_and_taxes_in_the_price_are_told(shop: Shop) -> None:
    shop.tax("25", "VAT 25%", inclusive=True)
    ten = {"code": "TEN", "name": "Spring", "percent": Decimal(10), "duration": "forever"}
    five = {"code": "FIVE", "amount": 5_00, "scope": "invoice", "duration": "forever"}
    shop.at(APRIL[0]).subscribe(shop.sell("Basic", 125_00), *APRIL, coupons=[ten, five])

    found = why(shop, shop.invoices()[0].number)

    assert found.sentences == [
        "Service, Basic, €125.00, less 10% (Spring) = €112.50",
        "FIVE takes off €5.00",
        "VAT 25% of €86.00 = €21.50, which the prices contain",
        "Total: €112.50 − €5.00 = €107.50",
    ]


def test_hours_and_what_was_written_by_hand(shop: Shop) -> None:
    shop.at(MIDDLE)
    with shop.contexts.system(writes=True) as ctx:
        invoice = Invoice(
            customer_id=shop.ania.customer_id or 0, title="Support", currency="EUR", issued_on=MIDDLE,
            created_at=ctx.now,
        )  # fmt: skip
        lines = [
            NewLine("Support", 85_00, 297_50, Decimal("3.5"), "h"),
            NewLine("Setup", 40_00, 40_00),
            NewLine("Agreed reduction", 0, -7_50),
        ]
        number = finalise_invoice(ctx, invoice, lines).number

    found = why(shop, number)

    assert found.sentences == [
        "Support: 3.5 h × €85.00 = €297.50", "Setup: €40.00", "Agreed reduction: −€7.50",
        "€297.50 + €40.00 − €7.50 = €330.00", "Total: €330.00",
    ]  # fmt: skip
    assert [line.worked_out for line in found.lines] == [297_50, 40_00, None]


def test_a_line_that_keeps_other_figures_than_its_amount_is_found_out(shop: Shop) -> None:
    shop.at(APRIL[0]).subscribe(shop.sell("Basic", 50_00), *APRIL)
    with shop.contexts.system(writes=True) as ctx:
        row = ctx.session.exec(select(InvoiceLine)).one()
        row.arithmetic = row.arithmetic | {"unit_amount": 60_00}
        ctx.session.add(row)

    [line] = why(shop, shop.invoices()[0].number).lines

    assert (line.amount, line.worked_out) == (50_00, 60_00)
    assert [(d.kept, d.derived) for d in verify(shop.contexts)] == [(50_00, 60_00)]


def test_1772_with_3900_prepaid_leaves_2128(shop: Shop) -> None:
    shop.sell("Plus", 14_77, tax_rate=Decimal(20))
    shop.at(APRIL[0]).subscribe(shop.sell("Free", 0), *APRIL)
    shop.as_staff("payments.record", amount=39_00, reference="A-1", received_on="2026-04-01")

    done = shop.switch("Plus")

    assert (done.total, done.done.credit_used, done.done.due) == (17_72, 17_72, 0)
    with shop.contexts.system() as ctx:
        assert ctx.session.get_one(Balance, (shop.ania.customer_id, "EUR")).credit == 21_28


def test_seats_in_the_price_are_told_with_and_without_a_base(shop: Shop) -> None:
    shop.set(fewer_seats="today")
    shop.at(MIDDLE).subscribe(shop.sell("Team", 10_00, included_seats=3, **SEATS), *APRIL, seats=5)

    assert why(shop, shop.invoices()[0].number).sentences[0] == (
        "Service, Team, €0.00 with 3 seats included + 2 more × €10.00 = €20.00"
    )
    shown = shop.preview("subscriptions.switch_plan", seats=2)
    assert [(line.working, line.amount) for line in shown.effect.lines[:2]] == [
        ("2 × €10.00 × 15 of 30 days, 16–30 April", -10_00),
        ("€0.00 × 15 of 30 days, 16–30 April", 0),
    ]
