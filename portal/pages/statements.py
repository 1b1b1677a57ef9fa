"""The statement of account: every movement between two days, the balances, and how long what is owed has been due."""

from __future__ import annotations

from typing import Any

import reflex as rx

from portal import routes
from portal.components.buttons import button, link_button
from portal.components.marks import icon
from portal.components.phases import by_phase, try_again, turns, unless_off, unread
from portal.components.sections import section, skeleton
from portal.layout import shell
from portal.page_state import SHOWN
from portal.pages.pay import pay_dialog
from portal.pages.pay_state import PayState
from portal.pages.statements_state import AgeItem, MovementItem, StatementsState


def view() -> rx.Component:
    """The page."""
    return shell(
        "Statements",
        rx.el.div(
            rx.el.div(rx.el.h1("Statements"), rx.el.p("What was charged, paid and credited, and what it came to.")),
            class_name="head",
        ),
        unless_off(StatementsState, _tools()),
        by_phase(StatementsState, _found(), loading=skeleton(9), failed=_failed()),
        pay_dialog(),
        refresh=[StatementsState.read, PayState.refresh_cards],
    )


def _tools() -> rx.Component:
    return rx.el.div(
        _day("First day", "since", StatementsState.since),
        _day("Last day", "until", StatementsState.until),
        rx.cond(StatementsState.currencies.length() > 1, _currency()),
        rx.el.div(
            button("This month", small=True, on_click=StatementsState.choose(0)),
            button("Last month", small=True, on_click=StatementsState.choose(1)),
            button("This year", small=True, on_click=StatementsState.choose_year),
            class_name="row",
        ),
        rx.el.span(class_name="grow"),
        rx.cond(
            StatementsState.phase == SHOWN,
            rx.el.div(_file("PDF", ".pdf"), _file("CSV", ".csv"), class_name="row"),
        ),
        class_name="toolbar days",
    )


def _day(words: str, which: str, value: rx.Var[str]) -> rx.Component:
    return rx.el.label(
        rx.el.span(words, class_name="label"),
        rx.el.input(
            type="date",
            value=value,
            min="1970-01-01",
            max=StatementsState.today,
            on_change=lambda day: StatementsState.set_day(which, day),
            class_name="field",
        ),
    )


def _currency() -> rx.Component:
    return rx.el.label(
        rx.el.span("Currency", class_name="label"),
        rx.el.select(
            rx.foreach(StatementsState.currencies, lambda code: rx.el.option(code, value=code)),
            value=StatementsState.currency,
            on_change=StatementsState.set_currency,
            class_name="field",
        ),
    )


def _file(words: str, ending: str) -> rx.Component:
    return rx.el.a(
        icon("download"),
        words,
        href=StatementsState.file + ending,
        target="_blank",
        class_name="btn second small",
        aria_label=f"Statement as {words}",
    )


def _found() -> rx.Component:
    last = StatementsState.further == ""
    columns = [("Day", ""), ("What", ""), ("Charged", "num"), ("Paid or credited", "num"), ("Balance", "num")]
    return rx.fragment(
        rx.el.table(
            rx.el.caption("Movements of the account, the oldest first", class_name="vh"),
            rx.el.thead(rx.el.tr(*[rx.el.th(words, scope="col", class_name=own) for words, own in columns])),
            rx.el.tbody(
                _balance(StatementsState.before_words, StatementsState.before),
                rx.foreach(StatementsState.rows, _row),
                rx.cond(last, _balance(StatementsState.closing_words, StatementsState.closing)),
            ),
            class_name="inv pays moves",
        ),
        rx.el.ul(
            _balance_card(StatementsState.before_words, StatementsState.before),
            rx.foreach(StatementsState.rows, _card),
            rx.cond(last, _balance_card(StatementsState.closing_words, StatementsState.closing)),
            class_name="cards",
            aria_label="Movements of the account, the oldest first",
        ),
        turns(StatementsState, "First", "Earlier", "Later"),
        _standing(),
    )


def _balance(words: rx.Var[str], amount: rx.Var[str]) -> rx.Component:
    return rx.el.tr(
        rx.el.td(), rx.el.td(words, class_name="m"), rx.el.td(), rx.el.td(), rx.el.td(amount, class_name="num m")
    )


def _what(row: rx.Var[MovementItem]) -> rx.Component:
    def piece(words: rx.Var[str], place: rx.Var[int]) -> rx.Component:
        return rx.el.span(words, class_name=rx.cond(place % 2 == 1, "nw", ""))

    words = rx.foreach(row.what, piece)
    return rx.fragment(
        rx.cond(row.link != "", rx.el.a(words, href=row.link), words),
        rx.cond(row.note != "", rx.el.div(row.note, class_name="sm sub")),
    )


def _row(row: rx.Var[MovementItem]) -> rx.Component:
    return rx.el.tr(
        rx.el.td(row.day, class_name="sub"),
        rx.el.td(_what(row), class_name="wraps"),
        rx.el.td(row.charged, class_name="num"),
        rx.el.td(row.credited, class_name="num"),
        rx.el.td(row.balance, class_name="num"),
        key=row.key,
    )


def _card(row: rx.Var[MovementItem]) -> rx.Component:
    amount = rx.cond(row.charged != "", row.charged, rx.cond(row.credited != "", "−" + row.credited, ""))
    after = rx.el.div("Balance ", row.balance, class_name="sm sub")
    return rx.el.li(
        rx.el.div(
            rx.el.div(_what(row), class_name="m"),
            rx.el.div(row.day, class_name="sm sub"),
            style={"min_width": "0"},
        ),
        rx.el.div(rx.el.div(amount, class_name="m"), after, class_name="num"),
        class_name="cd flat",
        key=row.key,
    )


def _balance_card(words: rx.Var[str], amount: rx.Var[str]) -> rx.Component:
    return rx.el.li(rx.el.div(words, class_name="m"), rx.el.div(amount, class_name="num m"), class_name="cd flat")


def _standing() -> rx.Component:
    """What the closing balance is made of."""

    def line(label: Any, amount: Any, own: str = "l") -> rx.Component:
        return rx.el.div(rx.el.span(label), rx.el.span(amount), class_name=own)

    def age(item: rx.Var[AgeItem]) -> rx.Component:
        return rx.el.div(
            rx.el.span(item.label), rx.el.span(item.amount, class_name=rx.cond(item.late, "b", "")), class_name="l"
        )

    return rx.el.div(
        section(
            "To pay, by how late it is",
            rx.el.div(
                rx.foreach(StatementsState.ages, age),
                line("To pay", StatementsState.to_pay, "l t"),
                class_name="sum",
            ),
        ),
        section(
            StatementsState.closing_words,
            rx.el.div(
                line("To pay", StatementsState.to_pay),
                line("Credit, taken off", StatementsState.credit),
                line("Balance", StatementsState.closing, "l tt"),
                class_name="sum",
            ),
        ),
        class_name="standing",
    )


def _failed() -> rx.Component:
    return unread(
        StatementsState,
        rx.cond(
            StatementsState.page_code != "",
            try_again(StatementsState),
            button("This month", kind="primary", on_click=StatementsState.choose(0)),
        ),
        link_button("See invoices", href=routes.INVOICES, kind="quiet"),
    )
