"""Reminders are mailed once: before an invoice is due, after it was, before a trial ends."""

from __future__ import annotations

from datetime import date

from billing.models.subscriptions import SubscriptionStatus
from tests.billing.run.firm import Firm


def test_an_invoice_is_mailed_again_before_and_after_it_is_due_each_time_once(firm: Firm) -> None:
    firm.on(date(2026, 3, 1))
    number = firm.account.invoice(100_00)

    firm.run_each_day(date(2026, 3, 1), date(2026, 4, 20))
    firm.run(date(2026, 4, 20))

    mails = [(mail.key, mail.created_at.date(), mail.subject) for mail in firm.mails("reminder/")]
    assert mails == [
        (f"reminder/{number}/before", date(2026, 3, 12), f"{number}: €121.00 to pay by 15 March 2026"),
        (f"reminder/{number}/after-1", date(2026, 3, 16), f"{number} was due on 15 March 2026: €121.00"),
        (f"reminder/{number}/after-7", date(2026, 3, 22), f"{number} was due on 15 March 2026: €121.00"),
        (f"reminder/{number}/after-14", date(2026, 3, 29), f"{number} was due on 15 March 2026: €121.00"),
    ]


def test_what_is_paid_or_was_just_mailed_needs_no_reminder(firm: Firm) -> None:
    firm.on(date(2026, 3, 1))
    firm.account.invoice(100_00, days=3)
    paid = firm.account.invoice(50_00)
    firm.account.pay(paid)

    firm.run_each_day(date(2026, 3, 1), date(2026, 3, 4))

    assert firm.mails("reminder/") == []


def test_of_reminders_that_were_missed_only_the_newest_is_sent(firm: Firm) -> None:
    firm.on(date(2026, 3, 1))
    first, second = firm.account.invoice(100_00), firm.account.invoice(50_00, days=6)

    firm.run(date(2026, 3, 24))

    assert [mail.key for mail in firm.mails("reminder/")] == [
        f"reminder/{second}/after-14", f"reminder/{first}/after-7",
    ]  # fmt: skip
    firm.run(date(2027, 3, 24))
    assert len(firm.mails("reminder/")) == 2, "what is long over is left to people"


def test_a_trial_says_when_it_ends_and_what_it_costs_then(firm: Firm) -> None:
    firm.plan("Growth", 180_00)
    number = firm.subscribe("Growth", date(2026, 3, 1), trial_end=date(2026, 3, 15))
    ending = firm.subscribe("Growth", date(2026, 3, 1), trial_end=date(2026, 3, 15))
    firm.change(ending, status=SubscriptionStatus.ENDING, ends_on=date(2026, 3, 15))

    firm.run_each_day(date(2026, 3, 10), date(2026, 3, 16))

    goes_on, ends = firm.mails("trial/")
    assert (goes_on.created_at.date(), goes_on.key) == (date(2026, 3, 12), f"trial/{number}/2026-03-15")
    assert "From then on it costs €217.80 a period, tax included" in goes_on.text
    assert "It ends then, as you asked, and costs nothing." in ends.text
