"""The shell around the staff's pages: where one can go, the narrow rail of the desk and the sidebar of the others."""

from __future__ import annotations

from typing import Any

import reflex as rx

from portal import routes
from portal.components.marks import LOGO, icon, logo
from portal.components.toasts import toast
from portal.layout import SkipLink, user_menu
from portal.state import PortalState

# icon, words, path, the action that must be allowed for it to be there
WORK = [
    ("inbox", "Queue", routes.DESK, "support_queue"),
    ("square-pen", "Actions", routes.DESK_FORMS, "support_queue"),
]
SET_UP = [
    ("tags", "Price list", routes.CATALOGUE, "plans_list"),
    ("sliders-horizontal", "Preferences", routes.PREFERENCES, "preferences_show"),
]


def rail(active: str) -> rx.Component:
    """The staff's navigation in 56 px, as the desk has it."""
    return rx.el.nav(
        rx.html(LOGO, class_name="logo"),
        *[_rail_link(*entry, active) for entry in WORK + SET_UP],
        rx.el.span(class_name="grow"),
        user_menu(),
        class_name="rail",
        aria_label="Main",
    )


def staff_menu(active: str) -> rx.Component:
    """The staff's navigation on a phone: a button with a menu."""
    return rx.el.details(
        rx.el.summary(icon("menu", 20), rx.el.span("Menu", class_name="vh"), class_name="btn icon"),
        rx.el.div(*[_menu_link(*entry, active) for entry in WORK + SET_UP], class_name="menu"),
        class_name="pop staff-menu phone-only",
    )


def staff_shell(active: str, *content: Any, refresh: Any, find: Any = None, over: Any = None) -> rx.Component:
    """A page of the staff's. `refresh` reads its records again; `find` stands in the top bar, `over` floats above."""
    return rx.el.div(
        SkipLink.create("Skip to the content", class_name="skip", custom_attrs={"href": "#content"}),
        rx.el.aside(
            logo(PortalState.business),
            rx.el.nav(
                *[_nav_link(*entry, active) for entry in WORK],
                _may(SET_UP[0][3], rx.el.span("Set up", class_name="h")),
                *[_nav_link(*entry, active) for entry in SET_UP],
                class_name="nav",
                aria_label="Main",
            ),
            rx.el.div("Signed in as ", PortalState.person, rx.el.br(), "Runs on Parley", class_name="foot"),
            class_name="side",
        ),
        rx.el.main(
            rx.el.header(
                rx.el.span(logo(PortalState.business), class_name="phone-only"),
                *([] if find is None else [find]),
                rx.el.span(class_name="grow"),
                staff_menu(active),
                user_menu(),
                class_name="top",
            ),
            rx.el.div(rx.el.div(*content, class_name="wrap"), class_name="body", id="content", tab_index=-1),
            *([] if over is None else [over]),
            class_name="main",
        ),
        toast(PortalState.trouble, PortalState.forget_trouble),
        rx.el.button(
            id="page-refresh", type="button", hidden=True, on_click=refresh, custom_attrs={"data-when-seen": ""}
        ),
        class_name="app staff",
    )


def _here(words: str, active: str) -> dict[str, str]:
    return {"class_name": "on", "aria_current": "page"} if words == active else {}


def _may(action: str, link: rx.Component) -> rx.Component:
    return rx.cond(PortalState.allowed[action], link)


def _nav_link(icon_name: str, words: str, path: str, action: str, active: str) -> rx.Component:
    return _may(action, rx.el.a(icon(icon_name), words, href=path, title=words, **_here(words, active)))


def _rail_link(icon_name: str, words: str, path: str, action: str, active: str) -> rx.Component:
    link = rx.el.a(icon(icon_name, 20), href=path, aria_label=words, title=words, **_here(words, active))
    return _may(action, link)


def _menu_link(icon_name: str, words: str, path: str, action: str, active: str) -> rx.Component:
    here = {"aria_current": "page"} if words == active else {}
    return _may(action, rx.el.a(icon(icon_name), words, href=path, class_name="mi", **here))
