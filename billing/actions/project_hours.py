"""Hours that staff log on a customer's project, and put right until they are invoiced."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from pydantic import BaseModel, Field
from sqlmodel import col, select

from billing.access import access_hours, access_project
from billing.actions.project_work import STAFF_PAGE, WORK
from billing.context import Context
from billing.dates import format_day
from billing.effects import Effect, EffectFact
from billing.errors import PortalError
from billing.models.projects import Project, TimeEntry, TimeEntryState
from billing.posting import next_number
from billing.projects.overview import Entry, entries_of, must_be_open, step_at, steps_of
from billing.references import Amount, Day, Hours, HoursNumber, Name, ProjectNumber, Words
from billing.registry import Audience, Role, action
from billing.rules.hours import said_hours

MOST_OF_A_DAY = 24


class LoggedHours(BaseModel):
    """Hours worked on one day. The rate is the project's unless said; who worked is who logs, unless said."""

    project: ProjectNumber | None = None
    task: Name
    hours: Hours
    worked_on: Day | None = None
    person: Name | None = None
    rate: Amount | None = None
    billable: bool = True
    milestone: int | None = Field(default=None, ge=1, le=1000)


class HoursChanged(BaseModel):
    """Hours as they are kept. Amounts are minor units without tax; `rate` is for an hour."""

    entry: str
    project: str
    person: str
    task: str
    worked_on: date
    hours: Decimal
    rate: int
    amount: int
    currency: str
    billable: bool
    state: str
    sentence: str


@dataclass(frozen=True)
class Logging:
    """Hours to be kept."""

    project: Project
    row: TimeEntry
    effect: Effect


def plan_hours(ctx: Context, input: LoggedHours) -> Logging:
    """What is kept. Raises project_closed, day_ahead, milestone_not_found; more than 24 hours of a person and day."""
    project = access_project(ctx, input.project)
    must_be_open(project)
    step = None
    if input.milestone is not None:
        step = step_at(project, steps_of(ctx, [project.id or 0])[project.id or 0], input.milestone)
    row = TimeEntry(
        number="",
        project_id=project.id or 0,
        milestone_id=step.milestone.id if step else None,
        person=input.person or ctx.actor.name,
        task=input.task,
        worked_on=input.worked_on or ctx.today,
        hours=input.hours,
        rate=project.hourly_rate if input.rate is None else input.rate,
        billable=input.billable,
        created_at=ctx.now,
    )
    _fits_a_day(ctx, row)
    title = f"Log {said_hours(row.hours)} of {row.person}"
    return Logging(project, row, Effect(title=title, facts=_facts(ctx, project, row), confirm="Log hours"))


def _fits_a_day(ctx: Context, row: TimeEntry) -> None:
    if row.worked_on > ctx.today:
        raise PortalError("day_ahead", field="worked_on", day=format_day(row.worked_on))
    same_day = ctx.session.exec(
        select(TimeEntry).where(
            TimeEntry.project_id == row.project_id, TimeEntry.worked_on == row.worked_on,
            TimeEntry.person == row.person, TimeEntry.number != row.number,
        )
    ).all()  # fmt: skip
    before = sum((other.hours for other in same_day), Decimal(0))
    if before + row.hours > MOST_OF_A_DAY:
        problem = (
            f"{row.person} has {said_hours(before)} on {format_day(row.worked_on)} already. A day has at most 24 hours."
        )
        raise PortalError("invalid_input", field="hours", problem=problem)


def _facts(ctx: Context, project: Project, row: TimeEntry) -> tuple[EffectFact, ...]:
    money = ctx.money_in(project.currency)
    amount = Entry(row, None).worked.amount(ctx.preferences.policy.round)
    costs = f"{said_hours(row.hours)} × {money(row.rate)} = {money(amount)}, without tax"
    return (
        EffectFact(label="Task", value=row.task),
        EffectFact(label="Day", value=format_day(row.worked_on)),
        EffectFact(label="Billed", value=costs if row.billable else "no, it is part of the price"),
    )


def hours_result(ctx: Context, project: Project, row: TimeEntry, sentence: str) -> HoursChanged:
    """Hours as they are kept now."""
    amount = Entry(row, None).worked.amount(ctx.preferences.policy.round)
    return HoursChanged(
        entry=row.number,
        project=project.number,
        person=row.person,
        task=row.task,
        worked_on=row.worked_on,
        hours=row.hours,
        rate=row.rate,
        amount=amount if row.billable else 0,
        currency=project.currency,
        billable=row.billable,
        state=row.state,
        sentence=sentence,
    )


