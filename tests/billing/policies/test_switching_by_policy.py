"""Switching plans under every setting, on both databases: what is given back and charged, to the cent."""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal

import pytest

from billing.jobs import bill_due
from billing.rules.arithmetic import worked_out_again
from tests.billing.policies.shop import Shop

MARCH = (date(2026, 3, 1), date(2026, 4, 1))
APRIL = (date(2026, 4, 1), date(2026, 5, 1))
MIDDLE = date(2026, 4, 16)
FEBRUARY = (date(2026, 2, 1), date(2026, 3, 1))

# the policy, the month, old and new price, the day of the change, and: credit, charge
CASES: list[tuple[dict[str, str], tuple[date, date], int, int, int, int, int]] = [
    ({}, APRIL, 300_00, 500_00, 16, 150_00, 250_00),
    ({}, MARCH, 50_00, 100_00, 16, 25_81, 51_61),
    ({}, MARCH, 50_00, 100_00, 1, 50_00, 100_00),
    ({}, MARCH, 50_00, 100_00, 31, 1_61, 3_23),
    ({}, FEBRUARY, 50_00, 100_00, 15, 25_00, 50_00),
    ({"change_day": "old_plan"}, APRIL, 300_00, 500_00, 16, 140_00, 233_33),
    ({"change_day": "old_plan"}, MARCH, 50_00, 100_00, 16, 24_19, 48_39),
    ({"change_day": "old_plan"}, MARCH, 50_00, 100_00, 1, 48_39, 96_77),
    ({"month_days": "thirty"}, MARCH, 50_00, 100_00, 16, 26_67, 53_33),
    ({"month_days": "thirty"}, MARCH, 50_00, 100_00, 2, 50_00, 100_00),
    ({"month_days": "thirty"}, FEBRUARY, 50_00, 100_00, 15, 23_33, 46_67),
    ({"month_days": "thirty"}, FEBRUARY, 50_00, 100_00, 1, 50_00, 100_00),
    ({"month_days": "thirty", "change_day": "old_plan"}, MARCH, 50_00, 100_00, 16, 25_00, 50_00),
    ({"rounding": "down"}, MARCH, 50_00, 100_00, 16, 25_80, 51_61),
    ({"rounding": "down"}, MARCH, 19_99, 29_99, 12, 12_89, 19_34),
    ({"granularity": "second"}, APRIL, 300_00, 500_00, 16, 145_00, 241_67),
    # March 2026 has 31 days less an hour in Amsterdam; 16 March, noon to 1 April are 15.5 days less that hour
    ({"granularity": "second"}, MARCH, 50_00, 100_00, 16, 24_97, 49_93),
    ({"granularity": "second", "change_day": "old_plan"}, APRIL, 300_00, 500_00, 16, 145_00, 241_67),
]  # fmt: skip


@pytest.mark.parametrize(
    ("policy", "month", "old", "new", "day", "credit", "charge"), CASES,
    ids=[f"{'-'.join(c[0].values()) or 'defaults'}-{c[2] // 100}-{c[4]}.{c[1][0].month}" for c in CASES],
)  # fmt: skip
def test_the_rest_of_a_month(
    shop: Shop, policy: dict[str, str], month: tuple[date, date], old: int, new: int, day: int, credit: int, charge: int
) -> None:
    shop.set(**policy)
    shop.at(month[0].replace(day=day)).subscribe(shop.sell("Basic", old), *month)
    shop.sell("Plus", new)

    done = shop.switch("Plus")

    assert (done.credit, done.charge, done.total) == (credit, charge, charge - credit)
    assert shop.periods() == [month]


def test_seconds_are_counted_from_the_moment_and_the_anchors_time_of_day(shop: Shop) -> None:
    shop.set(granularity="second")
    shop.sell("Plus", 500_00)
    shop.at(date(2026, 4, 16), time(15, 30)).subscribe(shop.sell("Basic", 300_00), *APRIL, anchor_time="15:30:00")

    done = shop.switch("Plus")

    assert (done.credit, done.charge) == (150_00, 250_00)
    assert done.arithmetic(1)["part"] == {
        "counted": "second", "used": 15 * 86_400, "of": 30 * 86_400, "first": "2026-04-16", "last": "2026-04-30",
    }  # fmt: skip


