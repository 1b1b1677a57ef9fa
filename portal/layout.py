"""The shell around every page: sidebar, top bar, tab bar of the phone, and the chat pane beside the content."""

from __future__ import annotations

from typing import Any

import reflex as rx
from reflex.style import color_mode, set_color_mode

from portal import routes
from portal.components.bell import BellState, bell
from portal.components.elements import PlainElement
from portal.components.forms import post_form
from portal.components.marks import avatar, icon, logo
from portal.components.toasts import toast
from portal.state import AccountItem, PortalState

# icon, words, path, the action that must be allowed for it to be there
NAV = [
    ("house", "Home", routes.HOME, "home_show"),
    ("receipt-text", "Invoices", routes.INVOICES, "invoices_list"),
    ("credit-card", "Payments", routes.PAYMENTS, "payments_list"),
    ("scroll-text", "Statements", routes.STATEMENTS, "statements_show"),
    ("refresh-cw", "Subscriptions", routes.SUBSCRIPTIONS, "subscriptions_list"),
    ("folder-kanban", "Projects", routes.PROJECTS, "projects_list"),
    ("star", "Reviews", routes.REVIEWS, "reviews_leave"),
    ("building-2", "Account", routes.ACCOUNT, "account_show"),
]
TABS = [
    ("house", "Home", routes.HOME),
    ("receipt-text", "Invoices", routes.INVOICES),
    ("refresh-cw", "Subscriptions", routes.SUBSCRIPTIONS),
]
CARD_SCRIPT = "/card-form.js"


class ParleyChat(PlainElement):
    """The chat client, a custom element that assets/chat/parley-chat.js defines."""

    tag = "ParleyChat"  # Reflex names JavaScript functions after it, so it can have no hyphen

    def _get_tag_name(self) -> str:
        return '"parley-chat"'


class SkipLink(PlainElement):
    """A link inside the page: Reflex's own would ask the router for the address with the fragment."""

    tag = "a"


def chat_element(mode: str) -> rx.Component:
    """The chat for this page: `pane` beside a customer's page, or `desk`."""
    return ParleyChat.create(
        custom_attrs={
            "mode": mode,
            "card-script": CARD_SCRIPT,
            "publishable-key": PortalState.card_key,
            "card-api": PortalState.card_api,
        }
    )


def shell(active: str, *content: Any, refresh: Any, over: Any = None) -> rx.Component:
    """A customer's page. `refresh` is the event that reads the page's records again when the server says so."""
    return rx.el.div(
        SkipLink.create("Skip to the content", class_name="skip", custom_attrs={"href": "#content"}),
        _sidebar(active),
        rx.el.main(
            _top_bar(),
            rx.el.div(rx.el.div(*content, class_name="wrap"), class_name="body", id="content", tab_index=-1),
            *([] if over is None else [over]),
            _tab_bar(active),
            class_name="main",
        ),
        rx.el.aside(
            rx.cond(PortalState.ready, chat_element("pane")), class_name="chatpane", aria_label="Chat with the business"
        ),
        toast(PortalState.trouble, PortalState.forget_trouble),
        rx.el.button(
            id="page-refresh",
            type="button",
            hidden=True,
            on_click=[
                PortalState.look_again,
                BellState.refresh,
                *(refresh if isinstance(refresh, list) else [refresh]),
            ],
        ),
        class_name="app",
    )


def _sidebar(active: str) -> rx.Component:
    return rx.el.aside(
        logo(PortalState.business),
        rx.cond(
            PortalState.accounts.length() > 1,
            rx.el.details(
                rx.el.summary(_account_face(), icon("chevrons-up-down"), class_name="acct"),
                rx.el.div(rx.foreach(PortalState.accounts, _account_choice), class_name="menu"),
                class_name="pop",
            ),
            rx.el.div(_account_face(), class_name="acct single"),
        ),
        rx.el.nav(*[_nav_link(*entry, active) for entry in NAV], class_name="nav", aria_label="Main"),
        rx.el.div(PortalState.legal_name, rx.el.br(), "Runs on Parley", class_name="foot"),
        class_name="side",
    )


def _account_face() -> rx.Component:
    return rx.fragment(
        avatar(PortalState.account_initials, "co"), rx.el.span(PortalState.account, class_name="grow", dir="auto")
    )


def _account_choice(account: rx.Var[AccountItem]) -> rx.Component:
    return post_form(
        "/auth/account",
        rx.el.input(type="hidden", name="account", value=account.number, read_only=True),
        rx.el.button(
            rx.cond(account.open, icon("check"), rx.el.span(style={"width": "16px"})),
            rx.el.span(account.name, dir="auto"),
            type="submit",
            class_name="mi",
        ),
        csrf=PortalState.csrf,
    )


