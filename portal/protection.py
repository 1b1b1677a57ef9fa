"""What stands before every request: whose address it is, where it may come from, what the browser may do with it."""

from __future__ import annotations

import base64
import gzip
import hashlib
import re
import secrets
from functools import lru_cache
from urllib.parse import urlsplit

import structlog
from redis import RedisError
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from billing.auth.links import PATHS
from billing.auth.origins import allowed_origins
from billing.auth.sessions import SignedIn
from billing.config import Settings
from billing.errors import PortalError
from portal.answers import FRAMED_BY, NO_SCRIPTS, failure
from portal.bootstrap import card_form

CSRF_FIELD = "csrf_token"
CSRF_HEADER = "x-parley-csrf"
NOBODY = "'none'"
# What a database or Redis that has gone raises; who asks again in a minute may find it back.
AWAY = (OperationalError, InterfaceError, PoolTimeout, RedisError)
SECRET_PATHS = (*PATHS.values(), "/sandbox/challenge")
HASHED_FILE = re.compile(r"/assets/.+-[\w-]{8,}\.\w+$")
INLINE_SCRIPT = re.compile(rb"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", re.DOTALL)

log = structlog.get_logger(__name__)


def check_origin(request: Request, settings: Settings) -> None:
    """Raises `form_expired` unless the browser says that the request comes from one of our own pages."""
    origin = request.headers.get("origin")
    if origin is None and request.headers.get("sec-fetch-site") == "same-origin":
        return
    if origin not in allowed_origins(settings):
        raise PortalError("form_expired")


def check_csrf(request: Request, who: SignedIn, field: str = "") -> None:
    """Raises `form_expired` unless the form's hidden field, or the header X-Parley-CSRF, is the session's token."""
    if not who.csrf_fits(request.headers.get(CSRF_HEADER) or field):
        raise PortalError("form_expired")


class Guard:
    """Catches what went wrong unforeseen: the person gets a reference, the log has the rest under it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False
        held: list[Message] = []  # a bare 500 that an app behind us says before it raises

        async def watch(message: Message) -> None:
            nonlocal started
            if held or (message["type"] == "http.response.start" and message["status"] == 500):
                held.append(message)
                return
            started = True
            await send(message)

        try:
            await self._app(scope, receive, watch)
        except Exception as error:
            reference = secrets.token_hex(4)
            log.exception("request_failed", reference=reference, method=scope["method"], path=_loggable(scope["path"]))
            if started:
                raise
            if isinstance(error, AWAY):
                said = (503, "unavailable", "The billing system can't reach its records just now.")
            else:
                said = (500, "unexpected", "This page did not work.")
            response = failure(Request(scope), *said, reference=reference)
            await response(scope, receive, send)
            return
        for message in held:
            await send(message)


class SecurityHeaders:
    """Tells browsers what our pages may load and who may frame them, and how long files may be kept.

    Nobody may, but for the one page that names a site in the header FRAMED_BY: the chat on that site.

    Inline scripts of pages (the front end's build has some in each) are allowed by their hash.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._secure = settings.secure_cookies
        self._policy = _policy(settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope["headers"] = [_readable(name, value) for name, value in scope["headers"]]
        start: Message | None = None
        body: list[bytes] = []

        async def add(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=message["headers"])
                message["headers"] = headers.raw
                self._general(scope["path"], headers)
                if message["status"] == 304:  # the browser keeps the policy that it has
                    await send(message)
                    return
                if headers.get("content-type", "").startswith("text/html"):
                    start = message
                    return
                if message["status"] != 304:  # a page that the browser kept keeps the policy that came with it
                    policy = self._policy.format(hashes="", framed_by=NOBODY)
                    headers.setdefault("content-security-policy", policy)
            elif message["type"] == "http.response.body" and start is not None:
                body.append(message.get("body", b""))
                if message.get("more_body"):
                    return
                page = b"".join(body)
                headers = MutableHeaders(raw=start["headers"])
                own = headers.get(NO_SCRIPTS) is not None or scope["path"].startswith("/sandbox/challenge")
                del headers[NO_SCRIPTS]
                hashes = "" if own else _script_hashes(page, headers.get("content-encoding", ""))
                framed_by = headers.get(FRAMED_BY, NOBODY)
                if framed_by != NOBODY:  # the older header can't name a site
                    del headers[FRAMED_BY], headers["x-frame-options"]
                policy = self._policy.format(hashes=hashes, framed_by=framed_by)
                headers.setdefault("content-security-policy", policy)
                await send(start)
                start = None
                message = {"type": "http.response.body", "body": page}
            await send(message)

        await self._app(scope, receive, add)

    def _general(self, path: str, headers: MutableHeaders) -> None:
        headers.setdefault("x-content-type-options", "nosniff")
        headers.setdefault("x-frame-options", "DENY")
        headers.setdefault("referrer-policy", "same-origin")
        headers.setdefault("cross-origin-opener-policy", "same-origin")
        headers.setdefault("permissions-policy", "camera=(), microphone=(), geolocation=()")
        if self._secure:
            headers.setdefault("strict-transport-security", "max-age=31536000")
        kept = "public, max-age=31536000, immutable" if HASHED_FILE.search(path) else "no-cache"
        headers.setdefault("cache-control", kept)
        if path.startswith("/fonts/"):  # the bubble on another site is written in our font
            headers.setdefault("access-control-allow-origin", "*")


def _policy(settings: Settings) -> str:
    address = urlsplit(settings.address)
    hosts = {urlsplit(origin).netloc for origin in allowed_origins(settings)}
    # Browsers know no IPv6 address in a policy; there 'self' has to do.
    named = sorted(host for host in hosts if not host.startswith("["))
    sockets = " ".join(f"{'wss' if address.scheme == 'https' else 'ws'}://{host}" for host in named)
    card = card_form(settings)
    scripts, frames, reached = (
        "".join(f" {origin}" for origin in origins)
        for origins in (card.script_origins, card.frame_origins, (*card.connect_origins, _origin(card.api_base)))
    )
    return "; ".join(
        [
            "default-src 'self'",
            f"script-src 'self'{scripts}{{hashes}}",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            f"connect-src 'self' {sockets}{reached.rstrip()}",
            f"frame-src 'self'{frames}",
            "frame-ancestors {framed_by}",
            "form-action 'self'",
            "base-uri 'none'",
            "object-src 'none'",
        ]
    )


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""


def _loggable(path: str) -> str:
    """A path without the token of a link: whoever reads the log must not be able to follow it."""
    return next((f"{start}/…" for start in SECRET_PATHS if path.startswith(f"{start}/")), path)


def _readable(name: bytes, value: bytes) -> tuple[bytes, bytes]:
    """Leaves only gzip of the encodings that a browser takes: we must read a page's scripts to allow them."""
    if name != b"accept-encoding":
        return name, value
    return name, b"gzip" if b"gzip" in value else b"identity"


@lru_cache(maxsize=256)
def _script_hashes(page: bytes, encoding: str) -> str:
    """The scripts that stand in the page, as sources of a Content-Security-Policy."""
    text = gzip.decompress(page) if encoding == "gzip" and page else page
    found = dict.fromkeys(base64.b64encode(hashlib.sha256(s).digest()).decode() for s in INLINE_SCRIPT.findall(text))
    return "".join(f" 'sha256-{digest}'" for digest in found)
