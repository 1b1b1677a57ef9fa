"""A process of its own that confirms something that is paid and dies at a given moment, as in a power cut."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import billing.actions.cards
import billing.actions.payments
import billing.actions.payments_stopped
import billing.actions.subscription_start  # noqa: F401
from billing import dispatch
from billing.clock import SystemClock
from billing.context import Actor, Contexts
from billing.db import make_engine
from billing.files import Files
from billing.gateways.base import ChargeResult
from billing.gateways.stripe import StripeGateway
from billing.pdf import Renderer
from billing.registry import Channel, Role, catalogue
from tests.billing.gateways.running import SECRET_KEY, WEBHOOK_SECRET
from tests.billing.paying.account import settings_for


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class DyingGateway(StripeGateway):
    """The real gateway in a process that dies before it asks, or before it hears."""

    moment = ""

    @contextmanager
    def dying(self) -> Iterator[None]:
        if self.moment == "before":
            die()
        yield
        die()

    def charge(self, **asked: Any) -> ChargeResult:
        with self.dying():
            return super().charge(**asked)

    def cancel_charge(self, gateway_payment_id: str, *, by_customer: bool = False) -> ChargeResult:
        with self.dying():
            return super().cancel_charge(gateway_payment_id, by_customer=by_customer)

    def detach_payment_method(self, payment_method: str) -> None:
        with self.dying():
            super().detach_payment_method(payment_method)


def main(order: dict[str, Any]) -> None:
    data, clock = Path(order["data"]), SystemClock()
    engine = make_engine(order["database"])
    gateway = DyingGateway(
        secret_key=SECRET_KEY, webhook_secret=WEBHOOK_SECRET, api_base=order["sandbox"], clock=clock, retries=0
    )
    gateway.moment = order["moment"]
    contexts = Contexts(
        settings_for(data), engine, clock, catalogue, gateway=gateway, renderer=Renderer(data / "pdf"),
        files=Files(data / "files", engine, clock),
    )  # fmt: skip
    ania = Actor("contact", order["contact"], "Ania Kowalczyk", "ania@example.com", Role.OWNER, order["customer"])
    dispatch.run(contexts, order["action"], order["input"], ania, Channel.SHELL)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
