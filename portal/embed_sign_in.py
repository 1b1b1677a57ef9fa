"""The window in which somebody signs in to the chat on another site: pages of ours, forms that post, a code at the end.

The window must keep its link to the frame that opened it, so these pages alone go without Cross-Origin-Opener-Policy.
The code goes by postMessage to a page of our own origin and to nobody else; no address ever holds it.
"""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from billing.auth.login import clean_email, confirm_code, sign_in
from billing.auth.sessions import COOKIE, SignedIn, actor_for
from billing.context import Contexts
from billing.errors import PortalError
from chat.embedding import CHALLENGE, hand_over, named, open_on
from portal.answers import page, refusal
from portal.protection import CSRF_FIELD, check_csrf, check_origin
from portal.sign_in import client_of, keep_cookie, signed_in
from portal.work import in_pool, read_form

KEEPS_OPENER = {"cross-origin-opener-policy": "unsafe-none"}


@dataclass(frozen=True)
class Wish:
    """For which site somebody signs in, and the challenge of the chat there."""

    site: str
    challenge: str
    business: str

    @property
    def shown(self) -> dict[str, str]:
        """What every page of the window holds."""
        return {
            "site": self.site, "challenge": self.challenge, "business": self.business, "site_name": named(self.site)
        }  # fmt: skip


class EmbeddedSignIn:
    """The routes of the window."""

    def __init__(self, contexts: Contexts) -> None:
        self._contexts = contexts

    def routes(self) -> list[Route]:
        return [
            Route("/embed/sign-in", self.window, methods=["GET"]),
            Route("/embed/sign-in", self.password, methods=["POST"]),
            Route("/embed/code", self.code, methods=["POST"]),
            Route("/embed/continue", self.go_on, methods=["POST"]),
        ]

    async def window(self, request: Request) -> Response:
        """GET site, challenge: asks who it is, or, of somebody who is signed in, whether to go on."""
        try:
            wish = await self._wish(request.query_params.get("site", ""), request.query_params.get("challenge", ""))
        except PortalError as error:
            return _kept_open(refusal(request, error))
        who = await in_pool(actor_for, self._contexts, request.cookies.get(COOKIE, ""))
        if who is None or who.actor.kind != "contact" or request.query_params.get("as") == "other":
            return _form(wish)
        return _shown("embed_continue.html", wish, name=who.actor.name, email=who.actor.email, csrf=who.csrf_token)

    async def password(self, request: Request) -> Response:
        """POST site, challenge, email, password: signs in; then asks for the code or hands over."""
        wish, email = None, ""
        try:
            check_origin(request, self._contexts.settings)
            form = await read_form(request)
            wish = await self._wish(form.get("site", ""), form.get("challenge", ""))
            email = clean_email(form.get("email", ""))
            entry = await in_pool(sign_in, self._contexts, email, form.get("password", ""), client_of(request))
            done = _code_form(wish) if entry.mfa_pending else await self._done(wish, entry.token)
        except PortalError as error:
            return _form(wish, error, email) if wish else _kept_open(refusal(request, error))
        keep_cookie(done, entry.token, self._contexts)
        return done

    async def code(self, request: Request) -> Response:
        """POST site, challenge, code: the second factor; then hands over."""
        wish = None
        try:
            check_origin(request, self._contexts.settings)
            form = await read_form(request)
            wish = await self._wish(form.get("site", ""), form.get("challenge", ""))
            token = request.cookies.get(COOKIE, "")
            entry = await in_pool(confirm_code, self._contexts, token, form.get("code", ""), client_of(request))
            done = await self._done(wish, entry.token)
        except PortalError as error:
            if wish is None:
                return _kept_open(refusal(request, error))
            again = error.code in ("wrong_code", "too_many_tries")
            return _code_form(wish, error) if again else _form(wish, error)
        keep_cookie(done, entry.token, self._contexts)
        return done

    async def go_on(self, request: Request) -> Response:
        """POST site, challenge and the session's token: somebody who is signed in says yes to that site."""
        wish = None
        try:
            check_origin(request, self._contexts.settings)
            form = await read_form(request)
            wish = await self._wish(form.get("site", ""), form.get("challenge", ""))
            who = await signed_in(request, self._contexts)
            check_csrf(request, who, form.get(CSRF_FIELD, ""))
            return await self._handed(wish, who)
        except PortalError as error:
            return _form(wish, error) if wish else _kept_open(refusal(request, error))

    async def _wish(self, site: str, challenge: str) -> Wish:
        preferences = await in_pool(open_on, self._contexts, site)
        if not CHALLENGE.fullmatch(challenge):
            raise PortalError("handover_ended")
        return Wish(site, challenge, preferences.business_name)

    async def _done(self, wish: Wish, token: str) -> Response:
        who = await in_pool(actor_for, self._contexts, token)
        if who is None:
            raise PortalError("not_signed_in")
        return await self._handed(wish, who)

    async def _handed(self, wish: Wish, who: SignedIn) -> Response:
        code = await in_pool(hand_over, self._contexts, who, wish.site, wish.challenge)
        return _shown("embed_done.html", wish, code=code)


def _form(wish: Wish, error: PortalError | None = None, email: str = "") -> Response:
    status, words = (error.status, error.message) if error else (200, "")
    return _shown("embed_sign_in.html", wish, status, error=words, email=email)


def _code_form(wish: Wish, error: PortalError | None = None) -> Response:
    status, words = (error.status, error.message) if error else (200, "")
    return _shown("embed_code.html", wish, status, error=words)


def _shown(template: str, wish: Wish, status: int = 200, **values: object) -> Response:
    return _kept_open(page(template, status, **wish.shown, **values))


def _kept_open(response: Response) -> Response:
    response.headers.update(KEEPS_OPENER)
    return response
