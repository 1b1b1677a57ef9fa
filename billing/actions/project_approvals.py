"""What customers say about a project's work: they approve a milestone, approve hours, or ask about them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, Field
from sqlmodel import col

from billing.access import access_hours, access_project
from billing.actions.projects import MonthOf, month_after
from billing.context import Context
from billing.dates import format_day
from billing.effects import Effect, EffectFact, EffectLine, LineKind
from billing.errors import PortalError
from billing.models.projects import MilestoneState, Project, TimeEntry, TimeEntryState
from billing.projects.overview import Entry, Step, entries_of, must_be_open, step_at, steps_of
from billing.references import HoursNumber, ProjectNumber, Question
from billing.registry import Role, action
from billing.rules.hours import gathered, said_hours

PAGE = "/projects"


class MilestoneToApprove(BaseModel):
    """Which milestone, by its place in the project; left out, the one that waits."""

    project: ProjectNumber | None = None
    milestone: int | None = Field(default=None, ge=1, le=1000)


class MilestoneApproved(BaseModel):
    """A milestone that the customer has approved. `amount` is minor units without tax."""

    project: str
    milestone: int
    name: str
    amount: int
    currency: str
    sentence: str


@dataclass(frozen=True)
class ApprovingStep:
    """The milestone that is approved."""

    project: Project
    step: Step
    effect: Effect


def plan_milestone_approval(ctx: Context, input: MilestoneToApprove) -> ApprovingStep:
    """Raises milestone_not_done, milestone_done, milestone_not_found."""
    project = access_project(ctx, input.project)
    steps = steps_of(ctx, [project.id or 0])[project.id or 0]
    waiting = [s for s in steps if s.waits]
    if input.milestone is None and len(waiting) != 1:
        problem = "Say which milestone." if waiting else "No milestone waits for your approval."
        raise PortalError("invalid_input", field="milestone", problem=problem)
    step = waiting[0] if input.milestone is None else step_at(project, steps, input.milestone)
    milestone = step.milestone
    if milestone.state == MilestoneState.APPROVED:
        raise PortalError("milestone_done", field="milestone", milestone=milestone.name, state="approved")
    if step.invoice is not None:
        raise PortalError("milestone_done", field="milestone", milestone=milestone.name, state="invoiced")
    if milestone.state != MilestoneState.DONE:
        raise PortalError("milestone_not_done", field="milestone", milestone=milestone.name)
    money, business = ctx.money_in(project.currency), ctx.preferences.business_name
    effect = Effect(
        title=f"Approve “{milestone.name}”",
        currency=project.currency,
        facts=(
            EffectFact(label="Project", value=project.name),
            EffectFact(label="Amount without tax", value=money(milestone.amount)),
            EffectFact(label="What follows", value=f"{business} sends the invoice for it. Nothing is paid now"),
        ),
        confirm=f"Approve {money(milestone.amount)}",
    )
    return ApprovingStep(project, step, effect)


@action(
    "projects.approve_milestone",
    title="Approve a milestone",
    help="Say that a step of your project is done as agreed, so that it can be invoiced.",
    role=Role.BILLING,
    gate="approve_work",
    page=PAGE,
    slash="/approve-milestone",
    icon="circle-check",
    phrases=("approve the milestone", "the milestone is fine, I approve it", "accept this step of the project"),
    plan=plan_milestone_approval,
    audit="{actor} approved a milestone: {sentence}.",
)
def approve_milestone(ctx: Context, input: MilestoneToApprove, plan: ApprovingStep) -> MilestoneApproved:
    """Keeps who approved it, and when."""
    milestone = plan.step.milestone
    milestone.state, milestone.approved_by, milestone.approved_at = MilestoneState.APPROVED, ctx.actor.name, ctx.now
    ctx.session.add(milestone)
    ctx.emit("project.milestone_approved", "projects", number=plan.project.number, milestone=milestone.position)
    return MilestoneApproved(
        project=plan.project.number,
        milestone=milestone.position,
        name=milestone.name,
        amount=milestone.amount,
        currency=plan.project.currency,
        sentence=f"“{milestone.name}” of {plan.project.name} is approved",
    )


class HoursToApprove(BaseModel):
    """Which hours: those named, or all that wait, of a month or of the whole project."""

    project: ProjectNumber | None = None
    entries: Annotated[list[HoursNumber], Field(max_length=1000)] = []
    month: MonthOf | None = None


class HoursApproved(BaseModel):
    """The hours that the customer has approved. `amount` is minor units without tax."""

    project: str
    entries: list[str]
    hours: str
    amount: int
    currency: str
    sentence: str


@dataclass(frozen=True)
class ApprovingHours:
    """The hours that are approved, and what they come to."""

    project: Project
    entries: tuple[Entry, ...]
    amount: int
    hours: str
    effect: Effect


def plan_hours_approval(ctx: Context, input: HoursToApprove) -> ApprovingHours:
    """Raises no_hours_to_approve, hours_settled and hours_not_billable for the first that can't be approved."""
    project, entries = _named(ctx, input) if input.entries else _waiting(ctx, input)
    for entry in entries:
        _may_be_approved(entry)
    if not entries:
        raise PortalError("no_hours_to_approve", field="project", project=project.name)
    money, rounded = ctx.money_in(project.currency), ctx.preferences.policy.round
    lines = gathered(entry.worked for entry in entries)
    amount = sum(line.amount(rounded) for line in lines)
    hours = said_hours(sum((line.hours for line in lines[1:]), lines[0].hours))
    effect = Effect(
        title=f"Approve {hours} of {project.name}",
        currency=project.currency,
        lines=(
            *(
                EffectLine(
                    label=f"{line.task}, {line.person}",
                    amount=line.amount(rounded),
                    working=f"{said_hours(line.hours)} × {money(line.rate)}",
                )
                for line in lines
            ),
            EffectLine(label="Without VAT", amount=amount, kind=LineKind.GRAND),
        ),
        facts=(
            EffectFact(
                label="What follows", value=f"{ctx.preferences.business_name} invoices them. Nothing is paid now"
            ),
        ),
        confirm=f"Approve {money(amount)}",
    )
    return ApprovingHours(project, tuple(entries), amount, hours, effect)


