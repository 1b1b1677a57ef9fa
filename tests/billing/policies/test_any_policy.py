"""Any policy, any day of any month, any prices: a switch is what a few lines of plain arithmetic say."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import count

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.billing.policies.shop import Shop

POLICIES = st.fixed_dictionaries({
    "granularity": st.sampled_from(["day", "second"]),
    "change_day": st.sampled_from(["new_plan", "old_plan"]),
    "rounding": st.sampled_from(["half_up", "down"]),
    "month_days": st.sampled_from(["actual", "thirty"]),
    "credit_note": st.sampled_from(["net_and_tax", "gross"]),
    "order": st.sampled_from(["coupons_tax_credits", "tax_coupons_credits"]),
})  # fmt: skip
PRICES = st.integers(0, 999_99)
PLACES = count(1)


def rounded(exact: Fraction, how: str) -> int:
    whole, rest = divmod(abs(exact), 1)
    more = how == "half_up" and rest >= Fraction(1, 2)
    return int(whole + more) * (1 if exact > 0 else -1)


def left_of(policy: dict[str, str], shop: Shop, start: date, end: date, on: date, at: time) -> tuple[int, int]:
    """How much of the period is the new plan's, and of how much."""
    if policy["granularity"] == "second":
        begin, over, now = (
            datetime.combine(day, clock, tzinfo=shop.zone).astimezone(UTC)
            for day, clock in ((start, time()), (end, time()), (on, at))
        )
        return int((over - now).total_seconds()), int((over - begin).total_seconds())
    days = (end - on).days - (policy["change_day"] == "old_plan")
    if policy["month_days"] == "thirty":
        return (30, 30) if days == (end - start).days else (min(days, 30), 30)
    return days, (end - start).days


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(
    policy=POLICIES, month=st.integers(0, 59), day=st.integers(0, 30), clock=st.times(time(0, 0, 1), time(23, 59, 59)),
    old=PRICES, new=PRICES, tax=st.sampled_from([0, 5, 21]), off=st.sampled_from([0, 10, 33]),
)  # fmt: skip
def test_a_switch_is_what_plain_arithmetic_says(
    shop: Shop, policy: dict[str, str], month: int, day: int, clock: time, old: int, new: int, tax: int, off: int
) -> None:
    year, place = 2024 + month // 12, next(PLACES)
    start = date(year, month % 12 + 1, 1)
    end = start + timedelta(days=monthrange(start.year, start.month)[1])
    on, at = start + timedelta(days=day % (end - start).days), clock.replace(microsecond=0)
    terms = {"policy": policy, "tax_rate": Decimal(tax)}
    first = shop.at(on, at).sell(f"Old {place}", old, **terms)
    second = shop.sell(f"New {place}", new, **terms)
    coupon = {"code": f"OFF{place}", "percent": Decimal(off), "duration": "forever"}
    number = shop.subscribe(first, start, end, number=f"SUB-{place}", coupons=[coupon] if off else [])

    done = shop.switch(second, subscription=number)

    how, late = policy["rounding"], policy["order"] == "tax_coupons_credits"
    used, of = left_of(policy, shop, start, end, on, at)
    kept = 1 if late else 1 - Fraction(off, 100)
    exact = [-old * kept * Fraction(used, of), new * kept * Fraction(used, of)]
    lines = [rounded(one, how) for one in exact]
    taken = sum(rounded(one * off / 100, how) for one in exact) if late else 0
    total = sum(lines) - taken + rounded(Fraction(sum(lines) * tax, 100), how)
    if policy["credit_note"] == "gross" and total < 0 and tax:
        total = rounded(sum(exact) * (1 + Fraction(tax, 100)) - taken, how)
    assert (done.credit, done.charge) == ((-lines[0], lines[1]) if used else (0, 0))
    assert done.total == total
