"""The first page: what is to pay, what renews, how the account stands, what was billed, the project, the talk."""

from __future__ import annotations

from typing import Any

import reflex as rx

from portal import routes
from portal.components.buttons import button
from portal.components.marks import status
from portal.components.phases import by_phase
from portal.components.sections import awaited, note, section, skeleton
from portal.layout import shell
from portal.page_state import LOADING
from portal.pages.home_chart import billed_chart
from portal.pages.home_state import DueBlock, DueLine, HomeState, ProjectItem, RenewalLine, StepItem, Talk
from portal.pages.pay import pay_dialog, waiting_payments
from portal.pages.pay_state import PayState
from portal.state import PortalState

INVOICE = rx.Var.create(routes.INVOICES + "?open=")


def view() -> rx.Component:
    """The page."""
    return shell(
        "Home",
        rx.el.div(
            rx.el.h1(
                awaited(HomeState.greeting, HomeState.phase == LOADING, 260),
                rx.cond(
                    HomeState.greeting == "",
                    rx.el.span("Home", class_name=rx.cond(HomeState.phase == LOADING, "vh", "")),
                ),
            ),
            rx.el.span(class_name="grow"),
            rx.el.span(HomeState.today_words, class_name="sub sm desk-only"),
            class_name="head",
        ),
        rx.cond(HomeState.banner != "", note(HomeState.banner, style={"margin_bottom": "20px"})),
        waiting_payments(),
        by_phase(HomeState, _home(), loading=_loading()),
        pay_dialog(),
        refresh=[HomeState.read, PayState.refresh_cards],
    )


def _home() -> rx.Component:
    return rx.el.div(
        rx.cond(PortalState.allowed["home_show"], _to_pay()),
        rx.el.div(
            _talks(),
            rx.cond(PortalState.allowed["home_show"], _account()),
            rx.foreach(HomeState.projects, _project),
            class_name="column",
        ),
        rx.cond(PortalState.allowed["subscriptions_list"], _renewals()),
        rx.cond(PortalState.allowed["home_show"], billed_chart()),
        class_name="home",
    )


def _to_pay() -> rx.Component:
    lines = rx.fragment(
        rx.foreach(HomeState.dues, _due_block),
        rx.cond(HomeState.who_pays != "", rx.el.p(HomeState.who_pays, class_name="sub who-pays")),
        rx.foreach(HomeState.due_lines, _due_line),
        rx.cond(
            HomeState.more_due != "",
            rx.el.div(rx.el.a(HomeState.more_due, href=routes.INVOICES + "?status=to_pay"), class_name="line"),
        ),
    )
    nothing = rx.fragment(
        rx.el.p("Nothing to pay", class_name="amt calm"),
        rx.el.p("Every invoice is settled. ", rx.el.a("See all invoices", href=routes.INVOICES), class_name="sub"),
    )
    return rx.el.section(
        rx.cond(HomeState.dues.length() > 0, lines, rx.fragment(_due_heading(""), nothing)),
        class_name="due sec",
        aria_label="To pay",
    )


def _due_heading(overdue: rx.Var[str] | str) -> rx.Component:
    return rx.el.header(
        rx.el.h2("To pay"),
        rx.cond(overdue != "", rx.el.span(status("bad", overdue), class_name="end")),
    )


def _due_block(block: rx.Var[DueBlock]) -> rx.Component:
    pays = button(block.button, kind="primary", on_click=HomeState.pay_all(block.currency))
    return rx.fragment(
        _due_heading(block.overdue),
        rx.el.div(
            rx.el.p(block.amount, class_name="amt grow"),
            rx.cond(PortalState.allowed["invoices_pay"], pays),
            class_name="row due-sum",
        ),
    )


def _due_line(line: rx.Var[DueLine]) -> rx.Component:
    return rx.el.div(
        status(line.mark, line.words),
        rx.el.a(line.title, href=INVOICE + line.number, class_name="grow tr quiet-link", dir="auto"),
        rx.el.span(line.amount, class_name="num m"),
        class_name="line",
    )


