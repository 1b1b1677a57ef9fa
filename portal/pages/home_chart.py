"""What was billed in twelve months, as bars; what is still to pay is hatched."""

from __future__ import annotations

import reflex as rx

from portal.components.sections import section
from portal.pages.home_state import Bar, HomeState, Tick


def billed_chart() -> rx.Component:
    """The chart with its scale, and the same figures as a table for screen readers."""
    key = rx.el.span(
        rx.el.span(rx.el.i(class_name="settled"), "Settled", class_name="key"),
        rx.el.span(rx.el.i(class_name="topay"), "To pay", class_name="key"),
        class_name="end row",
        style={"gap": "14px"},
    )
    return section(
        "Billed in 12 months",
        rx.el.figure(
            rx.el.div(rx.foreach(HomeState.ticks, _tick), class_name="scale xs dim", aria_hidden="true"),
            rx.el.ul(
                rx.foreach(HomeState.ticks, _line),
                rx.foreach(HomeState.bars, _bar),
                class_name="bars",
                aria_label="Billed by month",
            ),
            rx.el.span(),
            rx.el.div(
                rx.foreach(HomeState.bars, lambda bar: rx.el.span(bar.month)),
                class_name="months xs dim",
                aria_hidden="true",
            ),
            class_name="chart",
        ),
        beside=rx.el.span(HomeState.billed, class_name="sub"),
        end=key,
    )


def _tick(tick: rx.Var[Tick]) -> rx.Component:
    return rx.el.span(tick.words, style={"bottom": tick.at})


def _line(tick: rx.Var[Tick]) -> rx.Component:
    return rx.el.li(class_name="rule", style={"bottom": tick.at}, aria_hidden="true")


def _bar(bar: rx.Var[Bar]) -> rx.Component:
    return rx.el.li(
        rx.el.span(bar.words, class_name="vh"),
        rx.cond(bar.to_pay != "0.000%", rx.el.span(class_name="topay", style={"height": bar.to_pay})),
        rx.el.span(class_name="settled", style={"height": bar.settled}),
        title=bar.words,
    )
