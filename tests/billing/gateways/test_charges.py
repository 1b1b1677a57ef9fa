"""Taking and giving back money through the real SDK: every published card, 3-D Secure, saved cards, refunds."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from billing.gateways.base import ChargeResult, ChargeStatus, GatewayRefused, RefundStatus
from billing.gateways.stripe import StripeGateway
from tests.billing.gateways.running import RunningSandbox
from tests.fixtures.processes import PATIENCE

Pay = Callable[..., ChargeResult]
pytestmark = pytest.mark.usefixtures("stripe_requests")

DECLINES = [
    ("4000000000000002", "card_declined", "generic_decline"),
    ("4000000000009995", "card_declined", "insufficient_funds"),
    ("4000000000009987", "card_declined", "lost_card"),
    ("4000000000009979", "card_declined", "stolen_card"),
    ("4000000000006975", "card_declined", "card_velocity_exceeded"),
    ("4100000000000019", "card_declined", "fraudulent"),
    ("4000000000000069", "expired_card", ""),
    ("4000000000000127", "incorrect_cvc", ""),
    ("4000000000000119", "processing_error", ""),
]
ASKING = ["4000002500003155", "4000002760003184", "4000000000003220", "4000000000003063", "4000003800000446"]


def token(sandbox: RunningSandbox, number: str) -> str:
    """What the browser gets for a card."""
    answer = sandbox.new_card(number, cvc="1234" if number.startswith("37") else "123")
    assert answer.status_code == 200, answer.text
    return str(answer.json()["id"])


def answer_bank(charge: ChargeResult, answer: str) -> httpx.URL:
    """Says yes or no on the bank's page and returns where that leads."""
    assert charge.redirect_url is not None
    page = httpx.get(charge.redirect_url, trust_env=False, timeout=PATIENCE)
    assert page.status_code == 200
    assert "€528.01" in page.text
    reply = httpx.post(charge.redirect_url, data={"answer": answer}, trust_env=False, timeout=PATIENCE)
    assert reply.status_code == 303
    return httpx.URL(reply.headers["location"])


@pytest.mark.parametrize(
    ("number", "brand"),
    [
        ("4242424242424242", "visa"),
        ("4000056655665556", "visa"),
        ("5555555555554444", "mastercard"),
        ("378282246310005", "amex"),
        ("6011111111111117", "discover"),
        ("3056930009020004", "diners"),
        ("3566002020360505", "jcb"),
        ("6200000000000005", "unionpay"),
    ],
)
def test_a_good_card_pays(sandbox: RunningSandbox, pay: Pay, customer: str, number: str, brand: str) -> None:
    charge = pay(token(sandbox, number))

    assert charge.status is ChargeStatus.SUCCEEDED
    assert (charge.amount, charge.currency, charge.reference) == (52801, "EUR", "PAY-2026-0001")
    assert (charge.card_brand, charge.card_last4) == (brand, number[-4:])
    assert charge.customer == customer
    assert (charge.code, charge.decline_code, charge.redirect_url) == ("", "", None)


@pytest.mark.parametrize(("number", "code", "decline_code"), DECLINES)
def test_a_declining_card_takes_nothing_and_says_why(
    sandbox: RunningSandbox, gateway: StripeGateway, pay: Pay, number: str, code: str, decline_code: str
) -> None:
    charge = pay(token(sandbox, number))

    assert charge.status is ChargeStatus.FAILED
    assert (charge.code, charge.decline_code) == (code, decline_code)
    assert (charge.card_brand, charge.card_last4) == ("visa", number[-4:])
    assert gateway.retrieve_charge(charge.gateway_payment_id) == charge
    assert [each["paid"] for each in sandbox.charges()] == [False]


@pytest.mark.parametrize(("number", "code", "decline_code"), DECLINES)
def test_a_declining_card_is_not_saved(
    sandbox: RunningSandbox, gateway: StripeGateway, customer: str, number: str, code: str, decline_code: str
) -> None:
    with pytest.raises(GatewayRefused) as refusal:
        gateway.attach_payment_method(customer, token(sandbox, number))

    assert (refusal.value.code, refusal.value.decline_code) == (code, decline_code)
    assert gateway.list_payment_methods(customer) == []


