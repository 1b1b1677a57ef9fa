"""Documents over HTTP: invoices, credit notes, receipts and statements, as PDF or for a spreadsheet."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import date
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from billing import dispatch
from billing.auth.sessions import SignedIn
from billing.context import Contexts
from billing.documents.downloads import Document, Format
from billing.documents.statement_sheet import statement_csv
from billing.errors import PortalError
from billing.registry import Channel
from portal.answers import refusal
from portal.sign_in import signed_in, to_login
from portal.work import in_pool

INVOICES = "/documents/invoices/{number}"
RECEIPTS = "/documents/receipts/{payment}"
STATEMENTS = "/documents/statements/{since}_{until}_{currency}"
ACTIONS = {INVOICES: "invoices.download", RECEIPTS: "payments.receipt", STATEMENTS: "statements.download"}


class Documents:
    """The routes of everything that is fetched as a file. Who may have it, dispatch decides."""

    def __init__(self, contexts: Contexts) -> None:
        self._contexts = contexts

    def routes(self) -> list[Route]:
        return [
            Route(f"{path}.{format}", self._door(action, format), methods=["GET"])
            for path, action in ACTIONS.items()
            for format in Format
        ]

    def _door(self, action: str, format: Format) -> Any:
        async def fetch(request: Request) -> Response:
            """GET: a document of the account that is open; not found for anybody else."""
            try:
                who = await signed_in(request, self._contexts)
            except PortalError as error:
                return to_login(request, error)
            try:
                return await self._answer(who, action, {**request.path_params, "format": format})
            except PortalError as error:
                return refusal(request, error)

        return fetch

    async def _answer(self, who: SignedIn, action: str, input: dict[str, Any]) -> Response:
        document: Document = await in_pool(dispatch.run, self._contexts, action, input, who.actor, Channel.PORTAL)
        shown = "inline" if input["format"] is Format.PDF else "attachment"
        headers = {
            "content-disposition": f"{shown}; filename*=UTF-8''{quote(document.name)}",
            "cache-control": "private, no-cache",
        }
        if document.key:
            kept = await in_pool(self._contexts.files.read, document.key)
            return Response(kept, media_type=document.media_type, headers=headers)
        since, until, currency = PurePosixPath(document.url).stem.split("_")
        days = date.fromisoformat(since), date.fromisoformat(until)
        content = statement_csv(self._contexts, who.actor, Channel.PORTAL, *days, currency)
        return StreamingResponse(_off_the_loop(content), media_type=document.media_type, headers=headers)


async def _off_the_loop(content: Iterator[bytes]) -> AsyncIterator[bytes]:
    while (piece := await in_pool(next, content, None)) is not None:
        yield piece
