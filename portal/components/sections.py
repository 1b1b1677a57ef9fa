"""Sections with a rule over them, their rows, notes, and what stands there when there is nothing."""

from __future__ import annotations

from typing import Any

import reflex as rx

from portal.components.marks import icon

NOTE_ICONS = {"": "info", "good": "circle-check", "warn": "triangle-alert", "bad": "circle-alert"}


def section(title: Any, *rows: Any, end: rx.Component | None = None, beside: Any = None, **props: Any) -> rx.Component:
    """A ruled section; `end` stands at the right of its heading, `beside` next to it."""
    own = props.pop("class_name", "")
    heading = [rx.el.h2(title), *([beside] if beside is not None else []), *([end] if end is not None else [])]
    return rx.el.section(rx.el.header(*heading), *rows, class_name=f"sec {own}".strip(), **props)


def row(main: Any, second: Any = None, end: Any = None, start: Any = None) -> rx.Component:
    """A hairline row: what it is, a second line, and at the right an amount or a link."""
    parts = [] if start is None else [start]
    lines = [rx.el.div(main, class_name="m")] + ([] if second is None else [rx.el.div(second, class_name="sm sub")])
    parts.append(rx.el.div(*lines, class_name="grow"))
    if end is not None:
        parts.append(rx.el.span(end, class_name="num m"))
    return rx.el.div(*parts, class_name="li")


def note(text: Any, kind: str = "", **props: Any) -> rx.Component:
    """A sentence in a box. `kind` is empty, good, warn or bad; bad ones are read out."""
    role = "alert" if kind == "bad" else "status"
    return rx.el.div(icon(NOTE_ICONS[kind]), rx.el.span(text), class_name=f"note {kind}", role=role, **props)


def problem_note(text: rx.Var[str]) -> rx.Component:
    """A refusal's sentence, where there is one."""
    return rx.cond(text != "", note(text, "bad"))


def state_block(title: Any, words: Any, *buttons: rx.Component) -> rx.Component:
    """What a page shows when there is nothing, or when it could not be loaded."""
    return rx.el.div(
        rx.el.h2(title), rx.el.p(words, class_name="sub"), rx.el.div(*buttons, class_name="row"), class_name="state"
    )


def awaited(text: rx.Var[str], loading: Any, width: int = 320) -> rx.Component:
    """A line of text, and a bar in its place while it is loaded."""
    bar = {"width": f"{width}px", "max_width": "80vw", "margin": "6px 0 2px"}
    return rx.cond((text == "") & loading, rx.el.span(class_name="sk late", style=bar), text)


def skeleton(rows: int, widths: tuple[int, ...] = (110, 260, 90)) -> rx.Component:
    """Rows in the layout that is coming, while it is loaded; the last bar stands at the right, as amounts do."""

    def bar(place: int, width: int, n: int) -> rx.Component:
        end = {"margin_left": "auto"} if place == len(widths) - 1 else {}
        return rx.el.span(class_name="sk", style={"width": f"{width - (n * 37) % 40}px", **end})

    drawn = [
        rx.el.div(
            *[bar(place, width, n) for place, width in enumerate(widths)],
            class_name="li",
            style={"opacity": f"{1 - n * 0.08:.2f}", "height": "44px", "align_items": "center"},
        )
        for n in range(rows)
    ]
    return rx.el.div(*drawn, class_name="late skeleton", aria_hidden="true")