def test_a_card_that_is_saved_but_fails_later(
    sandbox: RunningSandbox, gateway: StripeGateway, customer: str, pay: Pay
) -> None:
    card = gateway.attach_payment_method(customer, token(sandbox, "4000000000000341"))

    charge = pay(card.id, off_session=True)

    assert (charge.status, charge.decline_code) == (ChargeStatus.FAILED, "generic_decline")


@pytest.mark.parametrize("number", ASKING)
def test_a_bank_that_hears_yes_lets_the_charge_through(
    sandbox: RunningSandbox, gateway: StripeGateway, pay: Pay, number: str
) -> None:
    waiting = pay(token(sandbox, number))
    assert waiting.status is ChargeStatus.REQUIRES_ACTION
    assert (waiting.card_brand, waiting.card_last4) == ("visa", number[-4:])
    assert sandbox.charges() == []

    back = answer_bank(waiting, "yes")

    query = parse_qs(urlsplit(str(back)).query)
    assert str(back).startswith("http://127.0.0.1/payments/return?payment=PAY-2026-0001&")
    assert query["payment_intent"] == [waiting.gateway_payment_id]
    assert query["redirect_status"] == ["succeeded"]
    assert query["payment_intent_client_secret"][0].startswith(waiting.gateway_payment_id + "_secret_")
    assert gateway.retrieve_charge(waiting.gateway_payment_id).status is ChargeStatus.SUCCEEDED


def test_a_bank_that_hears_no_stops_the_charge(sandbox: RunningSandbox, gateway: StripeGateway, pay: Pay) -> None:
    waiting = pay(token(sandbox, "4000002760003184"))

    back = answer_bank(waiting, "no")

    assert parse_qs(urlsplit(str(back)).query)["redirect_status"] == ["failed"]
    stopped = gateway.retrieve_charge(waiting.gateway_payment_id)
    assert (stopped.status, stopped.code) == (ChargeStatus.FAILED, "authentication_failed")
    assert sandbox.charges() == []


@pytest.mark.parametrize(
    ("number", "decline_code"),
    [("4000008400001629", "generic_decline"), ("4000008260003178", "insufficient_funds")],
)
def test_a_bank_that_hears_yes_may_still_decline(
    sandbox: RunningSandbox, gateway: StripeGateway, pay: Pay, number: str, decline_code: str
) -> None:
    waiting = pay(token(sandbox, number))

    back = answer_bank(waiting, "yes")

    assert parse_qs(urlsplit(str(back)).query)["redirect_status"] == ["failed"]
    declined = gateway.retrieve_charge(waiting.gateway_payment_id)
    assert (declined.status, declined.code) == (ChargeStatus.FAILED, "card_declined")
    assert declined.decline_code == decline_code


def test_the_bank_is_answered_once(sandbox: RunningSandbox, gateway: StripeGateway, pay: Pay) -> None:
    waiting = pay(token(sandbox, "4000002760003184"))
    answer_bank(waiting, "yes")

    again = httpx.post(str(waiting.redirect_url), data={"answer": "no"}, trust_env=False, timeout=PATIENCE)

    assert parse_qs(urlsplit(again.headers["location"]).query)["redirect_status"] == ["succeeded"]
    assert gateway.retrieve_charge(waiting.gateway_payment_id).status is ChargeStatus.SUCCEEDED
    assert len(sandbox.charges()) == 1
    assert "answered already" in httpx.get(str(waiting.redirect_url), trust_env=False, timeout=PATIENCE).text


def test_a_guessed_link_to_the_bank_shows_nothing(sandbox: RunningSandbox, pay: Pay) -> None:
    waiting = pay(token(sandbox, "4000002760003184"))

    page = httpx.get(str(waiting.redirect_url)[:-1] + "?", trust_env=False, timeout=PATIENCE)

    assert page.status_code == 404
    assert "528.01" not in page.text


