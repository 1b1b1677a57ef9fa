"""The way of every API request: who asks, what for, was it asked before; then one transaction, then the answer."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import hmac
import json
from collections import deque
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from billing.clock import Clock
from billing.gateways.sandbox import form, shapes
from billing.gateways.sandbox.calls import API_VERSION, Call, Endpoint, expand, new_id
from billing.gateways.sandbox.refusals import Json, Refusal, missing_parameter
from billing.gateways.sandbox.store import SavedReply, Store
from billing.gateways.sandbox.switches import Fault, Switches
from billing.gateways.sandbox.webhooks import Deliveries

_LARGEST_BODY = 64 * 1024
_LOGGED = 5000
T = TypeVar("T")


class CutConnection(Response):
    """Breaks the connection in the middle of an answer, so that the caller can't know what happened."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Promises a body and never sends it: the server then closes the connection."""
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"4096")]})


@dataclass(slots=True)
class Asked:
    """One request as it came in, before anything was done."""

    endpoint: Endpoint
    method: str
    path: str
    raw: Json
    ids: dict[str, str]
    publishable: bool
    idempotency_key: str | None
    base: str
    request_id: str = field(default_factory=lambda: new_id("req"))

    @property
    def fingerprint(self) -> str:
        """Equal for equal requests."""
        wanted = json.dumps([self.method, self.path, self.raw], sort_keys=True)
        return hashlib.sha256(wanted.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes back."""

    status: int
    body: str
    replay_of: str | None = None


class Api:
    """The endpoints over one store."""

    def __init__(
        self,
        store: Store,
        switches: Switches,
        deliveries: Deliveries,
        clock: Clock,
        *,
        secret_key: str,
        publishable_key: str,
        public_base: str | None,
        webhooks: bool,
    ) -> None:
        self._store = store
        self._switches = switches
        self._deliveries = deliveries
        self._clock = clock
        self._keys = {"secret": secret_key, "publishable": publishable_key}
        self._public_base = public_base
        self._webhooks = webhooks
        self._in_progress: set[str] = set()
        self._pool = ThreadPoolExecutor(4, thread_name_prefix="sandbox")
        self.log: deque[Json] = deque(maxlen=_LOGGED)

    def routes(self, endpoints: tuple[Endpoint, ...]) -> list[Route]:
        """One route for each endpoint, and Stripe's 404 for the rest of /v1."""
        made = [Route(each.path, self._route(each), methods=[each.method]) for each in endpoints]
        verbs = ["GET", "POST", "DELETE", "PUT", "PATCH"]
        return [*made, Route("/v1/{rest:path}", self._unknown, methods=verbs)]

    def _route(self, endpoint: Endpoint) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            self._deliveries.start()
            return await self._respond(request, endpoint)

        return answer

    async def _unknown(self, request: Request) -> Response:
        message = f"Unrecognized request URL ({request.method}: {path_of(request)})."
        return refused(Refusal(404, "invalid_request_error", message))

    async def _respond(self, request: Request, endpoint: Endpoint) -> Response:
        try:
            asked = await self._read(request, endpoint)
        except Refusal as refusal:
            return refused(refusal)
        fault = self._switches.next_fault(f"{asked.method} {asked.path}")
        key = asked.idempotency_key
        if key in self._in_progress:
            message = "There is currently another in-progress request using this Idempotent Key."
            return refused(Refusal(409, "idempotency_error", message, code="idempotency_key_in_use"))
        if key:
            self._in_progress.add(key)
        try:
            return await self._perform(asked, fault)
        finally:
            if key:
                self._in_progress.discard(key)

    async def _perform(self, asked: Asked, fault: Fault | None) -> Response:
        kind = fault.kind if fault else ""
        if fault:
            await asyncio.sleep(fault.seconds)
        broken = Refusal(500, "api_error", "An error occurred with our connection to Stripe (sandbox switch).")
        if kind in ("cut_before", "error_before"):
            return CutConnection() if kind == "cut_before" else refused(broken)
        try:
            reply = await self.run(lambda: self._answer(asked))
        except Refusal as refusal:
            reply = Reply(refusal.status, json.dumps(refusal.body))
        self._note(asked, reply.status)
        self._deliveries.wake()
        if kind in ("cut_after", "error_after"):
            return CutConnection() if kind == "cut_after" else refused(broken)
        headers = {"Request-Id": asked.request_id, "Stripe-Version": API_VERSION}
        if asked.idempotency_key:
            headers["Idempotency-Key"] = asked.idempotency_key
        if reply.replay_of:
            headers.update({"Idempotent-Replayed": "true", "Original-Request": reply.replay_of})
        return Response(reply.body, reply.status, headers, media_type="application/json")

    async def run(self, work: Callable[[], T]) -> T:
        """Runs blocking work in the sandbox's own few threads."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)

    def _answer(self, asked: Asked) -> Reply:
        params = shapes.read(asked.endpoint.accepts, asked.raw)
        for name in asked.endpoint.requires:
            if params.get(name) in (None, ""):
                raise missing_parameter(name)
        with self._store.transaction() as tx:
            if asked.idempotency_key:
                saved = tx.saved_reply(asked.idempotency_key)
                if saved is not None:
                    return _replay(asked, saved)
            call = Call(
                tx=tx,
                params=params,
                ids=asked.ids,
                now=self._clock.now(),
                base=asked.base,
                request_id=asked.request_id,
                idempotency_key=asked.idempotency_key,
                publishable=asked.publishable,
                webhooks=self._webhooks,
                hold_processing=self._switches.processing,
            )
            try:
                status, body = 200, json.dumps(expand(call, asked.endpoint.answer(call)))
            except Refusal as refusal:
                if not refusal.effective:
                    raise
                status, body = refusal.status, json.dumps(refusal.body)
            if asked.idempotency_key:
                reply = SavedReply(asked.fingerprint, status, body, asked.request_id)
                tx.save_reply(asked.idempotency_key, reply)
            return Reply(status, body)

    async def _read(self, request: Request, endpoint: Endpoint) -> Asked:
        encoded = request.url.query
        if request.method == "POST":
            body = await request.body()
            if len(body) > _LARGEST_BODY:
                raise Refusal(413, "invalid_request_error", "The request is too large.")
            encoded = body.decode("utf-8", "replace")
        raw = form.decode(encoded)
        publishable = self._publishable(request, raw.pop("key", None))
        if publishable and not endpoint.publishable:
            message = "This API call cannot be made with a publishable API key. Please use a secret API key."
            raise Refusal(403, "invalid_request_error", message, code="secret_key_required")
        return Asked(
            endpoint=endpoint,
            method=request.method,
            path=path_of(request),
            raw=raw,
            ids={name: str(value) for name, value in request.path_params.items()},
            publishable=publishable,
            idempotency_key=_idempotency_key(request) if request.method == "POST" else None,
            base=self.base(request),
        )

    def base(self, request: Request) -> str:
        """Where browsers reach the sandbox, without a trailing slash."""
        here = f"{request.url.scheme}://{request.url.netloc}{request.scope.get('root_path', '')}"
        return (self._public_base or here).rstrip("/")

    def _publishable(self, request: Request, in_form: object) -> bool:
        given = _key_of(request) or (in_form if isinstance(in_form, str) else "")
        for kind, key in self._keys.items():
            if hmac.compare_digest(given.encode(), key.encode()):
                return kind == "publishable"
        if not given:
            message = "You did not provide an API key."
        else:
            message = f"Invalid API Key provided: {given[:7]}***{given[-4:] if len(given) > 15 else ''}"
        raise Refusal(401, "invalid_request_error", message)

    def holds_secret(self, request: Request) -> bool:
        """Whether the request carries the secret key."""
        return hmac.compare_digest(_key_of(request).encode(), self._keys["secret"].encode())

    def _note(self, asked: Asked, status: int) -> None:
        if not asked.publishable:
            entry = {"method": asked.method, "path": asked.path, "params": _masked(asked.raw)}
            self.log.append({**entry, "idempotency_key": asked.idempotency_key, "status": status})


def path_of(request: Request) -> str:
    """The path within the sandbox, wherever that is mounted."""
    return request.url.path.removeprefix(request.scope.get("root_path", ""))


def refused(refusal: Refusal) -> JSONResponse:
    """The refusal as an answer."""
    return JSONResponse(refusal.body, refusal.status, {"Request-Id": new_id("req")})


def _replay(asked: Asked, saved: SavedReply) -> Reply:
    if saved.fingerprint != asked.fingerprint:
        raise Refusal(
            400,
            "idempotency_error",
            "Keys for idempotent requests can only be used with the same parameters they were first used with."
            f" Try using a key other than '{asked.idempotency_key}' if you meant to execute a different request.",
        )
    return Reply(saved.status, saved.body, saved.request)


def _idempotency_key(request: Request) -> str | None:
    key = request.headers.get("idempotency-key")
    if key is not None and len(key) > 255:
        raise Refusal(400, "invalid_request_error", "An idempotency key has at most 255 characters.")
    return key or None


def _key_of(request: Request) -> str:
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(value, validate=True).decode().partition(":")[0]
        except (binascii.Error, UnicodeDecodeError):
            return ""
    return value.strip() if scheme.lower() == "bearer" else ""


def _masked(raw: Json) -> Json:
    card = raw.get("card")
    if not isinstance(card, dict):
        return raw
    return {**raw, "card": {name: "***" if name in ("number", "cvc") else card[name] for name in card}}
