"""Buttons: one primary in a view."""

from __future__ import annotations

from typing import Any

import reflex as rx


def button(*words: Any, kind: str = "second", small: bool = False, **props: Any) -> rx.Component:
    """A button. `kind` is primary, second, quiet or danger."""
    return rx.el.button(*words, type="button", class_name=f"btn {kind}{' small' if small else ''}", **props)


def link_button(*words: Any, href: Any, kind: str = "second", small: bool = False, **props: Any) -> rx.Component:
    """A link that looks like a button."""
    return rx.el.a(*words, href=href, class_name=f"btn {kind}{' small' if small else ''}", **props)


def chip(*words: Any, on: rx.Var[bool], **props: Any) -> rx.Component:
    """One of several choices in a row, of which one is `on`."""
    return rx.el.button(
        *words,
        type="button",
        class_name=rx.cond(on, "chip on", "chip"),
        aria_pressed=rx.cond(on, "true", "false"),
        **props,
    )


def linkish(words: Any, **props: Any) -> rx.Component:
    """A button that reads like a link."""
    return rx.el.button(words, type="button", class_name="linkish", **props)
