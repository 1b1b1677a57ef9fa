"""A process of its own that confirms something that is paid and dies at a given moment, as in a power cut."""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import billing.actions.payments
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

    def charge(self, **asked: Any) -> ChargeResult:
        if self.moment == "before":
            die()
        answer = super().charge(**asked)
        if self.moment == "after":
            die()
        return answer


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
