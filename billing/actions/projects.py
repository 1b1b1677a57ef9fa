"""Projects as customers see them: the steps, the hours by month, and what is billed and paid of the budget."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, Field
from sqlmodel import col, select

from billing.access import access_project
from billing.context import Context
from billing.models.projects import MilestoneState, Project, TimeEntry, TimeEntryState
from billing.price_list.taxes import TaxRules, tax_rules, taxes_for
from billing.projects.invoicing import budget_with_tax, with_tax
from billing.projects.overview import (
    Entry,
    Month,
    Standing,
    Step,
    entries_of,
    months_of,
    standings,
    step_at,
    steps_of,
    waiting_hours,
)
from billing.references import EARLIEST, LATEST, ProjectNumber
from billing.registry import Role, query
from billing.rules.hours import gathered, said_hours
from billing.rules.tax import Taxes

PAGE = 50


class ProjectsInput(BaseModel):
    """Nothing to say."""


class MilestoneRow(BaseModel):
    """A step. `amount` is minor units without tax; `invoice` the number of its invoice, once there is one.

    `waits` says that the customer is asked to approve it.
    """

    position: int
    name: str
    amount: int
    state: str
    due_on: date | None
    invoice: str | None
    waits: bool = False
    approved_by: str = ""


class ProjectRow(BaseModel):
    """A project. Amounts are minor units with tax, as invoices have it; credit notes are taken off.

    `outstanding` is what its invoices still ask for, `left` what of the budget is not billed (below zero: beyond it),
    `hours_waiting` how many entries of hours wait for the customer's approval.
    """

    number: str
    name: str
    currency: str
    budget: int
    budget_without_tax: int
    billed: int
    paid: int
    outstanding: int = 0
    left: int = 0
    percent_billed: int
    on_schedule: bool
    hours_waiting: int = 0
    closed_on: date | None = None
    milestones: list[MilestoneRow]


class ProjectList(BaseModel):
    """The account's projects, newest first."""

    rows: list[ProjectRow]


@query(
    "projects.list",
    title="Projects",
    help="Show your projects with their milestones, and what is billed and paid of the budget.",
    role=Role.VIEWER,
    gate="projects_shown",
    page="/projects",
    slash="/projects",
    icon="folder-kanban",
    phrases=(
        "how is my project going",
        "show my projects",
        "which milestone are we at",
        "how much of the budget is billed",
        "when is the project finished",
    ),
)
def list_projects(ctx: Context, input: ProjectsInput) -> ProjectList:
    """Each project with its milestones and its sums, the newest first."""
    return ProjectList(rows=project_rows(ctx))


def project_rows(ctx: Context, most: int | None = None, rules: TaxRules | None = None) -> list[ProjectRow]:
    """The newest projects in five statements however many there are; in four with the customer's tax rules."""
    projects = ctx.session.exec(
        select(Project).where(Project.customer_id == ctx.customer.id).order_by(col(Project.id).desc()).limit(most)
    ).all()
    if not projects:
        return []
    ids = [p.id or 0 for p in projects]
    steps, sums, waiting = steps_of(ctx, ids), standings(ctx, ids), waiting_hours(ctx, ids)
    taxes = rules or tax_rules(ctx.session, ctx.customer)
    return [
        _row(ctx, p, steps[p.id or 0], sums[p.id or 0], waiting.get(p.id or 0, 0), taxes.on(p.tax_rate))
        for p in projects
    ]


def _row(
    ctx: Context, project: Project, steps: list[Step], standing: Standing, waiting: int, taxes: Taxes
) -> ProjectRow:
    budget = budget_with_tax(ctx, project, taxes)
    late = any(not s.finished and s.milestone.due_on is not None and s.milestone.due_on < ctx.today for s in steps)
    return ProjectRow(
        number=project.number,
        name=project.name,
        currency=project.currency,
        budget=budget,
        budget_without_tax=project.budget,
        billed=standing.billed,
        paid=standing.paid,
        outstanding=standing.outstanding,
        left=budget - standing.billed,
        percent_billed=standing.billed * 100 // budget if budget else 0,
        on_schedule=not late,
        hours_waiting=waiting,
        closed_on=project.closed_on,
        milestones=[
            MilestoneRow(
                position=s.milestone.position,
                name=s.milestone.name,
                amount=s.milestone.amount,
                state=s.milestone.state,
                due_on=s.milestone.due_on,
                invoice=s.invoice.number if s.invoice else None,
                waits=s.waits,
                approved_by=s.milestone.approved_by if s.milestone.state == MilestoneState.APPROVED else "",
            )
            for s in steps
        ],
    )


