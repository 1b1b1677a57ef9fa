"""Changing how one signs in: pages that are forms and need no front end, so that no secret passes through its state.

Passwords, codes and keys come and go in the bodies of posts and of pages that nobody may keep; no address holds one.
The page from which they are reached is portal/pages/security.py.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import segno
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from billing.auth.login import Entry, confirm_recovery_code
from billing.auth.own_sign_in import change_password, end_device, end_other_devices
from billing.auth.second_factor import begin, replace_recovery_codes, setting_up, show_key, turn_off, turn_on
from billing.auth.sessions import COOKIE, SignedIn, awaiting_code
from billing.context import Contexts
from billing.errors import PortalError
from portal import routes
from portal.answers import local_path, page, refusal, wants_json
from portal.protection import CSRF_FIELD, check_csrf, check_origin
from portal.sign_in import client_of, entered, goes_on, signed_in, to_login
from portal.work import Form, in_pool, read_form

OTHERS = "others"
TEMPLATES = {
    routes.SECURITY_CODE: "own_password_first.html",
    routes.SECURITY_CODE_OFF: "own_code_off.html",
    routes.SECURITY_RECOVERY: "own_new_codes.html",
    routes.SECURITY_PASSWORD: "own_password.html",
}
# Who is led to the page of all of it again: nothing is left to do where they were.
OVER = ("codes_are_on", "codes_are_off")


class OwnSecurity:
    """The routes under /security, and the recovery code at signing in."""

    def __init__(self, contexts: Contexts) -> None:
        self._contexts = contexts

    def routes(self) -> list[Route]:
        return [
            Route(routes.SECURITY_CODE, self.code_page, methods=["GET"]),
            Route(routes.SECURITY_CODE, self.code, methods=["POST"]),
            *[
                Route(path, self.question, methods=["GET"])
                for path in (routes.SECURITY_CODE_OFF, routes.SECURITY_RECOVERY, routes.SECURITY_PASSWORD)
            ],
            Route(routes.SECURITY_CODE_OFF, self.code_off, methods=["POST"]),
            Route(routes.SECURITY_RECOVERY, self.recovery_codes, methods=["POST"]),
            Route(routes.SECURITY_PASSWORD, self.password, methods=["POST"]),
            Route(routes.SECURITY_SESSIONS, self.sessions, methods=["POST"]),
            Route(routes.LOGIN_RECOVERY, self.recovery_page, methods=["GET"]),
            Route(routes.LOGIN_RECOVERY, self.recover, methods=["POST"]),
        ]

    async def question(self, request: Request) -> Response:
        """GET: the form that says who one is once more. Changes nothing."""
        try:
            return await self._question(request, await signed_in(request, self._contexts))
        except PortalError as error:
            return to_login(request, error)

    async def code_page(self, request: Request) -> Response:
        """GET: asks for the password, or shows the key that waits for its first code."""
        try:
            who = await self._who(request)
            return await self._key(request, who) or await self._question(request, who)
        except PortalError as error:
            return self._elsewhere(request, error)

    async def code(self, request: Request) -> Response:
        """POST password: makes a key and shows it; POST code: turns codes on and shows the recovery codes, once."""

        async def act(who: SignedIn, form: Form) -> Response:
            if "code" not in form:
                await in_pool(begin, self._contexts, who, form.get("password", ""))
                return goes_on(request, routes.SECURITY_CODE)
            return await self._codes(who, turn_on, form.get("code", ""), first=True)

        return await self._post(request, act)

    async def code_off(self, request: Request) -> Response:
        """POST password, code: turns codes off."""

        async def act(who: SignedIn, form: Form) -> Response:
            await in_pool(turn_off, self._contexts, who, form.get("password", ""), form.get("code", ""))
            return _done(request, who, "off")

        return await self._post(request, act)

    async def recovery_codes(self, request: Request) -> Response:
        """POST password, code: makes new recovery codes and shows them, once."""

        async def act(who: SignedIn, form: Form) -> Response:
            asked = form.get("password", ""), form.get("code", "")
            return await self._codes(who, replace_recovery_codes, *asked, first=False)

        return await self._post(request, act)

    async def password(self, request: Request) -> Response:
        """POST password, new_password: changes the password."""

        async def act(who: SignedIn, form: Form) -> Response:
            asked = form.get("password", ""), form.get("new_password", "")
            await in_pool(change_password, self._contexts, who, *asked)
            return _done(request, who, "password")

        return await self._post(request, act)

    async def sessions(self, request: Request) -> Response:
        """POST session: signs out of one other browser, or with “others” of all."""

        async def act(who: SignedIn, form: Form) -> Response:
            if form.get("session") == OTHERS:
                await in_pool(end_other_devices, self._contexts, who)
            else:
                await in_pool(end_device, self._contexts, who, form.get("session", ""))
            return _done(request, who, "ended")

        return await self._post(request, act)

    async def recovery_page(self, request: Request) -> Response:
        """GET next: asks for a recovery code, of somebody whose password fitted."""
        if await in_pool(awaiting_code, self._contexts, request.cookies.get(COOKIE, "")) is None:
            return RedirectResponse(routes.LOGIN, 303)
        return await self._recovery(local_path(request.query_params.get("next"), ""))

    async def recover(self, request: Request) -> Response:
        """POST code, next: a recovery code in place of one from the app; it opens nothing again."""
        goes_to = ""
        try:
            check_origin(request, self._contexts.settings)
            form = await read_form(request)
            goes_to = local_path(form.get("next"), "")
            token, typed = request.cookies.get(COOKIE, ""), form.get("code", "")
            entry: Entry = await in_pool(confirm_recovery_code, self._contexts, token, typed, client_of(request))
        except PortalError as error:
            if wants_json(request) or error.code == "form_expired":
                return refusal(request, error)
            if error.code == "not_signed_in":
                return RedirectResponse(routes.LOGIN, 303)
            return await self._recovery(goes_to, error)
        return await entered(request, self._contexts, entry, goes_to)

    async def _post(self, request: Request, act: Callable[[SignedIn, Form], Any]) -> Response:
        """Does what a form of somebody who is signed in asks for; a refusal stands in the form, where it was sent."""
        who = None
        try:
            check_origin(request, self._contexts.settings)
            who = await self._who(request)
            form = await read_form(request)
            check_csrf(request, who, form.get(CSRF_FIELD, ""))
            done: Response = await act(who, form)
            return done
        except PortalError as error:
            if who is None or wants_json(request) or error.code in ("form_expired", "not_signed_in", *OVER):
                return self._elsewhere(request, error)
            if request.url.path not in TEMPLATES:
                return refusal(request, error)
            again = await self._key(request, who, error) if error.field != "password" else None
            return again or await self._question(request, who, error)

    async def _who(self, request: Request) -> SignedIn:
        """Who is signed in, or, where codes are turned on, has to do that first. Raises `not_signed_in`."""
        if request.url.path == routes.SECURITY_CODE:
            who = await in_pool(setting_up, self._contexts, request.cookies.get(COOKIE, ""))
            if who is not None:
                return who
        return await signed_in(request, self._contexts)

    def _elsewhere(self, request: Request, error: PortalError) -> Response:
        if error.code == "not_signed_in":
            return to_login(request, error)
        if error.code in OVER and not wants_json(request):
            return RedirectResponse(routes.SECURITY, 303)
        return refusal(request, error)

    async def _question(self, request: Request, who: SignedIn, error: PortalError | None = None) -> Response:
        shown = await in_pool(self._shown, who, error)
        return page(TEMPLATES[request.url.path], error.status if error else 200, **shown)

    async def _key(self, request: Request, who: SignedIn, error: PortalError | None = None) -> Response | None:
        """The page with the key; None where none waits, or where another page was asked for."""
        key = await in_pool(show_key, self._contexts, who) if request.url.path == routes.SECURITY_CODE else None
        if key is None:
            return None
        shown = await in_pool(self._shown, who, error)
        return page("own_key.html", error.status if error else 200, **shown, key=key, picture=_picture(key.address))

    async def _codes(self, who: SignedIn, make: Callable[..., list[str]], *asked: str, first: bool) -> Response:
        codes = await in_pool(make, self._contexts, who, *asked)
        shown = await in_pool(self._shown, who, None)
        return page("own_recovery_codes.html", **shown, codes=codes, first=first)

    async def _recovery(self, goes_to: str, error: PortalError | None = None) -> Response:
        shown = await in_pool(self._business) | _said(error)
        return page("own_recovery_sign_in.html", error.status if error else 200, **shown, next=goes_to)

    def _shown(self, who: SignedIn, error: PortalError | None) -> dict[str, Any]:
        back = routes.DESK_SECURITY if who.actor.is_staff else routes.SECURITY
        own = {"email": who.actor.email, "csrf": who.csrf_token, "back": back, "has_to": who.mfa_pending}
        return self._business() | own | _said(error)

    def _business(self) -> dict[str, Any]:
        with self._contexts.system() as ctx:
            return {"business": ctx.preferences.business_name, "contact": ctx.preferences.business_contact}


def _said(error: PortalError | None) -> dict[str, str]:
    """The refusal's sentence and the field that it stands at."""
    if error is None:
        return {"error": "", "wrong": ""}
    return {"error": error.message, "wrong": "new_password" if error.code == "weak_password" else error.field or ""}


def _done(request: Request, who: SignedIn, what: str) -> Response:
    """Back to the page of all of it, which says in words what was done."""
    back = routes.DESK_SECURITY if who.actor.is_staff else routes.SECURITY
    return goes_on(request, f"{back}?done={what}")


def _picture(address: str) -> Markup:
    """The address as a QR code for a camera, dark on light whatever the page is."""
    code = segno.make(address, error="m")
    return Markup(code.svg_inline(border=4, light="#fff", dark="#000", omitsize=True, svgclass=None, lineclass=None))
