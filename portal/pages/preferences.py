"""The admin's page of preferences: what customers may see and do, made from the model of preferences."""

from __future__ import annotations

from typing import Any

import reflex as rx

from portal import routes
from portal.components.buttons import button, link_button, linkish
from portal.components.dialogs import close_button, dialog, drawer
from portal.components.elements import PlainElement
from portal.components.fields import field_problem, find_field
from portal.components.marks import icon, logo, status
from portal.components.sections import note, section, skeleton, state_block
from portal.desk.shell import staff_shell
from portal.pages.preferences_rows import ChoiceItem, FactItem, FieldItem, GroupItem, PastItem, SeenItem, SeenPage
from portal.pages.preferences_state import PreferencesState

STATE = PreferencesState
HISTORY = "group-changes"


class JumpLink(PlainElement):
    """A link to a part of this page, followed by assets/portal.js."""

    tag = "a"


def view() -> rx.Component:
    """The page."""
    return staff_shell(
        "Preferences",
        _head(),
        rx.cond(
            STATE.refused != "",
            state_block("Preferences are for administrators.", STATE.refused, _to_queue()),
            rx.cond(STATE.loaded, _preferences(), skeleton(8, (180, 320, 60))),
        ),
        _facts(),
        _seen(),
        refresh=STATE.read,
        find=rx.cond(STATE.refused == "", _find()),
        over=_bar(),
    )


def _head() -> rx.Component:
    return rx.el.div(
        rx.el.div(
            rx.el.h1("Preferences"),
            rx.el.p(
                "What customers and the assistant may do. A change works at once. The record of who did what keeps it."
            ),
            class_name="grow",
        ),
        rx.cond(STATE.loaded & (STATE.refused == ""), _look()),
        class_name="head prefs-head",
    )


def _look() -> rx.Component:
    return button(icon("eye"), "What customers see", on_click=STATE.look_as_customer)


def _to_queue() -> rx.Component:
    return link_button("Go to the queue", href=routes.DESK, kind="primary")


def _find() -> rx.Component:
    keys = rx.el.span("Ctrl K", class_name="kbd", aria_hidden="true")
    return find_field("Find a preference", "Find a preference", STATE.searched, STATE.find, STATE.drawn, keys)


def _preferences() -> rx.Component:
    nothing = state_block(
        rx.fragment("No preference matches “", STATE.searched, "”."),
        "Titles, what they say and what they govern were searched.",
        button("Show all", on_click=STATE.find_all),
    )
    return rx.el.div(
        rx.el.nav(
            rx.foreach(STATE.groups, lambda group: _jump(group.id, group.name)),
            _jump(HISTORY, "Changes"),
            class_name="toc",
            aria_label="Groups",
        ),
        rx.el.div(
            rx.cond(STATE.groups.length() > 0, rx.foreach(STATE.groups, _group), nothing),
            _history(),
            class_name="groups",
        ),
        class_name="prefs",
        custom_attrs={"data-toc": "", "data-top": rx.Var.create("found by ") + STATE.searched},
    )


def _jump(id: Any, name: Any) -> rx.Component:
    return JumpLink.create(name, custom_attrs={"href": rx.Var.create("#") + id, "data-jump": id})


def _group(group: rx.Var[GroupItem]) -> rx.Component:
    return rx.el.section(
        rx.el.header(rx.el.h2(group.name), rx.el.span(group.words, class_name="sm sub")),
        rx.foreach(group.fields, _field),
        class_name="sec",
        id=group.id,
    )


