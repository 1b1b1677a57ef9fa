"""Small marks: icons, status, people, counts."""

from __future__ import annotations

from typing import Any

import reflex as rx

LOGO = (
    '<svg viewBox="0 0 24 24" aria-hidden="true"><rect width="24" height="24" rx="5" fill="var(--text)"/>'
    '<path d="M6 18V10.5L12 6l6 4.5V18h-4v-5h-4v5z" fill="var(--sheet)"/></svg>'
)


def icon(name: str, size: int = 16) -> rx.Component:
    """A Lucide icon, hidden from screen readers: the words beside it say it."""
    return rx.icon(tag=name, size=size, stroke_width=1.75, class_name="i", custom_attrs={"aria-hidden": "true"})


def logo(name: rx.Var[str] | str) -> rx.Component:
    """The business's mark and name."""
    return rx.el.span(rx.html(LOGO, class_name="row"), name, class_name="logo")


def status(kind: rx.Var[str] | str, word: rx.Var[str] | str) -> rx.Component:
    """Mark and word: kind is good, part, warn, bad, open, off or live."""
    return rx.el.span(rx.el.i(aria_hidden="true"), word, class_name=rx.Var.create("st ") + kind)


def avatar(initials: rx.Var[str] | str, kind: str = "") -> rx.Component:
    """A person's or (kind co) a company's initials."""
    return rx.el.span(initials, class_name=f"ava {kind}", custom_attrs={"aria-hidden": "true"})


def count(number: rx.Var[int] | int, flat: bool = True) -> rx.Component:
    """A number beside a word; nothing when it is zero."""
    return rx.cond(number, rx.el.span(number, class_name="count flat" if flat else "count"))


def classes(*parts: Any) -> Any:
    """Class names, some of which depend on state."""
    joined: Any = rx.Var.create("")
    for part in parts:
        joined = joined + " " + part
    return joined
