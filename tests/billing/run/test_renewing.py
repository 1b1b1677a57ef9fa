"""Time passes over subscriptions: trials, renewals over month ends, planned changes, pauses, ends, each on its day."""

from __future__ import annotations

from datetime import date

from billing.models.subscriptions import SubscriptionStatus
from tests.billing.run.firm import Firm

S = SubscriptionStatus


def test_a_trial_becomes_a_subscription_that_renews_over_month_ends(firm: Firm) -> None:
    firm.plan("Growth", 180_00)
    number = firm.subscribe("Growth", date(2024, 1, 17), trial_end=date(2024, 1, 31))

    assert firm.run(date(2024, 1, 30)).invoices == 0
    firm.run(date(2024, 1, 31))
    assert firm.subscription(number).status == S.ACTIVE
    firm.run_each_day(date(2024, 2, 1), date(2024, 2, 29))
    firm.run(date(2024, 5, 1))

    assert firm.periods(number) == [
        (date(2024, 1, 17), date(2024, 1, 31), "trial"),
        (date(2024, 1, 31), date(2024, 2, 29), "service"),
        (date(2024, 2, 29), date(2024, 3, 31), "service"),
        (date(2024, 3, 31), date(2024, 4, 30), "service"),
        (date(2024, 4, 30), date(2024, 5, 31), "service"),
    ]
    assert [(i.issued_on, i.total) for i in firm.invoices()] == [
        (start, 217_80) for start, _, kind in firm.periods(number) if kind == "service"
    ]
    assert firm.history(number) == ["The trial of Growth is over: it runs as Growth, Growth from 31 January"]
