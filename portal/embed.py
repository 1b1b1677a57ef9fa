"""The chat on other sites: the script that a site includes, the page that it shows in a frame, and what that asks for.

The site's own page holds a bubble and a frame and can read neither the chat nor a token: the frame is a page of ours
that only a listed site may frame. Whoever asks for a token is that page (the Origin says so), never the site.
"""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from billing.context import Contexts
from billing.errors import PortalError
from chat.embedding import VISIT_COOKIE, end_visit, open_on, take_over, visitor_for
from chat.visitors import answer_visitor
from portal.answers import FRAMED_BY, page, refusal
from portal.bootstrap import CARD_SCRIPT_PATH, card_form
from portal.protection import check_origin
from portal.sign_in import client_of
from portal.work import in_pool, read_body

SCRIPT = Path(__file__).resolve().parents[1] / "assets" / "chat" / "embed.js"
LONGEST_BODY = 8 * 1024
THEMES = ("light", "dark", "auto")
OPEN_TO_ALL = {"access-control-allow-origin": "*", "cross-origin-resource-policy": "cross-origin", "vary": "Origin"}
# Starlette can say this itself from Python 3.14 on. SameSite=None, because the frame stands on another site.
PARTITIONED = "Path=/; HttpOnly; Secure; SameSite=None; Partitioned"
NOT_KEPT = {"cache-control": "no-store"}
M = TypeVar("M", bound=BaseModel)


class Asked(BaseModel):
    """What our page in the frame sends; `site` is the origin that frames it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    site: str = Field(max_length=300)


class Question(Asked):
    """A visitor's question, or a button that was used: then `action` is what it stands for."""

    text: str
    action: str = Field("", max_length=60)


class Handover(Asked):
    """The code from the sign-in window, and the secret of the chat that opened it."""

    code: str = Field(max_length=200)
    verifier: str = Field(max_length=200)


class Held(Asked):
    """The token of a visit; empty where the browser holds it in the visit's cookie."""

    token: str = Field("", max_length=200)


class Embedding:
    """The routes of the script and of the page in the frame."""

    def __init__(self, contexts: Contexts) -> None:
        self._contexts = contexts

    def routes(self) -> list[Route]:
        return [
            Route("/embed.js", self.script, methods=["GET"]),
            Route("/embed/site", self.site, methods=["GET"]),
            Route("/embed/chat", self.chat, methods=["GET"]),
            Route("/embed/ask", self.ask, methods=["POST"]),
            Route("/embed/token", self.token, methods=["POST"]),
            Route("/embed/resume", self.resume, methods=["POST"]),
            Route("/embed/sign-out", self.sign_out, methods=["POST"]),
        ]

    async def script(self, request: Request) -> Response:
        """GET: what a site includes. It draws the bubble and opens the frame, and has no more rights than the site."""
        if not SCRIPT.exists():
            raise PortalError("failed")
        return FileResponse(SCRIPT, media_type="text/javascript", headers=OPEN_TO_ALL)

    async def site(self, request: Request) -> Response:
        """GET, from the site's page: what the bubble says, or the sentence of a refusal. Both may be read anywhere."""
        origin = request.headers.get("origin", "")
        try:
            preferences = await in_pool(open_on, self._contexts, origin)
        except PortalError as error:
            return JSONResponse({"error": error.as_dict()}, error.status, headers=OPEN_TO_ALL)
        shown = {"business": preferences.business_name, "portal": self._portal}
        return JSONResponse(shown, headers={"access-control-allow-origin": origin, "vary": "Origin"})

    async def chat(self, request: Request) -> Response:
        """GET site, theme: the page for the frame. No cookie is looked at: it is the same for everybody."""
        site, theme = request.query_params.get("site", ""), request.query_params.get("theme", "")
        try:
            preferences = await in_pool(open_on, self._contexts, site)
        except PortalError as error:
            return refusal(request, error)
        form = card_form(self._contexts.settings)
        answer = page(
            "embed_chat.html",
            site=site,
            theme=theme if theme in THEMES else THEMES[0],
            business=preferences.business_name,
            hours=preferences.people_hours,
            person=preferences.talk_to_person,
            portal=self._portal,
            card_script=CARD_SCRIPT_PATH,
            card_key=form.publishable_key,
            card_api=form.api_base,
        )
        answer.headers[FRAMED_BY] = site
        return answer

    async def ask(self, request: Request) -> Response:
        """POST JSON site, text: the answer to somebody who has not signed in."""
        try:
            asked = await self._asked(request, Question)
            await in_pool(self._contexts.throttle.count, "visitor_address", client_of(request).address)
            await in_pool(open_on, self._contexts, asked.site)
            blocks = await in_pool(answer_visitor, self._contexts, asked.text, asked.action)
        except PortalError as error:
            return _refused(error)
        return JSONResponse({"blocks": [block.model_dump(mode="json") for block in blocks]}, headers=NOT_KEPT)

    async def token(self, request: Request) -> Response:
        """POST JSON site, code, verifier: the token for the chat's socket."""
        try:
            asked = await self._asked(request, Handover)
            token = await in_pool(take_over, self._contexts, asked.code, asked.verifier, asked.site)
        except PortalError as error:
            return _refused(error)
        answer = JSONResponse({"token": token}, headers=NOT_KEPT)
        answer.headers.append("set-cookie", f"{VISIT_COOKIE}={token}; {PARTITIONED}")
        return answer

    async def resume(self, request: Request) -> Response:
        """POST JSON site: whether the browser's cookie still opens the chat on that site, after a new page of it."""
        try:
            asked = await self._asked(request, Held)
            token = asked.token or request.cookies.get(VISIT_COOKIE, "")
            who = await in_pool(visitor_for, self._contexts, token, asked.site)
        except PortalError as error:
            return _refused(error)
        return JSONResponse({"signed_in": who is not None}, headers=NOT_KEPT)

    async def sign_out(self, request: Request) -> Response:
        """POST JSON site, token: ends the visit and the session that it was made from."""
        try:
            asked = await self._asked(request, Held)
        except PortalError as error:
            return _refused(error)
        for token in {asked.token, request.cookies.get(VISIT_COOKIE, "")} - {""}:
            await in_pool(end_visit, self._contexts, token)
        answer = JSONResponse({}, headers=NOT_KEPT)
        answer.headers.append("set-cookie", f"{VISIT_COOKIE}=; Max-Age=0; {PARTITIONED}")
        return answer

    async def _asked(self, request: Request, model: type[M]) -> M:
        check_origin(request, self._contexts.settings)
        try:
            return model.model_validate_json(await read_body(request, LONGEST_BODY))
        except ValidationError:
            raise PortalError("invalid_input", problem="That request could not be read.") from None

    @property
    def _portal(self) -> str:
        return urlsplit(self._contexts.settings.address).netloc


def _refused(error: PortalError) -> Response:
    return JSONResponse({"error": error.as_dict()}, error.status, headers=NOT_KEPT)
