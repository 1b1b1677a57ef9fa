"""The desk: the chat client with its queue, and the customer at its side."""

from __future__ import annotations

import reflex as rx

from portal import routes
from portal.components.marks import LOGO, avatar, icon, status
from portal.components.sections import problem_note, section
from portal.components.toasts import toast
from portal.desk.state import DeskState, Figure
from portal.layout import chat_element, user_menu
from portal.state import PortalState


def view() -> rx.Component:
    """The page."""
    return rx.el.div(
        rx.el.nav(
            rx.html(LOGO, class_name="logo"),
            rx.el.a(icon("inbox", 20), href=routes.DESK, class_name="on", aria_label="Queue", aria_current="page"),
            rx.el.span(class_name="grow"),
            user_menu(),
            class_name="rail",
            aria_label="Main",
        ),
        rx.el.main(rx.cond(PortalState.ready, chat_element("desk")), class_name="deskpane", id="content"),
        rx.el.aside(_customer(), class_name="cust", aria_label="The customer"),
        toast(PortalState.trouble, PortalState.forget_trouble),
        rx.el.input(
            id="desk-conversation",
            hidden=True,
            on_change=DeskState.look_at,
            default_value="",
            aria_label="Conversation",
        ),
        rx.el.button(id="page-refresh", type="button", hidden=True, on_click=DeskState.read),
        class_name="desk-app",
    )


def _customer() -> rx.Component:
    customer = DeskState.customer
    return rx.cond(
        DeskState.account_open,
        rx.fragment(
            rx.el.header(
                avatar(customer.initials, "co"),
                rx.el.div(
                    rx.el.div(customer.name, class_name="b tr", dir="auto"),
                    rx.el.div(customer.since, class_name="xs sub"),
                    class_name="grow",
                ),
            ),
            rx.el.div(
                rx.cond(
                    customer.summary != "",
                    rx.el.section(
                        rx.el.h2("Assistant’s summary"),
                        rx.el.p(customer.summary, class_name="sm", dir="auto"),
                        class_name="summary",
                    ),
                ),
                section("Balance", rx.foreach(customer.balance, _figure)),
                rx.cond(
                    customer.invoices.length() > 0,
                    section(
                        "Open invoices",
                        rx.foreach(customer.invoices, _figure),
                        beside=rx.el.span(customer.count, class_name="sub sm"),
                    ),
                ),
                rx.cond(
                    customer.subscriptions.length() > 0,
                    section(
                        "Subscriptions",
                        rx.foreach(customer.subscriptions, _figure),
                        beside=rx.el.span("before VAT", class_name="sub sm"),
                    ),
                ),
                section("People", rx.foreach(customer.people, _person)),
                class_name="in",
            ),
        ),
        rx.el.div(
            problem_note(DeskState.desk_problem),
            rx.el.p("The customer’s account appears here when you open a conversation.", class_name="sub sm"),
            class_name="in",
            style={"paddingTop": "16px"},
        ),
    )


def _figure(figure: rx.Var[Figure]) -> rx.Component:
    return rx.el.div(
        rx.cond(
            (figure.mark != "") & (figure.note == ""),
            status(figure.mark, figure.label),
            rx.el.span(figure.label, class_name="tr"),
        ),
        rx.cond(
            figure.note != "",
            rx.cond(
                figure.mark != "",
                status(figure.mark, figure.note),
                rx.el.span(figure.note, class_name="sub nw"),
            ),
        ),
        rx.el.span(figure.amount, class_name="num m end"),
        class_name="li",
    )


def _person(figure: rx.Var[Figure]) -> rx.Component:
    return rx.el.div(
        rx.el.div(
            rx.el.div(figure.label, class_name="m tr", dir="auto"),
            rx.el.div(figure.note, class_name="sm sub"),
            class_name="grow",
        ),
        class_name="li",
    )
