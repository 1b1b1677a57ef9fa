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
    code: str = Field(default="", unique=True)  # what staff and coupons name it by: hosting-growth-month
    base_amount: int = minor()  # for a per-seat plan: what a period costs with its included seats
    included_seats: int = 0  # seats that `base_amount` covers
    version: int = 1  # of the price: the newest PlanPrice's
    trial_days: int = 0
    switch_to: list[str] = Field(default_factory=list, sa_type=JSON)  # codes of plans it may change to; empty: all
    policy: dict[str, str] = Field(default_factory=dict, sa_type=JSON)  # settings that differ from the business's


class PlanPrice(SQLModel, table=True):
    """One version of a plan's price, for good: who started at it keeps it, or not, as the policy says."""

    __tablename__ = "plan_price"
    __table_args__ = (UniqueConstraint("plan_id", "version"),)
    id: int | None = key()
    plan_id: int = ref("plan.id")
    version: int
    unit_amount: int = minor()
    base_amount: int = minor()
    included_seats: int = 0
    created_at: datetime = moment()


class SubscriptionStatus(StrEnum):
    """`scheduled` starts on a later day; `ending` runs until `ends_on`, and can be taken back until then."""

    SCHEDULED = "scheduled"
    TRIALING = "trialing"
    ACTIVE = "active"
    PAUSED = "paused"
    PAST_DUE = "past_due"
    ENDING = "ending"
    ENDED = "ended"


class Anchor(StrEnum):
    """On which day periods start: the day of the month on which the subscription began, or one that was chosen."""

    START_DAY = "start_day"
    FIXED = "fixed"


class Subscription(SQLModel, table=True):
    """A customer's plan. The period is [period_start, period_end): period_end is the next renewal.

    In a trial the period is the trial. While it is paused the period is the last one that was served. What is
    planned lies in pending_* (plan, seats), pause_on, resumes_on and ends_on, and can be taken back until its day.
    """

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
    pending_version: int | None = None  # the price of the pending plan that was agreed
    pending_on: date | None = None
    price_version: int = 1  # the PlanPrice of its plan that it is billed at
    anchor: str = Anchor.START_DAY
    anchor_time: str = ""  # "15:30:00" where the customer is, when the policy counts seconds; empty: midnight
    auto_charge: bool = False  # what it bills is charged to the default card
    pause_on: date | None = None  # a pause that is planned
    paused_on: date | None = None
    resumes_on: date | None = None  # None: the pause is open
    pause_reason: str = ""
    cancel_reason: str = ""
    ended_on: date | None = None
    created_at: datetime = moment()


class PeriodKind(StrEnum):
    """What a stretch of a subscription's life is: `ended` is one between its end and its reactivation."""

    TRIAL = "trial"
    SERVICE = "service"
    PAUSE = "pause"
    ENDED = "ended"


class SubscriptionPeriod(SQLModel, table=True):
    """A stretch [start, end) of a subscription's life. They tile it, from its start to where it is now.

    A change that ends a stretch early (a pause, a cancellation, a new anchor) moves its end. An open pause has none.
    The unique start is what makes a renewal happen once.
    """

    __tablename__ = "subscription_period"
    __table_args__ = (UniqueConstraint("subscription_id", "start"),)
    id: int | None = key()
    subscription_id: int = ref("subscription.id")
    start: date
    end: date | None = None
    kind: str = PeriodKind.SERVICE
    invoice_id: int | None = ref("invoice.id", nullable=True)


class AddOn(SQLModel, table=True):
    """Something sold beside a plan: each period, or once. `unit_amount` is without tax, for one."""

    __tablename__ = "add_on"
    id: int | None = key()
    code: str = Field(unique=True)
    product_id: int | None = ref("product.id", nullable=True)  # None: beside any product
    name: str
    currency: str
    unit_amount: int = minor()
    recurring: bool = True
    tax_rate: Decimal = Field(default=Decimal(0), sa_type=DecimalText)
    offered: bool = True


class SubscriptionAddOn(SQLModel, table=True):
    """An add-on on a subscription, from `added_on` until the day before `removed_on`, at the price agreed then."""

    __tablename__ = "subscription_add_on"
    id: int | None = key()
    subscription_id: int = ref("subscription.id", index=True)
    add_on_id: int = ref("add_on.id")
    quantity: int = 1
    unit_amount: int = minor()
    added_on: date
    removed_on: date | None = None  # may lie ahead: then it runs until there


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
    price: int = minor()  # what a period costs after it, without tax
    currency: str = ""
    invoice_id: int | None = ref("invoice.id", nullable=True)
    undone_at: datetime | None = maybe_moment()
