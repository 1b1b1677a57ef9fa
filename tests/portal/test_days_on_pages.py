"""A day that is shown without its year is of this year: each page, asked about days on both sides of a new year."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from billing.actions.home import Renewal
from billing.actions.preferences import PreferenceField
from billing.actions.projects import MilestoneRow, ProjectRow
from billing.invoices.detail import Applied, InvoiceDetail
from billing.invoices.rows import InvoiceRow, Mark
from billing.preference_fields import Kind
from portal.days import said_short_day
from portal.pages.home_state import project_item, renewal_line
from portal.pages.invoice_drawer_state import sheet_of
from portal.pages.invoices_state import invoice_item
from portal.pages.preferences_rows import group_item
from portal.pages.projects_rows import headline, step_item

DECEMBER, JANUARY = date(2026, 12, 29), date(2027, 1, 20)
ROW = InvoiceRow(
    number="RT-2026-0412", kind="invoice", title="Monthly services", currency="EUR", issued_on=DECEMBER,
    due_on=JANUARY, status="open", mark=Mark.OPEN, status_words="Open", total=121_00, due=100_00, credit_left=0,
    payable=True,
)  # fmt: skip


def project(step: MilestoneRow) -> ProjectRow:
    return ProjectRow(
        number="PRJ-1", name="Showroom", currency="EUR", budget=0, budget_without_tax=0, billed=0, paid=0,
        percent_billed=0, on_schedule=False, milestones=[step],
    )  # fmt: skip


def step(due_on: date | None) -> MilestoneRow:
    return MilestoneRow(position=1, name="Build", amount=0, state="active", due_on=due_on, invoice=None)


def invoice(today: date) -> list[str]:
    """What the drawer says of an invoice of December, partly paid on the day on which it was issued."""
    detail = InvoiceDetail(
        row=ROW, subtotal=121_00, total=121_00, due=100_00, tax=0, written_off=0, lines=[], taxes=[], discounts=[],
        bill_to={}, purchase_order="", note="",
        period_start=DECEMBER, period_end=date(2026, 12, 31),
        settled=[Applied(kind="payment", label="Card payment", reference="PAY-1", on=DECEMBER, amount=21_00)],
    )  # fmt: skip
    sheet = sheet_of(detail, today)
    return [sheet.when, *sheet.about, *[line.note for line in sheet.lines if line.note]]


@pytest.mark.parametrize(
    ("today", "last", "next_"), [(DECEMBER, "29 Dec", "20 Jan 2027"), (JANUARY, "29 Dec 2026", "20 Jan")]
)
def test_a_short_day_says_the_year_that_is_not_this_one(today: date, last: str, next_: str) -> None:
    assert (said_short_day(DECEMBER, today), said_short_day(JANUARY, today)) == (last, next_)
    assert said_short_day(None, today) == ""


@pytest.mark.parametrize(("today", "said"), [(DECEMBER, "20 Jan 2027"), (JANUARY, "20 Jan")])
def test_lists_on_a_phone_and_steps_of_projects_say_it(today: date, said: str) -> None:
    renewal = Renewal(subscription="SUB-1", name="Hosting", seats=None, on=JANUARY, amount=100, currency="EUR")

    assert invoice_item(ROW, today).phone_line == f"RT-2026-0412 · due {said}"
    assert step_item(step(JANUARY), "EUR", today).when == f"By {said}"
    assert project_item(project(step(JANUARY)), today).steps[0].words == f"By {said}"
    assert renewal_line(renewal, today).day == said


def test_a_step_that_is_late_since_last_year_says_so() -> None:
    assert headline(project(step(DECEMBER)), JANUARY).endswith("“Build” was planned for 29 Dec 2026.")
    assert step_item(step(None), "EUR", JANUARY).when == "Later"


def test_the_drawer_says_it_of_every_day() -> None:
    assert invoice(date(2026, 12, 30)) == [
        "Due 20 January 2027, in 21 days. Issued 29 December.",
        "For 29–30 December.",
        "29 December",
    ]
    assert invoice(JANUARY) == [
        "Due Wednesday 20 January, today. Issued 29 December 2026.",
        "For 29 to 30 December 2026.",
        "29 December 2026",
    ]


@pytest.mark.parametrize(("now", "said"), [(DECEMBER, "29 December"), (JANUARY, "29 December 2026")])
def test_a_preference_says_since_when_it_differs(now: date, said: str) -> None:
    field = PreferenceField.model_validate(
        {"name": "may_pay", "title": "Pay", "group": "Paying", "help": "", "optional": False,
         "kind": Kind.SWITCH, "value": False, "default": True, "words": "Off", "default_words": "On",
         "since": datetime(2026, 12, 29, 9, tzinfo=UTC)}
    )  # fmt: skip
    noon = datetime(now.year, now.month, now.day, 12, tzinfo=UTC)

    assert group_item("Paying", 1, [field], noon).fields[0].since == said