def _named(ctx: Context, input: HoursToApprove) -> tuple[Project, Sequence[Entry]]:
    found = access_hours(ctx, input.entries)
    project = access_project(ctx, input.project) if input.project else found[0][1]
    for row, own in found:
        if own.id != project.id:
            raise PortalError("not_found", thing="entry of hours", reference=row.number, field="entries")
    return project, entries_of(ctx, project, col(TimeEntry.id).in_([row.id for row, _ in found]))


def _waiting(ctx: Context, input: HoursToApprove) -> tuple[Project, Sequence[Entry]]:
    project = access_project(ctx, input.project)
    day = col(TimeEntry.worked_on)
    within = [day >= input.month, day < month_after(input.month)] if input.month else []
    logged = (col(TimeEntry.billable), col(TimeEntry.state) == TimeEntryState.LOGGED)
    return project, [entry for entry in entries_of(ctx, project, *logged, *within) if entry.waits]


def _may_be_approved(entry: Entry) -> None:
    if not entry.row.billable:
        raise PortalError("hours_not_billable", field="entries", entry=entry.row.number)
    if entry.invoice is not None:
        state = f"on {entry.invoice.number}"
        raise PortalError("hours_settled", field="entries", entry=entry.row.number, state=state)
    if entry.row.state == TimeEntryState.APPROVED:
        raise PortalError("hours_settled", field="entries", entry=entry.row.number, state="approved")


