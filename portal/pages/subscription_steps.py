"""The menu of a subscription, and the dialog of what it opens: one question or none, the exact effect, the yes."""

from __future__ import annotations

from typing import Any

import reflex as rx

from portal.components.buttons import button
from portal.components.dialogs import dialog
from portal.components.fields import text_area
from portal.components.marks import icon
from portal.components.proposal import figures, yes_or_no
from portal.components.sections import note, problem_note
from portal.pages.subscription_asks import Ask, Choice, Kind
from portal.pages.subscription_steps_state import StepsState, Told
from portal.pages.subscriptions_state import MenuItem, ServiceRow
from portal.state import PortalState


def row_menu(row: rx.Var[ServiceRow]) -> rx.Component:
    """What else may be done with a subscription."""
    return rx.el.details(
        rx.el.summary(
            icon("ellipsis", 20), rx.el.span("More for ", row.product, class_name="vh"), class_name="btn icon"
        ),
        rx.el.div(rx.foreach(row.menu, lambda item: _menu_item(row, item)), class_name="menu"),
        class_name="pop",
    )


def _menu_item(row: rx.Var[ServiceRow], item: rx.Var[MenuItem]) -> rx.Component:
    return rx.el.button(
        item.words, type="button", class_name="mi", on_click=StepsState.begin(row.number, item.action, "")
    )


def lead_button(row: rx.Var[ServiceRow]) -> rx.Component:
    """What one most likely wants of a subscription that does not simply run."""
    return rx.cond(
        row.lead_action != "",
        rx.el.button(
            row.lead,
            rx.el.span(" of ", row.product, class_name="vh"),
            type="button",
            class_name="btn second small",
            on_click=StepsState.begin(row.number, row.lead_action, ""),
        ),
    )


def change_button(row: rx.Var[ServiceRow]) -> rx.Component:
    """Another plan or other seats, where there is a choice."""
    return rx.cond(
        PortalState.allowed["subscriptions_switch_plan"] & (row.change != ""),
        rx.el.button(
            row.change,
            rx.el.span(" of ", row.product, class_name="vh"),
            type="button",
            class_name="btn second small",
            on_click=StepsState.begin(row.number, row.change_action, ""),
        ),
    )


def steps_dialog() -> rx.Component:
    """The dialog."""
    state = StepsState
    return dialog(
        state.step != "",
        state.title,
        rx.match(state.step, ("ask", _questions()), ("done", _done()), ("history", _history()), rx.fragment()),
        rx.match(
            state.step,
            ("ask", yes_or_no(state, state.close)),
            ("done", _done_footer()),
            rx.fragment(rx.el.span(class_name="grow"), button("Close", kind="quiet", on_click=state.close)),
        ),
        on_close=state.close,
    )


def _questions() -> rx.Component:
    state = StepsState
    return rx.fragment(rx.foreach(state.asks, _question), figures(state), problem_note(state.problem))


def _question(ask: rx.Var[Ask]) -> rx.Component:
    fields = {"id": ask.name, "value": ask.value, "class_name": "field"}

    def answered(value: Any) -> Any:
        return StepsState.answer(ask.name, value)

    area = text_area(2, 2000, id=ask.name, default_value=ask.value, on_blur=answered)
    date = rx.el.input(type="date", on_change=answered, **fields)
    code = rx.el.input(
        on_change=lambda value: answered(value).debounce(400),
        auto_complete="off",
        style={"textTransform": "uppercase"},
        **fields,
    )
    number = rx.el.input(
        input_mode="numeric",
        on_change=lambda value: answered(value).debounce(300),
        **fields,
    )
    typed = rx.el.div(
        rx.el.label(ask.label, html_for=ask.name, class_name="label"),
        rx.cond(ask.hint != "", rx.el.div(ask.hint, class_name="hint")),
        rx.match(ask.kind, (Kind.DATE.value, date), (Kind.WORDS.value, area), (Kind.CODE.value, code), number),
        class_name="asked",
    )
    return rx.match(ask.kind, (Kind.BOXES.value, _boxes(ask)), (Kind.RADIOS.value, _radios(ask)), typed)


def _boxes(ask: rx.Var[Ask]) -> rx.Component:
    return rx.cond(
        ask.choices.length() > 0,
        rx.el.div(
            rx.el.b(ask.label, class_name="b"),
            rx.el.span(" ", ask.hint, class_name="sm sub"),
            rx.el.div(
                rx.foreach(ask.choices, lambda choice: _box(ask, choice)),
                class_name="opts",
                role="radiogroup",
                aria_label=ask.label,
            ),
            class_name="asked",
        ),
    )


def _box(ask: rx.Var[Ask], choice: rx.Var[Choice]) -> rx.Component:
    return rx.el.label(
        rx.el.div(rx.el.b(choice.name, class_name="b"), _radio(ask, choice), class_name="row"),
        rx.cond(choice.price != "", rx.el.div(choice.price)),
        rx.el.div(choice.note, class_name="sm sub"),
        class_name=rx.cond(ask.value == choice.value, "opt on", "opt"),
    )


def _radios(ask: rx.Var[Ask]) -> rx.Component:
    return rx.el.div(
        rx.el.b(ask.label, class_name="b"),
        rx.foreach(ask.choices, lambda one: rx.el.label(_radio(ask, one), one.name, class_name="row")),
        class_name="row starts wraps",
        role="radiogroup",
        aria_label=ask.label,
    )


def _radio(ask: rx.Var[Ask], choice: rx.Var[Choice]) -> rx.Component:
    return rx.el.input(
        type="radio",
        name=ask.name,
        checked=ask.value == choice.value,
        on_change=StepsState.answer(ask.name, choice.value),
        class_name="radio",
    )


def _done() -> rx.Component:
    state = StepsState
    return rx.el.div(
        rx.el.div(
            rx.el.div(rx.el.b(state.done_title, class_name="b grow"), icon("circle-check"), class_name="row said-so"),
            rx.el.div(state.done_reference, class_name="sm sub"),
            class_name="rcpt",
        ),
        rx.cond(state.done_words != "", rx.el.p(state.done_words, style={"marginTop": "12px"})),
        rx.cond(state.invoice != "", note(rx.fragment("The invoice is ", rx.el.b(state.invoice), "."))),
        role="status",
    )


def _done_footer() -> rx.Component:
    state = StepsState
    return rx.fragment(
        rx.el.span(class_name="grow"),
        button("Close", kind="quiet", on_click=state.close),
    )


def _history() -> rx.Component:
    state = StepsState
    return rx.cond(
        state.history.length() > 0,
        rx.el.ol(rx.foreach(state.history, _told), class_name="history"),
        rx.el.p("Nothing has been changed yet.", class_name="sub"),
    )


def _told(one: rx.Var[Told]) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.div(one.sentence, class_name=rx.cond(one.undone, "m undone", "m")),
            rx.el.div(one.note, class_name="sm sub"),
            class_name="grow",
        ),
        rx.cond(
            one.undo != "",
            rx.el.button(
                "Take back",
                type="button",
                class_name="btn second small",
                on_click=StepsState.begin(StepsState.number, "take_back", one.undo),
            ),
        ),
        class_name="row",
    )
