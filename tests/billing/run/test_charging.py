"""Renewals that are charged by themselves, and what happens when the card says no, or nobody answers."""

from __future__ import annotations

from datetime import date

import pytest
from structlog.testing import capture_logs

import billing.actions.subscription_cancel
import billing.actions.subscription_pause  # noqa: F401
from billing import dispatch
from billing.context import Actor
from billing.errors import PortalError
from billing.models.invoices import InvoiceStatus
from billing.models.payments import DunningState, PaymentStatus
from billing.models.subscriptions import SubscriptionStatus
from billing.registry import Channel, Role
from tests.billing.run.firm import Firm

S = SubscriptionStatus
REFUSING = "pm_card_chargeCustomerFail"
FIRST = date(2026, 3, 1)


@pytest.fixture
def charged(firm: Firm) -> Firm:
    """Möller & Kowalczyk's Growth renews on 1 March and is charged by itself."""
    firm.plan("Growth", 180_00)
    firm.subscribe("Growth", date(2026, 2, 1), auto_charge=True)
    return firm


def test_a_renewal_is_charged_to_the_default_card_once(charged: Firm) -> None:
    report = charged.run(FIRST)
    charged.run(FIRST)

    assert (report.invoices, report.charges) == (1, 1)
    [invoice], [payment] = charged.invoices(), charged.payments()
    assert (invoice.status, invoice.paid, payment.off_session) == (InvoiceStatus.PAID, 217_80, True)
    assert charged.account.taken() == [217_80]
    assert "from Visa ending 4242. You have nothing to do." in charged.mails("invoice/")[0].text


def test_what_is_charged_by_itself_does_not_wait_on_an_invoice_for_what_is_not(charged: Firm) -> None:
    """Mail is paid by hand: it has an invoice of its own, and the two on autopay share theirs."""
    charged.plan("Mail", 20_00)
    charged.plan("Backup", 10_00)
    charged.subscribe("Mail", date(2026, 2, 1))
    charged.subscribe("Backup", date(2026, 2, 1), auto_charge=True)

    report = charged.run(FIRST)
    charged.run(FIRST)

    assert (report.renewals, report.invoices, report.charges) == (3, 2, 1)
    assert [(i.status, i.total) for i in charged.invoices()] == [
        (InvoiceStatus.PAID, 229_90), (InvoiceStatus.OPEN, 24_20),
    ]  # fmt: skip
    assert charged.account.taken() == [229_90]
    assert sorted(mail.text.count("You have nothing to do.") for mail in charged.mails("invoice/")) == [0, 1]


def test_credit_is_used_before_the_card_is_asked(charged: Firm) -> None:
    charged.on(date(2026, 2, 10)).account.credit_note(100_00)

    charged.run(FIRST)

    assert charged.account.taken() == [96_80]
    assert [(i.credited, i.paid, i.due) for i in charged.invoices()] == [(121_00, 96_80, 0)]


def test_without_a_card_it_is_an_invoice_like_any_other(charged: Firm) -> None:
    charged.account.prefer("remind_after_days", "")
    with charged.contexts.system(writes=True) as ctx:
        for card in charged.account.cards():
            ctx.session.delete(card)

    charged.run(FIRST)

    assert (charged.payments(), [i.status for i in charged.invoices()]) == ([], [InvoiceStatus.OPEN])
    assert charged.subscription("S-1").status == S.ACTIVE


def test_a_card_that_refuses_is_asked_again_until_it_pays(charged: Firm) -> None:
    charged.card(REFUSING)

    charged.run(FIRST)
    assert charged.subscription("S-1").status == S.PAST_DUE
    charged.run(FIRST)
    assert [p.status for p in charged.payments()] == [PaymentStatus.FAILED]
    [dunning] = charged.dunning()
    assert (dunning.attempts, dunning.next_on) == (1, date(2026, 3, 2))
    assert "did not let us take €217.80" in charged.mails("dunning/")[0].text
    charged.run_each_day(date(2026, 3, 2), date(2026, 3, 4))  # the first and the third day after
    assert [d.attempts for d in charged.dunning()] == [3]
    charged.card("pm_card_visa")
    charged.run_each_day(date(2026, 3, 5), date(2026, 3, 6))

    assert [p.status for p in charged.payments()] == [PaymentStatus.FAILED] * 3 + [PaymentStatus.SUCCEEDED]
    assert [(d.state, d.outcome) for d in charged.dunning()] == [(DunningState.ENDED, "paid")]
    assert (charged.subscription("S-1").status, charged.account.taken()) == (S.ACTIVE, [217_80])
    assert "Growth is past due" in charged.history("S-1")[0]