@action(
    "projects.approve_hours",
    title="Approve hours",
    help="Approve the hours that were worked on your project: some, a month's, or all that wait.",
    role=Role.BILLING,
    gate="approve_work",
    page=PAGE,
    slash="/approve-hours",
    icon="circle-check",
    phrases=("approve the hours", "I approve the hours of this month", "the hours are fine, approve them all"),
    plan=plan_hours_approval,
    audit="{actor} approved hours: {sentence}.",
)
def approve_hours(ctx: Context, input: HoursToApprove, plan: ApprovingHours) -> HoursApproved:
    """Keeps who approved them, and when; a question about them ends."""
    for entry in plan.entries:
        row = entry.row
        row.state, row.question = TimeEntryState.APPROVED, ""
        row.approved_by, row.approved_at = ctx.actor.name, ctx.now
        ctx.session.add(row)
    ctx.emit("project.hours_approved", "projects", number=plan.project.number, entries=len(plan.entries))
    amount = ctx.money_in(plan.project.currency)(plan.amount)
    return HoursApproved(
        project=plan.project.number,
        entries=[entry.row.number for entry in plan.entries],
        hours=plan.hours,
        amount=plan.amount,
        currency=plan.project.currency,
        sentence=f"{plan.hours} of {plan.project.name} are approved, {amount} without tax",
    )


class QuestionAboutHours(BaseModel):
    """What is not clear about hours that were logged, in the customer's words."""

    entry: HoursNumber
    question: Question


class HoursQuestioned(BaseModel):
    """Hours with a question. They are not invoiced before it is answered."""

    entry: str
    project: str
    question: str
    sentence: str


@dataclass(frozen=True)
class Questioning:
    """The hours that are asked about."""

    entry: Entry
    project: Project
    effect: Effect


def plan_question(ctx: Context, input: QuestionAboutHours) -> Questioning:
    """Raises hours_settled once they are on an invoice, hours_not_billable, not_found."""
    [(row, project)] = access_hours(ctx, [input.entry], field="entry")
    must_be_open(project)
    [entry] = entries_of(ctx, project, col(TimeEntry.id) == row.id)
    if not row.billable:
        raise PortalError("hours_not_billable", field="entry", entry=row.number)
    if entry.invoice is not None:
        raise PortalError("hours_settled", field="entry", entry=row.number, state=f"on {entry.invoice.number}")
    business = ctx.preferences.business_name
    facts = [
        EffectFact(label="Hours", value=f"{said_hours(row.hours)}, {row.task}, {row.person}"),
        EffectFact(label="Day", value=format_day(row.worked_on)),
        EffectFact(label="Your question", value=input.question),
        EffectFact(label="What follows", value=f"{business} answers first; until then these hours are not invoiced"),
    ]
    return Questioning(
        entry, project, Effect(title=f"Ask about {row.number}", facts=tuple(facts), confirm="Send question")
    )


@action(
    "projects.question_hours",
    title="Ask about hours",
    help="Ask about hours that were logged on your project; they are not invoiced before you have an answer.",
    role=Role.BILLING,
    gate="approve_work",
    page=PAGE,
    slash="/ask-about-hours",
    icon="circle-help",
    phrases=(
        "I have a question about the hours",
        "what were these hours for",
        "these hours on the project look wrong to me",
    ),
    plan=plan_question,
    audit="{actor} asked about {entry}: {question}",
)
def question_hours(ctx: Context, input: QuestionAboutHours, plan: Questioning) -> HoursQuestioned:
    """Keeps the question; an approval of these hours is taken back."""
    row = plan.entry.row
    row.state, row.question, row.approved_by, row.approved_at = TimeEntryState.QUESTIONED, input.question, "", None
    ctx.session.add(row)
    about = f"{row.number}, {said_hours(row.hours)} of {plan.project.name}, {row.task} on {format_day(row.worked_on)}"
    ctx.emit("project.hours_questioned", "projects", number=plan.project.number, entry=row.number, about=about,
             question=input.question)  # fmt: skip
    which = f"{said_hours(row.hours)} on {format_day(row.worked_on, year=row.worked_on.year != ctx.today.year)}"
    return HoursQuestioned(
        entry=row.number,
        project=plan.project.number,
        question=input.question,
        sentence=f"Your question about {which} is with {ctx.preferences.business_name}",
    )
