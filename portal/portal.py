"""The Reflex app: every page, and the HTTP routes and the chat's socket beside them on the same port."""

from __future__ import annotations

import reflex as rx

from portal import pages
from portal.http import create_http
from portal.services import contexts

STYLES = ["/tokens.css", "/app.css", "/portal.css"]

_http = create_http(contexts())

app = rx.App(
    html_lang="en",
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
