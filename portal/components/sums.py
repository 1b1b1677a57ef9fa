"""The sum: the one way in which added money is shown."""

from __future__ import annotations

import reflex as rx
from pydantic import BaseModel


class SumLine(BaseModel):
    """A line as it is shown; `amount` and `working` are text. `kind` is line, total or grand.

    What follows a tab in a line of the working stands at the right, as the result.
    """

    label: str
    amount: str
    note: str = ""
    working: list[str] = []
    kind: str = "line"
    negative: bool = False


def sum_box(lines: rx.Var[list[SumLine]], working: bool = True) -> rx.Component:
    """Lines with a single rule over a total and a double one under the amount that counts."""
    return rx.el.div(rx.foreach(lines, lambda line: _line(line, working)), class_name="sum")


def _line(line: rx.Var[SumLine], working: bool) -> rx.Component:
    ruled = rx.match(line.kind, ("grand", "l tt"), ("total", "l t"), "l")
    shown = rx.el.div(
        rx.el.span(line.label, rx.cond(line.note != "", rx.el.span(" ", line.note, class_name="sub"))),
        rx.el.span(line.amount, class_name=rx.cond(line.negative, "neg", "")),
        class_name=ruled,
    )
    if not working:
        return shown
    return rx.fragment(
        shown,
        rx.cond(
            line.working.length() > 0,
            rx.el.div(rx.foreach(line.working, _working), class_name="work"),
        ),
    )


def _working(text: rx.Var[str]) -> rx.Component:
    parts = text.split("\t")
    result = rx.el.div(rx.el.span(parts[0]), rx.el.b(parts[1], class_name="b"), class_name="l")
    return rx.cond(parts.length() > 1, result, rx.el.div(text, class_name=rx.cond(text.contains("="), "", "sub")))