def test_a_day_of_23_hours_has_23_hours(shop: Shop) -> None:
    shop.set(granularity="second")
    shop.sell("Plus", 200_00)
    shop.at(date(2026, 3, 29), time(0)).subscribe(shop.sell("Basic", 100_00), *MARCH)

    done = shop.switch("Plus")

    part = done.arithmetic(1)["part"]
    assert (part["used"], part["of"]) == (71 * 3600, 743 * 3600)
    assert (done.credit, done.charge) == (9_56, 19_11)


def test_a_yearly_plan_starts_a_new_year_today(shop: Shop) -> None:
    shop.sell("Growth", 100_00, position=1)
    shop.sell("Growth", 1_000_00, interval="year")
    shop.at(date(2026, 4, 16)).subscribe("service-growth-month-eur", *APRIL)

    shown = shop.preview(interval="year")
    done = shop.switch(interval="year")

    assert (done.credit, done.charge, done.total) == (50_00, 1_000_00, 950_00)
    assert shop.periods() == [(date(2026, 4, 1), date(2026, 4, 16)), (date(2026, 4, 16), date(2027, 4, 16))]
    assert (shop.subscription().anchor_day, done.done.renews_on) == (16, date(2027, 4, 16))
    assert [(fact.label, fact.value) for fact in shown.effect.facts] == [
        ("Next renewal, 16 April 2027", "€1,000.00"),
        ("Price now", "€100.00 a month, then €1,000.00 a year"),
    ]


def test_a_plan_of_another_interval_is_called_by_it_and_found_by_it(shop: Shop) -> None:
    shop.sell("Growth", 1_000_00, interval="year")
    shop.sell("Plus", 2_000_00, interval="year")
    shop.at(date(2026, 4, 16)).subscribe(shop.sell("Growth", 100_00), *APRIL)

    [choice] = shop.ask("subscriptions.plans").rows

    assert [option.name for option in choice.options] == ["Growth", "Growth yearly", "Plus yearly"]
    titles = [
        shop.preview(**asked).effect.title
        for asked in ({"plan": "yearly Growth"}, {"plan": "Plus yearly"}, {"plan": "service-plus-year-eur"})
    ]
    assert titles == ["Switch Service to Growth yearly", "Switch Service to Plus yearly", *titles[1:2]]
    assert shop.refusal(interval="week").message == (
        "Your account can not be switched to weekly billing. Choose one of: Service Growth yearly, Service Plus yearly."
    )


def test_a_new_year_starts_tomorrow_where_the_day_belongs_to_the_old_plan(shop: Shop) -> None:
    shop.set(change_day="old_plan")
    shop.sell("Growth", 1_000_00, interval="year")
    shop.at(date(2026, 4, 16)).subscribe(shop.sell("Growth", 100_00), *APRIL)

    done = shop.switch(interval="year")

    assert (done.credit, done.charge) == (46_67, 1_000_00)
    assert shop.periods() == [(date(2026, 4, 1), date(2026, 4, 17)), (date(2026, 4, 17), date(2027, 4, 17))]


def test_an_interval_kept_fills_the_period_at_the_new_plans_daily_price(shop: Shop) -> None:
    shop.set(interval_change="keep")
    shop.sell("Growth", 730_00, interval="year")
    shop.at(date(2026, 4, 16)).subscribe(shop.sell("Growth", 100_00), *APRIL)

    done = shop.switch(interval="year")

    assert (done.credit, done.charge, done.total) == (50_00, 30_00, -20_00)  # 15 days of 2.00 each
    assert shop.periods() == [APRIL]
    assert (done.done.renews_on, done.done.next_price) == (APRIL[1], 730_00)


def test_from_a_year_to_months_at_once_and_kept(shop: Shop) -> None:
    year = (date(2025, 5, 1), date(2026, 5, 1))
    shop.set(interval_change="keep")
    shop.sell("Growth", 30_00)
    shop.at(date(2026, 3, 2)).subscribe(shop.sell("Growth", 365_00, interval="year"), *year)

    done = shop.switch(interval="month")

    assert (done.credit, done.charge) == (60_00, 60_00)  # 60 days of 1.00, and of April's 1.00
    assert done.arithmetic(1)["part"]["of"] == 30
    assert (shop.subscription().period_end, shop.periods()) == (year[1], [year])


