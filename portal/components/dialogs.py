"""What floats over the page: dialogs (a sheet from below on a phone) and the drawer.

They are native <dialog> elements, opened as modal by assets/portal.js: focus stays inside, Esc closes, the page behind
is inert. The script clicks the element with the class `esc` when a person closes it.
"""

from __future__ import annotations

from typing import Any

import reflex as rx

from portal.components.elements import PlainElement
from portal.components.marks import icon


class Modal(PlainElement):
    """A native dialog."""

    tag = "dialog"


def close_button(on_close: Any, label: str = "Close") -> rx.Component:
    """The cross; Esc and a click beside the dialog press it too."""
    return rx.el.button(icon("x", 20), type="button", class_name="btn icon esc", aria_label=label, on_click=on_close)


def dialog(shown: Any, title: Any, body: Any, footer: Any, on_close: Any) -> rx.Component:
    """A dialog of 640 px: heading, body, buttons."""
    return rx.cond(
        shown,
        Modal.create(
            rx.el.header(rx.el.h2(title, class_name="grow"), close_button(on_close)),
            rx.el.div(body, class_name="in"),
            rx.el.footer(footer),
            class_name="dlg modal",
            custom_attrs={"data-modal": "dialog"},
        ),
    )


def drawer(shown: Any, header: Any, body: Any, label: Any) -> rx.Component:
    """A drawer of 600 px at the right, the whole screen on a phone; `header` ends in a close_button."""
    return rx.cond(
        shown,
        Modal.create(
            rx.el.header(header),
            rx.el.div(body, class_name="in"),
            class_name="drawer modal",
            aria_label=label,
            custom_attrs={"data-modal": "drawer"},
        ),
    )
