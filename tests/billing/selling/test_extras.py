"""Add-ons, coupons, taxes by country and customer, and who bears none."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest

from billing import dispatch
from billing.errors import PortalError
from billing.registry import Channel
from tests.billing.selling.shop import Shop, taxes_of

MARCH_12 = date(2026, 3, 12)


def test_an_add_on_is_sold_and_withdrawn(shop: Shop) -> None:
    shop.hosting()
    made = shop.do("add_ons.create", name="Extra storage", currency="KWD", unit_amount=1_250, product="hosting",
                   tax_percent=5)  # fmt: skip
    assert shop.facts() == {
        "Price without tax": "KWD 1.250, each period", "Tax": "5%", "Sold beside": "plans of Hosting",
        "Code": "hosting-extra-storage-kwd",
    }  # fmt: skip
    shop.do("add_ons.create", name="Move", currency="EUR", unit_amount=150_00, recurring=False)
    assert shop.facts()["Price without tax"] == "€150.00, once"

    shop.do("add_ons.withdraw", add_on=made.add_on)

    assert [(a.name, a.offered) for a in shop.do("add_ons.list").rows] == [("Move", True), ("Extra storage", False)]
    assert shop.refused("add_ons.withdraw", add_on=made.add_on).message == (
        "Extra storage was withdrawn before. Nothing more is needed."
    )
    assert shop.refused("add_ons.create", name="Move", currency="EUR", unit_amount=1).message == (
        "The code “move-eur” is taken. Nothing was added. Choose another code."
    )
    assert shop.refused("add_ons.create", name="X", currency="EUR", unit_amount=1, product="Mail").message == (
        "There is no product “Mail”. Choose one from the list."
    )
    assert shop.refused("add_ons.create", name="X", currency="EUR", unit_amount=-1).code == "invalid_input"


def test_coupons_say_what_they_take_off(shop: Shop) -> None:
    shop.on(MARCH_12).hosting()
    shop.do("coupons.create", code=" summer 20 ", percent="20", duration="periods", periods=3, most_uses=50,
            most_uses_per_customer=1, plans=["hosting-growth-month-eur"], redeem_by=MARCH_12)  # fmt: skip
    assert shop.facts() == {
        "Takes off": "20% off the plan, for 3 periods", "Plans": "hosting-growth-month-eur",
        "Last day": "12 March 2026", "Uses": "50 uses in all, 1 a customer", "Beside other coupons": "yes",
    }  # fmt: skip
    shop.do("coupons.create", code="FIVE", amount=5_000, currency="KWD", scope="invoice", duration="forever",
            combines=False)  # fmt: skip
    assert (shop.facts()["Takes off"], shop.facts()["Uses"]) == ("KWD 5.000 off the invoice, for good",
                                                                 "any number of uses")  # fmt: skip
    assert [(c.coupon, c.percent, c.amount, c.uses) for c in shop.do("coupons.list").rows] == [
        ("FIVE", 0, 5_000, 0), ("SUMMER20", 20, 0, 0),
    ]  # fmt: skip

    shop.do("coupons.withdraw", coupon="five")

    assert [(c.coupon, c.offered) for c in shop.do("coupons.list").rows] == [("SUMMER20", True), ("FIVE", False)]
    assert shop.audit()[-1] == "Rio Aalbers withdrew a coupon: FIVE can not be redeemed any more."
    assert shop.refused("coupons.withdraw", coupon="FIVE").code == "withdrawn"


@pytest.mark.parametrize(
    ("asked", "code", "field", "message"),
    [
        ({}, "invalid_input", "percent", "Say what the coupon takes off: a percentage or an amount."),
        ({"percent": 101}, "invalid_input", "percent", "A percentage goes from 0 to 100."),
        ({"percent": -5}, "invalid_input", "percent", "A percentage goes from 0 to 100."),
        ({"percent": 10, "amount": 5, "currency": "EUR"}, "invalid_input", "amount",
         "A coupon takes off a percentage or an amount, not both."),
        ({"amount": 500}, "invalid_input", "currency", "Say in which currency the amount is."),
        ({"amount": -500, "currency": "EUR"}, "invalid_input", "amount",
         "Amount must be 0 or more."),
        ({"percent": 10, "duration": "periods"}, "invalid_input", "periods", "Say for how many periods."),
        ({"percent": 10, "periods": 2}, "invalid_input", "periods",
         "Only a coupon that lasts for periods has a number of them."),
        ({"percent": 10, "duration": "periods", "periods": 0}, "invalid_input", "periods",
         "Periods must be 1 or more."),
        ({"percent": 10, "most_uses": 3, "most_uses_per_customer": 4}, "invalid_input", "most_uses_per_customer",
         "One customer can not use it more often than all together."),
        ({"percent": 10, "redeem_by": date(2026, 3, 11)}, "dates_out_of_order", "redeem_by",
         "The last day, 11 March 2026, comes before today, 12 March 2026. Change one of the two days."),
        ({"percent": 10, "plans": ["gone"]}, "unknown_code", "plans",
         "There is no plan “gone”. Choose one from the list."),
        ({"amount": 500, "currency": "USD", "plans": ["hosting-growth-month-eur"]}, "coupon_unlike", "plans",
         "NEW takes off USD, and hosting-growth-month-eur is sold in EUR. Choose plans in USD."),
        ({"code": "<X>", "percent": 10}, "invalid_input", "code",
         "Code can have letters, digits, dots and hyphens, and starts with a letter or a digit."),
        ({"amount": 10**15 + 1, "currency": "USD"}, "invalid_input", "amount",
         "Amount must be US$10,000,000,000,000.00 or less."),
        ({"code": "OLD", "percent": 10}, "code_taken", "code",
         "The code “OLD” is taken. Nothing was added. Choose another code."),
    ],
)  # fmt: skip
def test_a_coupon_that_does_not_fit_is_refused(
    shop: Shop, asked: dict[str, Any], code: str, field: str, message: str
) -> None:
    shop.on(MARCH_12).hosting()
    shop.do("coupons.create", code="OLD", percent=5)

    refused = shop.refused("coupons.create", **{"code": "NEW", **asked})

    assert (refused.code, refused.field, refused.message) == (code, field, message)


def test_a_customers_rates_stand_for_the_countrys_and_these_for_the_plans(shop: Shop) -> None:
    for number, country in (("C-NL", "NL"), ("C-CA", "CA"), ("C-JP", "JP")):
        shop.customer(number, country)
    gst = shop.do("taxes.add", label="GST", percent=5, country="ca")
    assert shop.facts() == {
        "Rate": "5%, added to prices", "For": "Canada", "Stands for": "the rates of plans, from the next invoice on",
    }  # fmt: skip
    shop.do("taxes.add", label="QST", percent="9.975", country="CA")
    assert shop.facts()["Beside"] == "GST 5%"
    shop.do("taxes.add", label="Consumption tax", percent=10, country="JP", inclusive=True)
    shop.do("taxes.add", label="Reduced", percent=0, customer="C-JP")

    def taxes(number: str) -> list[tuple[str, str]]:
        with shop.as_customer(number) as ctx:
            return taxes_of(ctx)

    assert taxes("C-NL") == [("VAT 21%", "21")]
    assert taxes("C-CA") == [("GST", "5"), ("QST", "9.975")]
    assert taxes("C-JP") == [("Reduced", "0")]
    shop.do("taxes.remove", tax="c-jp-reduced")
    assert taxes("C-JP") == [("Consumption tax", "10 incl.")]
    shop.do("taxes.remove", tax=gst.tax)
    assert taxes("C-CA") == [("QST", "9.975")]
    assert shop.refused("taxes.remove", tax=gst.tax).message == (
        "GST for Canada was withdrawn before. Nothing more is needed."
    )

    shop.do("customers.exempt", at="C-CA", exempt=True, reason="Embassy")
    assert taxes("C-CA") == []
    assert shop.audit()[-1] == "Rio Aalbers confirmed “Charge no tax to Customer C-CA”."
    shop.do("customers.exempt", at="C-CA", exempt=False)
    assert taxes("C-CA") == [("QST", "9.975")]


def test_eight_at_once_give_a_country_a_tax_once(shop: Shop) -> None:
    def ask(place: int) -> str:
        asked = {"label": "MwSt", "percent": 19, "country": "DE", "code": f"de-{place}"}
        try:
            return str(dispatch.run(shop.contexts, "taxes.add", asked, shop.rio, Channel.SHELL).tax)
        except PortalError as error:
            return error.code

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(8)))

    assert answers.count("label_taken") == 7
    assert len(shop.do("taxes.list").rows) == 1


@pytest.mark.parametrize(
    ("asked", "code", "field", "message"),
    [
        ({"country": "ZZ"}, "invalid_input", "country",
         "“ZZ” is not a country. Use its two letters, such as NL."),
        ({"country": "Netherlands"}, "invalid_input", "country",
         "“Netherlands” is not a country. Use its two letters, such as NL."),
        ({}, "invalid_input", "country", "Say for which country or for which customer it is, not both."),
        ({"country": "NL", "customer": "C-1"}, "invalid_input", "country",
         "Say for which country or for which customer it is, not both."),
        ({"customer": "C-9"}, "unknown_code", "customer", "There is no customer “C-9”. Choose one from the list."),
        ({"country": "NL", "percent": "21.00001"}, "invalid_input", "percent",
         "A percentage has at most four decimals."),
        ({"country": "NL", "percent": "a fifth"}, "invalid_input", "percent", "A percentage goes from 0 to 100."),
        ({"country": "DE", "label": "mwst"}, "label_taken", "label",
         "Germany has a tax called “mwst” already. Remove that one first, or choose another name."),
        ({"country": "NL", "code": "de-mwst"}, "code_taken", "code",
         "The code “de-mwst” is taken. Nothing was added. Choose another code."),
    ],
)  # fmt: skip
def test_a_tax_that_does_not_fit_is_refused(
    shop: Shop, asked: dict[str, Any], code: str, field: str, message: str
) -> None:
    shop.customer("C-1")
    shop.do("taxes.add", label="MwSt", percent=19, country="DE")

    refused = shop.refused("taxes.add", **{"label": "VAT", "percent": 21, **asked})

    assert (refused.code, refused.field, refused.message) == (code, field, message)


def test_an_exemption_needs_an_account_and_a_reason(shop: Shop) -> None:
    shop.customer("C-1")
    assert shop.refused("customers.exempt", at="C-1").message == (
        "Say why no tax is charged, such as the number of the exemption."
    )
    assert shop.refused("customers.exempt", at="C-1", exempt=False).code == "nothing_to_change"
    assert shop.refused("customers.exempt", reason="x").code == "no_account"