def test_a_cancelled_charge_can_not_be_agreed_to(sandbox: RunningSandbox, gateway: StripeGateway, pay: Pay) -> None:
    waiting = pay(token(sandbox, "4000002760003184"))

    cancelled = gateway.cancel_charge(waiting.gateway_payment_id)
    httpx.post(str(waiting.redirect_url), data={"answer": "yes"}, trust_env=False, timeout=PATIENCE)

    assert (cancelled.status, cancelled.code) == (ChargeStatus.FAILED, "canceled")
    assert gateway.cancel_charge(waiting.gateway_payment_id) == cancelled
    assert gateway.retrieve_charge(waiting.gateway_payment_id) == cancelled
    assert sandbox.charges() == []


def test_what_has_succeeded_can_not_be_cancelled(gateway: StripeGateway, pay: Pay) -> None:
    paid = pay("pm_card_visa")

    with pytest.raises(GatewayRefused) as refusal:
        gateway.cancel_charge(paid.gateway_payment_id)

    assert refusal.value.code == "payment_intent_unexpected_state"


def test_a_card_saved_with_a_payment_pays_again_without_its_holder(
    sandbox: RunningSandbox, gateway: StripeGateway, customer: str, pay: Pay
) -> None:
    waiting = pay(token(sandbox, "4000002500003155"), save_card=True)
    assert gateway.list_payment_methods(customer) == []
    answer_bank(waiting, "yes")

    (card,) = gateway.list_payment_methods(customer)
    again = pay(card.id, off_session=True, reference="PAY-2026-0002")

    assert (card.brand, card.last4, card.exp_month, card.exp_year) == ("visa", "3155", 4, 2031)
    assert again.status is ChargeStatus.SUCCEEDED


def test_a_bank_that_always_asks_declines_a_charge_without_the_holder(
    sandbox: RunningSandbox, gateway: StripeGateway, customer: str, pay: Pay
) -> None:
    card = gateway.attach_payment_method(customer, token(sandbox, "4000002760003184"))

    charge = pay(card.id, off_session=True)

    assert (charge.status, charge.code) == (ChargeStatus.FAILED, "authentication_required")
    assert charge.decline_code == "authentication_required"
    assert sandbox.charges() == []


def test_a_card_used_without_saving_can_not_be_used_again(sandbox: RunningSandbox, pay: Pay) -> None:
    card = token(sandbox, "4242424242424242")
    pay(card)

    with pytest.raises(GatewayRefused, match="may not be used again"):
        pay(card, idempotency_key="payment-2")

    assert len(sandbox.charges()) == 1


def test_saved_cards_are_listed_newest_first_and_forgotten(gateway: StripeGateway, customer: str, pay: Pay) -> None:
    visa = gateway.attach_payment_method(customer, "pm_card_visa")
    amex = gateway.attach_payment_method(customer, "pm_card_amex")
    assert gateway.list_payment_methods(customer) == [amex, visa]
    assert gateway.retrieve_payment_method(visa.id) == visa

    gateway.detach_payment_method(visa.id)
    gateway.detach_payment_method(visa.id)

    assert gateway.list_payment_methods(customer) == [amex]
    with pytest.raises(GatewayRefused):
        pay(visa.id)


def test_somebody_elses_card_is_refused(
    sandbox: RunningSandbox, gateway: StripeGateway, customer: str, pay: Pay
) -> None:
    other = gateway.ensure_customer(reference="C-1002", name="Other", email="other@example.com")
    card = gateway.attach_payment_method(other, "pm_card_visa")

    with pytest.raises(GatewayRefused, match="does not belong"):
        pay(card.id)

    assert sandbox.charges() == []


