"""A line's arithmetic is data: what it says can be worked out again and read aloud."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from billing.invoices.line_words import said, told
from billing.money import format_money
from billing.rules.arithmetic import arithmetic_of, part_in, priced_in, worked_out_again
from billing.rules.coupons import Off, may_join, off_document
from billing.rules.policy import Rounding
from billing.rules.proration import Part, Period, Priced, rest_of_period

MARCH = Period(date(2026, 3, 1), date(2026, 4, 1))


def euros(minor: int) -> str:
    return format_money(minor, "EUR")


PERCENTS = st.decimals(0, 100, places=2)
NAMES = st.text("abc ", max_size=5)
OFFS = st.builds(Off, label=NAMES, percent=PERCENTS, code=NAMES) | st.builds(
    Off, label=NAMES, amount=st.fractions(0, 10**6, max_denominator=9)
)
PRICED = st.builds(
    Priced, unit_amount=st.integers(0, 10**7), quantity=st.integers(0, 500), discount_percent=PERCENTS,
    base_amount=st.integers(0, 10**6), included=st.integers(0, 20), offs=st.lists(OFFS, max_size=3).map(tuple),
)  # fmt: skip
PARTS = st.none() | st.builds(
    Part, first=st.just(date(2026, 3, 1)), used=st.integers(0, 366), of=st.integers(1, 366),
    end=st.just(date(2026, 4, 1)),
)  # fmt: skip


@given(PRICED, PARTS, st.sampled_from(Rounding), st.booleans())
def test_the_amount_is_found_again_from_what_is_kept(
    priced: Priced, part: Part | None, rounding: Rounding, gives_back: bool
) -> None:
    made = arithmetic_of(priced, part, of="Growth", unit="seats", rounding=rounding, gives_back=gives_back)
    kept = json.loads(json.dumps(made))

    assert worked_out_again(kept) == made["amount"]
    assert abs(Fraction(kept["exact"]) - made["amount"]) < 1
    assert priced_in(kept).exact(part_in(kept)) == abs(Fraction(kept["exact"]))
    assert said(kept, euros) and told(kept, euros).endswith(euros(made["amount"]))


def test_16_of_31_days_of_growth() -> None:
    data = arithmetic_of(Priced(49_00, 5), rest_of_period(MARCH, date(2026, 3, 16)), of="Growth", unit="seats")

    assert told(data, euros) == "16 of 31 days of Growth, 5 seats × €49.00 = €126.45"
    assert said(data, euros) == "5 × €49.00 × 16 of 31 days, 16–31 March"
    assert (data["exact"], data["amount"]) == ("392000/31", 126_45)


def test_what_comes_off_is_named() -> None:
    offs = (Off("Spring", Decimal(10), code="SPRING"), Off("Welcome", amount=Fraction(5_00), code="HELLO"))
    data = arithmetic_of(
        Priced(100_00, discount_percent=Decimal(20), discount_label="Loyalty", offs=offs), None, of="Pro"
    )

    assert data["amount"] == 67_00
    assert told(data, euros) == (
        "Pro, €100.00, less 20% (Loyalty), less 10% (Spring), less €5.00 (Welcome) = €67.00"
    )  # fmt: skip


def test_included_seats_are_named() -> None:
    team = Priced(10_00, 5, base_amount=40_00, included=3)
    within = Priced(10_00, 2, base_amount=40_00, included=3)

    said_of = [told(arithmetic_of(p, None, of="Team", unit="seats"), euros) for p in (team, within)]
    assert said_of == [
        "Team, €40.00 with 3 seats included + 2 more × €10.00 = €60.00",
        "Team, €40.00 with 3 seats included = €40.00",
    ]


def test_a_coupon_that_stands_alone_joins_nothing() -> None:
    alone, other = Off("Alone", Decimal(50), combines=False), Off("Other", Decimal(10))

    assert may_join([], alone) and may_join([other], other)
    assert not may_join([other], alone) and not may_join([alone], other)


def test_coupons_on_a_document_come_off_one_after_another_and_never_below_zero() -> None:
    offs = [
        Off("Ten", Decimal(10)),
        Off("Fifty", amount=Fraction(50_00)),
        Off("All", Decimal(100)),
        Off("More", Decimal(5)),
    ]

    assert [d.amount for d in off_document([99_99], offs)] == [10_00, 50_00, 39_99]
    assert [d.amount for d in off_document([99_99], offs[:2], Fraction(1, 2))] == [10_00, 25_00]
