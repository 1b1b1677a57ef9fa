"""What stands over or instead of a page when the connection or the page itself failed."""

from __future__ import annotations

import reflex as rx

from portal import routes


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
    return rx.el.main(
        rx.el.div(
            rx.el.h2("This page could not be shown."),
            rx.el.p("Nothing was changed and no payment was taken.", class_name="sub"),
            rx.el.div(
                rx.el.a("Load it again", href="", class_name="btn primary", custom_attrs={"data-reload": ""}),
                class_name="row",
            ),
            class_name="state",
        ),
        class_name="alone",
    )


def no_such_page() -> rx.Component:
    """An address that leads nowhere."""
    return rx.el.main(
        rx.el.div(
            rx.el.h1("There is no such page."),
            rx.el.p("Check the address, or start from your home page.", class_name="sub"),
            rx.el.div(rx.el.a("Go to your home page", href=routes.HOME, class_name="btn primary"), class_name="row"),
            class_name="state",
        ),
        class_name="alone",
    )