def test_a_refund_gives_back_part_and_then_the_rest(gateway: StripeGateway, pay: Pay) -> None:
    paid = pay("pm_card_visa")

    part = gateway.refund(paid.gateway_payment_id, 10000, "refund-1")
    same = gateway.refund(paid.gateway_payment_id, 10000, "refund-1")
    rest = gateway.refund(paid.gateway_payment_id, 42801, "refund-2")

    assert part == same
    assert (part.status, part.amount, part.currency) == (RefundStatus.SUCCEEDED, 10000, "EUR")
    assert (part.gateway_payment_id, part.reference) == (paid.gateway_payment_id, "refund-1")
    assert [each.id for each in gateway.list_refunds(paid.gateway_payment_id)] == [rest.id, part.id]
    assert gateway.retrieve_refund(part.id) == part
    assert rest.amount == 42801
    assert gateway.retrieve_charge(paid.gateway_payment_id).amount_refunded == 52801
    with pytest.raises(GatewayRefused) as refusal:
        gateway.refund(paid.gateway_payment_id, 1, "refund-3")
    assert refusal.value.code == "charge_already_refunded"


def test_more_than_was_paid_is_not_given_back(gateway: StripeGateway, pay: Pay) -> None:
    paid = pay("pm_card_visa")

    with pytest.raises(GatewayRefused, match="greater than unrefunded"):
        gateway.refund(paid.gateway_payment_id, 52802, "refund-1")

    assert gateway.retrieve_charge(paid.gateway_payment_id).amount_refunded == 0


def test_a_refund_may_take_its_time_and_may_fail_later(
    sandbox: RunningSandbox, gateway: StripeGateway, pay: Pay
) -> None:
    slow, never = pay("pm_card_pendingRefund"), pay("pm_card_refundFail", reference="PAY-2026-0002")

    first = [gateway.refund(one.gateway_payment_id, 100, f"refund-{one.reference}") for one in (slow, never)]
    sandbox.switch(processing=False)
    then = [gateway.retrieve_refund(refund.id) for refund in first]

    assert [refund.status for refund in first] == [RefundStatus.PENDING, RefundStatus.SUCCEEDED]
    assert [refund.status for refund in then] == [RefundStatus.SUCCEEDED, RefundStatus.FAILED]
    assert then[1].code == "lost_or_stolen_card"
    assert gateway.retrieve_charge(never.gateway_payment_id).amount_refunded == 0


def test_a_charge_that_the_gateway_still_works_on(sandbox: RunningSandbox, gateway: StripeGateway, pay: Pay) -> None:
    sandbox.switch(processing=True)
    charge = pay("pm_card_visa")
    assert charge.status is ChargeStatus.PROCESSING
    assert sandbox.charges() == []

    sandbox.switch(processing=False)

    assert gateway.retrieve_charge(charge.gateway_payment_id).status is ChargeStatus.SUCCEEDED


def test_a_charge_is_found_by_its_reference(gateway: StripeGateway, customer: str, pay: Pay) -> None:
    declined = pay("pm_card_visa_chargeDeclined")
    assert gateway.find_charge("PAY-2026-0001", customer=customer) == declined
    paid = pay("pm_card_visa")
    pay("pm_card_mastercard", reference="PAY-2026-0002")

    assert gateway.find_charge("PAY-2026-0001", customer=customer) == paid
    assert gateway.find_charge("PAY-2026-0001") == paid
    assert gateway.find_charge("PAY-2026-9999", customer=customer) is None
    assert gateway.find_charge("it's unknown") is None


def test_a_customer_is_made_once(gateway: StripeGateway, customer: str) -> None:
    same = gateway.ensure_customer(reference="C-1001", name="New name", email="ania@example.com")
    other = gateway.ensure_customer(reference="C-1002", name="New name", email="ania@example.com")

    assert same == customer
    assert other != customer


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"amount": 10}, "amount_too_small"),
        ({"amount": 100_000_000}, "amount_too_large"),
        ({"currency": "XXX"}, "invalid_request_error"),
        ({"customer": "cus_unknown"}, "resource_missing"),
        ({"payment_method": "pm_unknown"}, "resource_missing"),
        ({"return_url": "javascript:alert(1)"}, "url_invalid"),
    ],
)
def test_what_makes_no_sense_is_refused_and_takes_nothing(
    sandbox: RunningSandbox, pay: Pay, change: dict[str, object], code: str
) -> None:
    with pytest.raises(GatewayRefused) as refusal:
        pay(**{"payment_method": "pm_card_visa", **change})

    assert refusal.value.code == code
    assert sandbox.charges() == []
