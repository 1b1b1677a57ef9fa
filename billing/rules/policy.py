"""The billing policy: twelve settings that a business chooses, and that a plan may choose otherwise.

CONTRIBUTING.md says what each value means, with one worked example. The first value is the default.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from fractions import Fraction

from pydantic import BaseModel, ConfigDict

from billing.money import round_down, round_half_up


class Granularity(StrEnum):
    """What a part of a period is counted in."""

    DAY = "day"
    SECOND = "second"


class ChangeDay(StrEnum):
    """Whose the day of a plan change is, where days are counted."""

    NEW_PLAN = "new_plan"
    OLD_PLAN = "old_plan"


class CancellationDay(StrEnum):
    """Whether the day of a cancellation (or of a pause) is paid for, where days are counted."""

    USED = "used"
    UNUSED = "unused"


class Downgrade(StrEnum):
    """When a change to something cheaper starts: at once, with credit for what is not used, or at period end."""

    TODAY = "today"
    RENEWAL = "renewal"


class IntervalChange(StrEnum):
    """A plan of another interval starts a whole period today, or is charged until the next billing day, which stays."""

    RESET = "reset"
    KEEP = "keep"


class PausePolicy(StrEnum):
    """A pause credits the unused part at once, starts at the period's end, or starts at once and credits nothing."""

    CREDIT = "credit"
    PERIOD_END = "period_end"
    NO_CREDIT = "no_credit"


class CancellationPolicy(StrEnum):
    """What an immediate cancellation gives back: credit, a refund of what was paid and the rest as credit, or none."""

    CREDIT = "credit"
    REFUND = "refund"
    NOTHING = "nothing"


class CreditNoteRounding(StrEnum):
    """A credit note's net and tax are each rounded, or its gross is rounded and the tax is what remains."""

    NET_AND_TAX = "net_and_tax"
    GROSS = "gross"


class Order(StrEnum):
    """What comes off first. Coupons on lines always come before coupons on the invoice."""

    COUPONS_TAX_CREDITS = "coupons_tax_credits"
    TAX_COUPONS_CREDITS = "tax_coupons_credits"


class RenewalPrice(StrEnum):
    """A renewal costs what was agreed at the start, or what the plan costs now."""

    KEPT = "kept"
    LATEST = "latest"


class Rounding(StrEnum):
    """How the fraction of a minor unit at the end of a line is dropped: half up (away from zero), or down."""

    HALF_UP = "half_up"
    DOWN = "down"


class MonthDays(StrEnum):
    """How many days a month has when a part of it is priced: those it has, or always 30 (a year 360)."""

    ACTUAL = "actual"
    THIRTY = "thirty"


class Policy(BaseModel):
    """The settings as they hold for one plan."""

    model_config = ConfigDict(frozen=True)

    granularity: Granularity = Granularity.DAY
    change_day: ChangeDay = ChangeDay.NEW_PLAN
    cancellation_day: CancellationDay = CancellationDay.USED
    downgrade: Downgrade = Downgrade.TODAY
    fewer_seats: Downgrade = Downgrade.RENEWAL
    interval_change: IntervalChange = IntervalChange.RESET
    pause: PausePolicy = PausePolicy.CREDIT
    cancellation: CancellationPolicy = CancellationPolicy.CREDIT
    credit_note: CreditNoteRounding = CreditNoteRounding.NET_AND_TAX
    order: Order = Order.COUPONS_TAX_CREDITS
    renewal_price: RenewalPrice = RenewalPrice.KEPT
    rounding: Rounding = Rounding.HALF_UP
    month_days: MonthDays = MonthDays.ACTUAL

    @property
    def round(self) -> Callable[[Fraction], int]:
        """Rounds the end of a line to whole minor units."""
        return round_half_up if self.rounding is Rounding.HALF_UP else round_down

    @property
    def taxes_first(self) -> bool:
        """Whether tax is worked out before any coupon comes off."""
        return self.order is Order.TAX_COUPONS_CREDITS

    @property
    def renews_at_latest(self) -> bool:
        """Whether a renewal takes the newest version of the plan's price."""
        return self.renewal_price is RenewalPrice.LATEST

    def overridden(self, changes: dict[str, str]) -> Policy:
        """The policy with a plan's own settings over it. Raises pydantic's ValidationError for an unknown value."""
        return Policy.model_validate(self.model_dump() | changes) if changes else self
