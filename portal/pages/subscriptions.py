"""Subscriptions: what one has, what it costs, and switching plan or seats with the exact amounts first."""

from __future__ import annotations

import reflex as rx

from portal import routes
from portal.components.buttons import button, link_button
from portal.components.dialogs import dialog
from portal.components.marks import status
from portal.components.sections import note, problem_note, skeleton, state_block
from portal.components.sums import sum_box
from portal.layout import shell
from portal.pages.pay import pay_dialog
from portal.pages.pay_state import PayState
from portal.pages.subscription_steps import lead_button, row_menu, steps_dialog
from portal.pages.subscriptions_state import PlanItem, ServiceRow, SubscriptionsState
from portal.state import PortalState


def view() -> rx.Component:
    """The page."""
    return shell(
        "Subscriptions",
        rx.el.div(
            rx.el.div(rx.el.h1("Subscriptions"), rx.el.p(SubscriptionsState.headline), class_name="grow"),
            rx.cond(
                PortalState.allowed["subscriptions_start"],
                link_button("Start a subscription", href=f"{routes.FORMS}?action=subscriptions.start"),
            ),
            class_name="head",
        ),
        problem_note(SubscriptionsState.page_problem),
        rx.match(
            SubscriptionsState.phase,
            ("loading", skeleton(5, (260, 120, 120, 110))),
            ("none", _nothing()),
            ("there", rx.fragment(_table(), _cards())),
            rx.fragment(),
        ),
        _switch_dialog(),
        steps_dialog(),
        pay_dialog(),
        refresh=[SubscriptionsState.read, PayState.refresh_cards],
    )


def _nothing() -> rx.Component:
    return state_block(
        "No subscriptions yet",
        "What you order by the month or the year appears here, with its price and its next renewal.",
        rx.el.button("Ask about services", type="button", class_name="btn second", custom_attrs={"data-ask": ""}),
    )


def _table() -> rx.Component:
    heads = ["Service", "Status", "Renews"]
    return rx.el.table(
        rx.el.thead(
            rx.el.tr(
                *[rx.el.th(head, scope="col", class_name="wide") for head in heads],
                rx.el.th("Price", scope="col", class_name="num"),
                rx.el.th(rx.el.span("Change", class_name="vh"), scope="col"),
            )
        ),
        rx.el.tbody(rx.foreach(SubscriptionsState.rows, _row)),
        class_name="subs hide",
    )


def _row(row: rx.Var[ServiceRow]) -> rx.Component:
    return rx.el.tr(
        rx.el.td(
            rx.el.div(row.product, class_name="m"),
            rx.el.div(row.detail, class_name="sm sub"),
            rx.cond(row.extras != "", rx.el.div(row.extras, class_name="sm sub")),
            rx.cond(row.scheduled != "", rx.el.div(row.scheduled, class_name="sm sub")),
        ),
        rx.el.td(status(row.mark, row.status_words)),
        rx.el.td(row.renews, class_name="sub"),
        rx.el.td(rx.el.span(row.price, class_name="m"), rx.el.span(" ", row.per, class_name="sub"), class_name="num"),
        rx.el.td(_doing(row), class_name="num"),
    )


def _cards() -> rx.Component:
    return rx.el.div(
        rx.foreach(
            SubscriptionsState.rows,
            lambda row: rx.el.div(
                rx.el.div(
                    rx.el.div(row.product, class_name="m"),
                    rx.el.div(row.detail, class_name="sm sub"),
                    rx.el.div(rx.cond(row.renews != "", "Renews " + row.renews, ""), class_name="sm sub"),
                    rx.cond(row.extras != "", rx.el.div(row.extras, class_name="sm sub")),
                    rx.cond(row.scheduled != "", rx.el.div(row.scheduled, class_name="sm sub")),
                    _doing(row),
                    class_name="stack",
                ),
                rx.el.div(
                    rx.el.div(row.price, class_name="m"),
                    rx.el.div(row.per, class_name="sm sub"),
                    status(row.mark, row.status_words),
                    class_name="num",
                ),
                class_name="cd two",
            ),
        ),
        class_name="cards",
    )


def _doing(row: rx.Var[ServiceRow]) -> rx.Component:
    return rx.el.div(_change(row), lead_button(row), row_menu(row), class_name="row doing")


