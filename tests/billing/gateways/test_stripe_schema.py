"""The check on what is sent to Stripe can tell right from wrong."""

from __future__ import annotations

from typing import Any

import pytest

from billing.gateways.base import GatewayRefused
from billing.gateways.stripe import StripeGateway
from tests.billing.gateways.running import RunningSandbox
from tests.billing.gateways.stripe_schema import NotInSchema, RecordedRequests, validate_log, validate_request

PAYMENT: dict[str, Any] = {
    "amount": "52801",
    "currency": "eur",
    "confirm": "true",
    "off_session": "true",
    "setup_future_usage": "off_session",
    "automatic_payment_methods": {"enabled": "true", "allow_redirects": "always"},
    "metadata": {"parley_reference": "PAY-2026-0001"},
    "expand": ["latest_charge"],
}


def test_a_right_payment_passes() -> None:
    made = {"method": "POST", "path": "/v1/payment_intents", "params": PAYMENT}
    looked_at = {"method": "GET", "path": "/v1/payment_intents/pi_1", "params": {}}
    assert validate_log([made, looked_at]) == 2


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"payment_method_types": ["card"]}, "unknown parameter payment_method_types"),
        ({"amout": "1"}, "unknown parameter amout"),
        ({"api_key": "sk_test_x"}, "unknown parameter api_key"),
        ({"automatic_payment_methods": {"enabled": "true", "redirects": "no"}}, r"methods\[redirects\]"),
        ({"automatic_payment_methods": {"enabled": "true", "allow_redirects": "maybe"}}, "'maybe', not one of"),
        ({"automatic_payment_methods": {"allow_redirects": "never"}}, r"missing parameter automatic.*\[enabled\]"),
        ({"setup_future_usage": "whenever"}, "'whenever', not one of"),
        ({"off_session": "sometimes"}, "off_session is 'sometimes'"),
        ({"amount": "528.01"}, "not a whole number"),
        ({"confirm": "yes"}, "not a boolean"),
        ({"metadata": "text"}, "metadata"),
        ({"expand": "latest_charge"}, "no list"),
        ({"currency": {"code": "eur"}}, "is a group"),
    ],
)
def test_a_wrong_payment_fails(change: dict[str, Any], complaint: str) -> None:
    with pytest.raises(NotInSchema, match=complaint):
        validate_request("POST", "/v1/payment_intents", {**PAYMENT, **change})


def test_a_missing_parameter_fails() -> None:
    with pytest.raises(NotInSchema, match="missing parameter currency"):
        validate_request("POST", "/v1/payment_intents", {"amount": "100"})


def test_an_endpoint_the_sdk_does_not_have_fails() -> None:
    with pytest.raises(NotInSchema, match="no endpoint"):
        validate_request("POST", "/v1/payment_intents/pi_1/charge", {})


def test_the_path_of_a_search_is_not_taken_for_an_id() -> None:
    validate_request("GET", "/v1/payment_intents/search", {"query": "status:'succeeded'", "limit": "10"})
    with pytest.raises(NotInSchema, match="unknown parameter query"):
        validate_request("GET", "/v1/payment_intents/pi_1", {"query": "x"})


def test_a_wrong_request_of_the_gateway_is_noticed(
    sandbox: RunningSandbox,
    gateway: StripeGateway,
    stripe_requests: RecordedRequests,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr("billing.gateways.stripe._SHOWN", "latest_charge")
        with pytest.raises(GatewayRefused):
            gateway.retrieve_charge("pi_unknown")

    assert stripe_requests.wrong == ["GET /v1/payment_intents/pi_unknown: expand is no list"]
    stripe_requests.wrong.clear()
    with pytest.raises(NotInSchema, match="expand is no list"):
        validate_log(sandbox.requests())


def test_right_requests_of_the_gateway_are_recorded_and_pass(
    sandbox: RunningSandbox, gateway: StripeGateway, stripe_requests: RecordedRequests
) -> None:
    gateway.ensure_customer(reference="C-1001", name="Ania", email="ania@example.com")

    assert [(each.method, each.path) for each in stripe_requests.sent] == [
        ("GET", "/v1/customers"),
        ("POST", "/v1/customers"),
    ]
    assert validate_log(sandbox.requests()) == 2
