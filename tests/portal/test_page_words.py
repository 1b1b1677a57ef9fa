"""What the pages say of records: sums, days, charts, receipts. Pure functions, no browser."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from billing.actions.home import Autopay, Month
from billing.actions.payments import PaidInvoice, Receipt
from billing.actions.statements import Balances, MoveKind, Movement
from billing.effects import Effect, EffectLine, LineKind
from billing.invoices.listing import Due
from billing.models.payments import PaymentStatus
from portal.components.effects import effect_lines
from portal.days import distance, near_day, short_day
from portal.pages.home_state import autopay_words, chart, greeting, short_money
from portal.pages.invoices_state import Picked, owed, together
from portal.pages.pay_state import receipt_headline, receipt_lines, receipt_words
from portal.pages.statements_state import movement_item

TODAY = date(2026, 3, 12)


def receipt(status: PaymentStatus, **more: object) -> Receipt:
    paid = PaidInvoice(number="RT-2026-0187", title="Monthly services, March", money=488_01, credit=40_00, left=0)
    said = {"payment": "PAY-2026-0005", "currency": "EUR", "total": 488_01, "credit": 40_00, "invoices": [paid]}
    more = {"card": "Visa ending 4417", "at": datetime(2026, 3, 12, 13, tzinfo=UTC), **more}
    return Receipt.model_validate({"status": status, **said, **more})


def test_what_is_owed_is_said_with_its_overdue_part() -> None:
    due = Due(currency="EUR", to_pay=4206_41, overdue=2904_00, count=3, overdue_count=1)
    assert owed([due]) == "€4,206.41 to pay on 3 invoices. €2,904.00 of it is overdue."
    one = Due(currency="JPY", to_pay=34320, overdue=34320, count=1, overdue_count=1)
    assert owed([one]) == "JP¥34,320 to pay on 1 invoice. All of it is overdue."
    assert owed([]) == "Nothing to pay."


def test_a_selection_is_summed_by_currency() -> None:
    picked = [
        Picked(due=amount, currency=currency, overdue=False) for amount, currency in ((528_01, "EUR"), (40_00, "USD"))
    ]
    assert together(picked) == "€528.01 + US$40.00"
    assert together([picked[0], picked[0]]) == "€1,056.02"


def test_days_near_by_are_said_with_their_weekday() -> None:
    assert near_day(date(2026, 3, 15), TODAY) == "Sunday 15 March"
    assert near_day(date(2026, 3, 26), TODAY) == "26 March"
    assert near_day(date(2025, 9, 1), TODAY) == "1 September 2025"
    assert [distance(date(2026, 3, day), TODAY) for day in (2, 11, 12, 13, 15)] == [
        "10 days ago",
        "yesterday",
        "today",
        "tomorrow",
        "in 3 days",
    ]
    assert short_day(date(2025, 9, 1)) == "1 Sep 2025"
    assert short_day(None) == ""


@pytest.mark.parametrize(
    ("hour", "part"), [(4, "evening"), (5, "morning"), (11, "morning"), (12, "afternoon"), (18, "evening")]
)
def test_the_greeting_knows_the_time_of_day(hour: int, part: str) -> None:
    assert greeting(datetime(2026, 3, 12, hour, tzinfo=UTC), "Ania Kowalczyk") == f"Good {part}, Ania"


def test_the_chart_is_as_high_as_its_highest_month_and_has_round_lines() -> None:
    months = [
        Month(first=date(2026, 2, 1), settled=605_00, to_pay=3678_40),
        Month(first=date(2026, 3, 1), settled=0, to_pay=0),
    ]
    bars, ticks = chart(months, "EUR")
    assert [tick.words for tick in ticks] == ["€0", "€2k", "€4k"]
    heights = [float(bar.settled.rstrip("%")) + float(bar.to_pay.rstrip("%")) for bar in bars]
    assert 90 < heights[0] < 100 and heights[1] == 0
    assert bars[0].words == "February 2026: €4,283.40, of it €3,678.40 to pay"
    assert bars[1].words == "March 2026: €0.00"


def test_a_chart_of_nothing_is_a_base_line() -> None:
    bars, ticks = chart([Month(first=date(2026, 2, 1), settled=0, to_pay=0)], "JPY")
    assert (bars[0].settled, bars[0].to_pay) == ("0.000%", "0.000%")
    assert [tick.words for tick in ticks] == ["JP¥0"]


@pytest.mark.parametrize(
    ("amount", "currency", "words"), [(2000_00, "EUR", "€2k"), (500_00, "EUR", "€500"), (1_500_000, "JPY", "JP¥1.5m")]
)
def test_the_scale_is_short(amount: int, currency: str, words: str) -> None:
    assert short_money(amount, currency) == words


def test_a_receipt_adds_up_and_says_where_it_went() -> None:
    paid = receipt(PaymentStatus.SUCCEEDED, mailed_to="administratie@moellerkowalczyk.nl")
    assert [(line.label, line.amount) for line in receipt_lines(paid)] == [
        ("RT-2026-0187", "€528.01"),
        ("Your credit", "−€40.00"),
        ("Paid", "€488.01"),
    ]
    assert receipt_headline(paid) == "€488.01 paid from Visa ending 4417."
    assert receipt_words(paid) == [
        "Payment PAY-2026-0005.",
        "The receipt was sent to administratie@moellerkowalczyk.nl.",
    ]


def test_nothing_is_called_paid_before_it_is() -> None:
    for status in (PaymentStatus.REQUIRES_ACTION, PaymentStatus.FAILED, PaymentStatus.CANCELLED, PaymentStatus.PENDING):
        open_still = receipt(status, failure="" if status is PaymentStatus.REQUIRES_ACTION else "Nothing was taken.")
        assert receipt_lines(open_still)[-1].label in ("Not taken", "Asked for")
        assert "paid from" not in receipt_headline(open_still)
        assert receipt_headline(open_still)


def test_credit_alone_takes_no_money() -> None:
    used = receipt(PaymentStatus.SUCCEEDED, payment="", total=0, credit=528_01, card="")
    assert receipt_headline(used) == "€528.01 of your credit was used. No money was taken."
    assert receipt_words(used) == []


def test_autopay_is_said_for_what_it_is_on() -> None:
    assert autopay_words(Autopay(every=False, names=[])) == "Off. You pay each invoice yourself."
    assert autopay_words(Autopay(every=False, names=["Hosting"])) == (
        "On for Hosting. You pay the other invoices yourself."
    )
    assert autopay_words(Autopay(every=True, names=["Hosting"])) == "On. Your subscriptions are paid from your card."


def test_credit_that_one_gets_is_no_minus() -> None:
    lines = (
        EffectLine(label="Credit: Growth, not used", amount=-216_00),
        EffectLine(label="Credit you get", amount=-261_36, kind=LineKind.GRAND),
    )
    shown = effect_lines(Effect(title="Cancel Growth", currency="EUR", lines=lines))

    assert [(line.amount, line.negative) for line in shown] == [("−€216.00", True), ("€261.36", False)]


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("Monthly services, March (RT-2026-0187)", ["Monthly services, March ", "(RT-2026-0187)", ""]),
        ("CN-2026-0007 used on RT-2026-0187", ["", "CN-2026-0007", " used on ", "RT-2026-0187", ""]),
        ("A 3-day visit by Jan-Willem", ["A 3-day visit by Jan-Willem"]),
    ],
)
def test_the_numbers_in_a_movement_are_pieces_of_their_own(text: str, pieces: list[str]) -> None:
    row = Movement(
        at=datetime(2026, 3, 12, 13, tzinfo=UTC), day=TODAY, kind=MoveKind.CHARGED, text=text, invoice="", payment="",
        amount=100, credit_used=0, after=Balances(to_pay=100, credit=0, balance=100),
    )  # fmt: skip

    assert movement_item(0, row, "EUR").what == pieces
