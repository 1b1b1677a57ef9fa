"""The story's project: its steps, and the hours that were worked on it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlmodel import Session, select

from billing.models.invoices import Invoice
from billing.models.people import Customer
from billing.models.projects import Milestone, MilestoneState, Project, TimeEntry, TimeEntryState
from billing.posting.books import Books
from portal.seeds.background import at
from portal.seeds.papers import PAPERS, VAT

STARTED = date(2025, 12, 15)
HOUR = 85_00
STEPS = (
    ("Discovery", MilestoneState.DONE, date(2026, 1, 9)),
    ("Design", MilestoneState.DONE, date(2026, 2, 13)),
    ("Build", MilestoneState.ACTIVE, date(2026, 3, 27)),
    ("Launch", MilestoneState.PLANNED, date(2026, 4, 24)),
)
ILSE, TOMAS, NOOR = "Ilse Brand", "Tomáš Bělohlávek", "Noor van Dam"
APPROVED_ON = date(2026, 3, 2)


@dataclass(frozen=True)
class Work:
    """Hours of a day: within a milestone's price, or extra and billed."""

    on: date
    person: str
    task: str
    hours: str
    milestone: int = 3
    extra: bool = False
    question: str = ""


WORKED = (
    Work(date(2026, 1, 5), ILSE, "Workshop in the showroom", "6", milestone=1),
    Work(date(2026, 1, 7), NOOR, "Interviews with customers", "5.5", milestone=1),
    Work(date(2026, 1, 20), NOOR, "Sketches", "7", milestone=2),
    Work(date(2026, 2, 4), NOOR, "Screens for phone and desk", "7.5", milestone=2),
    Work(date(2026, 2, 11), ILSE, "Design review", "2", milestone=2),
    Work(date(2026, 2, 18), ILSE, "Pages and templates", "7.5"),
    Work(date(2026, 2, 24), TOMAS, "Fabric configurator", "4", extra=True),
    Work(date(2026, 2, 25), ILSE, "Pages and templates", "6"),
    Work(date(2026, 2, 26), TOMAS, "Fabric configurator", "3.5", extra=True),
    Work(date(2026, 3, 3), ILSE, "Pages and templates", "7"),
    Work(date(2026, 3, 4), TOMAS, "Fabric configurator", "5", extra=True),
    Work(date(2026, 3, 5), NOOR, "Photos of 24 fabrics", "2.75", extra=True),
    Work(date(2026, 3, 6), TOMAS, "Call about the web shop", "1.5", extra=True,
         question="Was this call not part of the design?"),
    Work(date(2026, 3, 10), TOMAS, "Fabric configurator", "2.5", extra=True),
    Work(date(2026, 3, 11), ILSE, "Speed on phones", "4"),
)  # fmt: skip


def add_project(session: Session, books: Books, customer: Customer) -> Project:
    """The main customer's project with its steps; what is billed of it comes with the documents."""
    project = Project(
        number=books.give_number("PRJ", STARTED),
        customer_id=customer.id or 0,
        name="Showroom website redesign",
        currency="EUR",
        budget=9_600_00,
        hourly_rate=HOUR,
        tax_rate=VAT,
        created_at=at(STARTED),
    )
    session.add(project)
    session.flush()
    session.add_all(
        Milestone(project_id=project.id or 0, position=place, name=name, amount=2_400_00, state=state, due_on=day)
        for place, (name, state, day) in enumerate(STEPS, start=1)
    )
    session.flush()
    return project


def link_milestones(session: Session, project: Project) -> None:
    """Each milestone that is billed knows its invoice."""
    for paper in PAPERS:
        if paper.milestone:
            invoice = session.exec(select(Invoice).where(Invoice.number == paper.number)).one()
            _step(session, project, paper.milestone).invoice_id = invoice.id


def _step(session: Session, project: Project, position: int) -> Milestone:
    return session.exec(
        select(Milestone).where(Milestone.project_id == project.id, Milestone.position == position)
    ).one()


def add_hours(session: Session, books: Books, project: Project, approver: str) -> None:
    """The hours: those of February are approved, those of March wait, about one there is a question."""
    steps = {place: _step(session, project, place).id for place in range(1, len(STEPS) + 1)}
    for work in WORKED:
        approved = work.extra and work.on < APPROVED_ON
        state = TimeEntryState.QUESTIONED if work.question else TimeEntryState.LOGGED
        session.add(
            TimeEntry(
                number=books.give_number("TIME", work.on),
                project_id=project.id or 0,
                milestone_id=None if work.extra else steps[work.milestone],
                person=work.person,
                task=work.task,
                worked_on=work.on,
                hours=Decimal(work.hours),
                rate=HOUR,
                billable=work.extra,
                state=TimeEntryState.APPROVED if approved else state,
                question=work.question,
                approved_by=approver if approved else "",
                approved_at=at(APPROVED_ON, 10) if approved else None,
                created_at=at(work.on, 17),
            )
        )
    session.flush()
