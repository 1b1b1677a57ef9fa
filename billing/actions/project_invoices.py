"""Invoices for a project's work: one for each milestone, and each hour on one invoice only."""

from __future__ import annotations

from pydantic import BaseModel, Field

from billing.access import access_project
from billing.actions.project_work import STAFF_PAGE, WORK
from billing.context import Context
from billing.dates import format_day
from billing.errors import PortalError
from billing.models.projects import MilestoneState
from billing.projects.invoicing import Billing, WorkInvoiced, billing_of, line_of_step, lines_of_hours, write_invoice
from billing.projects.overview import approved_first, must_be_open, ready_entries, step_at, steps_of
from billing.references import Day, ProjectNumber
from billing.registry import Audience, Role, action


class MilestoneToInvoice(BaseModel):
    """Which milestone, by its place in the project; left out, the first that can be invoiced."""

    project: ProjectNumber | None = None
    milestone: int | None = Field(default=None, ge=1, le=1000)


def plan_milestone_invoice(ctx: Context, input: MilestoneToInvoice) -> Billing:
    """The invoice of a milestone. Raises milestone_not_done, milestone_invoiced, not_approved, milestone_not_found."""
    project = access_project(ctx, input.project)
    must_be_open(project)
    steps = steps_of(ctx, [project.id or 0])[project.id or 0]
    ready = [s for s in steps if s.finished and s.invoice is None]
    if input.milestone is None and not ready:
        problem = f"{project.name} has no milestone that can be invoiced."
        raise PortalError("invalid_input", field="milestone", problem=problem)
    step = ready[0] if input.milestone is None else step_at(project, steps, input.milestone)
    milestone = step.milestone
    if not step.finished:
        raise PortalError("milestone_not_done", field="milestone", milestone=milestone.name)
    if step.invoice is not None:
        raise PortalError(
            "milestone_invoiced", field="milestone", milestone=milestone.name, invoice=step.invoice.number
        )
    if approved_first(ctx) and milestone.state != MilestoneState.APPROVED:
        raise PortalError("not_approved", field="milestone", milestone=milestone.name, customer=ctx.customer.name)
    title = f"Milestone {milestone.position} of {len(steps)}, {project.name}"
    return billing_of(ctx, project, title, (line_of_step(ctx, project, step, len(steps)),), step=step)


@action(
    "projects.invoice_milestone",
    title="Invoice a milestone",
    help="Send the invoice for a milestone that is done and approved. Each milestone has one invoice.",
    role=Role.AGENT,
    gate=WORK,
    audience=Audience.STAFF,
    page=STAFF_PAGE,
    slash="/invoice-milestone",
    icon="receipt-text",
    phrases=("invoice the milestone", "bill this milestone", "send the invoice for the step that is done"),
    plan=plan_milestone_invoice,
    audit="{actor} invoiced a milestone: {sentence}.",
    moves_money=True,
)
def invoice_milestone(ctx: Context, input: MilestoneToInvoice, plan: Billing) -> WorkInvoiced:
    """Makes the invoice final; the milestone knows it."""
    return write_invoice(ctx, plan)


class HoursToInvoice(BaseModel):
    """Of which project, and up to which day; left out, all hours that can be invoiced."""

    project: ProjectNumber | None = None
    until: Day | None = None


def plan_hours_invoice(ctx: Context, input: HoursToInvoice) -> Billing:
    """The invoice of the hours that are ready. Raises no_hours_to_invoice and day_ahead."""
    project = access_project(ctx, input.project)
    must_be_open(project)
    if input.until is not None and input.until > ctx.today:
        raise PortalError("day_ahead", field="until", day=format_day(input.until))
    entries = ready_entries(ctx, project, input.until)
    if not entries:
        until = f" up to {format_day(input.until)}" if input.until else ""
        raise PortalError("no_hours_to_invoice", field="project", project=project.name, until=until)
    lines = lines_of_hours(ctx, project, [entry.worked for entry in entries])
    last = max(entry.row.worked_on for entry in entries)
    title = f"Hours up to {format_day(last)}, {project.name}"
    return billing_of(ctx, project, title, lines, entries=entries)


@action(
    "projects.invoice_hours",
    title="Invoice hours",
    help="Send an invoice for a project's approved hours, a line for each person, task and rate.",
    role=Role.AGENT,
    gate=WORK,
    audience=Audience.STAFF,
    page=STAFF_PAGE,
    slash="/invoice-hours",
    icon="receipt-text",
    phrases=("invoice the hours", "bill the approved hours", "send an invoice for the hours of the project"),
    plan=plan_hours_invoice,
    audit="{actor} invoiced hours: {sentence}.",
    moves_money=True,
)
def invoice_hours(ctx: Context, input: HoursToInvoice, plan: Billing) -> WorkInvoiced:
    """Makes the invoice final; each of the hours knows it and is never invoiced again."""
    return write_invoice(ctx, plan)
