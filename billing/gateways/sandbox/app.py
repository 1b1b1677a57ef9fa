"""The sandbox as one ASGI app: Stripe's endpoints, the bank's page, the card form, the switches."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from billing.clock import Clock
from billing.gateways.sandbox import (
    customers,
    payment_intents,
    payment_methods,
    refunds,
    setup_intents,
    webhooks,
)
from billing.gateways.sandbox.api import Api, refused
from billing.gateways.sandbox.calls import Call, Endpoint, new_id
from billing.gateways.sandbox.challenge import STATIC, Challenge
from billing.gateways.sandbox.refusals import Refusal
from billing.gateways.sandbox.store import Store
from billing.gateways.sandbox.switches import NotASwitch, Switches
from billing.gateways.sandbox.webhooks import Deliveries

ENDPOINTS: tuple[Endpoint, ...] = (
    *customers.ENDPOINTS,
    *payment_methods.ENDPOINTS,
    *payment_intents.ENDPOINTS,
    *setup_intents.ENDPOINTS,
    *refunds.ENDPOINTS,
    *webhooks.ENDPOINTS,
)


def create_sandbox(
    data_dir: Path,
    *,
    secret_key: str,
    publishable_key: str,
    webhook_secret: str,
    webhook_url: str | None,
    clock: Clock,
    public_base: str | None = None,
    allowed_origins: Sequence[str] = (),
    merchant: str = "Parley",
) -> Starlette:
    """Makes a local server that answers as Stripe does and keeps its state in `data_dir/sandbox.db`.

    `public_base` is where browsers reach it, such as `http://127.0.0.1:8000/sandbox`; without it the request's own
    address counts. `webhook_url` None sends no webhooks. `allowed_origins` may call it from a browser besides its own
    origin. Mounted inside another app its lifespan doesn't run: call `app.state.deliveries.start()` and `.stop()`
    there; the first request starts it as well. Raises ValueError for a key that could be a live one.
    """
    if not secret_key.startswith("sk_test_") or not publishable_key.startswith("pk_test_"):
        raise ValueError("The sandbox only takes test keys: sk_test_... and pk_test_...")
    store, switches = Store(data_dir / "sandbox.db"), Switches()
    deliveries = Deliveries(store, switches, clock, url=webhook_url, secret=webhook_secret)
    sending = webhook_url is not None
    api = Api(
        store,
        switches,
        deliveries,
        clock,
        secret_key=secret_key,
        publishable_key=publishable_key,
        public_base=public_base,
        webhooks=sending,
    )
    challenge = Challenge(store, api, deliveries, clock, merchant=merchant, webhooks=sending)
    console = Console(store, switches, deliveries, api, clock, webhooks=sending)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        deliveries.start()
        yield
        await asyncio.to_thread(deliveries.stop)
        store.close()

    app = Starlette(
        lifespan=lifespan,
        routes=[
            *api.routes(ENDPOINTS),
            Route("/challenge/{intent}/{token}", challenge.show, methods=["GET"]),
            Route("/challenge/{intent}/{token}", challenge.answer, methods=["POST"]),
            Route("/_switches", console.switches, methods=["GET", "POST"]),
            Route("/_requests", console.requests, methods=["GET"]),
            Route("/_deliveries", console.deliveries, methods=["GET"]),
            Mount("/static", StaticFiles(directory=STATIC)),
        ],
        middleware=[
            Middleware(
                CORSMiddleware,
                allow_origins=list(allowed_origins),
                allow_methods=["GET", "POST"],
                allow_headers=["Authorization", "Content-Type", "Idempotency-Key"],
            )
        ],
    )
    app.state.deliveries = deliveries
    return app


class Console:
    """What only the sandbox has, behind the secret key: switches, and logs of requests and webhooks."""

    def __init__(
        self,
        store: Store,
        switches: Switches,
        deliveries: Deliveries,
        api: Api,
        clock: Clock,
        *,
        webhooks: bool,
    ) -> None:
        self._store = store
        self._switches = switches
        self._deliveries = deliveries
        self._api = api
        self._clock = clock
        self._webhooks = webhooks

    async def switches(self, request: Request) -> Response:
        """GET /_switches, POST /_switches: see `switches`."""
        if not self._api.holds_secret(request):
            return _closed()
        if request.method == "POST":
            try:
                self._switches.change(json.loads(await request.body()))
            except (NotASwitch, ValueError) as error:
                return refused(Refusal(400, "invalid_request_error", str(error)))
            if not self._switches.processing:
                await self._api.run(self._settle_processing)
            self._deliveries.start()
            self._deliveries.wake()
        return JSONResponse(self._switches.shown())

    def _settle_processing(self) -> None:
        with self._store.transaction() as tx:
            now, ours = self._clock.now(), new_id("req")
            call = Call(tx=tx, params={}, ids={}, now=now, base="", request_id=ours, webhooks=self._webhooks)
            payment_intents.settle_processing(call)
            refunds.settle_later(call)

    async def requests(self, request: Request) -> Response:
        """GET /_requests: the requests made with the secret key since the start, oldest first, at most 5,000."""
        return JSONResponse(list(self._api.log)) if self._api.holds_secret(request) else _closed()

    async def deliveries(self, request: Request) -> Response:
        """GET /_deliveries: webhooks with their attempts and the last answer, newest first."""
        if not self._api.holds_secret(request):
            return _closed()
        return JSONResponse(await self._api.run(self._list_deliveries))

    def _list_deliveries(self) -> list[dict[str, object]]:
        with self._store.transaction() as tx:
            return tx.deliveries()


def _closed() -> Response:
    return refused(Refusal(401, "invalid_request_error", "Send the sandbox's secret key."))
