"""Projects as customers see them: the steps, and what is billed and paid of the budget."""

from __future__ import annotations

from collections import defaultdict
from datetime import date

from pydantic import BaseModel
from sqlmodel import col, select

from billing.context import Context
from billing.models.invoices import Invoice, InvoiceStatus
from billing.models.projects import Milestone, MilestoneState, Project
from billing.registry import Role, Ungated, query
from billing.rules.proration import tax_on


class ProjectsInput(BaseModel):
    """Nothing to say."""


class MilestoneRow(BaseModel):
    """A step. `amount` is minor units without tax; `invoice` the number of its invoice, once there is one."""

    position: int
    name: str
    amount: int
    state: str
    due_on: date | None
    invoice: str | None


class ProjectRow(BaseModel):
    """A project. Amounts are minor units; budget, billed and paid include tax, as invoices do."""

    number: str
    name: str
    currency: str
    budget: int
    budget_without_tax: int
    billed: int
    paid: int
    percent_billed: int
    on_schedule: bool
    milestones: list[MilestoneRow]


class ProjectList(BaseModel):
    """The account's projects, newest first."""

    rows: list[ProjectRow]


@query(
    "projects.list",
    title="Projects",
    help="Your projects with their milestones, and what is billed and paid of the budget.",
    role=Role.VIEWER,
    gate=Ungated("a customer always sees the work that was ordered"),
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
    """Each project with its milestones and its sums, in three statements however many there are."""
    projects = ctx.session.exec(
        select(Project).where(Project.customer_id == ctx.customer.id).order_by(col(Project.id).desc())
    ).all()
    if not projects:
        return ProjectList(rows=[])
    ids = [p.id for p in projects]
    invoices = ctx.session.exec(
        select(Invoice).where(
            Invoice.customer_id == ctx.customer.id,
            col(Invoice.project_id).in_(ids),
            col(Invoice.status).not_in([InvoiceStatus.DRAFT, InvoiceStatus.VOID]),
        )
    ).all()
    steps: dict[int, list[Milestone]] = defaultdict(list)
    for step in ctx.session.exec(
        select(Milestone).where(col(Milestone.project_id).in_(ids)).order_by(col(Milestone.position))
    ).all():
        steps[step.project_id].append(step)
    return ProjectList(rows=[_row(ctx, p, steps[p.id or 0], [i for i in invoices if i.project_id == p.id])
                             for p in projects])  # fmt: skip


def _row(ctx: Context, project: Project, steps: list[Milestone], invoices: list[Invoice]) -> ProjectRow:
    numbers = {i.id: i.number for i in invoices}
    budget = project.budget + tax_on(project.budget, project.tax_rate)
    billed = sum(i.total for i in invoices)
    late = any(s.state != MilestoneState.DONE and s.due_on is not None and s.due_on < ctx.today for s in steps)
    return ProjectRow(
        number=project.number,
        name=project.name,
        currency=project.currency,
        budget=budget,
        budget_without_tax=project.budget,
        billed=billed,
        paid=sum(i.paid + i.credited for i in invoices),
        percent_billed=billed * 100 // budget if budget else 0,
        on_schedule=not late,
        milestones=[
            MilestoneRow(
                position=s.position,
                name=s.name,
                amount=s.amount,
                state=s.state,
                due_on=s.due_on,
                invoice=numbers.get(s.invoice_id) if s.invoice_id else None,
            )
            for s in steps
        ],
    )
