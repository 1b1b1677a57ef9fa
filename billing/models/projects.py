"""Projects that are billed by milestone or by the hour."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from billing.models.columns import DecimalText, key, maybe_moment, minor, moment, ref


class MilestoneState(StrEnum):
    """Work is planned, active, then done; a done one the customer approves, and it can be invoiced."""

    PLANNED = "planned"
    ACTIVE = "active"
    DONE = "done"
    APPROVED = "approved"


class Project(SQLModel, table=True):
    """A piece of work with a budget, without tax."""

    id: int | None = key()
    number: str = Field(unique=True)
    customer_id: int = ref("customer.id", index=True)
    name: str
    currency: str
    budget: int = minor()
    hourly_rate: int = minor()  # what an hour costs when its entry says nothing else
    tax_rate: Decimal = Field(default=Decimal(0), sa_type=DecimalText)  # percent, added to the budget
    closed_on: date | None = None
    created_at: datetime = moment()


class Milestone(SQLModel, table=True):
    """A step of a project; its invoice, once there is one."""

    __table_args__ = (UniqueConstraint("project_id", "position"),)
    id: int | None = key()
    project_id: int = ref("project.id", index=True)
    position: int  # people name it by the project's number and this: PRJ-2026-0001, milestone 2
    name: str
    amount: int = minor()
    state: str = MilestoneState.PLANNED
    due_on: date | None = None
    approved_by: str = ""
    approved_at: datetime | None = maybe_moment()
    invoice_id: int | None = ref("invoice.id", nullable=True)


class TimeEntryState(StrEnum):
    """Staff log hours; the customer approves or questions what is billable."""

    LOGGED = "logged"
    APPROVED = "approved"
    QUESTIONED = "questioned"


class TimeEntry(SQLModel, table=True):
    """Hours that somebody worked on a project. `rate` is minor units an hour, without tax."""

    __tablename__ = "time_entry"
    __table_args__ = (Index("ix_time_entry_project", "project_id", "worked_on", "id"),)
    id: int | None = key()
    number: str = Field(unique=True)  # TIME-2026-0001
    project_id: int = ref("project.id")
    milestone_id: int | None = ref("milestone.id", nullable=True)
    person: str
    task: str
    worked_on: date
    hours: Decimal = Field(sa_type=DecimalText)
    rate: int = minor()
    billable: bool = True
    state: str = TimeEntryState.LOGGED
    question: str = ""  # what the customer asks about it
    approved_by: str = ""
    approved_at: datetime | None = maybe_moment()
    invoice_id: int | None = ref("invoice.id", nullable=True, index=True)
    created_at: datetime = moment()
