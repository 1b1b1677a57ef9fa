"""What is known of a project: its steps and hours, and what is billed, paid and outstanding of its budget."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Numeric, cast, extract, func, literal, union_all
from sqlalchemy import select as sql_select
from sqlmodel import col, or_, select

from billing.context import Context
from billing.dates import format_day
from billing.errors import PortalError
from billing.models.invoices import Invoice, InvoiceKind, InvoiceStatus
from billing.models.projects import Milestone, MilestoneState, Project, TimeEntry, TimeEntryState
from billing.rules.hours import Worked, gathered

DEAD = (InvoiceStatus.DRAFT, InvoiceStatus.VOID)
FINISHED = (MilestoneState.DONE, MilestoneState.APPROVED)


@dataclass
class Standing:
    """A project against its budget, in minor units with tax. Credit notes that correct its invoices are taken off.

    `outstanding` is what its invoices still ask for; `paid` what came in, by whatever way.
    """

    billed: int = 0
    outstanding: int = 0
    written_off: int = 0

    @property
    def paid(self) -> int:
        return max(self.billed - self.outstanding - self.written_off, 0)


@dataclass(frozen=True)
class Step:
    """A milestone, with its invoice while that counts: not for one that is void."""

    milestone: Milestone
    invoice: Invoice | None

    @property
    def finished(self) -> bool:
        return self.milestone.state in FINISHED

    @property
    def waits(self) -> bool:
        """Whether the customer is asked to approve it."""
        return self.milestone.state == MilestoneState.DONE and self.invoice is None


@dataclass(frozen=True)
class Entry:
    """Hours as they were logged, with their invoice while that counts."""

    row: TimeEntry
    invoice: Invoice | None

    @property
    def free(self) -> bool:
        """Whether it can still change: it is on no invoice."""
        return self.invoice is None

    @property
    def waits(self) -> bool:
        """Whether the customer is asked to approve it."""
        return self.free and self.row.billable and self.row.state == TimeEntryState.LOGGED

    @property
    def worked(self) -> Worked:
        row = self.row
        return Worked(row.person, row.task, row.rate, row.hours, row.worked_on, row.worked_on)


@dataclass
class Pile:
    """Hours that stand together: how many there are, and what each line of an invoice would come to."""

    hours: Decimal = Decimal(0)
    entries: int = 0
    lines: list[Worked] = field(default_factory=list)

    def add(self, worked: Worked) -> None:
        self.hours += worked.hours
        self.entries += worked.entries
        self.lines.append(worked)

    def amount(self, rounded: Callable[[Fraction], int]) -> int:
        """What they come to without tax, each line rounded once."""
        return sum(line.amount(rounded) for line in gathered(self.lines))


@dataclass
class Month:
    """The work of a month: all of it, what is billable, what waits for approval, what is asked about."""

    first: date
    all: Pile = field(default_factory=Pile)
    billable: Pile = field(default_factory=Pile)
    waiting: Pile = field(default_factory=Pile)
    questioned: Pile = field(default_factory=Pile)
    ready: Pile = field(default_factory=Pile)


def approved_first(ctx: Context) -> bool:
    """Whether work waits for the customer's approval before it is invoiced.

    It does unless the business says otherwise, or has switched approvals off.
    """
    return ctx.preferences.invoice_work == "approved" and ctx.preferences.approve_work


def ready_states(ctx: Context) -> tuple[TimeEntryState, ...]:
    """The states in which billable hours can be invoiced; with a question they never can."""
    if approved_first(ctx):
        return (TimeEntryState.APPROVED,)
    return (TimeEntryState.LOGGED, TimeEntryState.APPROVED)


def must_be_open(project: Project) -> None:
    """Raises `project_closed`."""
    if project.closed_on is not None:
        raise PortalError("project_closed", project=project.name, day=format_day(project.closed_on))


def step_at(project: Project, steps: Sequence[Step], position: int) -> Step:
    """The milestone at that place. Raises `milestone_not_found`."""
    found = next((s for s in steps if s.milestone.position == position), None)
    if found is None:
        raise PortalError(
            "milestone_not_found", field="milestone", project=project.name, milestone=position, count=len(steps)
        )
    return found


def standings(ctx: Context, ids: Sequence[int]) -> dict[int, Standing]:
    """The projects' standings by id, in one statement."""
    corrected = Invoice.__table__.alias("corrected")  # type: ignore[attr-defined]
    theirs: tuple[ColumnElement[bool], ...] = (
        col(Invoice.customer_id) == ctx.customer.id, col(Invoice.status).not_in(DEAD),
    )  # fmt: skip
    bills = sql_select(
        col(Invoice.project_id), func.sum(Invoice.total), func.sum(Invoice.due), func.sum(Invoice.written_off)
    )
    bills = bills.where(*theirs, col(Invoice.kind) == InvoiceKind.INVOICE, col(Invoice.project_id).in_(ids))
    notes = sql_select(corrected.c.project_id, func.sum(Invoice.total), literal(0), literal(0))
    notes = notes.join(corrected, corrected.c.id == col(Invoice.corrects_id))
    notes = notes.where(*theirs, col(Invoice.kind) == InvoiceKind.CREDIT_NOTE, corrected.c.project_id.in_(ids))
    both = union_all(bills.group_by(col(Invoice.project_id)), notes.group_by(corrected.c.project_id))
    found: dict[int, Standing] = defaultdict(Standing)
    for project_id, total, due, written_off in ctx.session.connection().execute(both):
        standing = found[project_id]
        standing.billed += int(total)
        standing.outstanding += int(due)
        standing.written_off += int(written_off)
    return found


