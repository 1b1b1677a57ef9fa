"""The page of a form made from the catalogue: fields, the exact effect beside them, then what was done."""

from __future__ import annotations

from typing import Any

import reflex as rx

from billing.telling import Table
from portal.components.buttons import button, link_button
from portal.components.fields import checkbox, text_area, text_input
from portal.components.marks import icon
from portal.components.proposal import fact, figures
from portal.components.sections import problem_note, section, skeleton, state_block
from portal.desk.shell import staff_shell
from portal.forms.fields import FormField, Kind, Option
from portal.forms.state import ACCOUNT, Entry, FormState, Group
from portal.layout import shell

ALL = "Everything you can do"
SHORT = {"maxWidth": "200px"}


def view() -> rx.Component:
    """For customers."""
    return shell(ALL, _content(), refresh=FormState.read)


def staff_view() -> rx.Component:
    """For the staff."""
    return staff_shell("Actions", _content(), refresh=FormState.read)


def _content() -> rx.Component:
    state = FormState
    return rx.fragment(
        rx.el.div(
            rx.el.div(
                rx.el.h1(rx.cond(state.phase == "list", ALL, state.form_title)),
                rx.el.p(
                    rx.cond(state.phase == "list", "Each shows its exact effect before anything changes.", state.help)
                ),
            ),
            class_name="head",
        ),
        rx.match(
            state.phase,
            ("loading", skeleton(5)),
            ("list", rx.el.div(rx.foreach(state.groups, _group), class_name="stack gap narrow")),
            ("form", _form()),
            ("done", _done()),
            (
                "refused",
                state_block(state.refused_title, state.problem, link_button("See all you can do", href=state.back)),
            ),
            ("failed", state_block("This could not be opened", state.problem, link_button("See all", href=state.back))),
            rx.fragment(),
        ),
    )


def _group(group: rx.Var[Group]) -> rx.Component:
    return section(group.name, rx.foreach(group.actions, _entry))


def _entry(entry: rx.Var[Entry]) -> rx.Component:
    return rx.el.a(
        rx.el.div(
            rx.el.div(entry.title, class_name="m"), rx.el.div(entry.help, class_name="sm sub"), class_name="grow"
        ),
        icon("chevron-right"),
        href=entry.href,
        class_name="li entry",
    )


def _form() -> rx.Component:
    state = FormState
    return rx.el.div(
        rx.cond(
            (state.problem_field == "") & (state.problem != ""),
            rx.el.div(problem_note(state.problem), tab_index=-1, class_name="wrong"),
        ),
        rx.cond(state.needs_account, _account_picker()),
        rx.el.form(
            rx.foreach(state.fields, _field),
            rx.cond(
                (state.confirm_words == "") & (state.fields.length() > 0),
                rx.el.div(
                    rx.el.button("Continue", type="submit", class_name="btn primary", disabled=state.busy),
                    rx.cond(
                        state.problem != "",
                        rx.el.span(icon("circle-alert"), "Something above needs a look.", class_name="errt lookup"),
                    ),
                    class_name="row formend",
                ),
            ),
            on_submit=state.go_on,
            class_name="formpart made",
            no_validate=True,
        ),
        rx.cond(state.confirm_words != "", _effect()),
        _answer(),
        rx.el.span(hidden=True, custom_attrs={"data-refused": state.refusals.to_string()}),
        class_name="narrow formpage",
    )


def _account_picker() -> rx.Component:
    return rx.el.div(
        rx.el.label("Account", html_for="account", class_name="label"),
        rx.el.select(
            rx.el.option("Choose an account", value=""),
            rx.foreach(FormState.account_choices, _option),
            id="account",
            value=FormState.opened_account,
            on_change=FormState.set_account,
            class_name="field",
        ),
        rx.cond(FormState.problem_field == ACCOUNT, _problem_words()),
        class_name="formpart",
    )


def _option(option: rx.Var[Option]) -> rx.Component:
    return rx.el.option(option.label, value=option.value)


def _field(field: rx.Var[FormField]) -> rx.Component:
    rows = rx.el.div(
        rx.el.div(
            rx.el.span(field.label, class_name="label grow"),
            button("Add one", kind="quiet", small=True, on_click=FormState.add_row(field.name)),
            class_name="row rowshead",
        ),
        _problem(field),
    )
    many = rx.el.fieldset(
        rx.el.legend(field.label, _optional(field), class_name="label"),
        rx.el.div(rx.foreach(field.options, lambda option: _box(field, option)), class_name="boxes"),
        _problem(field),
        class_name="many",
    )
    single = rx.el.div(
        rx.el.label(field.label, _optional(field), html_for=field.name, class_name="label"),
        rx.cond(field.hint != "", rx.el.div(field.hint, class_name="hint")),
        _control(field),
        _problem(field),
        class_name=rx.cond(field.last_of_row, "one last", "one"),
    )
    return rx.match(field.kind, (Kind.ROWS.value, rows), (Kind.MANY.value, many), single)