def _talks() -> rx.Component:
    def talk(one: rx.Var[Talk]) -> rx.Component:
        return rx.el.div(
            rx.el.div(
                rx.el.button(
                    one.words, type="button", class_name="linkish m tr", dir="auto", custom_attrs={"data-ask": ""}
                ),
                rx.el.div(
                    status(one.mark, one.state),
                    rx.cond(one.unread > 0, rx.el.span(one.unread, " new", class_name="sub")),
                    class_name="sm row",
                ),
                class_name="grow",
            ),
            class_name="li",
        )

    nothing = rx.el.div(
        rx.el.div(
            rx.el.span("No open conversation", class_name="m"),
            rx.el.div(
                rx.cond(
                    PortalState.allowed["invoices_pay"],
                    "Ask about an invoice, pay, or change your plan by writing to ",
                    "Ask about an invoice, a plan or a project by writing to ",
                ),
                PortalState.business, ".",
                class_name="sm sub",
            ),
            class_name="grow",
        ),
        class_name="li",
    )  # fmt: skip
    ask = rx.el.button("Ask a question", type="button", class_name="linkish", custom_attrs={"data-ask": ""})
    return section(
        "Conversations",
        rx.cond(HomeState.talks.length() > 0, rx.foreach(HomeState.talks, talk), nothing),
        end=rx.el.span(ask, class_name="end"),
    )


def _renewals() -> rx.Component:
    def or_cancel(one: rx.Var[RenewalLine]) -> rx.Component:
        words = rx.el.a("or cancel", rx.el.span(" ", one.name, class_name="vh"), href=one.cancel)
        return rx.cond((one.cancel != "") & PortalState.allowed["subscriptions_cancel"], rx.fragment(", ", words))

    def line(one: rx.Var[RenewalLine]) -> rx.Component:
        return rx.el.div(
            rx.el.span(one.day, class_name="nw sub", style={"width": "64px"}),
            rx.el.div(
                rx.el.span(one.name, class_name="m"),
                rx.cond(one.seats != "", rx.el.span(" ", one.seats, class_name="sub")),
                rx.cond(one.note != "", rx.el.div(one.note, or_cancel(one), ".", class_name="sm sub")),
                class_name="grow",
            ),
            rx.el.span(one.amount, class_name="num m"),
            class_name="li",
        )

    nothing = rx.el.div(rx.el.span("Nothing renews.", class_name="sub"), class_name="li")
    return section(
        "Next renewals",
        rx.cond(HomeState.renewals.length() > 0, rx.foreach(HomeState.renewals, line), nothing),
        beside=rx.el.span("With VAT", class_name="sm sub"),
        end=rx.el.a("All subscriptions", href=routes.SUBSCRIPTIONS),
    )


def _account() -> rx.Component:
    def fact(name: str, words: rx.Var[str] | str, end: Any) -> rx.Component:
        return rx.el.div(
            rx.el.div(rx.el.span(name, class_name="m"), rx.el.div(words, class_name="sm sub"), class_name="grow"),
            rx.el.span(end, class_name="num m"),
            class_name="li",
        )

    no_credit = fact("Credit", "None at the moment.", "")
    change = rx.el.a("Change", href=routes.SUBSCRIPTIONS, class_name="sm", aria_label="Change autopay")
    return section(
        "Your account",
        rx.cond(
            HomeState.credit.length() > 0,
            rx.foreach(HomeState.credit, lambda amount: fact("Credit", "Comes off your next payment.", amount)),
            no_credit,
        ),
        rx.cond(
            HomeState.last_amount != "",
            fact("Last payment", HomeState.last_words, HomeState.last_amount),
            fact("Last payment", "None yet.", ""),
        ),
        fact("Autopay", HomeState.autopay, rx.cond(PortalState.allowed["subscriptions_auto_charge"], change, "")),
        end=rx.cond(PortalState.allowed["payments_list"], rx.el.a("Payment history", href=routes.PAYMENTS)),
    )  # fmt: skip


def _project(project: rx.Var[ProjectItem]) -> rx.Component:
    def step(one: rx.Var[StepItem]) -> rx.Component:
        return rx.el.li(rx.el.b(one.name), one.words, class_name=one.kind)

    return section(
        project.name,
        rx.el.ol(rx.foreach(project.steps, step), class_name="steps"),
        rx.el.div(
            rx.el.span(project.words, class_name="grow sub"),
            rx.el.span(project.percent, class_name="num sub"),
            class_name="li plain",
        ),
        end=rx.el.a("All projects", href=routes.PROJECTS),
        key=project.number,
    )


def _loading() -> rx.Component:
    def block(title: str, rows: int) -> rx.Component:
        return section(title, skeleton(rows))

    return rx.el.div(
        block("To pay", 3),
        rx.el.div(block("Conversations", 1), block("Your account", 3), class_name="column"),
        block("Next renewals", 4),
        class_name="home late",
    )
