"""What is sold by the period, and who has it."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from billing.models.columns import DecimalText, key, maybe_moment, minor, moment, ref


class Product(SQLModel, table=True):
    """A service, such as Hosting. Its plans may be switched among each other."""

    id: int | None = key()
    name: str = Field(unique=True)
    description: str = ""


class Interval(StrEnum):
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


class Plan(SQLModel, table=True):
    """A level of a product at a price: flat, or per seat with a least and a most number of seats."""

    __table_args__ = (UniqueConstraint("product_id", "name", "interval", "currency"),)
    id: int | None = key()
    product_id: int = ref("product.id", index=True)
    name: str  # "Growth"; empty where the product has one plan
    interval: str = Interval.MONTH
    currency: str
    unit_amount: int = minor()  # a period, without tax; per seat when per_seat
    per_seat: bool = False
    least_seats: int = 1
    most_seats: int = 1
    tax_rate: Decimal = Field(default=Decimal(0), sa_type=DecimalText)  # percent, added to the price
    features: list[str] = Field(default_factory=list, sa_type=JSON)
    offered: bool = True
    position: int = 0
    downgrade: str = ""  # today or renewal: when a change to a cheaper plan starts; empty: as the business has it
    fewer_seats: str = ""  # the same for fewer seats


class SubscriptionStatus(StrEnum):
    TRIALING = "trialing"
    ACTIVE = "active"
    PAUSED = "paused"
    PAST_DUE = "past_due"
    ENDING = "ending"
    ENDED = "ended"


class Subscription(SQLModel, table=True):
    """A customer's plan. The period is [period_start, period_end): period_end is the next renewal."""

    __table_args__ = (Index("ix_subscription_renewal", "status", "period_end"),)
    id: int | None = key()
    number: str = Field(unique=True)
    customer_id: int = ref("customer.id", index=True)
    plan_id: int = ref("plan.id")
    seats: int = 1
    discount_percent: Decimal = Field(default=Decimal(0), sa_type=DecimalText)
    discount_label: str = ""
    detail: str = ""  # what it is for, where the plan doesn't say: the domains' names
    status: str = SubscriptionStatus.ACTIVE
    started_on: date
    anchor_day: int  # day of the month on which periods start, 1 to 31
    period_start: date
    period_end: date
    trial_end: date | None = None
    ends_on: date | None = None
    pending_plan_id: int | None = ref("plan.id", nullable=True)
    pending_seats: int | None = None
    pending_on: date | None = None
    created_at: datetime = moment()


class SubscriptionChange(SQLModel, table=True):
    """The history: who did what, when, through which channel, at what price."""

    __tablename__ = "subscription_change"
    id: int | None = key()
    number: str = Field(unique=True)  # CHG-2026-0093
    subscription_id: int = ref("subscription.id", index=True)
    at: datetime = moment()
    actor: str
    channel: str
    sentence: str
    before: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    after: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    invoice_id: int | None = ref("invoice.id", nullable=True)
    undone_at: datetime | None = maybe_moment()
