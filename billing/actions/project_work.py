"""What staff do on a customer's projects: start one, plan its steps, say what is done, close it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from pydantic import BaseModel, Field
from sqlmodel import col

from billing.access import access_project
from billing.context import Context
from billing.dates import format_day
from billing.effects import Effect, EffectFact
from billing.errors import PortalError
from billing.models.projects import Milestone, MilestoneState, Project, TimeEntry
from billing.posting import next_number
from billing.projects.overview import Step, entries_of, must_be_open, on_no_invoice, step_at, steps_of
from billing.references import Amount, Currency, Day, Name, Percent, Price, ProjectNumber
from billing.registry import Audience, Role, Ungated, action
from billing.subscriptions.switch_effect import percent

WORK = Ungated("the business keeps its own work in order")
STAFF_PAGE = "/desk"


class ProjectChanged(BaseModel):
    """What was written down about a project."""

    project: str
    sentence: str


@dataclass(frozen=True)
class Starting:
    """A project to be made."""

    currency: str
    effect: Effect


class NewProject(BaseModel):
    """A piece of work with its budget without tax. The currency is the customer's unless said."""

    name: Name
    budget: Amount
    currency: Currency | None = None
    hourly_rate: Amount = 0
    tax_percent: Percent = Decimal(0)


def plan_project(ctx: Context, input: NewProject) -> Starting:
    """What the project will be; nothing is billed by it."""
    currency = input.currency or ctx.customer.currency
    money = ctx.money_in(currency)
    facts = [
        EffectFact(label="Customer", value=ctx.customer.name),
        EffectFact(label="Budget without tax", value=money(input.budget)),
        EffectFact(label="Tax", value=percent(input.tax_percent) if input.tax_percent else "none of its own"),
    ]
    if input.hourly_rate:
        facts.append(EffectFact(label="An hour costs", value=money(input.hourly_rate)))
    return Starting(
        currency, Effect(title=f"Start {input.name}", currency=currency, facts=tuple(facts), confirm="Start project")
    )


@action(
    "projects.create",
    title="Start a project",
    help="Start a project for this customer: its name, budget and what an hour costs.",
    role=Role.AGENT,
    gate=WORK,
    audience=Audience.STAFF,
    page=STAFF_PAGE,
    slash="/new-project",
    icon="folder-plus",
    phrases=("start a new project for this customer", "create a project", "open a project with a budget of {budget}"),
    plan=plan_project,
    audit="{actor} started project {project}: {name}.",
)
def create_project(ctx: Context, input: NewProject, plan: Starting) -> ProjectChanged:
    """Keeps the project under the next number."""
    project = Project(
        number=next_number(ctx, "PRJ", ctx.today),
        customer_id=ctx.customer.id or 0,
        name=input.name,
        currency=plan.currency,
        budget=input.budget,
        hourly_rate=input.hourly_rate,
        tax_rate=input.tax_percent,
        created_at=ctx.now,
    )
    ctx.session.add(project)
    ctx.emit("project.started", "projects", number=project.number)
    return ProjectChanged(project=project.number, sentence=f"{input.name} is started as {project.number}")


@dataclass(frozen=True)
class Adding:
    """A milestone to be added at the end, its place and its state."""

    project: Project
    position: int
    state: MilestoneState
    effect: Effect


class NewMilestone(BaseModel):
    """A step with its agreed amount without tax, and the day by which it is planned."""

    project: ProjectNumber | None = None
    name: Name
    amount: Price
    due_on: Day | None = None


def plan_milestone(ctx: Context, input: NewMilestone) -> Adding:
    """Where it stands, and what all milestones come to. Raises project_closed and dates_out_of_order."""
    project = access_project(ctx, input.project)
    must_be_open(project)
    money = ctx.money_in(project.currency)
    steps = steps_of(ctx, [project.id or 0])[project.id or 0]
    before = max((s.milestone.due_on for s in steps if s.milestone.due_on), default=None)
    if input.due_on and before and input.due_on < before:
        words = {"later": format_day(input.due_on), "earlier": f"{format_day(before)}, the day of a step before it"}
        raise PortalError("dates_out_of_order", field="due_on", **words)
    state = MilestoneState.PLANNED
    if all(step.finished for step in steps):
        state = MilestoneState.ACTIVE
    total = sum(s.milestone.amount for s in steps) + input.amount
    position = len(steps) + 1
    effect = Effect(
        title=f"Add “{input.name}” to {project.name}",
        currency=project.currency,
        facts=(
            EffectFact(label="Place", value=f"milestone {position}"),
            EffectFact(label="Amount without tax", value=money(input.amount)),
            EffectFact(label="By", value=format_day(input.due_on) if input.due_on else "no day yet"),
            EffectFact(label="All milestones", value=f"{money(total)} of the budget of {money(project.budget)}"),
        ),
        confirm="Add milestone",
        warning=f"The milestones are {money(total - project.budget)} above the budget."
        if total > project.budget
        else "",
    )
    return Adding(project, position, state, effect)


