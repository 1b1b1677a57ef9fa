"""Hours of a project between two days: who worked, on what, and how long."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from unicodedata import combining, normalize

from pydantic import BaseModel, Field
from sqlalchemy import BigInteger, Numeric, cast, func
from sqlalchemy import select as sql_select
from sqlmodel import col

from billing.access import access_project
from billing.actions.projects import PAGE, HoursRow, hours_row
from billing.context import Context
from billing.errors import PortalError
from billing.models.projects import Project, TimeEntry
from billing.projects.overview import entries_of
from billing.references import Day, PersonName, ProjectNumber, check_days
from billing.registry import Role, query


class HoursInput(BaseModel):
    """Which project (the only open one by itself), between which days (both included), and whose hours.

    `person` is a name or a part of it; accents need not be typed.
    """

    project: ProjectNumber | None = None
    since: Day | None = None
    until: Day | None = None
    person: PersonName = ""
    page: int = Field(default=1, ge=1, le=100_000)


class PersonHours(BaseModel):
    """How long somebody worked, and in how many entries."""

    person: str
    hours: Decimal
    entries: int


class HoursOfDays(BaseModel):
    """The hours of those days: by person, the most first, and entry by entry, the newest first, 50 a page."""

    project: str
    name: str
    currency: str
    since: date | None
    until: date | None
    hours: Decimal
    people: list[PersonHours]
    entries: list[HoursRow]
    page: int
    pages: int


@query(
    "projects.hours",
    title="Hours by day and person",
    help="Show who worked on a project between two days, on what, and for how long.",
    role=Role.VIEWER,
    gate="projects_shown",
    page="/projects",
    slash="/hours",
    icon="folder-kanban",
    phrases=(
        "what did {person} do on {since}",
        "how many hours did {person} work",
        "who worked on {since}",
        "hours by person",
        "show the hours of {person}",
    ),
)
def show_hours(ctx: Context, input: HoursInput) -> HoursOfDays:
    """The hours that match, added up by person. Raises `invalid_input` for a name that nobody on the project has.

    So it does for days out of order.
    """
    check_days(input.since, input.until)
    project = access_project(ctx, input.project)
    people = _people(ctx, project, input)
    entries = sum(one.entries for one in people)
    within = [*_days(input), col(TimeEntry.person).in_([one.person for one in people])]
    skip = (input.page - 1) * PAGE
    found = entries_of(ctx, project, *within, newest=True, limit=PAGE, skip=skip) if entries else []
    return HoursOfDays(
        project=project.number,
        name=project.name,
        currency=project.currency,
        since=input.since,
        until=input.until,
        hours=sum((one.hours for one in people), Decimal(0)),
        people=people,
        entries=[hours_row(ctx, entry, {}) for entry in found],
        page=input.page,
        pages=max(-(-entries // PAGE), 1),
    )


def _people(ctx: Context, project: Project, input: HoursInput) -> list[PersonHours]:
    """Who of that name worked in those days, the most first; who didn't, but works on the project, has no hours."""
    hundredths = cast(func.round(cast(TimeEntry.hours, Numeric) * 100), BigInteger)
    days: Any = _days(input)
    counted = func.count().filter(*days) if days else func.count()
    summed = func.sum(hundredths).filter(*days) if days else func.sum(hundredths)
    found = (
        ctx.session.connection()
        .execute(
            sql_select(col(TimeEntry.person), summed, counted)
            .where(col(TimeEntry.project_id) == project.id)
            .group_by(col(TimeEntry.person))
        )
        .all()
    )
    wanted = plain_name(input.person)
    known = [
        PersonHours(person=person, hours=Decimal(int(hours or 0)) / 100, entries=int(entries))
        for person, hours, entries in found
        if wanted in plain_name(person)
    ]
    if wanted and not known:
        worked = ", ".join(sorted(str(person) for person, *_ in found))
        those = f" Who has: {worked}." if worked else ""
        problem = f"Nobody called “{input.person}” has worked on {project.name}.{those}"
        raise PortalError("invalid_input", field="person", problem=problem)
    return sorted((one for one in known if one.entries), key=lambda one: (-one.hours, one.person))


def _days(input: HoursInput) -> list[Any]:
    worked_on = col(TimeEntry.worked_on)
    since = [worked_on >= input.since] if input.since else []
    return [*since, worked_on <= input.until] if input.until else since


def plain_name(name: str) -> str:
    """A name as people type it: small letters without accents."""
    return "".join(sign for sign in normalize("NFKD", name.strip().lower()) if not combining(sign))