def steps_of(ctx: Context, ids: Sequence[int]) -> dict[int, list[Step]]:
    """The projects' milestones in order, by the project's id."""
    rows = ctx.session.exec(
        select(Milestone, Invoice)
        .outerjoin(Invoice, col(Invoice.id) == Milestone.invoice_id)
        .where(col(Milestone.project_id).in_(ids))
        .order_by(col(Milestone.project_id), col(Milestone.position))
    ).all()
    found: dict[int, list[Step]] = defaultdict(list)
    for milestone, invoice in rows:
        found[milestone.project_id].append(Step(milestone, _alive(invoice)))
    return found


def entries_of(
    ctx: Context,
    project: Project,
    *conditions: Any,
    newest: bool = False,
    limit: int | None = None,
    skip: int = 0,
) -> list[Entry]:
    """The project's hours, the oldest first unless the newest are wanted; `conditions` narrow them."""
    order = (col(TimeEntry.worked_on), col(TimeEntry.id))
    rows = ctx.session.exec(
        select(TimeEntry, Invoice)
        .outerjoin(Invoice, col(Invoice.id) == TimeEntry.invoice_id)
        .where(TimeEntry.project_id == project.id, *conditions)
        .order_by(*[column.desc() if newest else column for column in order])
        .offset(skip or None)
        .limit(limit)
    ).all()
    return [Entry(row, _alive(invoice)) for row, invoice in rows]


def _alive(invoice: Invoice | None) -> Invoice | None:
    return None if invoice is None or invoice.status == InvoiceStatus.VOID else invoice


def on_no_invoice() -> ColumnElement[bool]:
    """Says, in a statement that has the invoice joined, that an entry can be put on one."""
    return or_(col(TimeEntry.invoice_id).is_(None), col(Invoice.status) == InvoiceStatus.VOID)


def ready_entries(ctx: Context, project: Project, until: date | None = None) -> list[Entry]:
    """The hours that can be invoiced now, up to and with a day."""
    up_to = [] if until is None else [col(TimeEntry.worked_on) <= until]
    return entries_of(
        ctx, project, col(TimeEntry.billable), col(TimeEntry.state).in_(ready_states(ctx)), on_no_invoice(), *up_to
    )


def waiting_hours(ctx: Context, ids: Collection[int]) -> dict[int, int]:
    """How many entries of each project wait for the customer's approval."""
    rows = ctx.session.exec(
        select(TimeEntry.project_id, func.count())
        .outerjoin(Invoice, col(Invoice.id) == TimeEntry.invoice_id)
        .where(
            col(TimeEntry.project_id).in_(ids),
            col(TimeEntry.billable),
            TimeEntry.state == TimeEntryState.LOGGED,
            on_no_invoice(),
        )
        .group_by(col(TimeEntry.project_id))
    ).all()
    return {project_id: int(count) for project_id, count in rows}


def months_of(ctx: Context, project: Project) -> list[Month]:
    """The project's months with work in them, the newest first; one statement that counts in the database."""
    year, month = extract("year", col(TimeEntry.worked_on)), extract("month", col(TimeEntry.worked_on))
    hundredths = func.sum(cast(func.round(cast(TimeEntry.hours, Numeric) * 100), BigInteger))
    by = (year, month, TimeEntry.person, TimeEntry.task, TimeEntry.rate, TimeEntry.billable, TimeEntry.state)
    settled = col(Invoice.status)
    rows = ctx.session.connection().execute(
        sql_select(*by, settled, hundredths, func.count(), func.min(TimeEntry.worked_on), func.max(TimeEntry.worked_on))  # type: ignore[call-overload]
        .select_from(TimeEntry)
        .outerjoin(Invoice, col(Invoice.id) == TimeEntry.invoice_id)
        .where(col(TimeEntry.project_id) == project.id)
        .group_by(*by, settled)
    )
    found: dict[date, Month] = {}
    ready = ready_states(ctx)
    for year_of, month_of, person, task, rate, billable, state, status, sum_of, count, first, last in rows:
        day = date(int(year_of), int(month_of), 1)
        worked = Worked(person, task, int(rate), Decimal(int(sum_of)) / 100, first, last, int(count))
        one = found.setdefault(day, Month(day))
        one.all.add(worked)
        if not billable:
            continue
        one.billable.add(worked)
        if status not in (None, InvoiceStatus.VOID):
            continue
        if state == TimeEntryState.QUESTIONED:
            one.questioned.add(worked)
        if state == TimeEntryState.LOGGED:
            one.waiting.add(worked)
        if state in ready:
            one.ready.add(worked)
    return sorted(found.values(), key=lambda m: m.first, reverse=True)