def test_paying_by_hand_ends_the_tries(charged: Firm) -> None:
    charged.card(REFUSING)
    charged.run(FIRST)
    charged.card("pm_card_visa")

    charged.account.pay(charged.invoices()[0].number or "")

    assert charged.subscription("S-1").status == S.ACTIVE
    charged.run_each_day(date(2026, 3, 2), date(2026, 3, 9))
    assert charged.account.taken() == [217_80]


def test_a_rest_that_is_too_little_for_a_card_is_no_failed_try(charged: Firm) -> None:
    charged.card(REFUSING)
    charged.run(FIRST)
    charged.card("pm_card_visa")
    number = charged.invoices()[0].number or ""
    charged.account.pay(number, amount=217_50)

    charged.run_each_day(date(2026, 3, 2), date(2026, 3, 4))

    assert ([d.attempts for d in charged.dunning()], charged.account.due(number)) == ([1], 30)
    assert len(charged.payments()) == 2


@pytest.mark.parametrize(
    "end, status, outcome", [("past_due", S.PAST_DUE, "past_due"), ("pause", S.PAUSED, "paused"),
                             ("cancel", S.ENDED, "cancelled")],
)  # fmt: skip
def test_when_no_try_is_left_the_business_decides(charged: Firm, end: str, status: str, outcome: str) -> None:
    charged.account.prefer("dunning_end", end)
    charged.card(REFUSING)

    charged.run_each_day(FIRST, date(2026, 3, 9))

    assert [(d.state, d.outcome, d.attempts) for d in charged.dunning()] == [(DunningState.ENDED, outcome, 5)]
    assert charged.subscription("S-1").status == status
    days = [p.settled_at.date() for p in charged.payments() if p.settled_at]
    assert [(day - FIRST).days for day in days] == [0, 1, 3, 5, 7]
    [mail] = charged.mails(f"dunning/{charged.invoices()[0].number}/given-up")
    assert "several times" in mail.text
    charged.run(date(2026, 5, 2))
    assert len(charged.invoices()) == (3 if end == "past_due" else 1)


@pytest.mark.parametrize("end, back", [("pause", "resume"), ("cancel", "reactivate")])
def test_what_was_stopped_because_nobody_paid_runs_again_once_it_is_paid(charged: Firm, end: str, back: str) -> None:
    account, action = charged.account, f"subscriptions.{back}"
    account.prefer("dunning_end", end)
    charged.card(REFUSING)
    charged.run_each_day(FIRST, date(2026, 3, 9))
    number = charged.invoices()[0].number or ""

    with pytest.raises(PortalError) as refused:
        dispatch.preview(charged.contexts, action, {}, account.ania, Channel.PORTAL)
    rio = Actor("staff", 1, "Rio", "rio@renotech.example", Role.AGENT, account.ania.customer_id)
    assert dispatch.preview(charged.contexts, action, {}, rio, Channel.PORTAL).effect.due_now is not None
    charged.card("pm_card_visa")
    account.pay(number)
    dispatch.run(charged.contexts, action, {}, account.ania, Channel.SHELL)

    assert (refused.value.code, number in refused.value.message) == ("unpaid_first", True)
    assert charged.subscription("S-1").status == S.ACTIVE