def _optional(field: rx.Var[FormField]) -> rx.Component:
    asked = field.required | (field.start != "")
    return rx.cond(asked, rx.fragment(), rx.el.span(" if you like", class_name="sub"))


def _problem(field: rx.Var[FormField]) -> rx.Component:
    return rx.cond(FormState.problem_field == field.name, _problem_words())


def _problem_words() -> rx.Component:
    return rx.el.div(icon("circle-alert"), FormState.problem, class_name="errt wrong", role="alert")


def _control(field: rx.Var[FormField]) -> rx.Component:
    value = FormState.given[field.name]
    shared: dict[str, Any] = {
        "id": field.name,
        "value": value,
        "on_change": lambda typed: FormState.set_value(field.name, typed),
        "aria_invalid": rx.cond(FormState.problem_field == field.name, "true", "false"),
    }
    area = text_area(3, **shared)
    open_still = rx.cond(
        field.start == "", rx.el.option(rx.cond(field.required, "Choose one", "Left open"), value=""), rx.fragment()
    )
    choice = rx.el.select(open_still, rx.foreach(field.options, _option), class_name="field", **shared)
    switch = rx.el.select(
        open_still, rx.el.option("Yes", value="yes"), rx.el.option("No", value="no"),
        class_name="field", **shared,
    )  # fmt: skip
    return rx.match(
        field.kind,
        (Kind.AREA.value, area),
        (Kind.LINES.value, area),
        (Kind.PAIRS.value, area),
        (Kind.CHOICE.value, choice),
        (Kind.SWITCH.value, switch),
        (Kind.DATE.value, text_input(type="date", **shared, style=SHORT)),
        (Kind.NUMBER.value, text_input(input_mode="decimal", placeholder=field.placeholder, **shared, style=SHORT)),
        (Kind.AMOUNT.value, text_input(input_mode="decimal", placeholder=field.placeholder, **shared, style=SHORT)),
        text_input(dir="auto", max_length=400, **shared),
    )


def _box(field: rx.Var[FormField], option: rx.Var[Option]) -> rx.Component:
    chosen = FormState.given[field.name].split("\n").contains(option.value)
    return rx.el.label(
        checkbox(option.label, checked=chosen, on_change=FormState.tick(field.name, option.value)),
        rx.el.span(option.label, dir="auto"),
        class_name="li",
    )


def _effect() -> rx.Component:
    state = FormState
    return section(
        state.title,
        figures(state),
        rx.el.div(
            rx.el.button(
                state.confirm_words,
                type="button",
                class_name=rx.cond(state.danger, "btn danger", "btn primary"),
                disabled=state.busy,
                on_click=state.confirm,
            ),
            button(state.decline, kind="quiet", disabled=state.busy, on_click=state.put_back),
            class_name="row formend",
        ),
        tab_index=-1,
        aria_label=state.title,
        custom_attrs={"data-bring": state.exact},
    )


def _answer() -> rx.Component:
    state = FormState
    return rx.fragment(
        rx.cond(state.result_facts.length() > 0, rx.el.dl(rx.foreach(state.result_facts, fact), class_name="facts")),
        rx.foreach(state.result_tables, _table),
    )


def _table(table: rx.Var[Table]) -> rx.Component:
    return section(
        table.title,
        rx.el.div(
            rx.el.table(
                rx.el.thead(rx.el.tr(rx.foreach(table.columns, lambda column: rx.el.th(column)))),
                rx.el.tbody(
                    rx.foreach(
                        table.rows,
                        lambda cells: rx.el.tr(rx.foreach(cells, lambda cell: rx.el.td(cell, dir="auto"))),
                    )
                ),
            ),
            class_name="wide",
            tab_index=0,
            role="region",
            aria_label=table.title,
        ),
    )


def _done() -> rx.Component:
    state = FormState
    return rx.el.div(
        section(
            state.done_title,
            rx.cond(state.done_words != "", rx.el.p(state.done_words, class_name="said")),
            rx.el.dl(rx.foreach(state.result_facts, fact), class_name="facts sm"),
            rx.el.div(
                rx.cond(state.page != "", link_button("See it", href=state.page, kind="primary")),
                button("Do it once more", on_click=state.again),
                link_button("All actions", href=state.back, kind="quiet"),
                class_name="row formend",
            ),
            beside=icon("check"),
        ),
        class_name="narrow",
        role="status",
    )
