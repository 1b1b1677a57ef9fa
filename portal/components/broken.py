"""What stands over or instead of a page when the connection or the page itself failed."""

from __future__ import annotations

import reflex as rx

from portal import routes
from portal.components.buttons import link_button


def lost_connection() -> rx.Component:
    """A bar at the top while the server can't be reached; it goes by itself."""
    return rx.connection_banner(
        rx.el.div(
            "The connection is gone. We are trying again; nothing that you typed is lost.",
            class_name="lost",
            role="status",
        )
    )


def broken_page() -> rx.Component:
    """A page whose drawing failed in the browser."""
    return _alone(
        "This page could not be shown.",
        "Nothing was changed and no payment was taken.",
        link_button("Load it again", href="", kind="primary", custom_attrs={"data-reload": ""}),
    )


def no_such_page() -> rx.Component:
    """An address that leads nowhere."""
    return _alone(
        "There is no such page.",
        "Check the address, or start from your home page.",
        link_button("Go to your home page", href=routes.HOME, kind="primary"),
    )


def _alone(title: str, words: str, way: rx.Component) -> rx.Component:
    """Stands where no shell is."""
    return rx.el.main(
        rx.el.div(
            rx.el.h1(title), rx.el.p(words, class_name="sub"), rx.el.div(way, class_name="row"), class_name="state"
        ),
        class_name="alone",
    )
