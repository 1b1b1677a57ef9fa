"""Work is invoiced once, whoever asks at the same time, and the books' proof notices where it isn't."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from sqlmodel import select

from billing import dispatch
from billing.errors import PortalError
from billing.models.invoices import InvoiceLine
from billing.models.projects import Milestone, TimeEntry
from billing.registry import Channel
from tests.billing.projects.agency import Agency

MARCH_12 = date(2026, 3, 12)


def ready(agency: Agency) -> Agency:
    agency.on(MARCH_12).start()
    agency.step("Design", 1_000_00)
    agency.staff("projects.finish_milestone")
    agency.customer("projects.approve_milestone")
    agency.log(MARCH_12, "2.5")
    agency.log(MARCH_12, "1")
    agency.customer("projects.approve_hours")
    return agency


@pytest.mark.parametrize("action", ["projects.invoice_hours", "projects.invoice_milestone"])
def test_eight_at_once_make_one_invoice(agency: Agency, action: str) -> None:
    ready(agency)

    def ask(_: int) -> str:
        try:
            return str(dispatch.run(agency.contexts, action, {}, agency.rio, Channel.SHELL).invoice)
        except PortalError as error:
            return error.code

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(8)))

    refused = "no_hours_to_invoice" if action.endswith("hours") else "invalid_input"
    assert sorted(answers) == sorted(["RT-2026-0001", *[refused] * 7])
    assert agency.differences() == []


def test_the_proof_notices_hours_that_changed_after_their_invoice(agency: Agency) -> None:
    number = ready(agency).invoice_hours().invoice
    with agency.books() as ctx:
        ctx.session.exec(select(TimeEntry)).all()[0].hours *= 2

    assert agency.differences() == [f"hours of invoice (in hundredths, by rate) {number}: kept 350, derived 600"]


def test_the_proof_notices_a_line_that_is_not_hours_times_rate(agency: Agency) -> None:
    number = ready(agency).invoice_hours().invoice
    with agency.books() as ctx:
        ctx.session.exec(select(InvoiceLine)).one().unit_amount = 90_00

    assert f"amount of a line of hours {number}, line 1: kept 29750, derived 3.5 at 9000" in agency.differences()


def test_the_proof_notices_a_milestone_that_is_not_what_was_billed(agency: Agency) -> None:
    ready(agency).staff("projects.invoice_milestone")
    with agency.books() as ctx:
        ctx.session.exec(select(Milestone)).one().amount = 900_00

    [difference] = agency.differences()
    assert difference.startswith("milestone's amount on its invoice PRJ-2026-0001, milestone 1")
