"""The desk: the chat client with its queue, and the customer at its side, or in a drawer where there is no room."""

from __future__ import annotations

import reflex as rx

from portal.components.buttons import link_button
from portal.components.dialogs import close_button, drawer
from portal.components.marks import avatar, icon, status
from portal.components.sections import problem_note, section
from portal.components.toasts import toast
from portal.desk.shell import rail, staff_menu
from portal.desk.state import DeskState, Figure
from portal.layout import chat_element, user_menu
from portal.state import PortalState


def view() -> rx.Component:
    """The page."""
    return rx.el.div(
        rail("Queue"),
        rx.el.main(
            rx.el.h1("Desk", class_name="vh"),
            _bar(),
            rx.cond(PortalState.ready, chat_element("desk")),
            class_name="deskpane",
            id="content",
            tab_index=-1,
        ),
        rx.el.aside(
            rx.cond(DeskState.account_open, rx.fragment(rx.el.header(_name()), _account()), _nobody()),
            class_name="cust",
            aria_label="The customer",
        ),
        drawer(
            DeskState.account_shown,
            rx.fragment(_name(), close_button(DeskState.hide_account)),
            rx.el.div(_account(), class_name="cust-in"),
            "The customer",
        ),
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


def _bar() -> rx.Component:
    """Above the conversation where the screen is narrow: who the customer is, and the way to the account."""
    customer = DeskState.customer
    account = rx.el.button(
        avatar(customer.initials, "co"),
        rx.el.span(
            rx.el.span(customer.name, class_name="m tr", dir="auto"), rx.el.span(customer.owes, class_name="xs sub tr")
        ),
        rx.el.span("Show the account", class_name="end sm"),
        icon("panel-right-open"),
        type="button",
        class_name="account",
        aria_haspopup="dialog",
        on_click=DeskState.show_account,
    )
    return rx.el.div(
        rx.cond(DeskState.account_open, account, rx.el.span(PortalState.business, class_name="b grow phone-only")),
        staff_menu("Queue"),
        rx.el.span(user_menu(), class_name="phone-only"),
        class_name=rx.cond(DeskState.account_open, "deskbar", "deskbar empty"),
    )


def _nobody() -> rx.Component:
    return rx.fragment(
        rx.el.header(rx.el.span("Customer", class_name="b")),
        rx.el.div(
            problem_note(DeskState.desk_problem),
            rx.el.p("The customer’s account appears here when you open a conversation.", class_name="sub sm"),
            class_name="in nobody",
        ),
    )


def _name() -> rx.Component:
    customer = DeskState.customer
    return rx.fragment(
        avatar(customer.initials, "co"),
        rx.el.div(
            rx.el.div(customer.name, class_name="b tr", dir="auto"),
            rx.el.div(customer.since, class_name="xs sub"),
            class_name="grow",
        ),
    )


def _account() -> rx.Component:
    customer = DeskState.customer
    return rx.el.div(
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
        section(
            "For this customer",
            rx.el.div(
                rx.foreach(customer.doing, _doing), class_name="row", style={"flexWrap": "wrap", "padding": "8px 0"}
            ),
        ),
        class_name="in",
    )


def _figure(figure: rx.Var[Figure]) -> rx.Component:
    return rx.el.div(
        rx.cond(
            (figure.mark != "") & (figure.note == ""),
            status(figure.mark, figure.label),
            rx.cond(
                figure.href != "",
                rx.el.a(figure.label, href=figure.href, target="_blank", class_name="tr"),
                rx.el.span(figure.label, class_name="tr"),
            ),
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


def _doing(figure: rx.Var[Figure]) -> rx.Component:
    """Something that staff do with the account, in a tab of its own: what is being written stays where it is."""
    return link_button(figure.label, href=figure.href, target="_blank", small=True)


def _person(figure: rx.Var[Figure]) -> rx.Component:
    return rx.el.div(
        rx.el.div(
            rx.el.div(figure.label, class_name="m tr", dir="auto"),
            rx.el.div(figure.note, class_name="sm sub"),
            class_name="grow",
        ),
        class_name="li",
    )
