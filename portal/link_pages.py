"""Pages for links by mail: asking for one, and what one opens. They are forms that post and need no script.

Looking at a link changes nothing, since mail scanners look too; only the form behind it does.
"""

from __future__ import annotations

import functools

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from billing.auth.link_requests import ask_for_link, check_offered
from billing.auth.link_uses import Addressee, read_link, set_password, sign_in_by_link
from billing.auth.links import PATHS
from billing.auth.login import clean_email
from billing.context import Contexts
from billing.errors import PortalError
from billing.models.people import LinkPurpose
from portal.answers import page, refusal, wants_json
from portal.protection import check_origin
from portal.routes import LOGIN_FORGOT, LOGIN_LINK
from portal.sign_in import client_of, entered
from portal.work import in_pool, read_form

ASKED = {LinkPurpose.PASSWORD: LOGIN_FORGOT, LinkPurpose.SIGN_IN: LOGIN_LINK}
OVER = ("link_ended", "invitation_ended")


class LinkPages:
    """The routes under /login that ask for a link, and those that a link leads to."""

    def __init__(self, contexts: Contexts) -> None:
        self._contexts = contexts

    def routes(self) -> list[Route]:
        asking = (
            Route(path, functools.partial(handler, purpose), methods=[method])
            for purpose, path in ASKED.items()
            for method, handler in (("GET", self.show_question), ("POST", self.ask))
        )
        opening = (
            Route(f"{path}/{{token}}", functools.partial(handler, purpose), methods=[method])
            for purpose, path in PATHS.items()
            for method, handler in (("GET", self.show), ("POST", self.use))
        )
        return [*asking, *opening]

    async def show_question(self, purpose: LinkPurpose, request: Request) -> Response:
        """GET: asks for the email address."""
        try:
            return await self._question(purpose)
        except PortalError as error:
            return refusal(request, error)

    async def ask(self, purpose: LinkPurpose, request: Request) -> Response:
        """POST email: says the same whether or not anybody has that address."""
        email = ""
        try:
            check_origin(request, self._contexts.settings)
            email = (await read_form(request)).get("email", "")
            known = await in_pool(ask_for_link, self._contexts, purpose, email, client_of(request))
            said = f"If {known} has an account, a link is on its way. It works once, for 30 minutes."
            if wants_json(request):
                return JSONResponse({"message": said})
            shown = await in_pool(self._business)
            return page("link_asked.html", 200, **shown, said=said, again=ASKED[purpose])
        except PortalError as error:
            if wants_json(request) or error.code == "switched_off":
                return refusal(request, error)
            return await self._question(purpose, error, clean_email(email))

    async def show(self, purpose: LinkPurpose, request: Request) -> Response:
        """GET: whom the link is for, and the form that uses it. Changes nothing."""
        try:
            return await self._link_page(purpose, request)
        except PortalError as error:
            return await self._refused(purpose, request, error)

    async def use(self, purpose: LinkPurpose, request: Request) -> Response:
        """POST, with a password where one is set: uses the link and signs in."""
        try:
            check_origin(request, self._contexts.settings)
            token, client = request.path_params["token"], client_of(request)
            if purpose is LinkPurpose.SIGN_IN:
                entry = await in_pool(sign_in_by_link, self._contexts, token, client)
            else:
                password = (await read_form(request)).get("password", "")
                entry = await in_pool(set_password, self._contexts, purpose, token, password, client)
        except PortalError as error:
            if error.field != "password" or wants_json(request):
                return await self._refused(purpose, request, error)
            return await self._link_page(purpose, request, error)
        return _for_nobody_else(await entered(request, self._contexts, entry))

    async def _question(self, purpose: LinkPurpose, error: PortalError | None = None, email: str = "") -> Response:
        shown = await in_pool(self._business, purpose)
        status, words = (error.status, error.message) if error else (200, "")
        return page(f"ask_{purpose}.html", status, **shown, error=words, email=email, action=ASKED[purpose])

    async def _link_page(self, purpose: LinkPurpose, request: Request, error: PortalError | None = None) -> Response:
        token = request.path_params["token"]
        person: Addressee = await in_pool(read_link, self._contexts, purpose, token)
        shown = await in_pool(self._business)
        status, words = (error.status, error.message) if error else (200, "")
        template = "enter.html" if purpose is LinkPurpose.SIGN_IN else "set_password.html"
        return _for_nobody_else(page(template, status, **shown, person=person, error=words))

    async def _refused(self, purpose: LinkPurpose, request: Request, error: PortalError) -> Response:
        if wants_json(request) or error.code not in OVER:
            return _for_nobody_else(refusal(request, error))
        shown = await in_pool(self._business)
        again = ASKED.get(purpose, "")
        ended = page(
            "link_ended.html", error.status, **shown, sentence=error.sentence, next_step=error.next_step, again=again
        )
        return _for_nobody_else(ended)

    def _business(self, purpose: LinkPurpose | None = None) -> dict[str, str]:
        with self._contexts.system() as ctx:
            if purpose is not None:
                check_offered(ctx, purpose)
            return {"business": ctx.preferences.business_name, "contact": ctx.preferences.business_contact}


def _for_nobody_else(response: Response) -> Response:
    """Keeps the link's address out of the Referer of everything that its page loads or leads to."""
    response.headers["referrer-policy"] = "strict-origin"
    return response
