"""The menu of a subscription, and the dialog of what it opens: one question or none, the exact effect, the yes."""

from __future__ import annotations

from typing import Any

import reflex as rx

from portal.components.buttons import button
from portal.components.dialogs import dialog
from portal.components.marks import icon, status
from portal.components.sections import note, problem_note
from portal.components.sums import sum_box
from portal.pages.pay_state import PayState
from portal.pages.subscription_steps_state import Choice, StepsState, Told
from portal.pages.subscriptions_state import MenuItem, ServiceRow


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


def steps_dialog() -> rx.Component:
    """The dialog."""
    state = StepsState
    return dialog(
        state.step != "",
        state.title,
        rx.match(state.step, ("ask", _ask()), ("done", _done()), ("history", _history()), rx.fragment()),
        rx.match(
            state.step,
            ("ask", _ask_footer()),
            ("done", _done_footer()),
            rx.fragment(rx.el.span(class_name="grow"), button("Close", kind="quiet", on_click=state.close)),
        ),
        on_close=state.close,
    )


def _ask() -> rx.Component:
    state = StepsState
    return rx.fragment(
        rx.match(
            state.action,
            ("pause", _pause()),
            ("cancel", _cancel()),
            ("add_add_on", _add_on(quantity=True)),
            ("remove_add_on", _add_on(quantity=False)),
            ("redeem_coupon", _coupon()),
            ("take_back", rx.cond(state.choices.length() > 1, _choices("What is taken back"))),
            rx.fragment(),
        ),
        rx.cond(state.warning != "", note(state.warning, style={"marginTop": "12px"})),
        rx.cond(
            state.confirm_words != "",
            rx.el.div(
                rx.cond(
                    state.lines.length() > 0,
                    rx.fragment(
                        rx.el.div(
                            rx.el.b("What it comes to", class_name="b"),
                            rx.el.span(" ", state.exact, class_name="sm sub"),
                            class_name="sumhead",
                        ),
                        sum_box(state.lines, working=True),
                    ),
                ),
                rx.el.dl(
                    rx.foreach(
                        state.facts,
                        lambda fact: rx.fragment(rx.el.dt(fact[0], class_name="sub"), rx.el.dd(fact[1])),
                    ),
                    class_name="facts sm",
                ),
                class_name="figures",
            ),
        ),
        problem_note(state.problem),
    )


def _pause() -> rx.Component:
    state = StepsState
    return rx.fragment(
        _when("Pause", "Today", "At the end of the paid period, "),
        rx.el.div(
            rx.el.label("Resumes", html_for="until", class_name="label"),
            rx.el.div("Left empty, it stays paused until you resume it.", class_name="hint"),
            rx.el.input(
                id="until", type="date", value=state.until, on_change=state.set_until, class_name="field",
                style={"width": "180px"},
            ),
            style={"marginTop": "12px"},
        ),
        _reason(),
    )  # fmt: skip


def _cancel() -> rx.Component:
    state = StepsState
    return rx.fragment(
        rx.cond(state.term_words != "", _when("End", "Today", "On ")),
        _reason(),
    )


def _when(label: str, now: str, later: str) -> rx.Component:
    state = StepsState
    return rx.el.div(
        rx.el.b(label, class_name="b"),
        _radio("now", now),
        _radio("term_end", rx.Var.create(later) + state.term_words),
        class_name="row starts wraps",
        role="radiogroup",
        aria_label=label,
    )


def _radio(value: str, words: Any) -> rx.Component:
    return rx.el.label(
        rx.el.input(
            type="radio",
            name="when",
            checked=StepsState.when == value,
            on_change=StepsState.set_when(value),
            class_name="radio",
        ),
        words,
        class_name="row",
    )


def _reason() -> rx.Component:
    return rx.el.div(
        rx.el.label("Why, if you like", html_for="reason", class_name="label"),
        rx.el.textarea(
            id="reason",
            rows="2",
            max_length=2000,
            default_value=StepsState.reason,
            on_blur=StepsState.set_reason,
            dir="auto",
            class_name="field area",
        ),
        style={"marginTop": "12px"},
    )


def _choices(label: str) -> rx.Component:
    state = StepsState
    return rx.el.div(rx.foreach(state.choices, _choice), class_name="opts", role="radiogroup", aria_label=label)


def _choice(one: rx.Var[Choice]) -> rx.Component:
    chosen = StepsState.chosen == one.value
    return rx.el.label(
        rx.el.div(
            rx.el.b(one.name, class_name="b"),
            rx.el.input(
                type="radio",
                name="choice",
                checked=chosen,
                on_change=StepsState.choose(one.value),
                class_name="radio",
            ),
            class_name="row",
        ),
        rx.el.div(one.note, class_name="sm sub"),
        class_name=rx.cond(chosen, "opt on", "opt"),
    )


def _add_on(*, quantity: bool) -> rx.Component:
    state = StepsState
    if not quantity:
        return rx.fragment(
            _choices("Add-on"),
            rx.cond(state.term_words != "", _when("Ends", "Today", "At the end of the paid period, ")),
        )
    return rx.fragment(
        _choices("Add-on"),
        rx.cond(
            state.choices.length() > 0,
            rx.el.div(
                rx.el.label("How many", html_for="quantity", class_name="label"),
                rx.el.input(
                    id="quantity", input_mode="numeric", value=state.quantity,
                    on_change=state.set_quantity.debounce(300), class_name="field", style={"width": "120px"},
                ),
                style={"marginTop": "12px"},
            ),
        ),
    )  # fmt: skip


def _coupon() -> rx.Component:
    state = StepsState
    return rx.el.div(
        rx.el.label("Code", html_for="coupon", class_name="label"),
        rx.el.div("As it stands in the mail or on the card.", class_name="hint"),
        rx.el.input(
            id="coupon",
            value=state.code,
            on_change=state.set_code.debounce(400),
            auto_complete="off",
            class_name="field",
            style={"width": "240px", "textTransform": "uppercase"},
        ),
    )


def _ask_footer() -> rx.Component:
    state = StepsState
    return rx.fragment(
        rx.el.span(class_name="grow"),
        button(state.decline, kind="quiet", on_click=state.close),
        rx.el.button(
            rx.cond(state.confirm_words != "", state.confirm_words, "Confirm"),
            type="button",
            class_name=rx.cond(state.danger, "btn danger", "btn primary"),
            disabled=state.busy | (state.confirm_words == ""),
            on_click=state.confirm,
        ),
    )


def _done() -> rx.Component:
    state = StepsState
    return rx.el.div(
        rx.el.div(
            rx.el.div(rx.el.b(state.done_title, class_name="b grow"), status("good", "Done"), class_name="row said-so"),
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
        rx.cond(
            state.pay_words != "",
            button(state.pay_words, kind="primary", on_click=[PayState.begin([state.invoice], ""), state.close]),
        ),
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
