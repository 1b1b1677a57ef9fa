"""Parts of periods, by the worked examples."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.rules.policy import Policy
from billing.rules.proration import Period, Priced, part_from, rest_of_period, unused_part
from billing.rules.renewal import joint_renewal
from billing.rules.tax import taxes_of, vat

VAT = Decimal(21)


def switched(old: int, new: int, start: date, end: date, on: date) -> tuple[int, int]:
    """What is given back for the old price and charged for the new one."""
    part = rest_of_period(Period(start, end), on)
    return Priced(old).for_part(part), Priced(new).for_part(part)


def tax_of(net: int) -> int:
    [found] = taxes_of([(vat(VAT), net)])
    return found.amount


def test_from_50_to_100_with_16_of_31_days_left() -> None:
    part = rest_of_period(Period(date(2026, 3, 1), date(2026, 4, 1)), date(2026, 3, 16))

    assert (part.used, part.of) == (16, 31)
    assert switched(50_00, 100_00, date(2026, 3, 1), date(2026, 4, 1), date(2026, 3, 16)) == (25_81, 51_61)


def test_from_300_to_500_after_15_of_30_days() -> None:
    assert switched(300_00, 500_00, date(2026, 4, 1), date(2026, 5, 1), date(2026, 4, 16)) == (150_00, 250_00)


def test_hosting_growth_to_business_on_12_march() -> None:
    credit, charge = switched(180_00, 260_00, date(2026, 3, 1), date(2026, 4, 1), date(2026, 3, 12))

    assert (credit, charge, charge - credit) == (116_13, 167_74, 51_61)
    assert tax_of(charge - credit) == 10_84
    assert joint_renewal([(260_00, VAT)]).total == 314_60


def test_two_seats_for_13_of_28_days_are_rounded_once() -> None:
    part = rest_of_period(Period(date(2026, 2, 1), date(2026, 3, 1)), date(2026, 2, 16))

    assert Priced(6_50, 2).for_part(part) == 6_04
    assert 2 * Priced(6_50).for_part(part) == 6_04  # and here rounding each seat happens to give the same
    assert Priced(6_50, 2).exact(part) == Fraction(1300 * 13, 28)


def test_a_discount_is_taken_before_the_one_rounding() -> None:
    assert Priced(240_00, discount_percent=Decimal(10)).for_part() == 216_00
    assert Priced(3, discount_percent=Decimal("16.67")).for_part() == 2


@pytest.mark.parametrize(("net", "tax"), [(50, 11), (-50, -11), (0, 0), (816_54, 171_47), (-127_50, -26_78)])
def test_tax_is_rounded_half_up_and_alike_on_both_sides_of_zero(net: int, tax: int) -> None:
    assert tax_of(net) == tax


def test_the_day_of_a_change_belongs_to_the_new_plan() -> None:
    april = Period(date(2026, 4, 1), date(2026, 5, 1))

    assert rest_of_period(april, april.start).whole
    assert rest_of_period(april, date(2026, 4, 30)).used == 1


def test_a_day_after_the_period_is_refused_and_before_it_all_is_left() -> None:
    april = Period(date(2026, 4, 1), date(2026, 5, 1))
    old = Policy().overridden({"change_day": "old_plan"})

    for part in (rest_of_period, unused_part):
        with pytest.raises(ValueError, match="is after the period"):
            part(april, date(2026, 5, 1))
        assert part(april, date(2026, 3, 31), old).whole
    with pytest.raises(ValueError, match="is not in the period"):
        part_from(april, date(2026, 3, 31))


def test_the_three_regular_services_on_one_invoice() -> None:
    together = joint_renewal([(180_00, VAT), (117_00, VAT), (216_00, VAT)])

    assert (together.net, together.tax, together.total) == (513_00, 107_73, 620_73)


def test_each_rate_is_rounded_by_itself() -> None:
    assert joint_renewal([(3, VAT), (3, Decimal(9)), (2, VAT)]).tax == 1 + 0


@given(
    st.integers(0, 10**7), st.integers(1, 500), st.integers(0, 30), st.decimals(0, 100, places=2),
)  # fmt: skip
def test_a_line_is_never_more_than_half_a_cent_off(unit: int, seats: int, day: int, discount: Decimal) -> None:
    part = rest_of_period(Period(date(2026, 3, 1), date(2026, 4, 1)), date(2026, 3, 1 + day))
    exact = unit * seats * (100 - Fraction(discount)) / 100 * Fraction(31 - day, 31)

    assert abs(Priced(unit, seats, discount).for_part(part) - exact) <= Fraction(1, 2)
