"""What the subscriptions page says of one subscription: its seats, its price, its next day. Pure functions."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from billing.subscriptions.rows import SubscriptionRow
from portal.pages.subscriptions_state import service_row

TODAY = date(2026, 3, 12)


def team_mail(**changed: Any) -> SubscriptionRow:
    """18 seats at €6.50 a month, which are €117.00 and with 21% VAT €141.57."""
    return SubscriptionRow(
        number="SUB-2", name="Team mail", product="Team mail", plan="", detail="", features=[], status="active",
        seats=18, unit_amount=6_50, currency="EUR", interval="month", price=117_00, price_with_tax=141_57,
        next_price_with_tax=141_57, discount_percent="0", discount_label="", started_on=date(2025, 1, 1),
        period_start=date(2026, 3, 1), renews_on=date(2026, 4, 1), trial_end=None, ends_on=None, pending_plan=None,
        pending_seats=None, pending_on=None, several_plans=False,
    ).model_copy(update=changed)  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, "18 seats × €6.50, plus VAT"),
        ({"price_with_tax": 117_00}, "18 seats × €6.50"),
        ({"price": 105_30, "price_with_tax": 127_41}, "18 seats"),
        ({"seats": 1, "price": 6_50, "price_with_tax": 7_87}, "1 seat × €6.50, plus VAT"),
    ],
    ids=["taxed", "exempt", "discounted", "one"],
)
def test_the_price_of_a_seat_says_that_vat_is_added_and_is_left_out_where_it_does_not_add_up(
    changed: dict[str, int], said: str
) -> None:
    assert service_row(team_mail(**changed), TODAY, {}).detail == said


def test_a_trial_has_a_first_invoice_and_no_renewal() -> None:
    runs = service_row(team_mail(), TODAY, {})
    trial = service_row(team_mail(status="trialing", trial_end=date(2026, 3, 19)), TODAY, {})

    assert (runs.renews, runs.comes) == ("1 April 2026", "Renews 1 April 2026")
    assert (trial.renews, trial.comes) == ("First invoice 19 March 2026", "First invoice 19 March 2026")
    assert trial.status_words == "Trial ends in 7 days"


def test_what_ends_has_no_next_day() -> None:
    ends = service_row(team_mail(status="ending", renews_on=None, ends_on=date(2026, 3, 19)), TODAY, {})

    assert (ends.renews, ends.comes, ends.status_words) == ("", "", "Ends 19 March")
