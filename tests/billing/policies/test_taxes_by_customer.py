"""Whose taxes a line bears: the plan's own, the country's, the customer's, or none."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from sqlmodel import col, select

from billing.models.invoices import Invoice, InvoiceTax
from billing.models.people import Customer
from billing.verify import verify
from tests.billing.policies.shop import Shop

APRIL = (date(2026, 4, 1), date(2026, 5, 1))


def taxes_of_first(shop: Shop) -> list[tuple[str, int, int]]:
    with shop.contexts.system() as ctx:
        rows = ctx.session.exec(select(InvoiceTax).join(Invoice).order_by(col(InvoiceTax.id))).all()
        return [(row.label, row.base, row.amount) for row in rows]


def billed(shop: Shop, price: int = 100_00) -> Invoice:
    shop.at(APRIL[0]).subscribe(shop.sell("Basic", price, tax_rate=Decimal(21)), *APRIL)
    return shop.invoices()[0]


def test_the_plans_own_rate_is_the_last_resort(shop: Shop) -> None:
    shop.tax("19", "VAT 19%", country="DE")
    shop.tax("7", "Old tax", active=False)

    assert billed(shop).total == 121_00
    assert taxes_of_first(shop) == [("VAT 21%", 100_00, 21_00)]


def test_the_countrys_rates_all_apply_to_the_same_amount(shop: Shop) -> None:
    shop.tax("5", "GST 5%")
    shop.tax("9.975", "QST 9.975%")

    assert billed(shop).total == 114_98
    assert taxes_of_first(shop) == [("GST 5%", 100_00, 5_00), ("QST 9.975%", 100_00, 9_98)]


def test_a_customers_own_rates_stand_for_those_of_the_country(shop: Shop) -> None:
    shop.tax("19", "VAT 19%")
    shop.tax("0", "Reverse charge 0%", country="", customer_id=shop.ania.customer_id)

    assert billed(shop).total == 100_00
    assert taxes_of_first(shop) == [("Reverse charge 0%", 100_00, 0)]


def test_who_is_exempt_pays_none(shop: Shop) -> None:
    shop.tax("19", "VAT 19%")
    with shop.contexts.system(writes=True) as ctx:
        ctx.session.exec(select(Customer)).one().tax_exempt = True

    assert (billed(shop).total, taxes_of_first(shop)) == (100_00, [])


@pytest.mark.parametrize(
    ("rates", "total", "tax"),
    [
        ((("21", True),), 121_00, 21_00),
        ((("20", True), ("5", True)), 121_00, 24_20),
        ((("10", True), ("10", False)), 132_00, 22_00),
    ],
)
def test_prices_may_contain_some_of_the_taxes(
    shop: Shop, rates: tuple[tuple[str, bool], ...], total: int, tax: int
) -> None:
    for percent, inclusive in rates:
        shop.tax(percent, f"Tax {percent} {inclusive}", inclusive=inclusive)

    invoice = billed(shop, 121_00)

    assert (invoice.total, invoice.tax) == (total, tax)


def test_a_rate_that_rose_is_given_back_as_it_was_and_charged_as_it_is(shop: Shop) -> None:
    """Both are called VAT: 16 of 31 days of 50.00 with 21 %, and of 100.00 with 25 %."""
    shop.at(date(2026, 3, 1)).tax("21", "VAT")
    shop.subscribe(shop.sell("Basic", 50_00), date(2026, 3, 1), date(2026, 4, 1))
    plus = shop.sell("Plus", 100_00)
    shop.as_staff("taxes.remove", tax="vat")
    shop.as_staff("taxes.add", label="VAT", percent="25", country="NL", code="vat-25")

    done = shop.at(date(2026, 3, 16)).switch(plus)

    assert done.total == (51_61 + 12_90) - (25_81 + 5_42)
    said = shop.ask("invoices.why", number=done.done.invoice).sentences
    assert said[3:5] == ["VAT 21% of −€25.81 = −€5.42", "VAT 25% of €51.61 = €12.90"]
    shown = shop.ask("invoices.show", number=done.done.invoice)
    assert [(tax.label, tax.amount) for tax in shown.taxes] == [("VAT 21%", -5_42), ("VAT 25%", 12_90)]

    shop.as_staff("invoices.credit", invoice=done.done.invoice, reason="A promise")
    assert [invoice.total for invoice in shop.invoices()[-2:]] == [done.total, -done.total]
    assert verify(shop.contexts) == []