def _as_month(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return date.fromisoformat(f"{value.strip()[:7]}-01")
    except ValueError:
        raise ValueError(f"“{value.strip()}” is not a month. Write it like 2026-03.") from None


MonthOf = Annotated[date, Field(ge=EARLIEST, le=LATEST), BeforeValidator(_as_month)]


def month_after(first: date) -> date:
    """The first day of the next month."""
    return date(first.year + first.month // 12, first.month % 12 + 1, 1)


class ProjectInput(BaseModel):
    """Which project (the only open one by itself), and the month whose hours are listed (the newest by itself).

    `milestone` asks for one step, by its place.
    """

    project: ProjectNumber | None = None
    month: MonthOf | None = None
    milestone: int | None = Field(default=None, ge=1, le=1000)
    page: int = Field(default=1, ge=1, le=100_000)


class HoursRow(BaseModel):
    """Hours as they were logged. `rate` is minor units an hour and `amount` the hours at it, both without tax.

    `state` is logged (it waits for approval), approved, questioned, invoiced, or included (it isn't billed).
    """

    entry: str
    worked_on: date
    person: str
    task: str
    hours: Decimal
    rate: int
    amount: int
    billable: bool
    state: str
    question: str
    approved_by: str
    invoice: str | None
    milestone: str = ""


class MonthRow(BaseModel):
    """A month's work. Amounts are minor units without tax, as an invoice's lines would come to.

    `waiting` are entries that wait for approval, with `waiting_amount`; `questioned` those with a question.
    """

    month: date
    hours: Decimal
    billable_hours: Decimal
    amount: int
    waiting: int
    waiting_amount: int
    questioned: int


class ProjectDetail(BaseModel):
    """One project with its hours: each month's sums, and one month entry by entry, the newest first.

    `ready_amount` is what is approved and on no invoice yet, without tax. `step` is the milestone that was asked for,
    `step_with_tax` what it comes to on an invoice.
    """

    project: ProjectRow
    hourly_rate: int
    months: list[MonthRow]
    month: date | None
    entries: list[HoursRow]
    page: int
    pages: int
    ready_hours: Decimal
    ready_amount: int
    sentence: str
    step: MilestoneRow | None = None
    step_with_tax: int = 0


@query(
    "projects.show",
    title="Show project",
    help="Show one project with its milestones, its hours by month, and what is billed, paid and outstanding.",
    role=Role.VIEWER,
    gate="projects_shown",
    page="/projects",
    slash="/project",
    icon="folder-kanban",
    phrases=(
        "show the hours of my project",
        "how many hours were worked on the project",
        "who worked on my project this month",
        "which hours wait for my approval",
        "what is outstanding on the project",
    ),
)
def show_project(ctx: Context, input: ProjectInput) -> ProjectDetail:
    """The project in full; the hours of one month, 50 entries a page. Raises milestone_not_found."""
    project = access_project(ctx, input.project)
    key = project.id or 0
    steps, months = steps_of(ctx, [key])[key], months_of(ctx, project)
    standing, rounded = standings(ctx, [key])[key], ctx.preferences.policy.round
    chosen = next((m for m in months if input.month in (None, m.first)), None)
    entries: list[Entry] = []
    if chosen is not None:
        entries = _entries(ctx, project, chosen, input.page)
    taxes = taxes_for(ctx, ctx.customer, project.tax_rate)
    row = _row(ctx, project, steps, standing, sum(m.waiting.entries for m in months), taxes)
    asked = step_at(project, steps, input.milestone).milestone if input.milestone else None
    ready_hours = sum((m.ready.hours for m in months), Decimal(0))
    return ProjectDetail(
        project=row,
        hourly_rate=project.hourly_rate,
        months=[_month(ctx, month) for month in months],
        month=chosen.first if chosen else input.month,
        entries=[hours_row(ctx, entry, {s.milestone.id: s.milestone.name for s in steps}) for entry in entries],
        page=input.page,
        pages=max(-(-chosen.all.entries // PAGE), 1) if chosen else 1,
        ready_hours=ready_hours,
        ready_amount=sum(line.amount(rounded) for line in gathered([w for m in months for w in m.ready.lines])),
        sentence=_sentence(row, months),
        step=next((m for m in row.milestones if asked and m.position == asked.position), None),
        step_with_tax=with_tax(ctx, asked.amount, taxes) if asked else 0,
    )


def _entries(ctx: Context, project: Project, month: Month, page: int) -> list[Entry]:
    worked_on = col(TimeEntry.worked_on)
    within = (worked_on >= month.first, worked_on < month_after(month.first))
    return entries_of(ctx, project, *within, newest=True, limit=PAGE, skip=(page - 1) * PAGE)


def _month(ctx: Context, month: Month) -> MonthRow:
    rounded = ctx.preferences.policy.round
    return MonthRow(
        month=month.first,
        hours=month.all.hours,
        billable_hours=month.billable.hours,
        amount=month.billable.amount(rounded),
        waiting=month.waiting.entries,
        waiting_amount=month.waiting.amount(rounded),
        questioned=month.questioned.entries,
    )


def hours_row(ctx: Context, entry: Entry, names: dict[int | None, str]) -> HoursRow:
    """Hours as their customer sees them; `names` are the steps' by their ids."""
    row = entry.row
    state = "invoiced" if entry.invoice else row.state if row.billable else "included"
    return HoursRow(
        entry=row.number,
        worked_on=row.worked_on,
        person=row.person,
        task=row.task,
        hours=row.hours,
        rate=row.rate,
        amount=entry.worked.amount(ctx.preferences.policy.round) if row.billable else 0,
        billable=row.billable,
        state=state,
        question=row.question if row.state == TimeEntryState.QUESTIONED else "",
        approved_by=row.approved_by,
        invoice=entry.invoice.number if entry.invoice else None,
        milestone=names.get(row.milestone_id, ""),
    )


def _sentence(project: ProjectRow, months: list[Month]) -> str:
    hours = sum((m.all.hours for m in months), Decimal(0))
    worked = f"{said_hours(hours)} were logged" if hours else "No hours were logged yet"
    steps = sum(m.waits for m in project.milestones)
    parts = []
    if steps:
        parts.append(f"{steps} milestone{'s' if steps > 1 else ''}")
    if project.hours_waiting:
        parts.append(f"{project.hours_waiting} entr{'ies' if project.hours_waiting > 1 else 'y'} of hours")
    waits = f"{' and '.join(parts)} wait for your approval" if parts else "Nothing waits for your approval"
    return f"{project.name}: {worked}. {waits[0].upper()}{waits[1:]}."