def _change(row: rx.Var[ServiceRow]) -> rx.Component:
    may = PortalState.allowed["subscriptions_switch_plan"]
    return rx.cond(
        may & (row.change != ""),
        rx.el.button(
            row.change,
            rx.el.span(" of ", row.product, class_name="vh"),
            type="button",
            class_name="btn second small",
            on_click=SubscriptionsState.begin(row.number),
        ),
    )


def _switch_dialog() -> rx.Component:
    state = SubscriptionsState
    return dialog(
        state.step != "",
        state.title,
        rx.match(
            state.step,
            ("choose", _choose()),
            ("done", _done()),
            rx.fragment(),
        ),
        rx.match(state.step, ("choose", _choose_footer()), ("done", _done_footer()), rx.fragment()),
        on_close=state.close,
    )


def _choose() -> rx.Component:
    state = SubscriptionsState
    return rx.fragment(
        rx.cond(
            state.plans.length() > 1,
            rx.fragment(
                rx.el.div(
                    rx.el.b("Plan", class_name="b"),
                    rx.el.span(" ", state.price_words, class_name="sm sub"),
                    style={"marginBottom": "8px"},
                ),
                rx.el.div(rx.foreach(state.plans, _plan), class_name="opts", role="radiogroup", aria_label="Plan"),
            ),
        ),
        rx.cond(
            state.by_seat,
            rx.el.div(
                rx.el.label("Seats", html_for="seats", class_name="label"),
                rx.el.div(state.seats_hint, class_name="hint"),
                rx.el.input(
                    id="seats",
                    input_mode="numeric",
                    value=state.seats,
                    on_change=state.set_seat_count.debounce(300),
                    class_name="field",
                    style={"width": "120px"},
                ),
                style={"marginTop": "12px"},
            ),
        ),
        rx.cond(
            state.may_choose_start,
            rx.el.div(
                rx.el.b("Start", class_name="b"),
                _start("today", "Today"),
                _start("renewal", state.renewal_words),
                class_name="row starts",
                role="radiogroup",
                aria_label="Start",
            ),
        ),
        rx.cond(
            state.lines.length() > 0,
            rx.el.div(
                rx.el.div(
                    rx.el.b(state.sum_title, class_name="b"),
                    rx.el.span(" ", state.until, class_name="sm sub"),
                    class_name="sumhead",
                ),
                sum_box(state.lines, working=True),
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
        problem_note(state.switch_problem),
    )


def _plan(plan: rx.Var[PlanItem]) -> rx.Component:
    chosen = SubscriptionsState.plan == plan.name
    return rx.el.label(
        rx.el.div(
            rx.el.b(plan.name, class_name="b"),
            rx.el.input(
                type="radio",
                name="plan",
                checked=chosen,
                on_change=SubscriptionsState.choose_plan(plan.name),
                class_name="radio",
            ),
            class_name="row",
        ),
        rx.el.div(plan.price),
        rx.el.div(plan.note, class_name="sm sub"),
        class_name=rx.cond(chosen, "opt on", "opt"),
    )


def _start(value: str, words: rx.Var[str] | str) -> rx.Component:
    return rx.el.label(
        rx.el.input(
            type="radio",
            name="starts",
            checked=SubscriptionsState.starts == value,
            on_change=SubscriptionsState.choose_start(value),
            class_name="radio",
        ),
        words,
        class_name="row",
    )


def _choose_footer() -> rx.Component:
    state = SubscriptionsState
    return rx.fragment(
        rx.el.span(class_name="grow"),
        button(state.decline, kind="quiet", on_click=state.close),
        button(
            state.confirm_words,
            kind="primary",
            disabled=state.busy | (state.confirm_words == "") | (state.lines.length() == 0),
            on_click=state.confirm_switch,
        ),
    )


def _done() -> rx.Component:
    state = SubscriptionsState
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
    state = SubscriptionsState
    return rx.fragment(
        rx.el.span(class_name="grow"),
        button("Close", kind="quiet", on_click=state.close),
        rx.cond(
            state.pay_words != "",
            button(state.pay_words, kind="primary", on_click=[PayState.begin([state.invoice], ""), state.close]),
        ),
    )
