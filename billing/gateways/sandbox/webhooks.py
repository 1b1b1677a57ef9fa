"""Tells Parley what happened: signed webhooks, tried again until they are accepted; and the events to read."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import threading
import urllib.error
import urllib.request

from billing.clock import Clock
from billing.gateways.sandbox import shapes
from billing.gateways.sandbox.calls import Call, Endpoint
from billing.gateways.sandbox.refusals import Json
from billing.gateways.sandbox.store import Delivery, Store
from billing.gateways.sandbox.switches import Switches

# Seconds until the next attempt, by the injected clock; after the last one the sandbox gives up.
BACKOFF = (5, 15, 60, 300, 1800, 3600, 3 * 3600, 6 * 3600, 12 * 3600, 24 * 3600, 24 * 3600)
_PATIENCE = 10.0
_POLL = 0.2
_log = logging.getLogger(__name__)


def sign(payload: str, secret: str, at: int) -> str:
    """The `Stripe-Signature` header: HMAC-SHA256 over time and payload."""
    digest = hmac.new(secret.encode(), f"{at}.{payload}".encode(), hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


class Deliveries:
    """Sends waiting webhooks from a thread of its own; what wasn't accepted stays in the file."""

    def __init__(self, store: Store, switches: Switches, clock: Clock, *, url: str | None, secret: str) -> None:
        self._store = store
        self._switches = switches
        self._clock = clock
        self._url = url
        self._secret = secret
        self._news = threading.Event()
        self._stop = threading.Event()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        # The receiver is Parley itself, on loopback: a proxy from the environment must not come between.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def start(self) -> None:
        """Starts the thread, once."""
        with self._starting:
            if self._url and (self._thread is None or not self._thread.is_alive()) and not self._stop.is_set():
                self._thread = threading.Thread(target=self._run, name="sandbox-webhooks", daemon=True)
                self._thread.start()

    def stop(self) -> None:
        """Ends the thread after the attempt it is making."""
        self._stop.set()
        self._news.set()
        if self._thread is not None:
            self._thread.join(_PATIENCE + 1)

    def wake(self) -> None:
        """Something may be due."""
        self._news.set()

    def _run(self) -> None:
        while not self._stop.is_set():
            self._news.wait(_POLL)
            self._news.clear()
            try:
                self.deliver_due()
            except Exception:
                _log.exception("The sandbox's webhooks stumbled; they go on with the next round.")

    def deliver_due(self) -> int:
        """Makes one attempt at every webhook that is due, and returns how many that were."""
        if self._switches.webhooks.hold or not self._url:
            return 0
        with self._store.transaction() as tx:
            due = tx.due_deliveries(self._clock.now().timestamp())
            events = {each.event: tx.load(each.event) for each in due}
        if self._switches.webhooks.reverse:
            due.reverse()
        for delivery in due:
            event = events[delivery.event]
            if event is not None and not self._stop.is_set():
                self._deliver(delivery, json.dumps({**event.body, "pending_webhooks": 1}))
        return len(due)

    def _deliver(self, delivery: Delivery, payload: str) -> None:
        answers = [self._post(payload) for _ in range(1 + max(0, self._switches.webhooks.repeat))]
        accepted = answers[0].startswith("2")
        last = delivery.attempts >= len(BACKOFF)
        wait = 0 if last else BACKOFF[delivery.attempts]
        with self._store.transaction() as tx:
            tx.note_delivery(
                delivery.event,
                state="delivered" if accepted else "given up" if last else "waiting",
                due=self._clock.now().timestamp() + wait,
                answer=answers[0],
            )
            event = tx.load(delivery.event)
            if accepted and event is not None:
                event.body["pending_webhooks"] = 0
                tx.save(event)

    def _post(self, payload: str) -> str:
        signature = sign(payload, self._secret, int(self._clock.now().timestamp()))
        request = urllib.request.Request(
            self._url or "",
            payload.encode(),
            {
                "Content-Type": "application/json; charset=utf-8",
                "Stripe-Signature": signature,
                "User-Agent": "Stripe/1.0 (Parley sandbox)",
            },
        )
        try:
            with self._opener.open(request, timeout=_PATIENCE) as answer:
                return str(answer.status)
        except urllib.error.HTTPError as error:
            return str(error.code)
        except (OSError, ValueError) as error:
            return f"no answer: {error}"


def retrieve(call: Call) -> Json:
    """GET /v1/events/:id."""
    return call.get("event", call.ids["id"]).body


def page(call: Call) -> Json:
    """GET /v1/events, by `type` or `types`."""
    wanted = call.params.get("types") or ([call.params["type"]] if "type" in call.params else None)
    return call.page("event", "/v1/events", types=wanted)


_LIST: shapes.Shape = {**shapes.PAGE, "type": shapes.filled, "types": [shapes.filled]}
ENDPOINTS = (
    Endpoint("GET", "/v1/events", page, _LIST),
    Endpoint("GET", "/v1/events/{id}", retrieve, shapes.EXPAND),
)
