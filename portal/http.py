"""Everything of Parley's that answers over plain HTTP, and what stands around Reflex's pages and sockets."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlencode

import redis
import structlog
from sqlalchemy import text
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from billing.auth.origins import allowed_origins
from billing.context import Contexts
from billing.errors import PortalError
from billing.gateways.base import EventNotGenuine
from billing.gateways.sandbox import create_sandbox
from billing.payments.settlement import refresh_payment
from billing.preferences import PortalPreferences
from billing.webhooks import receive_event
from chat.server import PATH as CHAT_PATH
from chat.server import create_chat
from portal import routes as pages
from portal.answers import failure, refusal
from portal.bootstrap import CARD_SCRIPT_PATH, SANDBOX_PATH, card_form, gateway_keys
from portal.documents import Documents
from portal.embed import Embedding
from portal.embed_sign_in import EmbeddedSignIn
from portal.heartbeat import jobs_answer
from portal.link_pages import LinkPages
from portal.own_security import OwnSecurity
from portal.protection import Guard, SecurityHeaders
from portal.sign_in import SignIn, signed_in, to_login
from portal.tabs import TabsOfSessions
from portal.work import in_pool, read_body

LONGEST_EVENT = 1024 * 1024
WEBHOOK_PATH = "/webhooks/stripe"


log = structlog.get_logger(__name__)


def create_http(contexts: Contexts) -> Starlette:
    """The routes of Parley, ready to be wrapped around Reflex's app, or to stand alone in a test.

    Give it to `rx.App(api_transformer=...)`, which mounts Reflex behind the last route. A mounted app's lifespan does
    not run: register `app.state.running` as a lifespan task there.
    """
    settings = contexts.settings
    doors = Doors(contexts)
    embedding = (*Embedding(contexts).routes(), *EmbeddedSignIn(contexts).routes())
    entry = (*SignIn(contexts).routes(), *LinkPages(contexts).routes(), *OwnSecurity(contexts).routes())
    routes: list[BaseRoute] = [*entry, *Documents(contexts).routes(), *doors.routes(), *embedding]
    sandbox = _sandbox(contexts) if settings.sandbox else None
    if sandbox is not None:
        routes.append(Mount(SANDBOX_PATH, sandbox))

    chat = create_chat(contexts)
    routes.append(Mount(f"/{CHAT_PATH}", chat))

    @asynccontextmanager
    async def running(_: Any = None) -> AsyncIterator[None]:
        if sandbox is not None:
            sandbox.state.deliveries.start()
        yield
        await chat.close()
        if sandbox is not None:
            await in_pool(sandbox.state.deliveries.stop)

    proxies = [str(network) for network in settings.trusted_proxies]
    app = Starlette(
        routes=routes,
        lifespan=running,
        exception_handlers={HTTPException: _http_problem, PortalError: _refused},
        middleware=[
            *([Middleware(ProxyHeadersMiddleware, trusted_hosts=proxies)] if proxies else []),
            Middleware(SecurityHeaders, settings=settings),
            Middleware(Guard),
            Middleware(TabsOfSessions),
        ],
    )
    app.state.running = running
    app.state.chat = chat
    return app


class Doors:
    """The routes that are about payments and health."""

    def __init__(self, contexts: Contexts) -> None:
        self._contexts = contexts
        self._card_script = card_form(contexts.settings).script

    def routes(self) -> list[Route]:
        return [
            Route("/invoices/{number}", self.invoice_page, methods=["GET"]),
            Route(WEBHOOK_PATH, self.webhook, methods=["POST"]),
            Route("/payments/{number}/return", self.came_back, methods=["GET"]),
            Route(CARD_SCRIPT_PATH, self.card_script, methods=["GET"]),
            Route("/healthz", self.alive, methods=["GET"]),
            Route("/readyz", self.ready, methods=["GET"]),
        ]

    async def invoice_page(self, request: Request) -> Response:
        """GET: the address that stands on a printed invoice; goes on to the list with that invoice open."""
        return RedirectResponse(f"{pages.INVOICES}?{urlencode({'open': request.path_params['number']})}", 302)

    async def webhook(self, request: Request) -> Response:
        """POST: what the payment gateway tells us. It asks again later unless it hears 2xx."""
        try:
            payload = await read_body(request, LONGEST_EVENT)
            await in_pool(receive_event, self._contexts, payload, request.headers.get("stripe-signature", ""))
        except EventNotGenuine:
            return PlainTextResponse("The signature does not fit.", 400)
        except PortalError as error:
            return PlainTextResponse(error.message, error.status)
        return PlainTextResponse("Taken in.")

    async def came_back(self, request: Request) -> Response:
        """GET: the card holder comes back from their bank; looks how the payment ended and goes on to it."""
        try:
            who = await signed_in(request, self._contexts)
        except PortalError as error:
            return to_login(request, error)
        number = request.path_params["number"]
        try:
            await in_pool(refresh_payment, self._contexts, who.actor, number)
        except PortalError as error:
            if error.code == "not_found":
                return refusal(request, error)
            log.warning("payment_not_refreshed", payment=number, code=error.code)
        return RedirectResponse(f"{pages.INVOICES}?{urlencode({'payment': number})}", 303)

    async def card_script(self, request: Request) -> Response:
        """GET: the script that draws the card form."""
        return FileResponse(self._card_script, media_type="text/javascript")

    async def alive(self, request: Request) -> Response:
        """GET: the process is up."""
        return JSONResponse({"status": "up"})

    async def ready(self, request: Request) -> Response:
        """GET: 200 when database, jobs and (where set) Redis answer, else 503 with the ones that don't."""
        parts = await in_pool(self._parts)
        good = all(parts.values())
        said = {name: "answers" if fine else "does not answer" for name, fine in parts.items()}
        return JSONResponse({"status": "ready" if good else "not ready", **said}, 200 if good else 503)

    def _parts(self) -> dict[str, bool]:
        settings = self._contexts.settings
        parts = {"database": self._database_answers(), "jobs": jobs_answer(settings)}
        if settings.redis_url:
            parts["redis"] = _redis_answers(settings.redis_url)
        return parts

    def _database_answers(self) -> bool:
        try:
            with self._contexts.engine.connect() as connection:
                return bool(connection.execute(text("SELECT 1")).scalar() == 1)
        except Exception as error:
            log.warning("database_does_not_answer", problem=str(error)[:300])
            return False


def _redis_answers(url: str) -> bool:
    try:
        with redis.Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2) as client:
            return bool(client.ping())
    except redis.RedisError as error:
        log.warning("redis_does_not_answer", problem=str(error)[:300])
        return False


def _sandbox(contexts: Contexts) -> Starlette:
    settings, keys = contexts.settings, gateway_keys(contexts.settings)
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return create_sandbox(
        settings.data,
        secret_key=keys.secret,
        publishable_key=keys.publishable,
        webhook_secret=keys.webhook_secret,
        webhook_url=f"http://{host}:{settings.port}{WEBHOOK_PATH}",
        clock=contexts.clock,
        public_base=f"{settings.address}{SANDBOX_PATH}",
        allowed_origins=allowed_origins(settings),
        merchant=PortalPreferences().business_name,
    )


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, PortalError)
    return refusal(request, error)


async def _http_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    sentences = {404: "There is no such page.", 405: "This address does not take that."}
    sentence = sentences.get(error.status_code, "That request could not be read.")
    return failure(request, error.status_code, "invalid_request", sentence, "Nothing was changed.")
