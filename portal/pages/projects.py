"""Projects: milestones to approve, hours by month, and what is billed, paid and outstanding of the budget."""

from __future__ import annotations

from typing import Any

import reflex as rx

from portal.components.buttons import button, chip, link_button
from portal.components.dialogs import dialog
from portal.components.fields import field, text_area
from portal.components.marks import icon, status
from portal.components.phases import by_phase
from portal.components.proposal import figures, yes_or_no
from portal.components.sections import note, problem_note, section, skeleton, state_block
from portal.components.sums import sum_box
from portal.layout import shell
from portal.pages.projects_rows import BudgetPart, HoursItem, MonthChip, ProjectChip, StepItem
from portal.pages.projects_state import ProjectsState
from portal.state import PortalState

__all__ = ["ProjectsState", "view"]


def view() -> rx.Component:
    """The page."""
    state = ProjectsState
    return shell(
        "Projects",
        rx.el.div(
            rx.el.div(rx.el.h1("Projects"), rx.el.p("Milestones, hours, and what is billed of the budget.")),
            class_name="head",
        ),
        problem_note(state.refused),
        rx.cond(state.said != "", note(state.said, "good", style={"marginBottom": "16px"})),
        by_phase(state, _project(), loading=skeleton(6), none=_none()),
        _dialog(),
        refresh=state.read,
    )


def _none() -> rx.Component:
    return state_block(
        "No projects yet",
        "When work on one begins, its milestones, hours and invoices appear here.",
        button("Ask about a project", custom_attrs={"data-ask": ""}),
    )


def _project() -> rx.Component:
    state = ProjectsState
    return rx.el.div(
        rx.cond(
            state.projects.length() > 0,
            _chips("Project", state.projects, _project_chip),
        ),
        rx.el.div(
            rx.el.h2(state.project_name, class_name="projname"),
            rx.el.p(state.words, class_name="sub"),
            class_name="projhead",
        ),
        rx.el.div(_steps(), _budget(), class_name="home projgrid"),
        _hours(),
        class_name="proj",
    )


def _chips(label: str, items: Any, drawn: Any) -> rx.Component:
    return rx.el.div(rx.foreach(items, drawn), class_name="tools", role="group", aria_label=label)


def _project_chip(one: rx.Var[ProjectChip]) -> rx.Component:
    return chip(one.name, on=one.open, on_click=ProjectsState.open_project(one.number))


def _steps() -> rx.Component:
    state = ProjectsState
    return section(
        "Milestones",
        rx.cond(
            state.steps.length() > 0,
            rx.fragment(
                rx.el.ol(
                    rx.foreach(state.steps, lambda step: rx.el.li(rx.el.b(step.name), step.when, class_name=step.kind)),
                    class_name="steps",
                ),
                rx.foreach(state.steps, _step),
            ),
            rx.el.p("The work on this project is billed by the hour.", class_name="sub"),
        ),
        beside=rx.el.span("Amounts without VAT", class_name="sub sm"),
    )


def _step(step: rx.Var[StepItem]) -> rx.Component:
    may = PortalState.allowed["projects_approve_milestone"]
    return rx.el.div(
        rx.el.div(
            rx.el.div(step.name, class_name="m"),
            rx.el.div(
                _mark(step, "projects_approve_milestone"),
                rx.cond(
                    step.invoice != "",
                    rx.el.a(step.invoice, href="/invoices?open=" + step.invoice),
                ),
                class_name="row sm",
            ),
            class_name="grow",
        ),
        rx.cond(
            step.waits & may,
            button(
                "Approve",
                rx.el.span(" milestone ", step.name, class_name="vh"),
                small=True,
                on_click=ProjectsState.begin_step(step.position),
            ),
        ),
        rx.el.span(step.amount, class_name="num m fixed"),
        class_name="li step",
    )


def _mark(of: Any, action: str) -> rx.Component:
    """Its state; what waits for the account's approval doesn't wait for whoever may not give it."""
    return status(of.mark, rx.cond(of.waits & ~PortalState.allowed[action], "Waits for approval", of.state))


def _budget() -> rx.Component:
    state = ProjectsState
    return section(
        "Budget",
        rx.el.div(
            rx.foreach(
                state.parts, lambda part: rx.el.span(class_name=part.kind, style={"width": part.width})
            ),
            class_name="budget",
            aria_hidden="true",
        ),
        rx.el.ul(rx.foreach(state.parts, _part), class_name="budgetkey"),
        sum_box(state.sums, working=False),
        rx.cond(state.ready_words != "", rx.el.p(state.ready_words, class_name="sm sub", style={"marginTop": "10px"})),
        rx.cond(
            state.to_pay != "",
            link_button("See what is to pay", href="/invoices?status=to_pay", small=True, style={"marginTop": "12px"}),
        ),
        beside=rx.el.span("With VAT", class_name="sub sm"),
    )  # fmt: skip


def _part(part: rx.Var[BudgetPart]) -> rx.Component:
    return rx.el.li(
        rx.el.i(class_name=part.kind, aria_hidden="true"), part.words, rx.el.b(part.amount, class_name="m"),
        class_name="key",
    )  # fmt: skip


