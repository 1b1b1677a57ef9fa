"""A toast: a dark sentence at the lower edge for 6 seconds, longer while it is pointed at or has the focus.

Never the only place where a result is told.
"""

from __future__ import annotations

from typing import Any

import reflex as rx


def toast(text: rx.Var[str], on_close: Any, *buttons: rx.Component) -> rx.Component:
    """Shows `text` while it isn't empty; assets/portal.js presses Close after 6 seconds."""
    return rx.el.div(
        rx.cond(
            text != "",
            rx.el.div(
                rx.el.span(text),
                *buttons,
                rx.el.button("Close", type="button", class_name="esc", on_click=on_close),
                class_name="toast",
                custom_attrs={"data-toast": text},
            ),
        ),
        class_name="toastwrap",
        role="status",
    )
