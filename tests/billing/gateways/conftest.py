from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from billing.clock import SetClock
from billing.gateways.base import ChargeResult
from billing.gateways.stripe import StripeGateway
from tests.billing.gateways.running import RunningSandbox, WebhookReceiver
from tests.billing.gateways.stripe_schema import stripe_requests

__all__ = ["stripe_requests"]

RETURN_URL = "http://127.0.0.1/payments/return?payment=PAY-2026-0001"


@pytest.fixture
def sandbox(tmp_path: Path, clock: SetClock) -> Iterator[RunningSandbox]:
    running = RunningSandbox(tmp_path, clock)
    yield running
    running.stop(wait=False)


@pytest.fixture
def receiver() -> Iterator[WebhookReceiver]:
    receiving = WebhookReceiver()
    yield receiving
    receiving.stop()


@pytest.fixture
def telling_sandbox(tmp_path: Path, clock: SetClock, receiver: WebhookReceiver) -> Iterator[RunningSandbox]:
    running = RunningSandbox(tmp_path, clock, receiver.url)
    yield running
    running.stop(wait=False)


@pytest.fixture
def gateway(sandbox: RunningSandbox) -> StripeGateway:
    return sandbox.gateway(retries=0)


@pytest.fixture
def customer(gateway: StripeGateway) -> str:
    return gateway.ensure_customer(reference="C-1001", name="Möller Kowalczyk", email="ania@example.com")


@pytest.fixture
def pay(gateway: StripeGateway, customer: str) -> Callable[..., ChargeResult]:
    return paying(gateway, customer)


def paying(gateway: StripeGateway, customer: str) -> Callable[..., ChargeResult]:
    """A charge of €528.01 whose arguments a test changes one by one."""

    def charge(payment_method: str, **changes: object) -> ChargeResult:
        arguments = {
            "customer": customer,
            "payment_method": payment_method,
            "amount": 52801,
            "currency": "EUR",
            "reference": "PAY-2026-0001",
            "description": "RT-2026-0187 and 2 more",
            "idempotency_key": f"payment-{payment_method}-{changes.get('reference')}",
            "return_url": RETURN_URL,
            "off_session": False,
            "save_card": False,
        }
        return gateway.charge(**{**arguments, **changes})  # type: ignore[arg-type]

    return charge