def _field(field: rx.Var[FieldItem]) -> rx.Component:
    at = rx.Var.create("pref-") + field.name
    problem = STATE.problems.get(field.name, "")
    return rx.el.div(
        rx.el.div(rx.el.label(field.title, html_for=at, class_name="m")),
        rx.el.div(
            rx.cond(STATE.altered.get(field.name, False), status("warn", "Changed")),
            rx.match(field.kind, ("switch", _switch(field, at)), ("choice", _choice(field, at)), _text(field, at)),
            class_name=rx.match(field.kind, ("switch", "ctl"), ("choice", "ctl wide"), ("text", "ctl wide"), "ctl few"),
        ),
        rx.el.div(
            rx.cond(field.help != "", rx.el.div(field.help, class_name="help", id=at + "-help")),
            rx.cond(field.governs != "", rx.el.div(rx.el.b("Where: "), field.governs)),
            rx.cond(field.differs & (field.kind != "switch") & (field.kind != "choice"), _set_by(field)),
            field_problem(problem),
            class_name="gov",
        ),
        rx.cond(field.differs & ((field.kind == "switch") | (field.kind == "choice")), _differs(field)),
        class_name="pf",
    )


def _switch(field: rx.Var[FieldItem], at: rx.Var[str]) -> rx.Component:
    on = STATE.switches[field.name]
    return rx.fragment(
        rx.el.span(rx.cond(on, "On", "Off"), class_name="sub", aria_hidden="true"),
        rx.el.input(
            type="checkbox",
            role="switch",
            id=at,
            class_name="sw",
            checked=on,
            on_change=STATE.flip(field.name),
        ),
    )


def _choice(field: rx.Var[FieldItem], at: rx.Var[str]) -> rx.Component:
    def option(choice: rx.Var[ChoiceItem]) -> rx.Component:
        return rx.el.option(choice.words, value=choice.value)

    return rx.el.select(
        rx.foreach(field.choices, option),
        id=at,
        class_name="field",
        value=STATE.texts[field.name],
        on_change=STATE.write(field.name),
    )


def _text(field: rx.Var[FieldItem], at: rx.Var[str]) -> rx.Component:
    wrong = STATE.problems.get(field.name, "") != ""
    common: dict[str, Any] = {
        "id": at,
        "key": field.name + STATE.drawn.to_string(),
        "default_value": STATE.texts[field.name],
        "on_change": STATE.write(field.name),
        "class_name": rx.cond(wrong, "field err", "field"),
        "aria_invalid": rx.cond(wrong, "true", "false"),
        "dir": "auto",
    }
    digits = rx.match(field.kind, ("number", "numeric"), ("decimal", "decimal"), "text")
    return rx.cond(
        field.lines != "",
        rx.el.textarea(rows=field.lines, max_length=field.longest, **common),
        rx.el.input(input_mode=digits, max_length=field.longest, auto_complete="off", **common),
    )


def _set_by(field: rx.Var[FieldItem]) -> rx.Component:
    return rx.el.div(
        "Set on ", field.since, rx.cond(field.by != "", rx.fragment(" by ", field.by)), ". The default is ",
        field.default, ". ",
        linkish("Set it back", on_click=STATE.back_to_default(field.name)),
    )  # fmt: skip


def _differs(field: rx.Var[FieldItem]) -> rx.Component:
    """What was set otherwise than it came: to what, when and by whom."""
    return rx.el.div(
        rx.el.div(
            rx.el.span("Default"),
            rx.el.span("Setting"),
            rx.el.span("Since"),
            rx.el.span(),
            class_name="o dim",
            aria_hidden="true",
        ),
        rx.el.div(
            rx.el.span(field.default, class_name="m"),
            rx.el.span(rx.cond(field.now == "Off", status("off", field.now), status("live", field.now))),
            rx.el.span(field.since, rx.cond(field.by != "", rx.fragment(", ", field.by)), class_name="sub"),
            rx.el.button(
                icon("undo-2"),
                type="button",
                class_name="btn icon small",
                title="Set it back",
                aria_label=rx.Var.create("Set back: ") + field.title,
                on_click=STATE.back_to_default(field.name),
            ),
            class_name="o",
        ),
        class_name="ovr",
    )


