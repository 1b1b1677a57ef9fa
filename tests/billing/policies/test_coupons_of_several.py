"""Coupons where more than one thing is billed: they come off what they are for, and so does the tax."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from sqlmodel import select

from billing.models.invoices import InvoiceTax
from billing.verify import verify
from tests.billing.policies.shop import APRIL, Shop

TEN = {"code": "TEN", "percent": Decimal(10), "duration": "forever"}


def taxes(shop: Shop, number: str | None) -> dict[str, tuple[int, int]]:
    """Base and amount of each tax of a document."""
    invoice = shop.invoice(number or "")
    with shop.contexts.system() as ctx:
        rows = ctx.session.exec(select(InvoiceTax).where(InvoiceTax.invoice_id == invoice.id)).all()
        return {row.label: (row.base, row.amount) for row in rows}


def test_a_coupon_lowers_the_tax_of_its_own_subscription_alone(shop: Shop) -> None:
    shop.at(APRIL[0])
    shop.subscribe(
        shop.sell("Books", 100_00, tax_rate=Decimal(21)), *APRIL, billed=False, coupons=[TEN | {"scope": "invoice"}]
    )
    shop.subscribe(shop.sell("Bread", 100_00, tax_rate=Decimal(9)), *APRIL, billed=False, number="SUB-2")
    shown = shop.ask("home.show").renewals

    shop.at(APRIL[1]).renew()

    joint = shop.invoices()[-1]
    assert taxes(shop, joint.number) == {"VAT 21%": (90_00, 18_90), "VAT 9%": (100_00, 9_00)}
    assert [joint.total] == [217_90] == [sum(renewal.amount for renewal in shown)]

    shop.as_staff("invoices.credit", invoice=joint.number, lines=[{"line": 2}], reason="Not baked")
    assert taxes(shop, shop.invoices()[-1].number) == {"VAT 9%": (-100_00, -9_00)}
    shop.as_staff("invoices.credit", invoice=joint.number, lines=[{"line": 1}], reason="Not printed")
    assert taxes(shop, shop.invoices()[-1].number) == {"VAT 21%": (-90_00, -18_90)}
    assert [note.total for note in shop.invoices()[-2:]] == [-109_00, -108_90]
    assert verify(shop.contexts) == []


def test_a_coupon_for_the_plan_takes_nothing_off_an_add_on_where_tax_comes_first(shop: Shop) -> None:
    shop.set(order="tax_coupons_credits")
    plan = shop.at(APRIL[0]).sell("Basic", 100_00, tax_rate=Decimal(25))
    shop.subscribe(plan, *APRIL, coupons=[TEN], add_ons=[("Backup", 20_00, 1)])
    shop.tax("25", "VAT 25%")

    first = shop.invoices()[0]
    assert (first.subtotal, first.discount, first.tax, first.total) == (120_00, 10_00, 25_00, 135_00)

    shop.at(date(2026, 4, 15)).do("subscriptions.cancel", when="now")  # 15 of 30 days
    note = shop.invoices()[-1]
    assert (note.subtotal, note.discount, note.tax, note.total) == (-60_00, -5_00, -12_50, -67_50)
    assert verify(shop.contexts) == []


def test_a_period_that_costs_nothing_has_its_invoice_from_the_first_one_on(shop: Shop) -> None:
    shop.at(APRIL[0]).coupon(code="FREE", percent=Decimal(100), duration="periods", periods=2)
    shop.sell("Basic", 100_00)

    started = shop.do("subscriptions.start", plan="Service Basic", coupon="FREE")
    shop.at(APRIL[1]).renew()
    shop.at(date(2026, 6, 1)).renew()

    first, second, third = shop.invoices()
    assert (started.invoice, started.due, first.status) == (first.number, 0, "paid")
    assert [(i.total, i.status) for i in (second, third)] == [(0, "paid"), (100_00, "open")]
    assert verify(shop.contexts) == []
