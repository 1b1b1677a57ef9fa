"""An exact effect in a dialog: its sum, what is said beside it, and the two buttons. For states with a Proposal."""

from __future__ import annotations

from typing import Any

import reflex as rx

from billing.telling import Fact
from portal.components.buttons import button
from portal.components.sections import note
from portal.components.sums import sum_box
from portal.proposal import Proposal


def figures(state: type[Proposal]) -> rx.Component:
    """The warning, the sum with its arithmetic, and the facts, once there is something to say yes to."""
    return rx.fragment(
        rx.cond(state.warning != "", note(state.warning, "warn", style={"marginTop": "12px"})),
        rx.cond(
            state.confirm_words != "",
            rx.el.div(
                rx.cond(
                    state.lines.length() > 0,
                    rx.fragment(
                        rx.el.div(
                            rx.el.b(state.sum_title, class_name="b"),
                            rx.el.span(" ", state.exact, class_name="sm sub"),
                            class_name="sumhead",
                        ),
                        sum_box(state.lines, working=True),
                    ),
                ),
                facts(state.facts),
                class_name="figures",
            ),
        ),
    )


def facts(told: Any) -> rx.Component:
    """Names with what is said of them."""
    return rx.cond(told.length() > 0, rx.el.dl(rx.foreach(told, fact), class_name="facts sm"))


def fact(told: rx.Var[Fact]) -> rx.Component:
    """One of them."""
    return rx.fragment(rx.el.dt(told.label, class_name="sub"), rx.el.dd(told.value, dir="auto"))


def yes_or_no(state: type[Proposal], on_close: Any, on_yes: Any = None) -> rx.Component:
    """The two buttons: what stays, and the yes with its amount, which waits for the figures."""
    return rx.fragment(
        rx.el.span(class_name="grow"),
        button(state.decline, kind="quiet", disabled=state.busy, on_click=on_close),
        rx.el.button(
            rx.cond(state.confirm_words != "", state.confirm_words, "Confirm"),
            type="button",
            class_name=rx.cond(state.danger, "btn danger", "btn primary"),
            disabled=state.busy | (state.confirm_words == ""),
            on_click=on_yes or state.confirm,
        ),
    )
