"""Signing in and out over HTTP: forms that post, a cookie that no script can read, and a redirect."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from billing.auth.login import Client, Entry, clean_email, confirm_code, sign_in
from billing.auth.sessions import COOKIE, LASTS, SignedIn, actor_for, end_session, open_account
from billing.context import Contexts
from billing.errors import PortalError
from portal import routes
from portal.answers import back_to, local_path, refusal, wants_json
from portal.protection import CSRF_FIELD, check_csrf, check_origin
from portal.work import in_pool, read_form

LOGIN_PAGE = routes.LOGIN
CODE_PAGE = routes.LOGIN_CODE
HOME = routes.HOME
DESK = routes.DESK


class SignIn:
    """The routes under /auth."""

    def __init__(self, contexts: Contexts) -> None:
        self._contexts = contexts

    def routes(self) -> list[Route]:
        return [
            Route("/auth/login", self.login, methods=["POST"]),
            Route("/auth/mfa", self.code, methods=["POST"]),
            Route("/auth/logout", self.logout, methods=["POST"]),
            Route("/auth/account", self.account, methods=["POST"]),
        ]

    async def login(self, request: Request) -> Response:
        """POST email, password, next: signs in, or asks for the code first. Errors go back to the login page."""
        goes_to = email = ""
        try:
            check_origin(request, self._contexts.settings)
            form = await read_form(request)
            goes_to, email = local_path(form.get("next"), ""), form.get("email", "")
            entry = await in_pool(sign_in, self._contexts, email, form.get("password", ""), client_of(request))
        except PortalError as error:
            return back_to(request, LOGIN_PAGE, error, next=goes_to, email=clean_email(email))
        return await entered(request, self._contexts, entry, goes_to)

    async def code(self, request: Request) -> Response:
        """POST code, next: the second factor of a sign-in that has begun."""
        goes_to = ""
        try:
            check_origin(request, self._contexts.settings)
            form = await read_form(request)
            goes_to = local_path(form.get("next"), "")
            token = request.cookies.get(COOKIE, "")
            entry = await in_pool(confirm_code, self._contexts, token, form.get("code", ""), client_of(request))
        except PortalError as error:
            back = CODE_PAGE if error.code in ("wrong_code", "too_many_tries", "form_expired") else LOGIN_PAGE
            return back_to(request, back, error, next=goes_to)
        return await entered(request, self._contexts, entry, goes_to)

    async def logout(self, request: Request) -> Response:
        """POST: ends the session. Somebody who is signed out already just gets the login page."""
        try:
            check_origin(request, self._contexts.settings)
            who = await in_pool(actor_for, self._contexts, request.cookies.get(COOKIE, ""))
            if who is not None:
                check_csrf(request, who, (await read_form(request)).get(CSRF_FIELD, ""))
        except PortalError as error:
            return back_to(request, HOME, error)
        await in_pool(end_session, self._contexts, request.cookies.get(COOKIE, ""))
        response = goes_on(request, LOGIN_PAGE)
        secure = self._contexts.settings.secure_cookies
        response.delete_cookie(COOKIE, path="/", httponly=True, samesite="lax", secure=secure)
        return response

    async def account(self, request: Request) -> Response:
        """POST account (a customer number), next: opens another account of the same person."""
        try:
            check_origin(request, self._contexts.settings)
            who = await signed_in(request, self._contexts)
            form = await read_form(request)
            check_csrf(request, who, form.get(CSRF_FIELD, ""))
            await in_pool(open_account, self._contexts, request.cookies.get(COOKIE, ""), form.get("account", ""))
        except PortalError as error:
            return back_to(request, LOGIN_PAGE if error.code == "not_signed_in" else HOME, error)
        return goes_on(request, local_path(form.get("next"), HOME))


async def entered(request: Request, contexts: Contexts, entry: Entry, goes_to: str = "") -> Response:
    """Somebody has shown who they are: the cookie, and on to where they wanted to go, or to the page for the code.

    The session that this browser had before ends.
    """
    before = request.cookies.get(COOKIE, "")
    if before:
        await in_pool(end_session, contexts, before)
    wanted = goes_to or (DESK if entry.is_staff else HOME)
    code_page = f"{CODE_PAGE}?{urlencode({'next': goes_to})}" if goes_to else CODE_PAGE
    first = routes.SECURITY_CODE if entry.sets_up else code_page
    response = goes_on(request, first if entry.mfa_pending else wanted)
    keep_cookie(response, entry.token, contexts)
    return response


def keep_cookie(response: Response, token: str, contexts: Contexts) -> None:
    """Gives the browser its session's token, out of reach of every script."""
    response.set_cookie(
        COOKIE,
        token,
        max_age=int(LASTS.total_seconds()),
        path="/",
        httponly=True,
        samesite="lax",
        secure=contexts.settings.secure_cookies,
    )


def client_of(request: Request) -> Client:
    """The browser that asks; its address is a proxy's word only where the proxy is trusted."""
    address = request.client.host if request.client else ""
    return Client(counted_as(address), request.headers.get("user-agent", ""))


def counted_as(address: str) -> str:
    """What tries from that address count for: one IPv6 subscriber has a whole /64, so all of it counts as one."""
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if ip.version == 6:
        return str(ip.ipv4_mapped or ip_network((ip, 64), strict=False))
    return str(ip)


async def signed_in(request: Request, contexts: Contexts) -> SignedIn:
    """Who the request comes from. Raises `not_signed_in`."""
    who = await in_pool(actor_for, contexts, request.cookies.get(COOKIE, ""))
    if who is None:
        raise PortalError("not_signed_in")
    return who


def to_login(request: Request, error: PortalError) -> Response:
    """Sends who is not signed in to the login page, which leads back; a program gets the refusal."""
    if wants_json(request):
        return refusal(request, error)
    return RedirectResponse(f"{LOGIN_PAGE}?{urlencode({'error': error.code, 'next': request.url.path})}", 303)


def goes_on(request: Request, path: str) -> Response:
    """Where it goes from here: a redirect, or its address as JSON for a program."""
    return JSONResponse({"redirect": path}) if wants_json(request) else RedirectResponse(path, 303)