def test_who_was_away_does_not_ask_a_card_many_times_in_a_minute(charged: Firm) -> None:
    charged.card(REFUSING)

    charged.run(date(2026, 6, 1))

    assert len(charged.invoices()) == 4
    assert len(charged.payments()) == 1
    charged.run(date(2026, 6, 1), hour=13)
    assert len(charged.payments()) == 1
    charged.run(date(2026, 6, 2), hour=13)
    assert len(charged.payments()) == 5
    charged.card("pm_card_visa")
    charged.run_each_day(date(2026, 6, 3), date(2026, 6, 10))
    assert charged.account.taken() == [217_80] * 4
    assert charged.subscription("S-1").status == S.ACTIVE


@pytest.mark.parametrize("back", [date(2026, 4, 20), date(2026, 5, 1)])
@pytest.mark.parametrize("end, status", [("pause", S.PAUSED), ("cancel", S.ENDED)])
def test_who_was_away_bills_first_and_then_gives_up(charged: Firm, end: str, status: str, back: date) -> None:
    charged.account.prefer("dunning_end", end)
    charged.card(REFUSING)
    charged.run_each_day(FIRST, date(2026, 3, 6))
    assert [d.attempts for d in charged.dunning()] == [4]

    charged.run(back)
    charged.run(back, hour=13)

    assert charged.subscription("S-1").status == status
    charged.run(date(2026, 6, 15))
    assert [i.issued_on for i in charged.invoices()] == [FIRST, date(2026, 4, 1)]


@pytest.mark.parametrize("hours, given_up", [(2, 0), (48, 4)])
def test_a_gateway_that_is_down_stops_no_invoice_and_loses_no_charge(charged: Firm, hours: int, given_up: int) -> None:
    for place in range(6):
        charged.subscribe("Growth", date(2026, 2, 1), customer=_with_a_card(charged, place), auto_charge=True)
    charged.account.sandbox.switch(faults=[{"kind": "cut_before", "on": "POST /v1/payment_intents", "times": 3}])
    report = charged.run(FIRST)
    assert (report.invoices, charged.account.taken()) == (7, [])
    charged.account.sandbox.switch(faults=[{"kind": "cut_after", "on": "POST /v1/payment_intents", "times": 3}])
    charged.run(FIRST)

    charged.account.later(hours=hours)
    charged.run()

    assert charged.account.taken() == [217_80] * 7
    ended = [p.status for p in charged.payments()]
    assert (ended.count(PaymentStatus.SUCCEEDED), ended.count(PaymentStatus.CANCELLED)) == (7, given_up)
    assert charged.mails("dunning/") == []


def test_a_run_says_how_many_charges_wait_for_a_gateway_that_is_down(charged: Firm) -> None:
    for place in range(4):
        charged.subscribe("Growth", date(2026, 2, 1), customer=_with_a_card(charged, place), auto_charge=True)
    charged.account.sandbox.switch(faults=[{"kind": "cut_before", "on": "POST /v1/payment_intents", "times": 3}])

    with capture_logs() as logs:
        down = charged.run(FIRST)

    assert (down.charges, down.waiting.charges) == (0, 5)
    waits = "5 charges wait for the payment system, which did not answer; that is tried again by itself."
    assert waits in down.sentence
    told = {str(entry["problem"]) for entry in logs if "problem" in entry}
    assert told == {"The payment system could not be reached."}
    charged.account.later(hours=1)
    up = charged.run()
    assert (up.waiting.charges, "wait" in up.sentence, charged.account.taken()) == (0, False, [217_80] * 5)


def _with_a_card(firm: Firm, place: int) -> int:
    customer = firm.customer(f"K-{place}")
    firm.add_card(customer, place)
    return customer


def test_more_than_a_card_can_pay_stays_to_be_paid_by_hand_and_no_try_has_failed(firm: Firm) -> None:
    firm.plan("Data centre", 900_000_00)
    firm.subscribe("Data centre", date(2026, 2, 1), auto_charge=True)

    firm.run(FIRST)

    [invoice] = firm.invoices()
    assert (invoice.status, invoice.due, firm.payments(), firm.account.taken()) == (
        InvoiceStatus.OPEN, 1_089_000_00, [], [],
    )  # fmt: skip
    assert firm.subscription("S-1").status == S.ACTIVE
