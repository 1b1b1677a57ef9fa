"""The sandbox answers as Stripe does where it refuses, pages, expands and saves cards."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from billing.clock import SetClock
from billing.gateways.base import ChargeResult, ChargeStatus
from billing.gateways.sandbox import PlantedCard, create_sandbox, plant_customer
from billing.gateways.sandbox.app import ENDPOINTS
from billing.gateways.stripe import StripeGateway
from tests.billing.gateways.conftest import RETURN_URL, paying
from tests.billing.gateways.running import (
    PUBLISHABLE_KEY,
    SECRET_KEY,
    WEBHOOK_SECRET,
    RunningSandbox,
    RunningServer,
)
from tests.fixtures.processes import PATIENCE

Pay = Callable[..., ChargeResult]


def error(answer: httpx.Response) -> tuple[int, str, str, str]:
    """Status, type, code and parameter of a refusal; every refusal has a message."""
    said = answer.json()["error"]
    assert said["message"]
    return answer.status_code, said["type"], said.get("code", ""), said.get("param", "")


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ({"currency": "eur"}, (400, "invalid_request_error", "parameter_missing", "amount")),
        ({"amount": "1", "currency": ""}, (400, "invalid_request_error", "parameter_invalid_empty", "currency")),
        ({"amount": "x", "currency": "eur"}, (400, "invalid_request_error", "parameter_invalid_integer", "amount")),
        (
            {"amount": "100", "currency": "eur", "payment_method_types[0]": "card"},
            (400, "invalid_request_error", "parameter_unknown", "payment_method_types"),
        ),
        (
            {"amount": "100", "currency": "eur", "automatic_payment_methods[redirects]": "x"},
            (400, "invalid_request_error", "parameter_unknown", "automatic_payment_methods[redirects]"),
        ),
        (
            {"amount": "100", "currency": "eur", "capture_method": "later"},
            (400, "invalid_request_error", "", "capture_method"),
        ),
        (
            {"amount": "100", "currency": "eur", "return_url": "http://x"},
            (400, "invalid_request_error", "", "return_url"),
        ),
        ({"amount": "100", "currency": "eur", "a[b[c]": "1"}, (400, "invalid_request_error", "", "a[b[c]")),
    ],
)
def test_parameters_are_refused_with_stripes_codes(
    sandbox: RunningSandbox, form: dict[str, str], expected: tuple[int, str, str, str]
) -> None:
    assert error(sandbox.ask("POST", "/v1/payment_intents", data=form)) == expected


@pytest.mark.parametrize(
    ("card", "code", "param"),
    [
        ({"number": "4242424242424241"}, "incorrect_number", "number"),
        ({"number": "42"}, "incorrect_number", "number"),
        ({"number": "4111111111111111"}, "card_declined", ""),
        ({"exp_month": "13"}, "invalid_expiry_month", "exp_month"),
        ({"exp_month": "2", "exp_year": "2026"}, "invalid_expiry_month", "exp_month"),
        ({"exp_year": "2025"}, "invalid_expiry_year", "exp_year"),
        ({"exp_year": "2099"}, "invalid_expiry_year", "exp_year"),
        ({"cvc": "12"}, "invalid_cvc", "cvc"),
        ({"number": "378282246310005", "cvc": "123"}, "invalid_cvc", "cvc"),
    ],
)
def test_a_card_with_a_mistake_is_refused(sandbox: RunningSandbox, card: dict[str, str], code: str, param: str) -> None:
    answer = sandbox.new_card(**{"number": "4242424242424242", **card})

    assert error(answer) == (402, "card_error", code, param)


def test_a_card_of_this_month_is_good(sandbox: RunningSandbox) -> None:
    assert sandbox.new_card("4242424242424242", exp_month="3", exp_year="26").status_code == 200


def test_no_card_number_is_kept(sandbox: RunningSandbox, tmp_path: Path) -> None:
    sandbox.new_card("4242424242424242", cvc="987")
    sandbox.stop()

    kept = b"".join(file.read_bytes() for file in tmp_path.iterdir())

    assert b"pm_card_visa" in kept
    assert b"4242424242424242" not in kept
    assert b"987" not in re.sub(rb"[A-Za-z0-9_]{16,}", b"", kept)


@pytest.mark.parametrize("key", ["", "sk_test_other", "pk_test_other"])
def test_without_a_right_key_nothing_is_answered(sandbox: RunningSandbox, key: str) -> None:
    assert error(sandbox.ask("GET", "/v1/customers", key=key))[0] == 401


def test_a_secret_key_may_come_as_the_user_of_basic_authentication(sandbox: RunningSandbox) -> None:
    answer = httpx.get(sandbox.base + "/v1/balance", auth=(SECRET_KEY, ""), trust_env=False, timeout=PATIENCE)

    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/customers"),
        ("POST", "/v1/customers"),
        ("POST", "/v1/payment_intents"),
        ("POST", "/v1/refunds"),
        ("GET", "/v1/events"),
        ("POST", "/v1/payment_methods/pm_card_visa/attach"),
        ("GET", "/v1/payment_intents"),
    ],
)
def test_a_publishable_key_may_not(sandbox: RunningSandbox, method: str, path: str) -> None:
    answer = sandbox.ask(method, path, key=PUBLISHABLE_KEY)

    assert error(answer)[:3] == (403, "invalid_request_error", "secret_key_required")


@pytest.mark.parametrize("path", ["/_switches", "/_requests", "/_deliveries"])
def test_the_sandboxs_own_doors_open_to_the_secret_key_only(sandbox: RunningSandbox, path: str) -> None:
    assert sandbox.ask("GET", path, key=PUBLISHABLE_KEY).status_code == 401
    assert sandbox.ask("GET", path).status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [
        [],
        {"unknown": 1},
        {"faults": [{"kind": "explode"}]},
        {"faults": [{"kind": "slow", "times": 0}]},
        {"webhooks": {"hold": 1}},
        {"processing": "yes"},
    ],
)
def test_a_switch_that_is_none_changes_nothing(sandbox: RunningSandbox, wrong: object) -> None:
    before = sandbox.ask("GET", "/_switches").json()

    assert sandbox.ask("POST", "/_switches", json=wrong).status_code == 400
    assert sandbox.ask("GET", "/_switches").json() == before


def test_an_intent_is_confirmed_from_the_browser_with_its_client_secret(sandbox: RunningSandbox) -> None:
    form = {"amount": "100", "currency": "eur", "metadata[secret]": "ours"}
    intent = sandbox.ask("POST", "/v1/payment_intents", data=form).json()
    path = f"/v1/payment_intents/{intent['id']}"
    card = sandbox.new_card("4242424242424242").json()["id"]

    wrong = {"client_secret": intent["id"] + "_secret_guess", "payment_method": card}
    assert error(sandbox.ask("POST", path + "/confirm", key=PUBLISHABLE_KEY, data=wrong))[0] == 404
    right = {"client_secret": intent["client_secret"], "payment_method": card}
    confirmed = sandbox.ask("POST", path + "/confirm", key=PUBLISHABLE_KEY, data=right).json()

    assert confirmed["status"] == "succeeded"
    assert "metadata" not in confirmed
    secret = {"client_secret": intent["client_secret"]}
    assert sandbox.ask("GET", path, key=PUBLISHABLE_KEY, params=secret).json() == confirmed
    assert error(sandbox.ask("GET", path, key=PUBLISHABLE_KEY))[0] == 404


def test_a_card_is_saved_without_a_payment(
    sandbox: RunningSandbox, gateway: StripeGateway, customer: str, pay: Pay
) -> None:
    setup = gateway.create_setup_intent(customer, "setup-1")
    assert gateway.create_setup_intent(customer, "setup-1") == setup
    assert not setup.succeeded
    card = sandbox.new_card("4000002500003155").json()["id"]
    form = {"client_secret": setup.client_secret, "payment_method": card, "return_url": RETURN_URL}
    confirmed = sandbox.ask("POST", f"/v1/setup_intents/{setup.id}/confirm", key=PUBLISHABLE_KEY, data=form)
    assert confirmed.json()["status"] == "requires_action"

    waiting = gateway.retrieve_setup(setup.id)
    page = httpx.get(str(waiting.redirect_url), trust_env=False, timeout=PATIENCE)
    assert "Save this card for later payments?" in page.text
    back = httpx.post(str(waiting.redirect_url), data={"answer": "yes"}, trust_env=False, timeout=PATIENCE)

    assert f"setup_intent={setup.id}" in back.headers["location"]
    saved = gateway.retrieve_setup(setup.id)
    assert (saved.succeeded, saved.payment_method, saved.customer) == (True, card, customer)
    assert [each.id for each in gateway.list_payment_methods(customer)] == [card]
    assert pay(card, off_session=True).status is ChargeStatus.SUCCEEDED


def test_a_declined_card_is_not_saved_without_a_payment(
    sandbox: RunningSandbox, gateway: StripeGateway, customer: str
) -> None:
    setup = gateway.create_setup_intent(customer, "setup-1")
    card = sandbox.new_card("4000000000009995").json()["id"]
    form = {"client_secret": setup.client_secret, "payment_method": card, "return_url": RETURN_URL}

    answer = sandbox.ask("POST", f"/v1/setup_intents/{setup.id}/confirm", key=PUBLISHABLE_KEY, data=form)

    assert error(answer)[:3] == (402, "card_error", "card_declined")
    failed = gateway.retrieve_setup(setup.id)
    assert (failed.succeeded, failed.decline_code) == (False, "insufficient_funds")
    assert gateway.list_payment_methods(customer) == []


def test_a_list_goes_page_by_page_in_both_directions(sandbox: RunningSandbox) -> None:
    made = [sandbox.ask("POST", "/v1/customers", data={"name": str(at)}).json()["id"] for at in range(5)]
    newest_first = made[::-1]

    def page(**query: str) -> tuple[list[str], bool]:
        answer = sandbox.ask("GET", "/v1/customers", params={"limit": "2", **query}).json()
        return [each["id"] for each in answer["data"]], answer["has_more"]

    assert page() == (newest_first[:2], True)
    assert page(starting_after=newest_first[1]) == (newest_first[2:4], True)
    assert page(starting_after=newest_first[3]) == (newest_first[4:], False)
    assert page(ending_before=newest_first[4]) == (newest_first[2:4], True)
    assert page(ending_before=newest_first[2]) == (newest_first[:2], False)
    assert error(sandbox.ask("GET", "/v1/customers?limit=101"))[3] == "limit"


def test_a_deleted_customer_is_gone(sandbox: RunningSandbox, gateway: StripeGateway, customer: str) -> None:
    card = gateway.attach_payment_method(customer, "pm_card_visa")

    assert sandbox.ask("DELETE", f"/v1/customers/{customer}").json()["deleted"] is True

    assert sandbox.ask("GET", f"/v1/customers/{customer}").json()["deleted"] is True
    assert sandbox.ask("GET", "/v1/customers").json()["data"] == []
    assert gateway.retrieve_payment_method(card.id).customer is None
    other = gateway.ensure_customer(reference="C-1001", name="Ania", email="new@example.com")
    assert other != customer


def test_a_manual_charge_is_reserved_and_then_captured_in_part(sandbox: RunningSandbox, customer: str) -> None:
    form = {"amount": "1000", "currency": "eur", "capture_method": "manual", "confirm": "true"}
    intent = sandbox.ask("POST", "/v1/payment_intents", data={**form, "payment_method": "pm_card_visa"}).json()
    assert (intent["status"], intent["amount_received"]) == ("requires_capture", 0)

    path = f"/v1/payment_intents/{intent['id']}/capture"
    captured = sandbox.ask("POST", path, data={"amount_to_capture": "600"}).json()

    assert (captured["status"], captured["amount_received"]) == ("succeeded", 600)
    assert error(sandbox.ask("POST", path))[2] == "payment_intent_unexpected_state"
    available = sandbox.ask("GET", "/v1/balance").json()["available"]
    assert [(each["amount"], each["currency"]) for each in available] == [(600, "eur")]


def test_a_planted_customer_pays_with_the_card_of_the_story(
    sandbox: RunningSandbox, gateway: StripeGateway, tmp_path: Path, clock: SetClock
) -> None:
    for _ in range(2):
        plant_customer(
            tmp_path,
            clock=clock,
            customer="cus_story",
            name="Möller Kowalczyk",
            email="ania@example.com",
            metadata={"parley_reference": "C-1001"},
            cards=[PlantedCard("pm_story", "4000000000014417", 8, 2028)],
        )

    assert gateway.ensure_customer(reference="C-1001", name="", email="ania@example.com") == "cus_story"
    (card,) = gateway.list_payment_methods("cus_story")
    assert (card.id, card.brand, card.last4, card.exp_year) == ("pm_story", "visa", "4417", 2028)
    paid = paying(gateway, "cus_story")("pm_story", off_session=True)
    assert (paid.status, paid.card_last4) == (ChargeStatus.SUCCEEDED, "4417")


def test_an_unknown_address_is_refused_in_stripes_shape(sandbox: RunningSandbox) -> None:
    assert error(sandbox.ask("GET", "/v1/subscriptions"))[:2] == (404, "invalid_request_error")
    assert error(sandbox.ask("GET", "/v1/customers/cus_x"))[2] == "resource_missing"


def test_it_has_the_endpoints_it_promises() -> None:
    assert len({(each.method, each.path) for each in ENDPOINTS}) == len(ENDPOINTS) >= 25


def test_a_live_key_is_refused(tmp_path: Path, clock: SetClock) -> None:
    with pytest.raises(ValueError, match="test keys"):
        create_sandbox(
            tmp_path,
            secret_key="sk_live_x",
            publishable_key="pk_live_x",
            webhook_secret="",
            webhook_url=None,
            clock=clock,
        )


def test_it_works_under_a_path_of_another_app(tmp_path: Path, clock: SetClock) -> None:
    inner = create_sandbox(
        tmp_path,
        secret_key=SECRET_KEY,
        publishable_key=PUBLISHABLE_KEY,
        webhook_secret=WEBHOOK_SECRET,
        webhook_url=None,
        clock=clock,
    )
    server = RunningServer(Starlette(routes=[Mount("/sandbox", inner)]))
    base = f"http://127.0.0.1:{server.port}/sandbox"
    try:
        gateway = StripeGateway(secret_key=SECRET_KEY, webhook_secret=WEBHOOK_SECRET, api_base=base, clock=clock)
        customer = gateway.ensure_customer(reference="C-1001", name="Ania", email="ania@example.com")
        waiting = paying(gateway, customer)("pm_card_authenticationRequired")
        assert str(waiting.redirect_url).startswith(base + "/challenge/")
        page = httpx.get(str(waiting.redirect_url), trust_env=False, timeout=PATIENCE)
        assert httpx.get(f"{base}/static/card.js", trust_env=False, timeout=PATIENCE).status_code == 200
        assert f"{base}/static/sandbox.css" in page.text
        back = httpx.post(str(waiting.redirect_url), data={"answer": "yes"}, trust_env=False, timeout=PATIENCE)
        assert back.status_code == 303
        assert gateway.retrieve_charge(waiting.gateway_payment_id).status is ChargeStatus.SUCCEEDED
        key = {"Authorization": f"Bearer {SECRET_KEY}"}
        log = httpx.get(f"{base}/_requests", headers=key, trust_env=False, timeout=PATIENCE)
        assert log.json()[0]["path"] == "/v1/customers"
    finally:
        inner.state.deliveries.stop()
        server.stop()


def test_browsers_of_the_portal_may_call_it_and_others_may_not(tmp_path: Path, clock: SetClock) -> None:
    app = create_sandbox(
        tmp_path,
        secret_key=SECRET_KEY,
        publishable_key=PUBLISHABLE_KEY,
        webhook_secret="",
        webhook_url=None,
        clock=clock,
        allowed_origins=["http://127.0.0.1:8000"],
    )
    server = RunningServer(app)
    try:

        def allowed(origin: str) -> str:
            headers = {
                "Origin": origin,
                "Access-Control-Request-Method": "POST",
                "Access-Control-Request-Headers": "authorization",
            }
            url = f"http://127.0.0.1:{server.port}/v1/payment_methods"
            answer = httpx.options(url, headers=headers, trust_env=False, timeout=PATIENCE)
            return str(answer.headers.get("access-control-allow-origin"))

        assert allowed("http://127.0.0.1:8000") == "http://127.0.0.1:8000"
        assert allowed("http://elsewhere.example") == "None"
    finally:
        server.stop()