def test_what_is_cheaper_waits_for_the_renewal_where_the_policy_says_so(shop: Shop) -> None:
    shop.set(downgrade="renewal")
    shop.sell("Basic", 300_00)
    shop.at(date(2026, 4, 16)).subscribe(shop.sell("Plus", 500_00), *APRIL)

    done = shop.switch("Basic")

    assert (done.paper, done.done.starts_on) == (None, APRIL[1])
    assert shop.subscription().pending_on == APRIL[1]
    assert shop.refusal(plan="Basic", starts="today").field == "starts"


def test_a_plans_own_settings_stand_over_the_businesss(shop: Shop) -> None:
    shop.sell("Plus", 100_00)
    own = {"change_day": "old_plan", "rounding": "down"}
    shop.at(date(2026, 3, 16)).subscribe(shop.sell("Basic", 50_00, policy=own), *MARCH)

    done = shop.switch("Plus")

    assert (done.credit, done.charge) == (24_19, 48_38)


def test_included_seats_are_paid_by_the_base(shop: Shop) -> None:
    seats = {"per_seat": True, "least_seats": 1, "most_seats": 50, "base_amount": 40_00, "included_seats": 3}
    shop.at(date(2026, 4, 16)).subscribe(shop.sell("Team", 10_00, **seats), *APRIL, seats=2)

    done = shop.switch(seats=5)

    assert (done.credit, done.charge) == (20_00, 30_00)  # half of 40.00, half of 40.00 + 2 × 10.00
    assert done.lines[1].working[0] == "(€40.00 + 2 × €10.00) × 15 of 30 days, 16–30 April = €30.00"
    assert done.done.next_price == 60_00


def test_add_ons_stay_as_they_are_in_the_same_interval_and_start_anew_in_another(shop: Shop) -> None:
    shop.sell("Plus", 200_00)
    shop.sell("Plus", 2_000_00, interval="year")
    support = [("Priority support", 30_00, 2)]
    shop.at(date(2026, 4, 16)).subscribe(shop.sell("Basic", 100_00), *APRIL, add_ons=support)

    same = shop.switch("Plus")
    other = shop.switch("Plus", interval="year")

    assert [line.amount for line in same.lines] == [-50_00, 100_00]
    assert same.done.next_price == 260_00
    assert [(line.description, line.amount) for line in other.lines] == [
        ("Service, Plus, not used", -100_00), ("Priority support, not used", -30_00),
        ("Service, Plus", 2_000_00), ("Priority support", 60_00),
    ]  # fmt: skip


def test_several_taxes_and_those_that_prices_contain(shop: Shop) -> None:
    shop.tax("5", "GST 5%")
    shop.tax("9.975", "QST 9.975%")
    shop.sell("Plus", 200_00)
    shop.at(date(2026, 4, 16)).subscribe(shop.sell("Basic", 100_00), *APRIL)

    done = shop.switch("Plus")

    assert (done.credit, done.charge) == (50_00, 100_00)
    assert done.paper is not None and (done.paper.subtotal, done.paper.tax, done.total) == (50_00, 2_50 + 4_99, 57_49)


def test_prices_with_tax_in_them_come_to_what_they_say(shop: Shop) -> None:
    shop.tax("21", "VAT 21%", inclusive=True)
    shop.sell("Plus", 242_00)
    shop.at(date(2026, 4, 16)).subscribe(shop.sell("Basic", 121_00), *APRIL)

    done = shop.switch("Plus")

    assert done.paper is not None
    assert (done.total, done.paper.tax, done.paper.tax_included) == (60_50, 10_50, 10_50)


def test_a_credit_bears_the_taxes_and_the_price_that_were_billed(shop: Shop) -> None:
    shop.tax("20", "VAT 20%")
    shop.sell("Basic", 100_00)
    shop.at(date(2026, 4, 1)).subscribe(shop.sell("Plus", 200_00), *APRIL)
    shop.raise_price("service-plus-month-eur", 900_00)
    shop.tax("10", "City tax 10%")

    done = shop.at(date(2026, 4, 16)).switch("Basic")

    assert (done.credit, done.charge) == (100_00, 50_00)
    assert done.total == -(100_00 + 20_00) + 50_00 + 10_00 + 5_00
    assert done.paper is not None and done.paper.corrects_id == shop.invoices()[0].id


def test_what_is_given_back_comes_off_the_invoice_that_is_still_open(shop: Shop) -> None:
    shop.sell("Basic", 100_00)
    shop.at(date(2026, 4, 16)).subscribe(shop.sell("Plus", 200_00), *APRIL)

    shown = shop.preview(plan="Basic")
    shop.switch("Basic")

    first, note = shop.invoices()
    assert ("Comes off " + (first.number or ""), "€50.00") in [(f.label, f.value) for f in shown.effect.facts]
    assert (first.due, note.credit_left, note.status) == (150_00, 0, "paid")


