"""What the gateway tells of refunds: late, early, twice, in any order, and of those made there by hand."""

from __future__ import annotations

import random
from typing import Any

import pytest

from billing.gateways.base import RefundResult
from billing.gateways.stripe import StripeGateway
from billing.jobs import run_due
from tests.billing.gateways.running import WebhookReceiver, until
from tests.billing.money.desk import Desk
from tests.billing.money.refunding import FAILING_CARD, MARCH, REFUNDS, paid, take_in


@pytest.mark.parametrize("invoices", ["corrected", "owed_again"])
def test_a_refund_that_fails_later_is_turned_back(told_desk: Desk, receiver: WebhookReceiver, invoices: str) -> None:
    desk = told_desk
    number, payment = paid(desk, payment_method=desk.account.card(FAILING_CARD))
    made = desk.do("payments.refund", payment=payment, amount=100_00, invoices=invoices)
    assert made.status == "succeeded"

    desk.account.sandbox.switch(processing=False)
    until(lambda: "refund.failed" in receiver.kinds())
    take_in(desk, receiver, times=2)

    [refund] = desk.refunds()
    assert (refund.status, refund.failure_code) == ("failed", "lost_or_stolen_card")
    assert (desk.account.due(number), desk.given_back()) == (0, [0])
    assert desk.account.balance() == ((0, 0) if invoices == "owed_again" else (0, 100_00))
    assert [row.refunded for row in desk.account.payments()] == [0]


def test_a_failed_refund_of_an_invoice_that_was_paid_again_becomes_credit(
    told_desk: Desk, receiver: WebhookReceiver
) -> None:
    desk = told_desk
    number, payment = paid(desk, payment_method=desk.account.card(FAILING_CARD))
    desk.do("payments.refund", payment=payment, amount=100_00, invoices="owed_again")
    desk.do("payments.record", amount=70_00, reference="ABNA-1", invoices=[number])

    desk.account.sandbox.switch(processing=False)
    until(lambda: "refund.failed" in receiver.kinds())
    take_in(desk, receiver)

    assert (desk.account.due(number), desk.account.balance()) == (0, (0, 70_00))
    assert desk.do("payments.refund", payment=payment, amount=70_00, to="bank").amount == 70_00


def test_the_event_of_a_refund_comes_before_its_own_reply(told_desk: Desk, receiver: WebhookReceiver) -> None:
    desk = told_desk
    number, payment = paid(desk)

    class LateReply(StripeGateway):
        """Hears of its own refund only after the webhooks of it were taken in."""

        def refund(self, *asked: Any) -> RefundResult:
            answer = super().refund(*asked)
            until(lambda: "charge.refunded" in receiver.kinds())
            take_in(desk, receiver)
            return answer

    late = desk.account.sandbox.gateway(retries=0)
    late.__class__ = LateReply
    desk.account.contexts.gateway = late
    made = desk.do("payments.refund", payment=payment, amount=100_00, invoices="owed_again")

    assert (made.status, len(desk.refunds()), desk.given_back()) == ("succeeded", 1, [100_00])
    assert desk.account.due(number) == 100_00


@pytest.mark.parametrize("order", range(4))
def test_events_come_twice_in_any_order_and_have_one_effect(
    told_desk: Desk, receiver: WebhookReceiver, order: int
) -> None:
    """Of a payment whose reply was lost and of two refunds of it, one of which lost its reply as well."""
    desk = told_desk
    number = desk.account.on(MARCH).invoice(500_00)
    desk.account.sandbox.switch(faults=[{"kind": "cut_after", "on": "POST /v1/payment_intents"}])
    payment = desk.account.pay(number).payment
    run_due(desk.account.later(minutes=2).contexts)
    desk.do("payments.refund", payment=payment, amount=100_00, invoices="owed_again")
    desk.account.sandbox.switch(faults=[{"kind": "cut_after", "on": REFUNDS}])
    desk.do("payments.refund", payment=payment, amount=50_00)
    until(lambda: receiver.kinds().count("charge.refunded") == 2)
    random.Random(order).shuffle(receiver.received)

    take_in(desk, receiver, times=2)

    assert [(r.amount, r.status) for r in desk.refunds()] == [(100_00, "succeeded"), (50_00, "succeeded")]
    assert (desk.account.due(number), desk.given_back(), desk.account.taken()) == (100_00, [150_00], [605_00])


def test_a_refund_made_at_the_gateway_by_hand_is_taken_in_once(told_desk: Desk, receiver: WebhookReceiver) -> None:
    desk = told_desk
    number, _payment = paid(desk)
    [kept] = desk.account.payments()
    form = {"payment_intent": kept.gateway_id, "amount": "10000"}
    assert desk.account.sandbox.ask("POST", "/v1/refunds", data=form).status_code == 200
    until(lambda: "charge.refunded" in receiver.kinds())

    take_in(desk, receiver, times=2)

    [refund] = desk.refunds()
    assert (refund.amount, refund.status, refund.reason) == (100_00, "succeeded", "made at the payment gateway")
    assert desk.account.due(number) == 100_00


def test_a_refund_by_hand_of_money_in_advance_that_was_used_takes_it_off_the_invoice(
    told_desk: Desk, receiver: WebhookReceiver
) -> None:
    desk = told_desk
    desk.account.on(MARCH)
    desk.do("payments.advance", actor=desk.account.ania, amount=200_00)
    number = desk.account.invoice(100_00)
    desk.do("credits.apply", invoice=number)
    [kept] = desk.account.payments()
    form = {"payment_intent": kept.gateway_id, "amount": "10000"}
    assert desk.account.sandbox.ask("POST", "/v1/refunds", data=form).status_code == 200
    until(lambda: "charge.refunded" in receiver.kinds())

    take_in(desk, receiver)

    assert (desk.account.due(number), desk.account.balance()) == (21_00, (21_00, 0))
