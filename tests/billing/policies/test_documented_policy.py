"""What CONTRIBUTING.md says each setting means: its worked examples are what the engine does, word for word."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from billing.jobs import bill_due
from billing.rules.policy import Policy
from billing.verify import verify
from tests.billing.policies.shop import Shop

GUIDE = Path(__file__).parents[3] / "CONTRIBUTING.md"
MARCH = (date(2026, 3, 1), date(2026, 4, 1))
APRIL = (date(2026, 4, 1), date(2026, 5, 1))


def money(minor: int) -> str:
    return f"{Decimal(minor) / 100:,.2f}"


def day(on: date) -> str:
    return f"{on.day} {on:%B %Y}"


def from_basic_to_plus(shop: Shop, month: tuple[date, date], old: int, new: int) -> str:
    """The switch from Basic to Plus on the 16th at noon."""
    basic = shop.at(month[0].replace(day=16)).sell("Basic", old)
    shop.sell("Plus", new)
    shop.subscribe(basic, *month)
    done = shop.switch("Plus")
    part = done.arithmetic(0)["part"]
    return (
        f"{money(old)} to {money(new)} on {day(month[0].replace(day=16))} at noon: {part['used']:,} of {part['of']:,} "
        f"{part['counted']}s, {money(done.credit)} back, {money(done.charge)} charged"
    )


def in_march(shop: Shop) -> str:
    return from_basic_to_plus(shop, MARCH, 50_00, 100_00)


def in_april(shop: Shop) -> str:
    return from_basic_to_plus(shop, APRIL, 300_00, 500_00)


def cancelled_on_the_first(shop: Shop) -> str:
    plan = shop.at(APRIL[0]).sell("Basic", 160_00, tax_rate=Decimal(25))
    shop.subscribe(plan, *APRIL)
    done = shop.do("subscriptions.cancel", when="now")
    note = shop.invoice(done.credit_note)
    part = shop.lines(done.credit_note)[0].arithmetic["part"]
    return (
        f"160.00 and 25 % tax, cancelled on {day(APRIL[0])}: {part['used']} of {part['of']} days, "
        f"{money(-note.subtotal)} and {money(-note.tax)} tax, {money(-note.total)} back"
    )


def to_something_cheaper(shop: Shop) -> str:
    shop.at(date(2026, 4, 16)).sell("Basic", 50_00)
    shop.subscribe(shop.sell("Plus", 100_00), *APRIL)
    done = shop.switch("Basic")
    back = f"{money(-done.total)} back" if done.paper else "nothing back"
    return f"100.00 to 50.00 on 16 April 2026: starts on {day(done.done.starts_on)}, {back}"


def to_fewer_seats(shop: Shop) -> str:
    seats = {"per_seat": True, "least_seats": 1, "most_seats": 9}
    shop.at(date(2026, 4, 16)).subscribe(shop.sell("Team", 10_00, **seats), *APRIL, seats=5)
    done = shop.switch(seats=3)
    back = f"{money(-done.total)} back" if done.paper else "nothing back"
    return f"5 seats to 3 at 10.00 on 16 April 2026: starts on {day(done.done.starts_on)}, {back}"


def to_a_year(shop: Shop) -> str:
    shop.at(date(2026, 4, 16)).sell("Growth", 730_00, interval="year")
    shop.subscribe(shop.sell("Growth", 100_00), *APRIL)
    done = shop.switch(interval="year")
    return (
        f"100.00 a month to 730.00 a year on 16 April 2026: {money(done.credit)} back, {money(done.charge)} charged, "
        f"renews on {day(done.done.renews_on)}"
    )


def paused(shop: Shop) -> str:
    shop.at(date(2026, 4, 16)).subscribe(shop.sell("Basic", 100_00), *APRIL)
    done = shop.do("subscriptions.pause")
    back = f"{money(done.credited)} back" if done.credited else "nothing back"
    return f"100.00, paused on 16 April 2026: pauses on {day(done.takes_effect)}, {back}"


def cancelled_after_paying(shop: Shop) -> str:
    shop.at(date(2026, 4, 16)).subscribe(shop.sell("Basic", 100_00), *APRIL)
    number = shop.invoices()[0].number
    shop.as_staff("payments.record", amount=80_00, invoices=[number], reference="A-1", received_on="2026-04-10")
    done = shop.do("subscriptions.cancel", when="now")
    off = 20_00 - shop.invoices()[0].due
    kept = done.credited - done.refunded - off
    return (
        f"100.00, of which 80.00 is paid, cancelled on 16 April 2026: {money(off)} off what is owed, "
        f"{money(done.refunded)} refunded, {money(kept)} kept as credit"
    )


def with_a_coupon(shop: Shop) -> str:
    plan = shop.at(date(2026, 4, 1)).sell("Basic", 100_00, tax_rate=Decimal(25))
    shop.subscribe(plan, *APRIL, coupons=[{"code": "TEN", "percent": Decimal(10), "duration": "forever"}])
    first = shop.invoices()[0]
    return f"100.00, a coupon of 10 % and 25 % tax: tax {money(first.tax)}, total {money(first.total)}"


def renewed_after_a_rise(shop: Shop) -> str:
    plan = shop.at(date(2026, 4, 16)).sell("Basic", 50_00)
    shop.subscribe(plan, *APRIL)
    shop.raise_price(plan, 60_00)
    shop.at(APRIL[1])
    bill_due(shop.contexts)
    return f"50.00, raised to 60.00 in April 2026: the renewal on 1 May costs {money(shop.invoices()[-1].total)}"


EXAMPLES: dict[tuple[str, str], Callable[[Shop], str]] = {
    ("granularity", "day"): in_april,
    ("granularity", "second"): in_april,
    ("change_day", "new_plan"): in_march,
    ("change_day", "old_plan"): in_march,
    ("cancellation_day", "used"): cancelled_on_the_first,
    ("cancellation_day", "unused"): cancelled_on_the_first,
    ("downgrade", "today"): to_something_cheaper,
    ("downgrade", "renewal"): to_something_cheaper,
    ("fewer_seats", "renewal"): to_fewer_seats,
    ("fewer_seats", "today"): to_fewer_seats,
    ("interval_change", "reset"): to_a_year,
    ("interval_change", "keep"): to_a_year,
    ("pause", "credit"): paused,
    ("pause", "period_end"): paused,
    ("pause", "no_credit"): paused,
    ("cancellation", "credit"): cancelled_after_paying,
    ("cancellation", "refund"): cancelled_after_paying,
    ("cancellation", "nothing"): cancelled_after_paying,
    ("credit_note", "net_and_tax"): cancelled_on_the_first,
    ("credit_note", "gross"): cancelled_on_the_first,
    ("order", "coupons_tax_credits"): with_a_coupon,
    ("order", "tax_coupons_credits"): with_a_coupon,
    ("renewal_price", "kept"): renewed_after_a_rise,
    ("renewal_price", "latest"): renewed_after_a_rise,
    ("rounding", "half_up"): in_march,
    ("rounding", "down"): in_march,
    ("month_days", "actual"): in_march,
    ("month_days", "thirty"): in_march,
}


def on_a_fixed_day(shop: Shop, interval: str, price: int) -> str:
    """A start on 10 April that is billed on the 1st, and the renewal after it."""
    shop.at(date(2026, 4, 10)).sell("Basic", price, interval=interval)
    started = shop.do("subscriptions.start", plan="Service Basic", anchor_day=1)
    part = shop.lines(started.invoice)[0].arithmetic["part"]
    shop.at(started.renews_on)
    bill_due(shop.contexts)
    line = shop.lines(shop.invoices()[-1].number or "")[0]
    assert line.period_start == started.renews_on and line.period_end is not None
    return (
        f"{money(price)} from 10 April 2026 on the 1st: {money(started.due)} for {part['used']} of {part['of']} days, "
        f"then {money(line.amount)} on {day(line.period_start)} for {(line.period_end - line.period_start).days} days"
    )


FIXED = {"month": 100_00, "quarter": 445_00, "year": 730_00}


def documented() -> dict[tuple[str, str], tuple[str, str]]:
    """Of each setting and value in the guide's table: what it means, and its example."""
    found: dict[tuple[str, str], tuple[str, str]] = {}
    name = ""
    for line in GUIDE.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if line.startswith("|") and len(cells) == 4 and cells[1].startswith("`"):
            name = cells[0].strip("`") or name
            found[name, cells[1].strip("`")] = (cells[2], cells[3])
    return found


def test_every_value_of_every_setting_is_told_the_default_first() -> None:
    fields = {name: field.annotation for name, field in Policy.model_fields.items()}
    told = list(documented())

    assert sorted(told) == sorted((name, str(value)) for name, values in fields.items() for value in values or ())
    first = dict(reversed(told))
    assert first == {name: str(field.default) for name, field in Policy.model_fields.items()}


@pytest.mark.parametrize(("name", "value"), EXAMPLES, ids=[f"{name}={value}" for name, value in EXAMPLES])
def test_the_example_is_what_happens(shop: Shop, name: str, value: str) -> None:
    shop.set(**{name: value})

    assert EXAMPLES[name, value](shop) == documented()[name, value][1]
    assert verify(shop.contexts) == []


@pytest.mark.parametrize("interval", FIXED)
def test_a_fixed_day_begins_with_a_part_whatever_the_interval(shop: Shop, interval: str) -> None:
    assert f"| `{interval}` | {on_a_fixed_day(shop, interval, FIXED[interval])} |" in GUIDE.read_text().splitlines()
    assert verify(shop.contexts) == []
