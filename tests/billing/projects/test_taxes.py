"""The taxes of a customer and their country hold for the invoices of projects, and for the budget beside them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from sqlmodel import select

from billing.models.people import Customer
from billing.models.taxes import TaxRate
from tests.billing.projects.agency import Agency, figures

MARCH_12 = date(2026, 3, 12)


def worked(agency: Agency) -> Agency:
    agency.on(MARCH_12).start(budget=1_000_00, rate=100_00)
    agency.log(MARCH_12, "1.5")
    agency.customer("projects.approve_hours")
    return agency


def test_two_taxes_of_a_country_are_each_added_once(agency: Agency) -> None:
    with agency.books() as ctx:
        for label, percent in (("GST", "5"), ("QST", "9.975")):
            ctx.session.add(TaxRate(code=label.lower(), label=label, percent=Decimal(percent), country="NL"))

    done = worked(agency).invoice_hours()

    assert figures(agency.previews[-1]) == [
        ("Build, Ilse", 150_00), ("GST 5% of €150.00", 7_50), ("QST 9.975% of €150.00", 14_96), ("To pay", 172_46),
    ]  # fmt: skip
    row = agency.project()
    assert (done.total, row.budget, row.billed) == (172_46, 1_149_75, 172_46)
    assert agency.differences() == []


def test_a_tax_that_prices_contain_is_said_and_adds_nothing(agency: Agency) -> None:
    with agency.books() as ctx:
        ctx.session.add(TaxRate(code="ct", label="CT", percent=Decimal(10), country="NL", inclusive=True))

    done = worked(agency).invoice_hours()

    assert figures(agency.previews[-1])[1:] == [("CT 10% of €136.36", 0), ("To pay", 150_00)]
    assert (done.total, agency.invoice(done.invoice).tax_included, agency.project().budget) == (150_00, 13_64, 1_000_00)
    assert agency.differences() == []


def test_who_is_exempt_pays_no_tax(agency: Agency) -> None:
    with agency.books() as ctx:
        ctx.session.exec(select(Customer)).one().tax_exempt = True

    done = worked(agency).invoice_hours()

    assert figures(agency.previews[-1]) == [("Build, Ilse", 150_00), ("To pay", 150_00)]
    assert (done.total, agency.project().budget) == (150_00, 1_000_00)
    assert agency.differences() == []
