"""Hours from the day they are worked to the invoice that has them, once."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from billing.errors import PortalError
from tests.billing.projects.agency import Agency, facts, figures

MARCH_2, MARCH_3, MARCH_12, APRIL_1 = date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 12), date(2026, 4, 1)


def test_a_month_of_hours_is_approved_questioned_corrected_and_invoiced_once(agency: Agency) -> None:
    agency.on(MARCH_12).start()
    agency.log(MARCH_2, "3.5")
    agency.log(MARCH_3, "4.25")
    agency.log(MARCH_3, "1.1", task="Review", person="Tomáš", rate=95_00)
    asked = agency.log(MARCH_12, "6", task="Meetings")
    agency.log(MARCH_12, "2", task="Hand-over", billable=False)
    shown = agency.shown()
    assert (shown.months[0].hours, shown.months[0].billable_hours, shown.months[0].waiting) == (
        Decimal("16.85"), Decimal("14.85"), 4,
    )  # fmt: skip
    assert shown.sentence == ("New website: 16.85 h were logged. 4 entries of hours wait for your approval.")

    agency.customer("projects.question_hours", entry=asked, question="Who was in these meetings?")
    approved = agency.customer("projects.approve_hours", month="2026-03")
    assert (approved.hours, approved.amount) == ("8.85 h", 763_25)
    first = agency.invoice_hours()

    assert [
        (line.description, line.quantity, line.unit_amount, line.amount) for line in agency.lines(first.invoice)
    ] == [("Build, Ilse", Decimal("7.75"), 85_00, 658_75), ("Review, Tomáš", Decimal("1.1"), 95_00, 104_50)]
    assert (first.total, first.due_on) == (923_53, date(2026, 3, 26))
    assert agency.refused(agency.rio, "projects.invoice_hours").code == "no_hours_to_invoice"

    corrected = agency.staff("projects.correct_hours", entry=asked, hours="4", answer="You, Pieter and I.")
    assert (corrected.hours, corrected.state) == (Decimal(4), "logged")
    assert agency.refused(agency.rio, "projects.invoice_hours").code == "no_hours_to_invoice"
    agency.customer("projects.approve_hours", entries=[asked])
    second = agency.on(APRIL_1).invoice_hours()
    assert [(line.description, line.quantity, line.amount) for line in agency.lines(second.invoice)] == [
        ("Meetings, Ilse", Decimal(4), 340_00)
    ]
    assert [(row.task, row.state, row.invoice) for row in agency.shown(month="2026-03").entries] == [
        ("Hand-over", "included", None), ("Meetings", "invoiced", second.invoice),
        ("Review", "invoiced", first.invoice),
        ("Build", "invoiced", first.invoice), ("Build", "invoiced", first.invoice),
    ]  # fmt: skip
    assert agency.differences() == []


def test_the_preview_is_the_invoice_to_the_cent(agency: Agency) -> None:
    agency.on(MARCH_12).start(rate=33_33)
    agency.log(MARCH_2, "0.33")
    agency.log(MARCH_3, "0.33")
    agency.log(MARCH_3, "0.07", task="Call")
    agency.customer("projects.approve_hours")

    done = agency.invoice_hours()

    shown = agency.previews[-1]
    assert figures(shown) == [
        ("Build, Ilse", 22_00), ("Call, Ilse", 2_33), ("VAT 21% of €24.33", 5_11), ("To pay", 29_44),
    ]  # fmt: skip
    assert (done.total, done.due) == (29_44, 29_44)
    assert facts(shown)["Billed then"] == "€29.44 of the budget of €12,100.00"
    assert [line.working for line in agency.lines(done.invoice)] == [
        ["Build, Ilse, 0.66 h × €33.33 = €22.00"], ["Call, Ilse, 0.07 h × €33.33 = €2.33"],
    ]  # fmt: skip


def test_the_credit_of_the_account_comes_off_by_itself_unless_that_is_switched_off(agency: Agency) -> None:
    from billing.models.payments import Payment
    from billing.posting import record_payment

    agency.on(MARCH_12).start()
    agency.log(MARCH_2, "1")
    agency.log(MARCH_3, "1")
    with agency.books() as ctx:
        payment = Payment(
            number="PAY-X", customer_id=agency.ania.customer_id or 0, currency="EUR", amount=50_00, status="succeeded",
            created_at=ctx.now, idempotency_key="x",
        )  # fmt: skip
        ctx.session.add(payment)
        ctx.session.flush()
        record_payment(ctx, payment, [])
    agency.customer("projects.approve_hours")

    part = agency.invoice_hours(until=MARCH_2)
    assert figures(agency.previews[-1])[-3:] == [("Total", 102_85), ("Your account credit", -50_00), ("To pay", 52_85)]
    assert (part.total, part.credit_used, part.due) == (102_85, 50_00, 52_85)
    rest = agency.invoice_hours()
    assert (rest.total, rest.credit_used, rest.due) == (102_85, 0, 102_85)
    assert agency.differences() == []


def test_hours_are_invoiced_without_approval_where_the_business_says_so_but_never_with_a_question(
    agency: Agency,
) -> None:
    agency.on(MARCH_12).start()
    agency.log(MARCH_2, "1")
    asked = agency.log(MARCH_3, "2")
    assert agency.refused(agency.rio, "projects.invoice_hours").message == (
        "New website has no hours that can be invoiced. Nothing was invoiced. Hours wait until they are approved."
    )
    agency.prefer("invoice_work", "done")
    agency.customer("projects.question_hours", entry=asked, question="Why two?")

    done = agency.invoice_hours()

    assert [line.quantity for line in agency.lines(done.invoice)] == [Decimal(1)]
    assert agency.differences() == []


def test_with_approvals_switched_off_hours_do_not_wait_for_them(agency: Agency) -> None:
    agency.on(MARCH_12).start()
    agency.log(MARCH_2, "1")
    agency.prefer("approve_work", False)

    assert agency.invoice_hours().total == 102_85


def test_hours_of_a_cancelled_invoice_can_be_invoiced_again(agency: Agency) -> None:
    from billing.models.invoices import Invoice, InvoiceStatus
    from billing.posting import void_invoice

    agency.on(MARCH_12).start()
    agency.log(MARCH_2, "2")
    agency.customer("projects.approve_hours")
    first = agency.invoice_hours()
    with agency.books() as ctx:
        invoice = ctx.session.get_one(Invoice, agency.invoice(first.invoice).id)
        void_invoice(ctx, invoice, "Wrong month")
    assert agency.invoice(first.invoice).status == InvoiceStatus.VOID
    assert agency.project().billed == 0

    again = agency.invoice_hours()

    assert again.invoice != first.invoice and again.total == first.total
    assert agency.project().billed == again.total
    assert agency.differences() == []


def test_a_question_takes_an_approval_back(agency: Agency) -> None:
    agency.on(MARCH_12).start()
    entry = agency.log(MARCH_2, "2")
    agency.customer("projects.approve_hours", entries=[entry])
    agency.customer("projects.question_hours", entry=entry, question="Was it not one hour?")

    assert agency.refused(agency.rio, "projects.invoice_hours").code == "no_hours_to_invoice"
    agency.customer("projects.approve_hours", entries=[entry])
    assert agency.invoice_hours().total == 205_70


@pytest.mark.parametrize(
    ("asked", "code", "field", "message"),
    [
        ({"hours": "0"}, "invalid_input", "hours", "A day has more than 0 and at most 24 hours."),
        ({"hours": "-2"}, "invalid_input", "hours", "A day has more than 0 and at most 24 hours."),
        ({"hours": "24.5"}, "invalid_input", "hours", "A day has more than 0 and at most 24 hours."),
        ({"hours": "1.333"}, "invalid_input", "hours", "Hours have at most two decimals: 20 minutes are 0.33."),
        ({"hours": "NaN"}, "invalid_input", "hours", "A day has more than 0 and at most 24 hours."),
        ({"hours": "21"}, "invalid_input", "hours",
         "Ilse has 4 h on 2 March 2026 already. A day has at most 24 hours."),
        ({"rate": -1}, "invalid_input", "rate", "Rate must be 0 or more."),
        ({"worked_on": date(2026, 3, 13)}, "day_ahead", "worked_on",
         "13 March 2026 is still to come. Enter a day up to today."),
        ({"milestone": 3}, "milestone_not_found", "milestone",
         "New website has no milestone 3. Choose one of the 0 that it has."),
        ({"project": "PRJ-1999-0001"}, "not_found", "project",
         "There is no project “PRJ-1999-0001” in this account. Check the number."),
        ({"task": " "}, "invalid_input", "task", "Task is missing."),
    ],
)  # fmt: skip
def test_bad_hours_get_a_sentence_and_nothing_is_kept(
    agency: Agency, asked: dict[str, object], code: str, field: str, message: str
) -> None:
    agency.on(MARCH_12).start()
    agency.log(MARCH_2, "4")
    good = {"task": "Build", "person": "Ilse", "hours": "1", "worked_on": MARCH_2}

    refused = agency.refused(agency.rio, "projects.log_hours", **good | asked)

    assert (refused.code, refused.field, refused.message) == (code, field, message)
    assert [row.hours for row in agency.shown().entries] == [Decimal(4)]


def test_what_is_settled_stays(agency: Agency) -> None:
    agency.on(MARCH_12).start()
    entry = agency.log(MARCH_2, "4")
    included = agency.log(MARCH_2, "1", billable=False)
    agency.customer("projects.approve_hours", entries=[entry])
    assert agency.refused(agency.ania, "projects.approve_hours", entries=[entry]).message == (
        f"{entry} is approved already. Nothing was changed."
    )
    assert agency.refused(agency.ania, "projects.approve_hours", entries=[included]).code == "hours_not_billable"
    assert agency.refused(agency.ania, "projects.approve_hours").code == "no_hours_to_approve"
    number = agency.invoice_hours().invoice

    for actor, action, more in (
        (agency.rio, "projects.correct_hours", {"hours": "3"}),
        (agency.ania, "projects.question_hours", {"question": "Why?"}),
    ):
        refused = agency.refused(actor, action, entry=entry, **more)
        assert (refused.code, refused.message) == (
            "hours_settled", f"{entry} is on {number} already. Nothing was changed.",
        )  # fmt: skip


def test_hours_are_listed_fifty_a_page_with_the_same_number_of_statements(agency: Agency) -> None:
    from sqlalchemy import event

    agency.on(date(2026, 4, 30)).start()

    def statements() -> int:
        seen: list[str] = []

        def note(*arguments: object) -> None:
            seen.append(str(arguments[2]))

        event.listen(agency.contexts.engine, "before_cursor_execute", note)
        agency.shown()
        event.remove(agency.contexts.engine, "before_cursor_execute", note)
        return len([one for one in seen if one.startswith("SELECT") and "preference" not in one])

    agency.log(date(2026, 4, 1), "0.25")
    few = statements()
    for day in range(2, 31):
        for _ in range(2):
            agency.log(date(2026, 4, day), "0.25")

    shown = agency.shown()
    assert (len(shown.entries), shown.pages, shown.months[0].hours) == (50, 2, Decimal("14.75"))
    assert len(agency.shown(page=2).entries) == 9
    assert few == statements() <= 6


def test_hours_are_told_by_day_and_person(agency: Agency) -> None:
    agency.on(MARCH_12).start()
    agency.log(date(2026, 2, 28), "8")
    agency.log(MARCH_2, "3.5")
    agency.log(MARCH_3, "4.25")
    agency.log(MARCH_3, "1.1", task="Review", person="Tomáš Bělohlávek")
    agency.log(MARCH_12, "2", task="Hand-over", billable=False)

    march = agency.customer("projects.hours", since="2026-03-01", until="2026-03-12")
    assert [(one.person, one.hours, one.entries) for one in march.people] == [
        ("Ilse", Decimal("9.75"), 3), ("Tomáš Bělohlávek", Decimal("1.1"), 1),
    ]  # fmt: skip
    assert march.hours == Decimal("10.85") and len(march.entries) == 4
    assert march.hours == agency.shown(month="2026-03").months[0].hours, "a month's sum is the sum of its days"
    assert agency.customer("projects.hours").hours == Decimal("18.85"), "without days it is all of it"

    one = agency.customer("projects.hours", since="2026-03-03", until="2026-03-03", person="tomas")
    assert [(row.task, row.hours) for row in one.entries] == [("Review", Decimal("1.1"))], "accents need not be typed"
    nothing = agency.customer("projects.hours", since="2026-03-12", person="Tomáš")
    assert (nothing.hours, nothing.entries, nothing.people) == (0, [], [])
    with pytest.raises(PortalError, match="Nobody called “Marit” has worked on New website"):
        agency.customer("projects.hours", person="Marit")