@action(
    "projects.log_hours",
    title="Log hours",
    help="Write down hours that somebody worked on a project: the task, the day and the rate.",
    role=Role.AGENT,
    gate=WORK,
    audience=Audience.STAFF,
    page=STAFF_PAGE,
    slash="/log-hours",
    icon="clock",
    phrases=("log hours on the project", "I worked {hours} hours on {task}", "write down hours for this project"),
    plan=plan_hours,
    audit="{actor} logged hours: {sentence}.",
)
def log_hours(ctx: Context, input: LoggedHours, plan: Logging) -> HoursChanged:
    """Keeps the hours; billable ones wait for the customer's approval."""
    row = plan.row
    row.number = next_number(ctx, "TIME", row.worked_on)
    ctx.session.add(row)
    ctx.emit("project.hours_logged", "projects", number=plan.project.number, entry=row.number)
    return hours_result(ctx, plan.project, row, f"{_said(plan.project, row)} are kept as {row.number}")


class CorrectedHours(BaseModel):
    """What is different about hours that were logged; what is left out stays. Words answer the customer's question."""

    entry: HoursNumber
    hours: Hours | None = None
    task: Name | None = None
    worked_on: Day | None = None
    rate: Amount | None = None
    billable: bool | None = None
    answer: Words = ""


@dataclass(frozen=True)
class Correcting:
    """Hours as they will be; the row is changed only when it is carried out."""

    project: Project
    row: TimeEntry
    after: TimeEntry
    effect: Effect


FIELDS = ("hours", "task", "worked_on", "rate", "billable")


def plan_correction(ctx: Context, input: CorrectedHours) -> Correcting:
    """Raises hours_settled once they are on an invoice, nothing_to_change, and what logging raises."""
    [(row, project)] = access_hours(ctx, [input.entry], field="entry")
    must_be_open(project)
    [entry] = entries_of(ctx, project, col(TimeEntry.id) == row.id)
    if entry.invoice is not None:
        raise PortalError("hours_settled", field="entry", entry=row.number, state=f"on {entry.invoice.number}")
    given = {name: value for name in FIELDS if (value := getattr(input, name)) is not None}
    changed = {name: value for name, value in given.items() if value != getattr(row, name)}
    answers = bool(input.answer) and row.state == TimeEntryState.QUESTIONED
    if not changed and not answers:
        raise PortalError("nothing_to_change", thing=row.number)
    after = TimeEntry(**(row.model_dump() | changed))
    _fits_a_day(ctx, after)
    facts = list(_facts(ctx, project, after))
    if row.question:
        facts.append(EffectFact(label="The question was", value=row.question))
    if input.answer:
        facts.append(EffectFact(label="Your answer", value=input.answer))
    if after.billable:
        facts.append(EffectFact(label="What follows", value=f"{ctx.customer.name} looks at it again"))
    effect = Effect(title=f"Correct {row.number}", facts=tuple(facts), confirm="Correct hours", decline="Leave it")
    return Correcting(project, row, after, effect)


@action(
    "projects.correct_hours",
    title="Correct hours",
    help="Change hours that were logged and are on no invoice yet, or answer the customer's question about them.",
    role=Role.AGENT,
    gate=WORK,
    audience=Audience.STAFF,
    page=STAFF_PAGE,
    slash="/correct-hours",
    icon="pencil",
    phrases=("correct the hours", "those logged hours are wrong", "answer the question about the hours"),
    plan=plan_correction,
    audit="{actor} corrected hours: {sentence}.",
)
def correct_hours(ctx: Context, input: CorrectedHours, plan: Correcting) -> HoursChanged:
    """Keeps the change; the customer's approval or question about the old hours ends."""
    row = plan.row
    for name in FIELDS:
        setattr(row, name, getattr(plan.after, name))
    row.state, row.question, row.approved_by, row.approved_at = TimeEntryState.LOGGED, "", "", None
    ctx.session.add(row)
    ctx.emit("project.hours_corrected", "projects", number=plan.project.number, entry=row.number, answer=input.answer)
    return hours_result(ctx, plan.project, row, f"{row.number} is now {_said(plan.project, row)}")


def _said(project: Project, row: TimeEntry) -> str:
    return f"{said_hours(row.hours)} of {row.person} on {project.name}, {row.task}, {format_day(row.worked_on)}"
