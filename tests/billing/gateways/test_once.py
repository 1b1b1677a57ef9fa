"""An intent never charges twice: idempotency keys, lost replies, restarts, and a server killed at any instant."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
import stripe

from billing.clock import SystemClock
from billing.gateways.base import ChargeResult, ChargeStatus, GatewayRefused, GatewayUnavailable
from billing.gateways.stripe import StripeGateway
from tests.billing.gateways.conftest import paying
from tests.billing.gateways.running import SECRET_KEY, WEBHOOK_SECRET, RunningSandbox, until
from tests.fixtures.counts import Times
from tests.fixtures.processes import PATIENCE, pick_port

Pay = Callable[..., ChargeResult]
FORM = {"amount": "52801", "currency": "eur"}


def test_the_same_key_gives_the_same_answer(sandbox: RunningSandbox, pay: Pay) -> None:
    first = pay("pm_card_visa", idempotency_key="payment-1")
    again = pay("pm_card_visa", idempotency_key="payment-1")

    assert again == first
    assert len(sandbox.charges()) == 1


def test_a_replayed_answer_says_so(sandbox: RunningSandbox) -> None:
    headers = {"Idempotency-Key": "payment-1"}
    first = sandbox.ask("POST", "/v1/payment_intents", data=FORM, headers=headers)
    again = sandbox.ask("POST", "/v1/payment_intents", data=FORM, headers=headers)

    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.headers["Original-Request"] == first.headers["Request-Id"]
    assert again.content == first.content


def test_a_decline_is_replayed_as_well(sandbox: RunningSandbox, pay: Pay) -> None:
    first = pay("pm_card_visa_chargeDeclined", idempotency_key="payment-1")
    again = pay("pm_card_visa_chargeDeclined", idempotency_key="payment-1")

    assert again == first
    assert len(sandbox.charges()) == 1


@pytest.mark.parametrize("change", [{"amount": 100}, {"payment_method": "pm_card_amex"}, {"save_card": True}])
def test_the_same_key_for_something_else_is_refused(
    sandbox: RunningSandbox, pay: Pay, change: dict[str, object]
) -> None:
    pay("pm_card_visa", idempotency_key="payment-1")

    with pytest.raises(GatewayRefused) as refusal:
        pay(**{"payment_method": "pm_card_visa", "idempotency_key": "payment-1", **change})

    assert refusal.value.code == "idempotency_error"
    assert len(sandbox.charges()) == 1


def test_a_refused_request_does_not_use_up_its_key(pay: Pay) -> None:
    with pytest.raises(GatewayRefused):
        pay("pm_unknown", idempotency_key="payment-1")

    assert pay("pm_card_visa", idempotency_key="payment-1").status is ChargeStatus.SUCCEEDED


def test_a_second_request_while_the_first_is_under_way_is_a_conflict(sandbox: RunningSandbox) -> None:
    # long enough that the second request comes meanwhile on any machine
    sandbox.switch(faults=[{"kind": "slow", "on": "POST /v1/payment_intents", "seconds": 6}])
    headers = {"Idempotency-Key": "payment-1"}
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(sandbox.ask, "POST", "/v1/payment_intents", data=FORM, headers=headers)
        until(lambda: not sandbox.ask("GET", "/_switches").json()["faults"])

        conflict = sandbox.ask("POST", "/v1/payment_intents", data=FORM, headers=headers)

        assert conflict.status_code == 409
        assert conflict.json()["error"]["code"] == "idempotency_key_in_use"
        assert slow.result().status_code == 200


def test_many_at_once_with_one_key_take_the_money_once(sandbox: RunningSandbox, customer: str) -> None:
    patient = paying(sandbox.gateway(retries=4), customer)
    with ThreadPoolExecutor(6) as pool:
        attempts = [pool.submit(patient, "pm_card_visa", idempotency_key="payment-1") for _ in range(6)]

    assert len({each.result().gateway_payment_id for each in attempts}) == 1
    assert len(sandbox.charges()) == 1


@pytest.mark.parametrize("kind", ["cut_after", "error_after"])
def test_a_charge_whose_reply_was_lost_is_found_and_not_taken_again(
    sandbox: RunningSandbox, gateway: StripeGateway, customer: str, pay: Pay, kind: str
) -> None:
    sandbox.switch(faults=[{"kind": kind, "on": "POST /v1/payment_intents"}])
    with pytest.raises(GatewayUnavailable):
        pay("pm_card_visa", idempotency_key="payment-1")

    found = gateway.find_charge("PAY-2026-0001", customer=customer)
    assert found is not None
    assert found.status is ChargeStatus.SUCCEEDED
    assert pay("pm_card_visa", idempotency_key="payment-1") == found
    assert len(sandbox.charges()) == 1


@pytest.mark.parametrize("kind", ["cut_before", "error_before"])
def test_a_charge_that_never_arrived_is_not_found(
    sandbox: RunningSandbox, gateway: StripeGateway, customer: str, pay: Pay, kind: str
) -> None:
    sandbox.switch(faults=[{"kind": kind, "on": "POST /v1/payment_intents"}])
    with pytest.raises(GatewayUnavailable):
        pay("pm_card_visa", idempotency_key="payment-1")

    assert gateway.find_charge("PAY-2026-0001", customer=customer) is None
    assert pay("pm_card_visa", idempotency_key="payment-1").status is ChargeStatus.SUCCEEDED


def test_a_gateway_that_is_too_slow_leaves_the_outcome_unknown(sandbox: RunningSandbox, customer: str) -> None:
    impatient = paying(sandbox.gateway(retries=0, read_timeout=1), customer)
    sandbox.switch(faults=[{"kind": "slow", "on": "POST /v1/payment_intents", "seconds": 2.5}])

    with pytest.raises(GatewayUnavailable):
        impatient("pm_card_visa", idempotency_key="payment-1")

    until(sandbox.charges)
    assert len(sandbox.charges()) == 1


def test_the_sdk_repeats_by_itself_and_takes_the_money_once(
    sandbox: RunningSandbox, customer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stripe.HTTPClient, "INITIAL_DELAY", 0.01)
    patient = paying(sandbox.gateway(retries=2), customer)
    sandbox.switch(
        faults=[
            {"kind": "error_after", "on": "POST /v1/payment_intents"},
            {"kind": "error_before", "on": "POST /v1/payment_intents"},
        ]
    )

    assert patient("pm_card_visa", idempotency_key="payment-1").status is ChargeStatus.SUCCEEDED
    assert len(sandbox.charges()) == 1


def test_nobody_there_leaves_the_outcome_unknown(sandbox: RunningSandbox, pay: Pay) -> None:
    sandbox.stop()

    with pytest.raises(GatewayUnavailable):
        pay("pm_card_visa", idempotency_key="payment-1")


def test_a_restart_remembers_everything(
    sandbox: RunningSandbox, gateway: StripeGateway, customer: str, pay: Pay
) -> None:
    card = gateway.attach_payment_method(customer, "pm_card_mastercard")
    paid = pay("pm_card_visa", idempotency_key="payment-1")
    waiting = pay("pm_card_authenticationRequired", reference="PAY-2026-0002")

    sandbox.restart()

    assert pay("pm_card_visa", idempotency_key="payment-1") == paid
    assert gateway.retrieve_charge(paid.gateway_payment_id) == paid
    assert gateway.list_payment_methods(customer) == [card]
    httpx.post(str(waiting.redirect_url), data={"answer": "yes"}, trust_env=False, timeout=PATIENCE)
    assert gateway.retrieve_charge(waiting.gateway_payment_id).status is ChargeStatus.SUCCEEDED
    assert len(sandbox.charges()) == 2


class KilledServer:
    """`python -m billing.gateways.sandbox` in a process of its own, which a test kills and starts again."""

    def __init__(self, data: Path) -> None:
        self.port = pick_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self._data = data
        self.process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "billing.gateways.sandbox", "--port", str(self.port)]
        keys = ["--secret-key", SECRET_KEY, "--webhook-secret", WEBHOOK_SECRET]
        process = subprocess.Popen([*command, "--data", str(self._data), *keys])
        until(self._answers, 2 * PATIENCE)
        return process

    def _answers(self) -> bool:
        try:
            return httpx.get(self.base + "/v1/balance", trust_env=False, timeout=PATIENCE).status_code == 401
        except httpx.TransportError:
            return False

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(PATIENCE)

    def start_again(self) -> None:
        self.process = self._start()


@pytest.fixture
def killed(tmp_path: Path) -> Iterator[KilledServer]:
    server = KilledServer(tmp_path)
    yield server
    server.kill()


@pytest.mark.timeout(600)
def test_killed_in_the_middle_of_charges_it_takes_each_once(killed: KilledServer, times: Times) -> None:
    chance = random.Random(2026)
    gateway = StripeGateway(
        secret_key=SECRET_KEY,
        webhook_secret=WEBHOOK_SECRET,
        api_base=killed.base,
        clock=SystemClock(),
        retries=0,
    )
    pay = paying(gateway, gateway.ensure_customer(reference="C-1001", name="Ania", email="ania@example.com"))
    told: dict[str, str] = {}
    unsure: list[str] = []

    def charge(reference: str) -> None:
        """One attempt; whatever was told before must be told again."""
        unsure.append(reference)
        result = pay("pm_card_visa", reference=reference, idempotency_key=reference)
        unsure.remove(reference)
        assert result.status is ChargeStatus.SUCCEEDED
        assert told.setdefault(reference, result.gateway_payment_id) == result.gateway_payment_id

    def charge_until_killed() -> None:
        with suppress(GatewayUnavailable):
            for reference in list(unsure):
                unsure.remove(reference)
                charge(reference)
            while True:
                charge(f"PAY-2026-{len(told) + len(unsure):04}")

    for _ in range(times("kills of the sandbox", 25, 4)):
        worker = threading.Thread(target=charge_until_killed)
        worker.start()
        worker.join(chance.uniform(0.02, 0.2))
        assert worker.is_alive()
        killed.kill()
        worker.join(PATIENCE)
        assert unsure, "the kill came between two charges: nothing was under way"
        killed.start_again()
    wanted = sorted({*told, *unsure})
    for reference in [*unsure, *chance.sample(sorted(told), min(20, len(told)))]:
        charge(reference)

    assert sorted(told) == wanted
    assert sorted(paid_references(killed.base)) == wanted


def paid_references(base: str) -> list[str]:
    """The references of all charges that took money, each as often as it took it."""
    client = stripe.StripeClient(SECRET_KEY, base_addresses={"api": base})
    charges = client.v1.charges.list({"limit": 100}).auto_paging_iter()
    return [charge.metadata["parley_reference"] for charge in charges if charge.paid]
