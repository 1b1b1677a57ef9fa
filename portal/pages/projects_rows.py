"""A project, its steps, its hours and its budget in the words of the page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from babel.dates import format_date
from pydantic import BaseModel

from billing.actions.projects import HoursRow, MilestoneRow, MonthRow, ProjectDetail, ProjectRow
from billing.dates import SENTENCES
from billing.rules.hours import said_hours
from portal.components.sums import SumLine
from portal.days import said_short_day, short_day
from portal.state import money

MARKS = {
    "logged": ("part", "Waits for you"),
    "approved": ("good", "Approved"),
    "questioned": ("warn", "You asked"),
    "invoiced": ("good", "Invoiced"),
    "included": ("off", "In the price"),
}


class ProjectChip(BaseModel):
    """A project to open."""

    number: str
    name: str
    open: bool


class StepItem(BaseModel):
    """A milestone as the page shows it. `kind` colours its bar; `mark` and `state` are its status."""

    position: int
    name: str
    kind: str
    when: str
    mark: str
    state: str
    amount: str
    invoice: str
    waits: bool


class MonthChip(BaseModel):
    """A month to open; `waits` is how many of its entries wait."""

    month: str
    name: str
    waits: int
    open: bool


class HoursItem(BaseModel):
    """Hours as the table shows them."""

    entry: str
    day: str
    person: str
    task: str
    second: str
    hours: str
    amount: str
    rate: str
    mark: str
    state: str
    invoice: str
    waits: bool
    can_ask: bool
    question: str


class BudgetPart(BaseModel):
    """A part of the budget's bar: its share of the width in percent, and what it is."""

    kind: str
    width: str
    words: str
    amount: str


def month_name(month: date) -> str:
    """March 2026."""
    return str(format_date(month, "MMMM y", locale=SENTENCES))


def chips(rows: Sequence[ProjectRow], opened: str) -> list[ProjectChip]:
    """The projects to choose from, where there are several."""
    return [ProjectChip(number=row.number, name=row.name, open=row.number == opened) for row in rows]


def headline(row: ProjectRow, today: date) -> str:
    """How it stands, in a sentence."""
    if row.closed_on is not None:
        return f"{row.number}. Closed on {short_day(row.closed_on)}."
    steps = len(row.milestones)
    done = sum(step.state in ("done", "approved") for step in row.milestones)
    late = next(
        (s for s in row.milestones if s.state not in ("done", "approved") and s.due_on and s.due_on < today), None
    )
    pace = f"“{late.name}” was planned for {said_short_day(late.due_on, today)}." if late else "On schedule."
    return f"{row.number}. {done} of {steps} milestones done. {pace}" if steps else f"{row.number}. {pace}"


def step_item(step: MilestoneRow, currency: str, today: date) -> StepItem:
    """A milestone in words."""
    kind = {"done": "done", "approved": "done", "active": "now"}.get(step.state, "")
    day = said_short_day(step.due_on, today)
    when = {"done": "Done", "approved": "Done"}.get(step.state, f"By {day}" if day else "Later")
    if step.invoice:
        mark, state = "good", "Invoiced"
    elif step.waits:
        mark, state = "part", "Waits for your approval"
    else:
        mark, state = {
            "approved": ("good", f"Approved by {step.approved_by}" if step.approved_by else "Approved"),
            "active": ("live", "In progress"),
        }.get(step.state, ("open", "Planned"))
    return StepItem(
        position=step.position,
        name=step.name,
        kind=kind,
        when=when,
        mark=mark,
        state=state,
        amount=money(step.amount, currency),
        invoice=step.invoice or "",
        waits=step.waits,
    )


def budget_parts(row: ProjectRow) -> list[BudgetPart]:
    """The budget's bar: paid, billed and not paid, left; what is billed beyond the budget fills it whole."""
    whole = max(row.budget, row.billed, 1)
    written_off = max(row.billed - row.paid - row.outstanding, 0)
    parts = [
        ("settled", "Paid", row.paid),
        ("topay", "To pay", row.outstanding),
        ("gone", "Written off", written_off),
        ("rest", "Not billed yet", max(row.left, 0)),
    ]
    return [
        BudgetPart(kind=kind, width=f"{amount * 100 / whole:.2f}%", words=words, amount=money(amount, row.currency))
        for kind, words, amount in parts
        if amount or kind in ("settled", "topay")
    ]


def budget_sum(shown: ProjectDetail) -> list[SumLine]:
    """The budget as a sum."""
    row = shown.project

    def said(amount: int) -> str:
        return money(amount, row.currency)

    tax = "with VAT" if row.budget != row.budget_without_tax else ""
    ends = "Left of the budget" if row.left >= 0 else "Beyond the budget"
    return [
        SumLine(label="Budget", note=tax, amount=said(row.budget)),
        SumLine(label="Billed", note=f"{row.percent_billed}%", amount=said(-row.billed)),
        SumLine(label=ends, amount=said(abs(row.left)), kind="grand"),
    ]


def month_chips(months: Sequence[MonthRow], opened: date | None) -> list[MonthChip]:
    """The months to choose from, the newest first."""
    return [
        MonthChip(month=f"{m.month:%Y-%m}", name=month_name(m.month), waits=m.waiting, open=m.month == opened)
        for m in months
    ]


def month_words(month: MonthRow, currency: str) -> str:
    """A month's work in a sentence."""
    if not month.billable_hours:
        return f"{said_hours(month.hours)} in {month_name(month.month)}, all of it in the price."
    billed = f"{said_hours(month.billable_hours)} of it billed by the hour"
    return (
        f"{said_hours(month.hours)} in {month_name(month.month)}, {billed}: "
        f"{money(month.amount, currency)} without VAT."
    )


def hours_item(row: HoursRow, currency: str) -> HoursItem:
    """Hours in words; their month stands over them with its year."""
    mark, state = MARKS.get(row.state, ("open", row.state.capitalize()))
    rate = f"{said_hours(row.hours)} × {money(row.rate, currency)}" if row.billable else ""
    return HoursItem(
        entry=row.entry,
        day=short_day(row.worked_on, year=False),
        person=row.person,
        task=row.task,
        second=" · ".join(part for part in (row.person, row.milestone) if part),
        hours=said_hours(row.hours),
        amount=money(row.amount, currency) if row.billable else "",
        rate=rate,
        mark=mark,
        state=state,
        invoice=row.invoice or "",
        waits=row.state == "logged",
        can_ask=row.state in ("logged", "approved"),
        question=row.question,
    )