@action(
    "projects.add_milestone",
    title="Add a milestone",
    help="Add a step to a project, with its amount and the day by which it is planned.",
    role=Role.AGENT,
    gate=WORK,
    audience=Audience.STAFF,
    page=STAFF_PAGE,
    slash="/new-milestone",
    icon="flag",
    phrases=("add a milestone to the project", "plan another step of the project", "add a step for {amount}"),
    plan=plan_milestone,
    audit="{actor} added a milestone: {sentence}.",
)
def add_milestone(ctx: Context, input: NewMilestone, plan: Adding) -> ProjectChanged:
    """Keeps the milestone after the others; it is the one being worked on where all before it are done."""
    project = plan.project
    ctx.session.add(
        Milestone(
            project_id=project.id or 0, position=plan.position, name=input.name, amount=input.amount,
            state=plan.state, due_on=input.due_on,
        )
    )  # fmt: skip
    ctx.emit("project.changed", "projects", number=project.number)
    return ProjectChanged(
        project=project.number, sentence=f"“{input.name}” is milestone {plan.position} of {project.name}"
    )


class StepOf(BaseModel):
    """Which milestone of which project, by its place; left out, the one that comes next."""

    project: ProjectNumber | None = None
    milestone: int | None = Field(default=None, ge=1, le=1000)


@dataclass(frozen=True)
class Finishing:
    """The milestone that is done, and the one that is worked on from then on."""

    project: Project
    step: Step
    next: Step | None
    effect: Effect


def plan_finish(ctx: Context, input: StepOf) -> Finishing:
    """Raises milestone_done, milestone_not_found, project_closed."""
    project = access_project(ctx, input.project)
    must_be_open(project)
    steps = steps_of(ctx, [project.id or 0])[project.id or 0]
    open_steps = [s for s in steps if not s.finished]
    position = input.milestone or (open_steps[0].milestone.position if open_steps else 1)
    step = step_at(project, steps, position)
    if step.finished:
        raise PortalError(
            "milestone_done", field="milestone", milestone=step.milestone.name, state=step.milestone.state
        )
    rest = [s for s in open_steps if s is not step]
    following = None if any(s.milestone.state == MilestoneState.ACTIVE for s in rest) else next(iter(rest), None)
    asks = ctx.preferences.approve_work
    facts = [
        EffectFact(label="Amount without tax", value=ctx.money_in(project.currency)(step.milestone.amount)),
        EffectFact(
            label="What follows", value=f"{ctx.customer.name} is asked to approve it" if asks else "it can be invoiced"
        ),
    ]
    if following is not None:
        facts.append(EffectFact(label="Worked on next", value=following.milestone.name))
    effect = Effect(title=f"Finish “{step.milestone.name}”", facts=tuple(facts), confirm="Finish milestone")
    return Finishing(project, step, following, effect)


@action(
    "projects.finish_milestone",
    title="Finish a milestone",
    help="Say that a milestone is done, so that the customer can approve it.",
    role=Role.AGENT,
    gate=WORK,
    audience=Audience.STAFF,
    page=STAFF_PAGE,
    slash="/finish-milestone",
    icon="flag",
    phrases=("the milestone is done", "finish the milestone", "mark this step of the project as done"),
    plan=plan_finish,
    audit="{actor} finished a milestone: {sentence}.",
)
def finish_milestone(ctx: Context, input: StepOf, plan: Finishing) -> ProjectChanged:
    """Marks it done, and the next planned one as worked on."""
    plan.step.milestone.state = MilestoneState.DONE
    ctx.session.add(plan.step.milestone)
    if plan.next is not None:
        plan.next.milestone.state = MilestoneState.ACTIVE
        ctx.session.add(plan.next.milestone)
    ctx.emit("project.milestone_done", "projects", number=plan.project.number, milestone=plan.step.milestone.position)
    return ProjectChanged(
        project=plan.project.number, sentence=f"“{plan.step.milestone.name}” of {plan.project.name} is done"
    )


class WhichProject(BaseModel):
    """Which project; left out, the only one that is open."""

    project: ProjectNumber | None = None


@dataclass(frozen=True)
class Closing:
    """A project to be closed."""

    project: Project
    effect: Effect


def plan_closing(ctx: Context, input: WhichProject) -> Closing:
    """Raises project_unfinished while work waits to be invoiced or approved, and project_closed."""
    project = access_project(ctx, input.project)
    must_be_open(project)
    steps = steps_of(ctx, [project.id or 0])[project.id or 0]
    owed = [s.milestone.name for s in steps if s.finished and s.invoice is None]
    hours = len(entries_of(ctx, project, col(TimeEntry.billable), on_no_invoice()))
    if owed or hours:
        counted = f"{hours} entries of hours are not" if hours > 1 else "1 entry of hours is not"
        reason = " and ".join([*(f"“{name}” is not invoiced" for name in owed), *([counted] if hours else [])])
        raise PortalError("project_unfinished", field="project", project=project.name, reason=reason)
    undone = ", ".join(s.milestone.name for s in steps if not s.finished)
    facts = (EffectFact(label="Not done", value=undone),) if undone else ()
    return Closing(project, Effect(title=f"Close {project.name}", facts=facts, confirm="Close project"))


@action(
    "projects.close",
    title="Close a project",
    help="Close a project whose work is invoiced, so that nothing more is logged on it.",
    role=Role.AGENT,
    gate=WORK,
    audience=Audience.STAFF,
    page=STAFF_PAGE,
    slash="/close-project",
    icon="archive",
    phrases=("close the project", "the project is finished, close it", "archive this project"),
    plan=plan_closing,
    audit="{actor} confirmed “{effect}”.",
)
def close_project(ctx: Context, input: WhichProject, plan: Closing) -> ProjectChanged:
    """Closes it today; what it billed stays to be seen."""
    plan.project.closed_on = ctx.today
    ctx.session.add(plan.project)
    ctx.emit("project.closed", "projects", number=plan.project.number)
    return ProjectChanged(project=plan.project.number, sentence=f"{plan.project.name} is closed")
