"""Cases that others publish, in their manuals and in their own tests, under the policy that is theirs."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction

import pytest

from billing.rules.policy import Policy
from billing.rules.proration import Period, Priced, all_of, rest_of_period, unused_part
from billing.rules.renewal import next_start
from billing.rules.tax import vat
from billing.rules.totals import Discount, NewLine, document_totals

MONTH, YEAR = "month", "year"
SECONDS = {"granularity": "second"}

# where it is from, policy, interval, start, day of the change, old price, new price, credit, charge
CHANGES = [
    ("Stripe, Prorations: halfway from 10 to 20", SECONDS, MONTH, date(2026, 6, 1), date(2026, 6, 16),
     10_00, 20_00, 5_00, 10_00),
    ("Datacake on Stripe: halfway from 1 to 3", SECONDS, MONTH, date(2026, 6, 1), date(2026, 6, 16),
     1_00, 3_00, 50, 1_50),
    ("Baremetrics: a week after 12 to 24, of four weeks", SECONDS, MONTH, date(2026, 2, 1), date(2026, 2, 8),
     12_00, 24_00, 9_00, 18_00),
    ("Zoho Billing, prorated billing: 50 to 100 with 16 of 31 days left", {}, MONTH, date(2026, 3, 1),
     date(2026, 3, 16), 50_00, 100_00, 25_81, 51_61),
    ("Zoho Billing, proration: 300 to 500 ten days after 5 April", {}, MONTH, date(2024, 4, 5), date(2024, 4, 15),
     300_00, 500_00, 200_00, 333_33),
    ("Zoho, fair billing: 30 to 60 with 15 of 30 days left", {}, MONTH, date(2026, 4, 1), date(2026, 4, 16),
     30_00, 60_00, 15_00, 30_00),
    ("Polar: middle of the month", {}, MONTH, date(2025, 6, 1), date(2025, 6, 16), 100_00, 300_00, 50_00, 150_00),
    ("Polar: third of the month", {}, MONTH, date(2025, 6, 1), date(2025, 6, 11), 100_00, 300_00, 66_67, 200_00),
    ("Polar: February of a leap year", {}, MONTH, date(2024, 2, 18), date(2024, 2, 25),
     100_00, 300_00, 75_86, 227_59),
    ("Polar: two months into a year", {}, YEAR, date(2024, 8, 1), date(2024, 10, 1),
     1_000_00, 3_000_00, 832_88, 2_498_63),
    ("Polar: a leap year", {}, YEAR, date(2024, 2, 18), date(2024, 9, 5), 1_000_00, 3_000_00, 453_55, 1_360_66),
    ("Polar: no leap year", {}, YEAR, date(2023, 2, 18), date(2023, 9, 5), 1_000_00, 3_000_00, 454_79, 1_364_38),
    ("Polar: to nothing", {}, MONTH, date(2025, 6, 1), date(2025, 6, 16), 100_00, 0, 50_00, 0),
    ("Polar: from nothing", {}, MONTH, date(2025, 6, 1), date(2025, 6, 16), 0, 100_00, 0, 50_00),
    ("Autumn: halfway from 20 to 50", {}, MONTH, date(2026, 6, 1), date(2026, 6, 16), 20_00, 50_00, 10_00, 25_00),
]  # fmt: skip


@pytest.mark.parametrize(
    ("policy", "interval", "start", "on", "old", "new", "credit", "charge"),
    [case[1:] for case in CHANGES],
    ids=[case[0] for case in CHANGES],
)
def test_a_change_in_the_middle(
    policy: dict[str, str], interval: str, start: date, on: date, old: int, new: int, credit: int, charge: int
) -> None:
    period = Period(start, next_start(start, interval, start.day), interval)
    midnight = datetime(on.year, on.month, on.day, tzinfo=UTC)
    part = rest_of_period(period, on, Policy().overridden(policy), midnight)

    assert (Priced(old).for_part(part), Priced(new).for_part(part)) == (credit, charge)


# where it is from, interval, start and the day until which it is billed, anchor day, the part
STUBS = [
    ("Kill Bill, leading: from 1 February to the 13th", MONTH, date(2011, 2, 1), date(2011, 2, 13), 13, (12, 31)),
    ("Kill Bill, annual: from 31 January to 15 January", YEAR, date(2011, 1, 31), date(2012, 1, 15), 15, (349, 365)),
    ("Kill Bill, annual: from 15 December to 4 December", YEAR, date(2010, 12, 15), date(2011, 12, 4), 4, (354, 365)),
    ("Kill Bill, quarterly: from 1 February to the 13th", "quarter", date(2011, 2, 1), date(2011, 2, 13), 13,
     (12, 92)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("interval", "start", "end", "anchor", "part"), [case[1:] for case in STUBS], ids=[case[0] for case in STUBS]
)
def test_a_first_period_that_is_only_a_part(
    interval: str, start: date, end: date, anchor: int, part: tuple[int, int]
) -> None:
    stub = all_of(Period(start, end, interval, anchor))

    assert (stub.used, stub.of) == part
    assert next_start(stub.end, interval, anchor) > end


def test_lago_an_upgrade_on_15_january_leaves_17_of_31_days() -> None:
    part = rest_of_period(Period(date(2026, 1, 1), date(2026, 2, 1)), date(2026, 1, 15))

    assert 1 - part.fraction == Fraction(14, 31)
    assert 100_00 - Priced(100_00).for_part(part) == 45_16


def test_lago_a_coupon_on_one_of_two_lines_with_taxes_of_their_own() -> None:
    lines = [NewLine("Plan 1", 179_00, 179_00, tax_rate=Decimal(10)),
             NewLine("Plan 2", 399_00, 399_00 - 250_00, tax_rate=Decimal(20))]  # fmt: skip
    sums = document_totals(Policy(), lines)

    assert (sums.tax, sums.total) == (47_70, 375_70)


def test_lago_coupons_on_the_invoice_are_shared_among_its_lines_before_tax() -> None:
    amounts = (992_90, 2_997_70, 31_30, 64_60, 31_30, 19_99)
    lines = [NewLine("Fee", amount, amount, tax_rate=Decimal(10)) for amount in amounts]
    sums = document_totals(Policy(), lines, [Discount("TEN", "10 off", 10_00), Discount("TEN", "10 off", 10_00)])

    assert (sums.subtotal, sums.discount, sums.tax, sums.total) == (4_137_79, 20_00, 411_78, 4_529_57)


def test_lago_two_lines_are_taxed_once_together() -> None:
    sums = document_totals(Policy(), [NewLine("Add-on", 68_33, 68_33, taxes=vat(Decimal(20)))] * 2)

    assert (sums.tax, sums.total) == (27_33, 163_99)


@pytest.mark.parametrize(
    ("rounding", "net", "tax", "total"),
    [("net_and_tax", 154_67, 38_67, 193_34), ("gross", 154_67, 38_66, 193_33)],
)
def test_160_with_25_percent_cancelled_on_the_first_day_of_30(rounding: str, net: int, tax: int, total: int) -> None:
    policy = Policy().overridden({"credit_note": rounding})
    part = unused_part(Period(date(2026, 4, 1), date(2026, 5, 1)), date(2026, 4, 1), policy)
    exact = -Priced(160_00).exact(part)
    data = {"exact": f"{exact.numerator}/{exact.denominator}"}
    line = NewLine("Not used", -160_00, policy.round(exact), tax_rate=Decimal(25), arithmetic=data)
    sums = document_totals(policy, [line])

    assert (-sums.subtotal, -sums.tax, -sums.total) == (net, tax, total)


def test_chargebee_asks_whether_the_day_of_a_cancellation_is_billed() -> None:
    april = Period(date(2026, 4, 1), date(2026, 5, 1))
    unused = Policy().overridden({"cancellation_day": "unused"})

    assert unused_part(april, date(2026, 4, 16)).used == 14
    assert unused_part(april, date(2026, 4, 16), unused).used == 15
    assert unused_part(april, date(2026, 4, 30)).used == 0