def test_nothing_is_given_back_of_an_invoice_that_is_void(shop: Shop) -> None:
    shop.sell("Plus", 200_00)
    shop.at(date(2026, 4, 16)).subscribe(shop.sell("Basic", 100_00), *APRIL)
    shop.void(shop.invoices()[0])

    assert shop.switch("Plus").credit == 0


def test_what_was_credited_by_hand_or_written_off_is_not_given_back_again(shop: Shop) -> None:
    shop.sell("Basic", 10_00, tax_rate=Decimal(25))
    shop.at(MIDDLE).subscribe(shop.sell("Plus", 200_00, tax_rate=Decimal(25)), *APRIL)
    number = shop.invoices()[0].number
    shop.as_staff("invoices.credit", invoice=number, lines=[{"line": 1, "amount": 80_00}], reason="A bad week")
    shop.as_staff("invoices.write_off", invoice=number, amount=30_00, reason="Agreed")

    done = shop.switch("Basic")

    assert done.credit == 52_80  # half of 200.00 − 80.00, less the 30.00 of 250.00 that were given up
    assert done.charge == 5_00


def test_a_plan_names_what_it_may_be_switched_to(shop: Shop) -> None:
    plus = shop.sell("Plus", 200_00)
    shop.sell("Scale", 400_00)
    shop.at(date(2026, 4, 16)).subscribe(shop.sell("Basic", 100_00, switch_to=[plus]), *APRIL)

    refused = shop.refusal(plan="Scale", subscription="SUB-1")

    assert refused.message == "Service can not be switched to Scale. Choose one of: Plus."
    assert shop.switch("Plus").charge == 100_00


def test_two_changes_in_one_period_each_give_back_what_the_last_one_charged(shop: Shop) -> None:
    shop.sell("Plus", 200_00)
    shop.sell("Scale", 400_00)
    shop.at(date(2026, 4, 11)).subscribe(shop.sell("Basic", 100_00), *APRIL)

    first = shop.switch("Plus")
    second = shop.at(date(2026, 4, 21)).switch("Scale")

    assert (first.credit, first.charge) == (66_67, 133_33)
    assert (second.credit, second.charge) == (66_67, 133_33)


def test_currencies_with_none_and_with_three_decimals(shop: Shop) -> None:
    for currency in ("JPY", "KWD"):
        shop.sell(f"Plus {currency}", 10_000, currency=currency, tax_rate=Decimal(10))
    shop.at(date(2026, 3, 16)).subscribe(shop.sell("Basic", 5_000, currency="JPY", tax_rate=Decimal(10)), *MARCH)

    done = shop.switch("Plus JPY")

    assert (done.credit, done.charge, done.total) == (2_581, 5_161, 2_580 + 258)
    assert shop.refusal(plan="Plus KWD").code == "plan_not_offered"


def test_the_history_says_at_what_price(shop: Shop) -> None:
    shop.sell("Plus", 100_00)
    shop.at(date(2026, 3, 16)).subscribe(shop.sell("Basic", 50_00), *MARCH)
    shop.switch("Plus")

    [row] = shop.changes()
    assert (row.price, row.currency, row.actor, row.channel) == (100_00, "EUR", "Ania Kowalczyk", "portal")


def test_on_the_last_day_the_old_plan_keeps_nothing_is_charged(shop: Shop) -> None:
    shop.set(change_day="old_plan")
    shop.sell("Plus", 100_00)
    shop.at(date(2026, 4, 30)).subscribe(shop.sell("Basic", 50_00), *APRIL)

    done = shop.switch("Plus")

    assert (done.paper, done.done.next_price, shop.subscription().period_end) == (None, 100_00, APRIL[1])


def test_a_period_that_begins_tomorrow_is_given_back_in_whole(shop: Shop) -> None:
    shop.set(change_day="old_plan")
    shop.sell("Growth", 1_000_00, interval="year")
    shop.sell("Scale", 3_650_00, interval="year")
    shop.at(date(2026, 4, 16)).subscribe(shop.sell("Growth", 100_00), *APRIL)
    shop.switch("Growth", interval="year")

    again = shop.switch("Scale", interval="year")

    assert (again.credit, again.charge) == (1_000_00, 3_650_00)
    assert shop.periods()[1] == (date(2026, 4, 17), date(2027, 4, 17))


