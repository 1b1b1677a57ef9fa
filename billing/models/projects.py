"""Projects that are billed by milestone or by the hour."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from sqlmodel import Field, SQLModel

from billing.models.columns import DecimalText, key, minor, moment, ref


class MilestoneState(StrEnum):
    PLANNED = "planned"
    ACTIVE = "active"
    DONE = "done"


class Project(SQLModel, table=True):
    """A piece of work with a budget, without tax."""

    id: int | None = key()
    number: str = Field(unique=True)
    customer_id: int = ref("customer.id", index=True)
    name: str
    currency: str
    budget: int = minor()
    tax_rate: Decimal = Field(default=Decimal(0), sa_type=DecimalText)  # percent, added to the budget
    created_at: datetime = moment()


class Milestone(SQLModel, table=True):
    """A step of a project; its invoice, once there is one."""

    id: int | None = key()
    project_id: int = ref("project.id", index=True)
    position: int
    name: str
    amount: int = minor()
    state: str = MilestoneState.PLANNED
    due_on: date | None = None
    invoice_id: int | None = ref("invoice.id", nullable=True)
