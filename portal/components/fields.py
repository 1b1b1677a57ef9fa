"""Fields: label above, hint between, problem below."""

from __future__ import annotations

from typing import Any

import reflex as rx

from portal.components.marks import icon


def field(
    label: str, control: rx.Component, id: str, hint: str = "", problem: Any = None, **props: Any
) -> rx.Component:
    """A labelled control; `problem` is a sentence that stands below when it isn't empty."""
    return rx.el.div(
        rx.el.label(label, html_for=id, class_name="label"),
        *([rx.el.div(hint, class_name="hint")] if hint else []),
        control,
        *([] if problem is None else [field_problem(problem)]),
        **props,
    )


def field_problem(problem: rx.Var[str]) -> rx.Component:
    """The sentence under a field."""
    return rx.cond(problem != "", rx.el.div(icon("circle-alert"), problem, class_name="errt", role="alert"))


def text_input(id: str, **props: Any) -> rx.Component:
    """A line of text."""
    own = props.pop("class_name", "")
    return rx.el.input(id=id, class_name=f"field {own}".strip(), **props)


def text_area(rows: int, longest: int = 4000, **props: Any) -> rx.Component:
    """Several lines of text, in any script."""
    return rx.el.textarea(rows=str(rows), max_length=longest, dir="auto", class_name="field area", **props)


def find_field(
    label: str, placeholder: str, searched: Any, on_find: Any, drawn: Any, end: rx.Component | None = None
) -> rx.Component:
    """Finds while one types. It is drawn anew, with `searched` in it, when `drawn` changes."""
    return rx.el.label(
        icon("search"),
        rx.el.span(label, class_name="vh"),
        rx.el.input(
            key=drawn.to_string(),
            type="search",
            placeholder=placeholder,
            default_value=searched,
            on_change=on_find.debounce(250),
            max_length=200,
        ),
        *([] if end is None else [end]),
        class_name="field find",
    )


def checkbox(label: Any, **props: Any) -> rx.Component:
    """A box to tick; `label` is its name for screen readers."""
    return rx.el.input(type="checkbox", class_name="cb", aria_label=label, **props)


def code_input(id: str, digits: int = 6, **props: Any) -> rx.Component:
    """One input drawn as cells, for a code of digits; pasted spaces are dropped by assets/portal.js."""
    return rx.el.div(
        *[rx.el.span(aria_hidden="true") for _ in range(digits)],
        rx.el.input(
            id=id,
            input_mode="numeric",
            auto_complete="one-time-code",
            pattern=f"[0-9]{{{digits}}}",
            max_length=digits,
            custom_attrs={"data-digits": ""},
            **props,
        ),
        class_name="code cells",
        style={"--digits": str(digits)},
    )