def test_what_renewed_together_with_others_is_given_back_by_the_joint_invoice(shop: Shop) -> None:
    shop.sell("Plus", 200_00)
    shop.at(APRIL[0]).subscribe(shop.sell("Basic", 100_00), date(2026, 3, 1), APRIL[0])
    bill_due(shop.contexts)
    joint = shop.invoices()[-1]

    done = shop.at(MIDDLE).switch("Plus")

    assert (done.credit, done.charge) == (50_00, 100_00)
    assert joint.issued_on == APRIL[0]
    cheaper = shop.at(date(2026, 4, 21)).switch("Basic")
    assert (cheaper.credit, cheaper.charge) == (66_67, 33_33)


def test_every_line_that_was_written_is_worked_out_again_to_the_same(shop: Shop) -> None:
    shop.set(granularity="second", rounding="down")
    shop.tax("9.975", "QST 9.975%")
    shop.sell("Plus", 77_77)
    shop.at(date(2026, 3, 13), time(9, 41, 7)).subscribe(shop.sell("Basic", 33_33), *MARCH)

    done = shop.switch("Plus")

    assert [worked_out_again(line.arithmetic) for line in done.lines] == [line.amount for line in done.lines]
    assert done.lines[0].working[1] == "Counted in seconds, from the moment of the change."


def test_a_change_planned_for_the_renewal_is_made_by_it_at_the_newest_price(shop: Shop) -> None:
    shop.set(downgrade="renewal")
    basic = shop.sell("Basic", 50_00)
    shop.at(date(2026, 4, 16)).subscribe(shop.sell("Plus", 600_00, interval="year"), date(2025, 5, 1), APRIL[1])
    shop.sell("Plus", 70_00)
    planned = shop.switch("Plus", interval="month")
    shop.switch(plan=basic)
    shop.raise_price(basic, 55_00)
    shop.at(APRIL[1])

    bill_due(shop.contexts)

    assert (planned.paper, planned.done.starts_on) == (None, APRIL[1])
    assert shop.invoices()[-1].total == 55_00
    now = shop.subscription()
    assert (now.period_start, now.period_end, now.price_version) == (APRIL[1], date(2026, 6, 1), 2)
    assert (now.pending_plan_id, now.pending_on) == (None, None)
    assert shop.periods() == [(date(2025, 5, 1), APRIL[1]), (APRIL[1], date(2026, 6, 1))]


def test_seats_keep_the_price_that_was_agreed_and_another_plan_takes_the_newest(shop: Shop) -> None:
    seats = {"per_seat": True, "least_seats": 1, "most_seats": 50}
    team, pro = shop.sell("Team", 10_00, **seats), shop.sell("Pro", 20_00, **seats)
    shop.at(date(2026, 4, 16)).subscribe(team, *APRIL, seats=2)
    shop.raise_price(team, 12_00)
    shop.raise_price(pro, 24_00)

    more = shop.switch(seats=4)
    other = shop.switch("Pro")

    assert (more.charge, more.done.next_price) == (20_00, 40_00)
    assert (other.credit, other.charge, other.done.next_price) == (20_00, 48_00, 96_00)
    assert shop.subscription().price_version == 2


@pytest.mark.parametrize(
    ("interval", "end", "month_days", "used", "of"),
    [
        ("week", date(2026, 4, 20), "actual", 4, 7),
        ("week", date(2026, 4, 20), "thirty", 4, 7),
        ("quarter", date(2026, 7, 13), "actual", 88, 91),
        ("quarter", date(2026, 7, 13), "thirty", 88, 90),
        ("year", date(2027, 4, 13), "actual", 362, 365),
        ("year", date(2027, 4, 13), "thirty", 360, 360),
    ],
)
def test_weeks_quarters_and_years(shop: Shop, interval: str, end: date, month_days: str, used: int, of: int) -> None:
    shop.set(month_days=month_days)
    shop.sell("Plus", of * 2_00, interval=interval)
    shop.at(date(2026, 4, 16)).subscribe(shop.sell("Basic", of * 1_00, interval=interval), date(2026, 4, 13), end)

    done = shop.switch("Plus")

    assert (done.credit, done.charge) == (used * 1_00, used * 2_00)
    assert (done.arithmetic(0)["part"]["used"], done.arithmetic(0)["part"]["of"]) == (used, of)
