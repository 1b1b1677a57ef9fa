"""What HTTP answers to a refusal: a page or JSON with the sentence, or a redirect that carries its code."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from billing.errors import CATALOGUE, PortalError

# Marks a page of ours in which no inline script may run; it doesn't reach the browser.
NO_SCRIPTS = "x-parley-no-scripts"
# Names the one site that may frame a page; it doesn't reach the browser.
FRAMED_BY = "x-parley-framed-by"


def wants_json(request: Request) -> bool:
    """Whether the asker is a program (fetch) rather than a person following a link or sending a form."""
    return "application/json" in request.headers.get("accept", "")


def page(template: str, status: int = 200, **values: object) -> Response:
    """One of the few pages that need no front end, from portal/templates/."""
    return HTMLResponse(
        _templates().get_template(template).render(**values), status, {NO_SCRIPTS: "1", "cache-control": "no-store"}
    )


def failure(
    request: Request, status: int, code: str, sentence: str, next_step: str = "", reference: str = ""
) -> Response:
    """A refusal as JSON or as a page. `reference` is what the log knows it by."""
    if wants_json(request):
        error = {"code": code, "message": f"{sentence} {next_step}".strip(), "field": None}
        return JSONResponse({"error": error | ({"reference": reference} if reference else {})}, status)
    return page("failure.html", status, sentence=sentence, next_step=next_step, reference=reference)


def refusal(request: Request, error: PortalError) -> Response:
    """A refusal of the catalogue as JSON or as a page."""
    if wants_json(request):
        return JSONResponse({"error": error.as_dict()}, error.status)
    return page("failure.html", error.status, sentence=error.sentence, next_step=error.next_step, reference="")


def back_to(request: Request, path: str, error: PortalError, **kept: str) -> Response:
    """Sends a form's sender back to it with `?error=code`; a program gets the JSON instead.

    The page makes the sentence again with `sentence_of`; figures in it (tries, minutes) travel along.
    """
    if wants_json(request):
        return JSONResponse({"error": error.as_dict()}, error.status)
    query = urlencode({"error": error.code} | _figures(error) | {name: value for name, value in kept.items() if value})
    return RedirectResponse(f"{path}?{query}", 303)


def sentence_of(query: Mapping[str, str]) -> str:
    """The sentence for a page that was opened with `?error=code`; empty where there is none. Never echoes the query."""
    code = query.get("error", "")
    if code not in CATALOGUE:
        return ""
    figures = {name: value for name in ("left", "minutes") if (value := query.get(name, "")).isdecimal()}
    try:
        return PortalError(code, **figures).message
    except KeyError:
        return CATALOGUE["form_expired"].next_step


def local_path(path: str | None, otherwise: str = "/") -> str:
    """The path where it is one of ours, so that nobody can be sent elsewhere by a link to our sign-in page."""
    wanted = path or ""
    ours = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable()
    return wanted if ours and "\\" not in wanted else otherwise


def _figures(error: PortalError) -> dict[str, str]:
    return {name: str(value) for name, value in error.values.items() if isinstance(value, int)}


@lru_cache
def _templates() -> Environment:
    folder = Path(__file__).parent / "templates"
    return Environment(loader=FileSystemLoader(folder), autoescape=True, undefined=StrictUndefined, trim_blocks=True)
