"""Coupons, and who redeemed them."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel

from billing.models.columns import DecimalText, key, minor, moment, ref


class Duration(StrEnum):
    """For how long a coupon takes something off: one invoice, `periods` of them, or all."""

    ONCE = "once"
    PERIODS = "periods"
    FOREVER = "forever"


class CouponScope(StrEnum):
    """What it comes off: the plan's own line, or the whole invoice after the coupons on its lines."""

    LINE = "line"
    INVOICE = "invoice"


class Coupon(SQLModel, table=True):
    """A percentage, or an amount of one currency, off what a subscription costs. `uses` is a running count."""

    id: int | None = key()
    code: str = Field(unique=True)  # upper case
    name: str
    percent: Decimal = Field(default=Decimal(0), sa_type=DecimalText)  # 0 where it is an amount
    amount: int = minor()
    currency: str = ""
    scope: str = CouponScope.LINE
    duration: str = Duration.ONCE
    periods: int = 1
    plans: list[str] = Field(default_factory=list, sa_type=JSON)  # codes of plans; empty: any
    redeem_by: date | None = None  # the last day
    most_uses: int | None = None
    most_uses_per_customer: int | None = None
    combines: bool = True  # whether it may stand beside another one on the same subscription
    offered: bool = True
    uses: int = 0
    created_at: datetime = moment()


class Redemption(SQLModel, table=True):
    """A coupon on a subscription, as long as `periods_left` says (None: without end)."""

    id: int | None = key()
    coupon_id: int = ref("coupon.id", index=True)
    customer_id: int = ref("customer.id", index=True)
    subscription_id: int = ref("subscription.id", index=True)
    redeemed_on: date
    periods_left: int | None = None
    ended_on: date | None = None
    created_at: datetime = moment()