def _hours() -> rx.Component:
    state = ProjectsState
    return section(
        "Hours",
        rx.cond(
            state.months.length() > 0,
            rx.fragment(
                _chips("Month", state.months, _month_chip),
                rx.el.div(
                    rx.el.p(state.month_words, class_name="sub grow"),
                    rx.cond(
                        (state.waiting_words != "") & PortalState.allowed["projects_approve_hours"],
                        button(state.waiting_words, kind="primary", on_click=state.begin_month),
                    ),
                    class_name="row monthhead",
                ),
                _table(),
                rx.el.div(rx.foreach(state.hours, _card), class_name="cards"),
                rx.cond(state.pages > 1, _pages()),
            ),
            rx.el.p("No hours were logged yet.", class_name="sub"),
        ),
        class_name="hours",
    )


def _month_chip(one: rx.Var[MonthChip]) -> rx.Component:
    waiting = rx.cond(one.waits > 0, rx.el.span(one.waits, rx.el.span(" wait for approval", class_name="vh")))
    return chip(one.name, waiting, on=one.open, on_click=ProjectsState.open_month(one.month))


def _table() -> rx.Component:
    heads: list[tuple[str, str]] = [("Day", ""), ("Task", ""), ("State", ""), ("Hours", "num"), ("Without VAT", "num")]
    return rx.el.table(
        rx.el.caption("Hours of the month", class_name="vh"),
        rx.el.thead(
            rx.el.tr(
                *[rx.el.th(words, scope="col", class_name=kind) for words, kind in heads],
                rx.el.th(rx.el.span("Actions", class_name="vh"), scope="col"),
            )
        ),
        rx.el.tbody(rx.foreach(ProjectsState.hours, _row)),
        class_name="worked hide",
    )


def _row(item: rx.Var[HoursItem]) -> rx.Component:
    return rx.el.tr(
        rx.el.td(item.day, class_name="sub"),
        rx.el.td(
            rx.el.div(item.task, class_name="m"),
            rx.el.div(item.second, class_name="sm sub"),
            rx.cond(item.question != "", rx.el.div("You asked: ", item.question, class_name="sm sub")),
        ),
        rx.el.td(_state(item)),
        rx.el.td(item.hours, class_name="num"),
        rx.el.td(
            rx.el.div(item.amount, class_name="m"),
            rx.cond(item.rate != "", rx.el.div(item.rate, class_name="sm sub")),
            class_name="num",
        ),
        rx.el.td(_actions(item), class_name="num"),
    )


def _state(item: rx.Var[HoursItem]) -> rx.Component:
    return rx.cond(
        item.invoice != "",
        rx.el.div(
            _mark(item, "projects_approve_hours"),
            rx.el.div(rx.el.a(item.invoice, href="/invoices?open=" + item.invoice), class_name="sm"),
        ),
        _mark(item, "projects_approve_hours"),
    )


def _actions(item: rx.Var[HoursItem]) -> rx.Component:
    about = rx.el.span(" about ", item.task, ", ", item.day, class_name="vh")
    return rx.el.div(
        rx.cond(
            item.waits & PortalState.allowed["projects_approve_hours"],
            button("Approve", about, small=True, on_click=ProjectsState.begin_hours(item.entry)),
        ),
        rx.cond(
            item.can_ask & PortalState.allowed["projects_question_hours"],
            button("Ask", about, kind="quiet", small=True, on_click=ProjectsState.begin_question(item.entry)),
        ),
        class_name="row acts",
    )


def _card(item: rx.Var[HoursItem]) -> rx.Component:
    return rx.el.div(
        rx.el.div(
            rx.el.div(item.task, class_name="m"),
            rx.el.div(item.day, " · ", item.second, class_name="sm sub"),
            rx.cond(item.question != "", rx.el.div("You asked: ", item.question, class_name="sm sub")),
            _state(item),
            _actions(item),
            class_name="stack",
        ),
        rx.el.div(
            rx.el.div(item.hours, class_name="m"),
            rx.el.div(item.amount, class_name="sm sub"),
            class_name="num",
        ),
        class_name="cd two",
    )


def _pages() -> rx.Component:
    state = ProjectsState

    def turn(words: str, icon_name: str, by: int, last: Any) -> rx.Component:
        return button(icon(icon_name), words, small=True, disabled=last, on_click=state.turn_page(by))

    return rx.el.div(
        rx.el.span("Page ", state.page, " of ", state.pages, class_name="sm sub"),
        turn("Newer", "chevron-left", -1, state.page <= 1),
        turn("Older", "chevron-right", 1, state.page >= state.pages),
        class_name="pages short",
    )


def _dialog() -> rx.Component:
    state = ProjectsState
    return dialog(
        state.step != "",
        state.title,
        rx.fragment(figures(state), rx.cond(state.step == "ask", _ask()), problem_note(state.problem)),
        rx.cond(
            state.step == "ask",
            yes_or_no(state, state.close, on_yes=state.send_question),
            yes_or_no(state, state.close),
        ),
        on_close=state.close,
    )


def _ask() -> rx.Component:
    state = ProjectsState
    return rx.el.div(
        field(
            "Your question",
            text_area(3, id="question", value=state.question, on_change=state.write_question),
            "question",
            hint="These hours are not invoiced before you have an answer.",
        ),
        style={"marginTop": "16px"},
    )