def _nav_link(icon_name: str, words: str, path: str, action: str, active: str) -> rx.Component:
    here = {"class_name": "on", "aria_current": "page"} if words == active else {}
    count = (
        [rx.cond(PortalState.to_pay_count, rx.el.span(PortalState.to_pay_count, class_name="count flat"))]
        if path == routes.INVOICES
        else []
    )
    link = rx.el.a(icon(icon_name), words, *count, href=path, title=words, **here)
    return rx.cond(~PortalState.ready | PortalState.allowed[action], link)


def _top_bar() -> rx.Component:
    search = rx.el.form(
        rx.el.label(
            icon("search"),
            rx.el.span("Search invoices", class_name="vh"),
            rx.el.input(name="search", placeholder="Search invoices", type="search", aria_label="Search invoices"),
            rx.el.span("Ctrl K", class_name="kbd", aria_hidden="true"),
            class_name="field find",
        ),
        action=f"{routes.INVOICES}/",  # for whoever is quicker than the page's script
        method="get",
        on_submit=PortalState.search_invoices,
    )
    ask = rx.el.button(
        icon("message-circle"),
        rx.el.span("Ask ", PortalState.business),
        type="button",
        class_name="btn second small desk-only",
        custom_attrs={"data-ask": ""},
    )
    return rx.el.header(
        rx.el.span(logo(PortalState.business), class_name="phone-only"),
        search,
        rx.el.span(class_name="grow"),
        ask,
        bell(),
        user_menu(),
        class_name="top",
    )


def user_menu() -> rx.Component:
    """The person's own menu: what they can do, how they sign in, how the page looks, and signing out."""

    def look(mode: str, words: str, icon_name: str) -> rx.Component:
        return rx.el.button(
            icon(icon_name),
            words,
            rx.cond(color_mode == mode, rx.el.span(icon("check"), class_name="end")),
            type="button",
            class_name="mi",
            aria_pressed=rx.cond(color_mode == mode, "true", "false"),
            on_click=set_color_mode(mode),
        )

    return rx.el.details(
        rx.el.summary(
            avatar(PortalState.person_initials),
            rx.el.span("Menu of ", PortalState.person, class_name="vh"),
            title=PortalState.person,
        ),
        rx.el.div(
            rx.el.div(PortalState.person, class_name="mh", dir="auto"),
            rx.el.a(
                icon("list"),
                "Everything you can do",
                href=rx.cond(PortalState.account == "", routes.DESK_FORMS, routes.FORMS),
                class_name="mi",
            ),
            rx.el.a(
                icon("key-round"),
                "Signing in",
                href=rx.cond(PortalState.account == "", routes.DESK_SECURITY, routes.SECURITY),
                class_name="mi",
            ),
            look("light", "Light", "sun"),
            look("dark", "Dark", "moon"),
            look("system", "As the system", "monitor"),
            post_form(
                "/auth/logout",
                rx.el.button(icon("log-out"), "Sign out", type="submit", class_name="mi"),
                csrf=PortalState.csrf,
            ),
            class_name="menu",
        ),
        class_name="pop user-menu",
    )


def _tab_bar(active: str) -> rx.Component:
    def tab(icon_name: str, words: str, path: str) -> rx.Component:
        here = {"class_name": "on", "aria_current": "page"} if words == active else {}
        return rx.el.a(icon(icon_name, 22), words, href=path, **here)

    return rx.el.nav(
        *[tab(*entry) for entry in TABS],
        rx.el.button(icon("message-circle", 22), "Ask", type="button", custom_attrs={"data-ask": ""}),
        _more(active),
        class_name="tabbar",
        aria_label="Main, phone",
    )


def _more(active: str) -> rx.Component:
    """The phone's last tab: the pages that have no tab of their own, and the person's other accounts."""
    rest = [entry for entry in NAV if entry[:3] not in TABS]
    here = {"class_name": "on"} if active in [words for _, words, _, _ in rest] else {}
    return rx.el.details(
        rx.el.summary(icon("menu", 22), "More", **here),
        rx.el.div(
            *[_menu_link(*entry, active) for entry in rest],
            rx.cond(
                PortalState.accounts.length() > 1,
                rx.fragment(
                    rx.el.div("Your accounts", class_name="mh"), rx.foreach(PortalState.accounts, _account_choice)
                ),
            ),
            class_name="menu",
        ),
        class_name="pop more",
    )


def _menu_link(icon_name: str, words: str, path: str, action: str, active: str) -> rx.Component:
    here = {"aria_current": "page"} if words == active else {}
    link = rx.el.a(icon(icon_name), words, href=path, class_name="mi", **here)
    return rx.cond(~PortalState.ready | PortalState.allowed[action], link)