def _history() -> rx.Component:
    def past(one: rx.Var[PastItem]) -> rx.Component:
        return rx.el.div(
            rx.el.div(
                rx.foreach(one.lines, lambda line: rx.el.div(line, dir="auto", class_name="said")),
                rx.el.div(one.by, class_name="sm sub"),
                class_name="grow",
            ),
            rx.el.span(one.at, class_name="sm sub nw"),
            class_name="li",
        )

    return section(
        "Changes",
        rx.cond(
            STATE.past.length() > 0,
            rx.foreach(STATE.past, past),
            rx.el.p(
                "Nothing was changed yet. Each change will stand here, with who made it and when.", class_name="li sub"
            ),
        ),
        rx.cond(STATE.more_past, linkish("Show earlier changes", on_click=STATE.show_past)),
        beside=rx.el.span("who changed what, and when", class_name="sm sub"),
        id=HISTORY,
    )


def _bar() -> rx.Component:
    said = rx.cond(STATE.save_problem != "", STATE.save_problem, STATE.change_words)
    wrong = (STATE.save_problem != "") | (STATE.problems.length() > 0)
    return rx.cond(
        STATE.change_count > 0,
        rx.el.div(
            rx.el.button(
                STATE.change_count,
                rx.cond(STATE.change_count == 1, " change not saved", " changes not saved"),
                type="button",
                class_name="plainlink m",
                aria_haspopup="dialog",
                title="See what changes",
                on_click=STATE.show_facts,
            ),
            rx.el.span(class_name="sep"),
            rx.el.span(said, class_name=rx.cond(wrong, "what problem", "what sub"), role="status"),
            rx.el.span(class_name="grow"),
            button("Discard", kind="quiet", on_click=STATE.discard),
            _save(),
            class_name="bar flat prefs-bar",
            role="region",
            aria_label="Changes that are not saved",
            custom_attrs={"data-unsaved": ""},
        ),
    )


def _save() -> rx.Component:
    blocked = STATE.saving | (STATE.facts.length() == 0)
    return button(
        STATE.save_words, kind="primary", disabled=blocked, on_click=STATE.save, aria_keyshortcuts="Control+S"
    )


def _facts() -> rx.Component:
    def fact(one: rx.Var[FactItem]) -> rx.Component:
        return rx.fragment(rx.el.dt(one.label), rx.el.dd(one.value))

    body = rx.fragment(
        rx.cond(STATE.save_problem != "", note(STATE.save_problem, "bad")),
        rx.cond(STATE.problems.length() > 0, note(STATE.change_words, "bad")),
        rx.el.dl(rx.foreach(STATE.facts, fact), class_name="facts effects"),
    )
    buttons = rx.fragment(
        rx.el.span(class_name="grow"), button("Keep editing", kind="quiet", on_click=STATE.hide_facts), _save()
    )
    return dialog(STATE.facts_shown & (STATE.change_count > 0), "What changes", body, buttons, STATE.hide_facts)


def _seen() -> rx.Component:
    """What customers find: the pages with what can be done there, as the unsaved changes would have it."""

    def row(one: rx.Var[SeenItem]) -> rx.Component:
        return rx.el.div(
            rx.el.span(one.title, rx.el.span(" ", one.command, class_name="sub sm"), class_name="grow"),
            status(one.mark, one.word),
            class_name="li",
        )

    def page(one: rx.Var[SeenPage]) -> rx.Component:
        return rx.el.section(
            rx.el.header(rx.el.h3(one.page)), rx.foreach(one.rows, row), class_name="sec"
        )  # fmt: skip

    return drawer(
        STATE.seen_shown,
        rx.fragment(rx.el.h2("What customers see", class_name="grow"), close_button(STATE.hide_seen)),
        rx.el.div(
            rx.cond(
                STATE.change_count > 0,
                note("With the changes that are not saved yet.", "warn"),
                note("As it is now, for a person who may do everything in their account."),
            ),
            rx.el.div(logo(STATE.seen_business), class_name="seen-top"),
            rx.cond(STATE.seen_banner != "", note(STATE.seen_banner)),
            rx.foreach(STATE.seen, page),
            tab_index=0,  # so that the keyboard can scroll it
        ),
        "What customers see",
    )
