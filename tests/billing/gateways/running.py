"""A sandbox that really runs on loopback, and a receiver for its webhooks."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, TypeVar

import httpx
import uvicorn
from starlette.types import ASGIApp

from billing.clock import Clock
from billing.gateways.sandbox import create_sandbox
from billing.gateways.stripe import StripeGateway
from tests.fixtures.processes import PATIENCE

SECRET_KEY = "sk_test_parley"
PUBLISHABLE_KEY = "pk_test_parley"
WEBHOOK_SECRET = "whsec_parley"


T = TypeVar("T")


def until(look: Callable[[], T], patience: float = PATIENCE) -> T:
    """What `look` returns as soon as that is something; fails the test when it never is."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.01)
    raise AssertionError(f"nothing within {patience} s: {look}")


class RunningServer:
    """An ASGI app on a free port of 127.0.0.1, served from a thread."""

    def __init__(self, app: ASGIApp, port: int = 0) -> None:
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind(("127.0.0.1", port))
        self.port = int(self._socket.getsockname()[1])
        config = uvicorn.Config(app, log_level="error", timeout_graceful_shutdown=2)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=lambda: self._server.run(sockets=[self._socket]), daemon=True)
        self._thread.start()
        until(lambda: self._server.started)

    def stop(self, *, wait: bool = True) -> None:
        self._server.should_exit = True
        if wait:
            self._thread.join(PATIENCE)
            self._socket.close()


class RunningSandbox:
    """The sandbox served for a test; `restart` goes on with the same data on the same port."""

    def __init__(self, data: Path, clock: Clock, webhook_url: str | None = None) -> None:
        self._make: Callable[[], ASGIApp] = lambda: create_sandbox(
            data,
            secret_key=SECRET_KEY,
            publishable_key=PUBLISHABLE_KEY,
            webhook_secret=WEBHOOK_SECRET,
            webhook_url=webhook_url,
            clock=clock,
            merchant="RenoTech",
        )
        self._server = RunningServer(self._make())
        self.base = f"http://127.0.0.1:{self._server.port}"
        self.clock = clock

    def restart(self) -> None:
        self._server.stop()
        self._server = RunningServer(self._make(), self._server.port)

    def stop(self, *, wait: bool = True) -> None:
        self._server.stop(wait=wait)

    def gateway(self, **options: Any) -> StripeGateway:
        return StripeGateway(
            secret_key=SECRET_KEY,
            webhook_secret=WEBHOOK_SECRET,
            api_base=self.base,
            clock=self.clock,
            **options,
        )

    def ask(self, method: str, path: str, *, key: str = SECRET_KEY, **options: Any) -> httpx.Response:
        headers = {**({"Authorization": f"Bearer {key}"} if key else {}), **options.pop("headers", {})}
        return httpx.request(method, self.base + path, headers=headers, trust_env=False, timeout=PATIENCE, **options)

    def switch(self, **switches: Any) -> None:
        answer = self.ask("POST", "/_switches", json=switches)
        assert answer.status_code == 200, answer.text

    def requests(self) -> list[dict[str, Any]]:
        entries: list[dict[str, Any]] = self.ask("GET", "/_requests").json()
        return entries

    def new_card(self, number: str, **card: str) -> httpx.Response:
        """What the browser does: a payment method from a card, with the publishable key."""
        details = {"number": number, "exp_month": "4", "exp_year": "2031", "cvc": "123", **card}
        form = {"type": "card", **{f"card[{name}]": value for name, value in details.items()}}
        return self.ask("POST", "/v1/payment_methods", key=PUBLISHABLE_KEY, data=form)

    def charges(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.ask("GET", "/v1/charges?limit=100").json()["data"]
        return found


@dataclass
class Received:
    """One webhook as it arrived."""

    body: bytes
    signature: str

    @property
    def event(self) -> dict[str, Any]:
        made: dict[str, Any] = json.loads(self.body)
        return made


@dataclass
class WebhookReceiver:
    """Takes webhooks on loopback. `answers` are the next statuses; then it accepts."""

    received: list[Received] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.received.append(Received(body, self.headers["Stripe-Signature"]))
                self.send_response(receiver.answers.pop(0) if receiver.answers else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/webhooks/stripe"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def kinds(self) -> list[str]:
        return [each.event["type"] for each in self.received]

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
