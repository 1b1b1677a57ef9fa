"""A page by its phase: being loaded, with nothing to show, shown, not to be read, or off (portal/page_state.py)."""

from __future__ import annotations

from typing import Any

import reflex as rx

from portal.components.buttons import button
from portal.components.marks import icon
from portal.components.sections import note
from portal.page_state import LOADING, NONE, OFF, SHOWN


def by_phase(
    state: Any, shown: rx.Component, *, loading: rx.Component, none: Any = None, failed: Any = None
) -> rx.Component:
    """What belongs to the phase that the page's state is in.

    A page that did not answer is read again after 20 seconds, by assets/portal.js: it heeds `data-retry`.
    """
    return rx.fragment(
        rx.match(
            state.phase,
            (LOADING, rx.el.div(rx.el.span("Loading", class_name="vh", role="status"), loading, aria_busy="true")),
            (SHOWN, shown),
            *([] if none is None else [(NONE, none)]),
            (OFF, rx.el.div(note(_why(state), "bad", style={"width": "100%"}), class_name="state")),
            unread(state) if failed is None else failed,
        ),
        rx.el.span(hidden=True, custom_attrs={"data-retry": state.page_code}),
    )


def unless_off(state: Any, *tools: rx.Component) -> rx.Component:
    """What stands beside a page's records, and goes when the page is switched off."""
    return rx.cond(state.phase != OFF, rx.fragment(*tools))


def turns(state: Any, first: str, before: str, further: str) -> rx.Component:
    """The buttons of a list that is read page by page, where it has more than one; the words are theirs."""
    at_first = state.page_number == 1
    return rx.fragment(
        rx.cond(
            ~at_first | (state.further != ""),
            rx.el.nav(
                rx.el.span("Page ", state.page_number, class_name="sm sub", role="status"),
                button(first, small=True, disabled=at_first, on_click=state.turn("first")),
                button(before, small=True, disabled=at_first, on_click=state.turn("before")),
                button(further, small=True, disabled=state.further == "", on_click=state.turn("next")),
                class_name="pages short",
                aria_label="Pages",
            ),
        ),
        rx.el.span(hidden=True, custom_attrs={"data-top": state.top.to_string()}),
    )


def unread(state: Any, *ways: rx.Component) -> rx.Component:
    """Why the page could not be read, and what to do: `ways`, else trying again or asking a person."""
    code = state.page_code
    named = rx.fragment("If you write to us, give the code ", rx.el.span(code, class_name="m nw"), ".")
    told = _why(state, rx.cond(code != "", " We try again by ourselves in 20 seconds.", ""))
    return rx.el.div(
        note(told, "bad", style={"width": "100%"}),
        rx.el.div(
            *(ways or (try_again(state), button("Ask a person", kind="quiet", custom_attrs={"data-ask": ""}))),
            class_name="row",
        ),
        rx.cond(code != "", rx.el.p(named, class_name="sm sub", style={"margin_top": "16px"})),
        class_name="state",
    )


def _why(state: Any, *more: Any) -> rx.Component:
    return rx.el.div(rx.el.b(state.page_problem, class_name="b"), " ", state.page_advice, *more)


def try_again(state: Any) -> rx.Component:
    """Reads the page again."""
    return button(icon("refresh-cw"), "Try again now", kind="primary", on_click=state.read)
