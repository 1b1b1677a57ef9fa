"""The Reflex app: every page, and the HTTP routes and the chat's socket beside them on the same port."""

from __future__ import annotations

from typing import Any

import reflex as rx
from reflex.event import EventSpec
from reflex_components_core.base.error_boundary import error_boundary  # type: ignore[import-untyped]

from portal import pages
from portal.components.broken import broken_page, lost_connection, no_such_page
from portal.failures import failure_of
from portal.http import create_http
from portal.services import contexts
from portal.state import PortalState

STYLES = ["/tokens.css", "/app.css", "/portal.css", "/desk.css", "/notices.css"]

_http = create_http(contexts())


def say_what_failed(exception: Exception) -> EventSpec:
    """What a page's person reads when a handler fell over unforeseen; the log has the rest under the same code."""
    failure = failure_of(exception, "PAGE")
    sentence = f"This did not work on our side. Load the page again to see how things stand. Code {failure.code}."
    say: Any = PortalState.say_trouble
    spec: EventSpec = say(sentence if failure.code else failure.sentence)
    return spec


app = rx.App(
    html_lang="en",
    app_wraps={
        (55, "ErrorBoundary"): lambda _: error_boundary(fallback_render=broken_page()),
        (5, "Overlay"): lambda _: lost_connection(),
    },
    toaster=None,
    backend_exception_handler=say_what_failed,
    stylesheets=STYLES,
    head_components=[
        rx.el.link(rel="icon", href="/favicon.svg", type="image/svg+xml"),
        rx.el.script(src="/portal.js", defer=True),
        rx.el.script(src="/chat/parley-chat.js", defer=True),
    ],
    api_transformer=[_http],
)
app.register_lifespan_task(_http.state.running)

for page in pages.ALL:
    app.add_page(page.view, route=page.route, title=page.title, on_load=page.on_load)
app.add_page(no_such_page, route="404", title="No such page")
