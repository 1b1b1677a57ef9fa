"""The drawer: one invoice, why it costs what it costs, its PDF, and paying it."""

from __future__ import annotations

import reflex as rx

from portal.components.buttons import button, linkish
from portal.components.dialogs import close_button, drawer
from portal.components.marks import icon, status
from portal.components.sections import note, problem_note, section
from portal.components.sums import sum_box
from portal.pages.invoice_drawer_state import DrawerState
from portal.pages.pay_state import PayState
from portal.state import PortalState

SHEET = DrawerState.sheet


def invoice_drawer() -> rx.Component:
    """The open invoice over the list."""
    return drawer(DrawerState.opened != "", _header(), _body(), label=rx.Var.create("Invoice ") + DrawerState.opened)


def _header() -> rx.Component:
    def beside(number: rx.Var[str], words: str, icon_name: str) -> rx.Component:
        return rx.el.button(
            icon(icon_name),
            type="button",
            class_name="btn icon desk-only",
            aria_label=words,
            disabled=number == "",
            on_click=DrawerState.open_invoice(number),
        )

    return rx.fragment(
        rx.el.h2(DrawerState.opened, class_name="nw"),
        rx.cond(SHEET.status != "", status(SHEET.mark, SHEET.status)),
        rx.el.span(class_name="grow"),
        beside(DrawerState.above, "Previous invoice", "chevron-up"),
        beside(DrawerState.below, "Next invoice", "chevron-down"),
        close_button(DrawerState.close_invoice),
    )


def _body() -> rx.Component:
    return rx.cond(DrawerState.sheet_problem != "", problem_note(DrawerState.sheet_problem), _sheet())


def _sheet() -> rx.Component:
    return rx.fragment(
        rx.el.div(
            rx.el.div(
                rx.el.div(SHEET.title, class_name="sub", dir="auto"),
                rx.el.div(SHEET.headline, class_name="headline"),
                rx.el.div(SHEET.when, class_name="sm sub"),
                class_name="grow",
            ),
            rx.el.div(_pdf(), _pay(), class_name="row"),
            class_name="dh",
        ),
        rx.cond(SHEET.pending != "", note(_on_its_way(), "warn", style={"margin_top": "12px"})),
        section(
            SHEET.why,
            rx.cond(DrawerState.working, sum_box(SHEET.lines), sum_box(SHEET.lines, working=False)),
            end=rx.cond(
                SHEET.has_working,
                rx.el.span(
                    linkish(
                        rx.cond(DrawerState.working, "Hide the working", "Show the working"),
                        on_click=DrawerState.turn_working,
                    ),
                    class_name="end",
                ),
            ),
            style={"margin_top": "16px"},
        ),
        rx.cond(
            (SHEET.time_sheet != "") & PortalState.allowed["projects_show"],
            rx.el.p(rx.el.a("See the time sheet", href=SHEET.time_sheet), class_name="sm", style={"margin_top": "8px"}),
        ),
        rx.cond(
            SHEET.about.length() > 0,
            rx.el.div(
                rx.foreach(SHEET.about, lambda words: rx.el.p(words, class_name="sm sub", dir="auto")),
                style={"margin_top": "16px"},
            ),
        ),
    )


def _on_its_way() -> rx.Component:
    """A payment that isn't settled, with the way to where it can be finished."""
    return rx.fragment(
        "Payment ",
        SHEET.pending,
        " is on its way. ",
        linkish("See how it stands", on_click=PayState.show(SHEET.pending)),
    )


def _pdf() -> rx.Component:
    link = rx.el.a(
        icon("download"),
        "PDF",
        rx.el.span(" of ", SHEET.number, class_name="vh"),
        href=SHEET.pdf,
        download=SHEET.number + ".pdf",
        reload_document=True,
        class_name="btn second",
    )
    return rx.cond((SHEET.pdf != "") & PortalState.allowed["invoices_download"], link)


def _pay() -> rx.Component:
    pays = button(SHEET.pay_words, kind="primary", on_click=PayState.begin([DrawerState.opened], ""))
    return rx.cond(SHEET.payable & PortalState.allowed["invoices_pay"], pays)
