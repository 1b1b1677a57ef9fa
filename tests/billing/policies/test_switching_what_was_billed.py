"""Switching what has seats, add-ons, taxes and papers: what was billed is given back, what is new is charged."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from billing.jobs import bill_due
from tests.billing.policies.shop import APRIL, MARCH, Shop

MIDDLE = date(2026, 4, 16)


def test_included_seats_are_paid_by_the_base(shop: Shop) -> None:
    seats = {"per_seat": True, "least_seats": 1, "most_seats": 50, "base_amount": 40_00, "included_seats": 3}
    shop.at(date(2026, 4, 16)).subscribe(shop.sell("Team", 10_00, **seats), *APRIL, seats=2)

    done = shop.switch(seats=5)

    assert (done.credit, done.charge) == (20_00, 30_00)  # half of 40.00, half of 40.00 + 2 × 10.00
    assert done.lines[1].working[0] == "(€40.00 + 2 × €10.00) × 15 of 30 days, 16–30 April = €30.00"
    assert done.done.next_price == 60_00


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


def test_two_changes_in_one_period_each_give_back_what_the_last_one_charged(shop: Shop) -> None:
    shop.sell("Plus", 200_00)
    shop.sell("Scale", 400_00)
    shop.at(date(2026, 4, 11)).subscribe(shop.sell("Basic", 100_00), *APRIL)

    first = shop.switch("Plus")
    second = shop.at(date(2026, 4, 21)).switch("Scale")

    assert (first.credit, first.charge) == (66_67, 133_33)
    assert (second.credit, second.charge) == (66_67, 133_33)


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
