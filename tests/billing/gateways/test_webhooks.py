"""What the sandbox tells, signed, again and again until it is accepted; and what the gateway believes."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from billing.clock import SetClock
from billing.gateways.base import ChargeStatus, EventNotGenuine, RefundStatus
from billing.gateways.sandbox.webhooks import sign
from tests.billing.gateways.conftest import paying
from tests.billing.gateways.running import WEBHOOK_SECRET, RunningSandbox, WebhookReceiver, until

PAID = ["customer.created", "payment_intent.created", "charge.succeeded", "payment_intent.succeeded"]


def settled(sandbox: RunningSandbox, receiver: WebhookReceiver) -> list[str]:
    """The kinds of events once none waits that is due."""

    def states() -> set[str]:
        return {each["state"] for each in sandbox.ask("GET", "/_deliveries").json()}

    until(lambda: states() == {"delivered"})
    return receiver.kinds()


def test_a_charge_is_told_in_order_and_believed(telling_sandbox: RunningSandbox, receiver: WebhookReceiver) -> None:
    gateway = telling_sandbox.gateway()
    customer = gateway.ensure_customer(reference="C-1001", name="Ania", email="ania@example.com")
    paid = paying(gateway, customer)("pm_card_visa")

    assert settled(telling_sandbox, receiver) == PAID
    last = receiver.received[-1]
    event = gateway.parse_event(last.body, last.signature)

    assert (event.type, event.reference) == ("payment_intent.succeeded", "PAY-2026-0001")
    assert event.gateway_payment_id == paid.gateway_payment_id
    assert event.created == telling_sandbox.clock.now()
    assert event.charge is not None
    assert (event.charge.status, event.charge.amount) == (ChargeStatus.SUCCEEDED, 52801)


def test_declines_refunds_and_cards_are_told(telling_sandbox: RunningSandbox, receiver: WebhookReceiver) -> None:
    gateway = telling_sandbox.gateway()
    customer = gateway.ensure_customer(reference="C-1001", name="Ania", email="ania@example.com")
    pay = paying(gateway, customer)
    pay("pm_card_visa_chargeDeclinedInsufficientFunds")
    paid = pay("pm_card_visa")
    gateway.refund(paid.gateway_payment_id, 100, "refund-1")
    card = gateway.attach_payment_method(customer, "pm_card_amex")
    settled(telling_sandbox, receiver)
    events = {each.event["type"]: gateway.parse_event(each.body, each.signature) for each in receiver.received}

    failed = events["payment_intent.payment_failed"].charge
    assert failed is not None
    assert (failed.status, failed.decline_code) == (ChargeStatus.FAILED, "insufficient_funds")
    refund = events["refund.created"]
    assert refund.gateway_payment_id == paid.gateway_payment_id
    assert refund.refund is not None
    assert (refund.refund.amount, refund.refund.status) == (100, RefundStatus.SUCCEEDED)
    assert events["charge.refunded"].reference == "PAY-2026-0001"
    attached = events["payment_method.attached"]
    assert (attached.customer, attached.payment_method) == (customer, card.id)


@pytest.mark.parametrize("change", ["body", "secret", "header", "empty", "age"])
def test_an_event_that_is_not_genuine_is_refused(
    telling_sandbox: RunningSandbox, receiver: WebhookReceiver, clock: SetClock, change: str
) -> None:
    gateway = telling_sandbox.gateway()
    gateway.ensure_customer(reference="C-1001", name="Ania", email="ania@example.com")
    until(lambda: receiver.received)
    body, signature = receiver.received[0].body, receiver.received[0].signature
    at = int(clock.now().timestamp())
    gateway.parse_event(body, signature)
    if change == "age":
        clock.advance(timedelta(seconds=301))

    with pytest.raises(EventNotGenuine):
        gateway.parse_event(
            body.replace(b"C-1001", b"C-1002") if change == "body" else body,
            {
                "secret": sign(body.decode(), "whsec_other", at),
                "header": "v1=abc",
                "empty": "",
            }.get(change, signature),
        )


def test_a_signed_body_that_is_no_event_is_refused(sandbox: RunningSandbox, clock: SetClock) -> None:
    for body in ("not json", "[]", "{}"):
        with pytest.raises(EventNotGenuine):
            sandbox.gateway().parse_event(body.encode(), sign(body, WEBHOOK_SECRET, int(clock.now().timestamp())))


def test_a_webhook_that_is_not_accepted_comes_again_when_its_time_has_come(
    telling_sandbox: RunningSandbox, receiver: WebhookReceiver, clock: SetClock
) -> None:
    receiver.answers += [500, 503]
    gateway = telling_sandbox.gateway()
    gateway.ensure_customer(reference="C-1001", name="Ania", email="ania@example.com")

    def waiting(attempts: int) -> bool:
        (only,) = telling_sandbox.ask("GET", "/_deliveries").json()
        return (only["attempts"], only["state"]) == (attempts, "waiting")

    until(lambda: waiting(1))
    clock.advance(timedelta(seconds=4))
    assert waiting(1)
    clock.advance(timedelta(seconds=2))
    until(lambda: waiting(2))
    clock.advance(timedelta(seconds=16))
    assert settled(telling_sandbox, receiver) == ["customer.created"] * 3

    first, last = receiver.received[0], receiver.received[-1]
    assert last.body == first.body
    assert last.signature != first.signature
    assert gateway.parse_event(last.body, last.signature).type == "customer.created"


def test_webhooks_wait_for_a_receiver_across_a_restart(
    telling_sandbox: RunningSandbox, receiver: WebhookReceiver, clock: SetClock
) -> None:
    telling_sandbox.switch(webhooks={"hold": True})
    telling_sandbox.gateway().ensure_customer(reference="C-1001", name="Ania", email="ania@example.com")
    assert receiver.received == []

    telling_sandbox.restart()

    assert settled(telling_sandbox, receiver) == ["customer.created"]


def test_webhooks_can_be_held_reversed_and_repeated(telling_sandbox: RunningSandbox, receiver: WebhookReceiver) -> None:
    telling_sandbox.switch(webhooks={"hold": True, "reverse": True, "repeat": 1})
    gateway = telling_sandbox.gateway()
    customer = gateway.ensure_customer(reference="C-1001", name="Ania", email="ania@example.com")
    paying(gateway, customer)("pm_card_visa")
    assert receiver.received == []

    telling_sandbox.switch(webhooks={"hold": False})

    twice = [kind for kind in reversed(PAID) for _ in range(2)]
    assert settled(telling_sandbox, receiver) == twice
    assert len({each.event["id"] for each in receiver.received}) == len(PAID)


def test_events_can_be_read(telling_sandbox: RunningSandbox, receiver: WebhookReceiver) -> None:
    gateway = telling_sandbox.gateway()
    customer = gateway.ensure_customer(reference="C-1001", name="Ania", email="ania@example.com")
    paying(gateway, customer)("pm_card_visa")
    settled(telling_sandbox, receiver)

    listed = telling_sandbox.ask("GET", "/v1/events?types[0]=charge.succeeded").json()["data"]

    assert [event["type"] for event in listed] == ["charge.succeeded"]
    told = next(each.event for each in receiver.received if each.event["id"] == listed[0]["id"])
    one = telling_sandbox.ask("GET", f"/v1/events/{listed[0]['id']}").json()
    assert json.dumps(one["data"]) == json.dumps(told["data"])
    assert one["pending_webhooks"] == 0
