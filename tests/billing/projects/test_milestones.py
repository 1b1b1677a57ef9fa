"""A project from its first step to its last: done, approved, invoiced once each, and seen against the budget."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from billing.models.invoices import Invoice, InvoiceKind
from billing.models.payments import Payment, PaymentAllocation, PaymentStatus
from billing.posting import apply_credit, issue_credit_note, record_payment
from billing.rules.totals import NewLine
from tests.billing.projects.agency import Agency, facts, figures

JANUARY_5, FEBRUARY_2, MARCH_12 = date(2026, 1, 5), date(2026, 2, 2), date(2026, 3, 12)


def test_a_project_of_three_steps(agency: Agency) -> None:
    agency.on(JANUARY_5).start(budget=9_000_00)
    agency.step("Design", 3_000_00, date(2026, 1, 30))
    agency.step("Build", 4_000_00, date(2026, 3, 31))
    agency.step("Launch", 2_500_00)
    assert agency.previews[-1].effect.warning == "The milestones are €500.00 above the budget."
    assert [(m.name, m.state) for m in agency.project().milestones] == [
        ("Design", "active"), ("Build", "planned"), ("Launch", "planned"),
    ]  # fmt: skip

    agency.on(FEBRUARY_2)
    assert not agency.project().on_schedule
    agency.staff("projects.finish_milestone")
    assert [(m.state, m.waits) for m in agency.project().milestones[:2]] == [("done", True), ("active", False)]
    assert agency.refused(agency.rio, "projects.invoice_milestone", milestone=1).message == (
        "Möller & Kowalczyk has not approved “Design” yet. Nothing was invoiced. Ask for the approval first."
    )
    agency.customer("projects.approve_milestone")
    invoiced = agency.staff("projects.invoice_milestone")

    assert figures(agency.previews[-1]) == [
        ("Milestone 1 of 3: Design", 3_000_00), ("VAT 21% of €3,000.00", 630_00), ("To pay", 3_630_00),
    ]  # fmt: skip
    assert facts(agency.previews[-1]) == {
        "To pay by": "16 February 2026", "Billed then": "€3,630.00 of the budget of €10,890.00",
    }  # fmt: skip
    assert (invoiced.title, invoiced.total, invoiced.due) == ("Milestone 1 of 3, New website", 3_630_00, 3_630_00)
    row = agency.project()
    assert (row.budget, row.billed, row.paid, row.outstanding, row.left) == (
        10_890_00, 3_630_00, 0, 3_630_00, 7_260_00,
    )  # fmt: skip
    assert agency.refused(agency.rio, "projects.invoice_milestone", milestone=1).message == (
        f"“Design” is on {invoiced.invoice} already. Nothing was invoiced again."
    )
    assert agency.differences() == []


def test_what_is_paid_credited_and_corrected_is_seen_against_the_budget(agency: Agency) -> None:
    agency.on(JANUARY_5).start(budget=9_000_00)
    agency.step("Design", 1_000_00)
    agency.staff("projects.finish_milestone")
    agency.customer("projects.approve_milestone")
    number = agency.staff("projects.invoice_milestone").invoice
    with agency.books() as ctx:
        invoice = ctx.session.get_one(Invoice, agency.invoice(number).id)
        payment = Payment(
            number="PAY-1", customer_id=invoice.customer_id, currency="EUR", amount=500_00,
            status=PaymentStatus.SUCCEEDED, created_at=ctx.now, idempotency_key="p",
        )  # fmt: skip
        ctx.session.add(payment)
        ctx.session.flush()
        share = PaymentAllocation(payment_id=payment.id or 0, invoice_id=invoice.id or 0, amount=500_00)
        record_payment(ctx, payment, [(invoice, share)])
    row = agency.project()
    assert (row.billed, row.paid, row.outstanding) == (1_210_00, 500_00, 710_00)

    with agency.books() as ctx:
        invoice = ctx.session.get_one(Invoice, agency.invoice(number).id)
        note = Invoice(
            customer_id=invoice.customer_id, kind=InvoiceKind.CREDIT_NOTE, title="Less was done", currency="EUR",
            issued_on=ctx.now.date(), created_at=ctx.now, corrects_id=invoice.id,
        )  # fmt: skip
        issue_credit_note(ctx, note, [NewLine("Less was done", -100_00, -100_00, tax_rate=Decimal(21))])
        apply_credit(ctx, invoice)

    row = agency.project()
    assert (row.billed, row.paid, row.outstanding, row.left) == (1_089_00, 500_00, 589_00, 9_801_00)
    assert agency.differences() == []


def test_steps_are_refused_in_the_wrong_order(agency: Agency) -> None:
    agency.on(MARCH_12).start()
    agency.step("Design", 1_000_00, date(2026, 4, 1))
    agency.step("Build", 2_000_00, date(2026, 5, 1))

    assert agency.refused(agency.ania, "projects.approve_milestone", milestone=1).message == (
        "“Design” is not finished yet. Nothing was changed. It can be approved once it is finished."
    )
    assert agency.refused(agency.ania, "projects.approve_milestone").message == (
        "No milestone waits for your approval."
    )
    assert agency.refused(agency.rio, "projects.invoice_milestone", milestone=2).code == "milestone_not_done"
    assert agency.refused(agency.rio, "projects.invoice_milestone", milestone=7).message == (
        "New website has no milestone 7. Choose one of the 2 that it has."
    )
    late = agency.refused(agency.rio, "projects.add_milestone", name="Launch", amount=1, due_on=date(2026, 4, 30))
    assert (late.field, late.message) == (
        "due_on",
        "30 April 2026 comes before 1 May 2026, the day of a step before it. Change one of the two days.",
    )
    agency.staff("projects.finish_milestone", milestone=1)
    assert agency.refused(agency.rio, "projects.finish_milestone", milestone=1).code == "milestone_done"
    agency.customer("projects.approve_milestone", milestone=1)
    assert agency.refused(agency.ania, "projects.approve_milestone", milestone=1).message == (
        "“Design” is approved already. Nothing more is needed."
    )


@pytest.mark.parametrize(
    ("action", "asked", "field", "message"),
    [
        ("projects.create", {"budget": -1}, "budget", "Budget must be 0 or more."),
        ("projects.create", {"currency": "EUX"}, "currency",
         "“EUX” is not a currency. Use its three letters, such as EUR."),
        ("projects.create", {"tax_percent": 101}, "tax_percent", "A percentage goes from 0 to 100."),
        ("projects.create", {"name": ""}, "name", "Name is missing."),
        ("projects.add_milestone", {"amount": 0}, "amount", "Amount must be more than 0."),
        ("projects.add_milestone", {"amount": -5}, "amount", "Amount must be more than 0."),
        ("projects.add_milestone", {"amount": 12.5}, "amount",
         "Amount must be a whole number."),
        ("projects.add_milestone", {"due_on": "2026-02-30"}, "due_on",
         "Due on must be a day, such as 2026-03-31."),
    ],
)  # fmt: skip
def test_bad_input_gets_a_sentence(
    agency: Agency, action: str, asked: dict[str, object], field: str, message: str
) -> None:
    agency.on(MARCH_12).start()
    good: dict[str, object] = (
        {"name": "Design", "budget": 1} if action.endswith("create") else {"name": "A", "amount": 1}
    )

    refused = agency.refused(agency.rio, action, **good | asked)

    assert (refused.code, refused.field, refused.message) == ("invalid_input", field, message)


def test_a_project_is_closed_when_its_work_is_invoiced(agency: Agency) -> None:
    agency.on(MARCH_12).start()
    agency.step("Design", 1_000_00)
    agency.step("Build", 1_000_00)
    agency.staff("projects.finish_milestone")
    agency.log(MARCH_12, "1")
    assert agency.refused(agency.rio, "projects.close").message == (
        "New website can not be closed: “Design” is not invoiced and 1 entry of hours is not. Nothing was changed."
    )
    agency.customer("projects.approve_milestone")
    agency.customer("projects.approve_hours")
    agency.staff("projects.invoice_milestone")
    agency.invoice_hours()

    agency.staff("projects.close")

    assert facts(agency.previews[-1]) == {"Not done": "Build"}
    [row] = agency.customer("projects.list").rows
    assert row.closed_on == MARCH_12
    refused = agency.refused(agency.rio, "projects.log_hours", project=row.number, task="More", hours="1")
    assert refused.message == "New website was closed on 12 March 2026. Nothing was changed. Use an open project."


def test_the_budget_can_be_exceeded_and_that_is_said_before(agency: Agency) -> None:
    agency.on(MARCH_12).start(budget=500_00, rate=100_00)
    agency.log(MARCH_12, "6")
    agency.customer("projects.approve_hours")

    agency.invoice_hours()

    assert agency.previews[-1].effect.warning == "That is €121.00 above the budget."
    row = agency.project()
    assert (row.left, row.percent_billed) == (-121_00, 120)


def test_only_who_pays_may_approve_and_only_staff_may_log(agency: Agency) -> None:
    from dataclasses import replace

    from billing.registry import Role

    agency.on(MARCH_12).start()
    agency.log(MARCH_12, "1")
    viewer = replace(agency.ania, role=Role.VIEWER)
    assert agency.refused(viewer, "projects.approve_hours").code == "not_allowed"
    assert agency.refused(agency.ania, "projects.log_hours", task="x", hours="1").code == "not_allowed"
    assert agency.refused(agency.rio, "projects.approve_hours").code == "not_allowed"
