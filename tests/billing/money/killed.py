"""A process that does what it is told in children of its own, and lets each be killed at a chosen instant.

An instant is a number of calls of functions. A line of JSON is an order; the answer says how the child ended and, where
it lived, how many calls it made.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Any

import billing.actions.payments
import billing.actions.refunds  # noqa: F401
from billing import dispatch
from billing.clock import SystemClock
from billing.context import Actor, Contexts
from billing.db import make_engine
from billing.files import Files
from billing.gateways.stripe import StripeGateway
from billing.pdf import Renderer
from billing.registry import Channel, Role, catalogue
from tests.billing.gateways.running import SECRET_KEY, WEBHOOK_SECRET
from tests.billing.paying.account import settings_for


class Instant:
    """Counts calls, and ends the process with SIGKILL at the one that was chosen."""

    def __init__(self, last: int) -> None:
        self.calls, self.last = 0, last

    def __call__(self, frame: FrameType, event: str, argument: object) -> None:
        if event in ("call", "c_call"):
            self.calls += 1
            if self.calls == self.last:
                os.kill(os.getpid(), signal.SIGKILL)


def act(order: dict[str, Any]) -> int:
    """Does one action on the shell, where the call itself is the yes; gives how many calls that took."""
    data, clock = Path(order["data"]), SystemClock()
    engine = make_engine(order["database"])
    gateway = StripeGateway(
        secret_key=SECRET_KEY, webhook_secret=WEBHOOK_SECRET, api_base=order["sandbox"], clock=clock, retries=0
    )
    contexts = Contexts(
        settings_for(data), engine, clock, catalogue, gateway=gateway, renderer=Renderer(data / "pdf"),
        files=Files(data / "files", engine, clock),
    )  # fmt: skip
    who = order["who"]
    actor = Actor(who["kind"], who["id"], "Somebody", "somebody@example.com", Role(who["role"]), who["customer"])
    instant = Instant(order["last"])
    sys.setprofile(instant)
    dispatch.run(contexts, order["action"], order["input"], actor, Channel.SHELL)
    sys.setprofile(None)
    return instant.calls


def main() -> None:
    gc.freeze()
    for line in sys.stdin:
        read, write = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(read)
            os.write(write, str(act(json.loads(line))).encode())
            os._exit(0)
        os.close(write)
        with os.fdopen(read) as told:
            calls = told.read()
        _, status = os.waitpid(child, 0)
        print(json.dumps({"ended": os.waitstatus_to_exitcode(status), "calls": int(calls or 0)}), flush=True)


if __name__ == "__main__":
    main()
