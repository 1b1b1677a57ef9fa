"""The invoice list: filter, search, sort, page, select, pay."""

from __future__ import annotations

from typing import Any

import reflex as rx

from billing.invoices.listing import InvoiceFilter
from portal import routes
from portal.components.buttons import button, chip, link_button
from portal.components.fields import checkbox, find_field
from portal.components.marks import icon, status
from portal.components.phases import by_phase
from portal.components.sections import awaited, state_block
from portal.layout import shell
from portal.page_state import LOADING
from portal.pages.invoice_drawer import invoice_drawer
from portal.pages.invoice_drawer_state import DrawerState
from portal.pages.invoices_state import CHIPS, RARE, InvoiceItem, InvoicesState
from portal.pages.pay import pay_dialog, waiting_payments
from portal.pages.pay_state import PayState
from portal.state import PortalState

SKELETON_ROWS = 11
LOADS = InvoicesState.phase == LOADING


def view() -> rx.Component:
    """The page."""
    return shell(
        "Invoices",
        rx.el.div(
            rx.el.div(rx.el.h1("Invoices"), rx.el.p(awaited(InvoicesState.headline, LOADS)), class_name="grow"),
            rx.cond(
                PortalState.allowed["statements_show"],
                rx.el.span(
                    link_button(icon("scroll-text"), "Statement", href=routes.STATEMENTS), class_name="desk-only"
                ),
            ),
            class_name="head",
        ),
        waiting_payments(),
        _tools(),
        by_phase(InvoicesState, _found(), loading=_loading(), none=_none()),
        invoice_drawer(),
        pay_dialog(),
        rx.el.span(
            hidden=True,
            custom_attrs={
                "data-address": InvoicesState.address,
                "data-top": InvoicesState.top.to_string(),
            },
        ),
        refresh=[InvoicesState.read, DrawerState.read_sheet, PayState.refresh_cards],
        over=_selection(),
    )


def _tools() -> rx.Component:
    return rx.el.div(
        rx.el.div(*[_chip(kind, words) for kind, words in CHIPS], class_name="tools", role="group", aria_label="Show"),
        find_field(
            "Search these invoices",
            "Number, project or amount",
            InvoicesState.search,
            InvoicesState.find,
            InvoicesState.search_key,
        ),
        class_name="toolbar",
    )


def _chip(kind: InvoiceFilter, words: str) -> rx.Component:
    chosen = InvoicesState.status == kind.value
    number = rx.cond(
        LOADS,
        rx.el.span(class_name="sk late faint"),
        rx.cond(InvoicesState.counts.contains(kind.value), rx.el.span(InvoicesState.counts[kind.value])),
    )
    drawn = chip(words, number, on=chosen, on_click=InvoicesState.choose(kind.value))
    return rx.cond(InvoicesState.rare.contains(kind.value) | chosen, drawn) if kind in RARE else drawn


def _found() -> rx.Component:
    return rx.fragment(
        rx.el.table(
            rx.el.caption("Invoices and credit notes", class_name="vh"),
            _table_head(live=True),
            rx.el.tbody(rx.foreach(InvoicesState.rows, _row)),
            class_name="inv",
        ),
        rx.el.ul(rx.foreach(InvoicesState.rows, _card), class_name="cards", aria_label="Invoices"),
        _pages(),
    )


def _table_head(live: bool) -> rx.Component:
    every = checkbox(
        "Select all that can be paid",
        checked=InvoicesState.all_selected,
        on_change=InvoicesState.pick_all,
        custom_attrs={"data-mixed": InvoicesState.some_selected.to_string()},
    )
    any_payable = InvoicesState.any_payable
    first = rx.el.th(rx.cond(any_payable & PortalState.allowed["invoices_pay"], every)) if live else rx.el.th()
    return rx.el.thead(
        rx.el.tr(
            first,
            rx.el.th("Number", scope="col"),
            rx.el.th("What it is for", scope="col"),
            _sortable("Issued", "issued", "descending"),
            _sortable("Due", "due", "ascending"),
            rx.el.th("Status", scope="col"),
            _sortable("Total", "total", "descending", class_name="num"),
            rx.el.th("To pay", scope="col", class_name="num"),
        )
    )


def _sortable(words: str, sort: str, way: str, **props: Any) -> rx.Component:
    chosen = InvoicesState.sort == sort
    arrow = icon("arrow-up" if way == "ascending" else "arrow-down", 12)
    return rx.el.th(
        rx.el.button(
            words,
            rx.cond(chosen, arrow),
            type="button",
            class_name="sort",
            custom_attrs={"aria-pressed": rx.cond(chosen, "true", "false")},
            on_click=InvoicesState.order(sort),
        ),
        scope="col",
        aria_sort=rx.cond(chosen, way, "none"),
        **props,
    )


def _tick(row: rx.Var[InvoiceItem]) -> rx.Component:
    box = checkbox(
        rx.Var.create("Select ") + row.number,
        checked=InvoicesState.selected.contains(row.number),
        on_change=lambda on: InvoicesState.pick(row.number, on),
    )
    return rx.cond(
        row.payable & PortalState.allowed["invoices_pay"],
        rx.el.label(box, class_name="tick"),
        rx.el.span(),
    )


def _link(row: rx.Var[InvoiceItem], *words: Any, **props: Any) -> rx.Component:
    return rx.el.a(
        *words,
        href=rx.Var.create(routes.INVOICES + "?open=") + row.number,
        on_click=DrawerState.open_invoice(row.number).prevent_default,
        **props,
    )


def _row(row: rx.Var[InvoiceItem]) -> rx.Component:
    return rx.el.tr(
        rx.el.td(_tick(row)),
        rx.el.td(_link(row, row.number)),
        rx.el.td(
            row.title, class_name="what", title=row.title, dir="auto", on_click=DrawerState.open_invoice(row.number)
        ),
        rx.el.td(row.issued, class_name="sub"),
        rx.el.td(row.due_day, class_name="sub"),
        rx.el.td(status(row.mark, row.status)),
        rx.el.td(row.total, class_name="num"),
        rx.el.td(row.to_pay, class_name=rx.cond(row.owes, "num m", "num dim")),
        class_name=rx.cond(InvoicesState.selected.contains(row.number), "sel", ""),
        key=row.number,
    )


def _card(row: rx.Var[InvoiceItem]) -> rx.Component:
    return rx.el.li(
        _tick(row),
        rx.el.div(
            _link(row, row.title, class_name="m clamp", dir="auto"),
            rx.el.div(row.phone_line, class_name="sm sub"),
            style={"min_width": "0"},
        ),
        rx.el.div(rx.el.div(row.phone_amount, class_name="m"), status(row.mark, row.status), class_name="num"),
        class_name=rx.cond(InvoicesState.selected.contains(row.number), "cd sel", "cd"),
        key=row.number,
    )


def _pages() -> rx.Component:
    def turn(words: str, to: str, cursor: rx.Var[str]) -> rx.Component:
        return button(words, small=True, disabled=cursor == "", on_click=InvoicesState.turn(to))

    turns = rx.fragment(
        turn("First", "first", InvoicesState.first),
        turn("Previous", "previous", InvoicesState.previous),
        turn("Next", "next", InvoicesState.next),
        turn("Last", "last", InvoicesState.last),
    )
    return rx.el.nav(
        rx.el.span(InvoicesState.position, class_name="sm sub", role="status"),
        rx.cond(InvoicesState.paged, turns),
        class_name="pages",
        aria_label="Pages",
    )


def _loading() -> rx.Component:
    widths = [(18, 0), (110, 6), (232, 28), (78, 6), (72, 6), (96, 6), (64, 6), (58, 6)]

    def bar(place: int, n: int) -> rx.Component:
        width, step = widths[place]
        right = {"margin_left": "auto"} if place > 5 else {}
        return rx.el.td(rx.el.span(class_name="sk", style={"width": f"{width - n % 4 * step}px", **right}))

    rows = [
        rx.el.tr(*[bar(place, n) for place in range(len(widths))], style={"opacity": f"{1 - n * 0.08:.2f}"})
        for n in range(SKELETON_ROWS)
    ]
    phone = [
        rx.el.div(
            rx.el.span(),
            rx.el.div(
                rx.el.span(class_name="sk", style={"width": f"{190 - n % 3 * 30}px", "margin": "6px 0"}),
                rx.el.span(class_name="sk", style={"width": "120px"}),
            ),
            rx.el.span(class_name="sk", style={"width": "72px", "margin": "6px 0"}),
            class_name="cd",
        )
        for n in range(8)
    ]
    return rx.el.div(
        rx.el.table(_table_head(live=False), rx.el.tbody(*rows), class_name="inv", aria_hidden="true"),
        rx.el.div(*phone, class_name="cards", aria_hidden="true"),
        class_name="late",
    )


def _none() -> rx.Component:
    words = rx.cond(
        InvoicesState.instead_number != "",
        rx.fragment(
            "This one may be what you want: ",
            rx.el.a(
                InvoicesState.instead_words,
                href=rx.Var.create(routes.INVOICES + "?open=") + InvoicesState.instead_number,
                on_click=DrawerState.open_invoice(InvoicesState.instead_number).prevent_default,
            ),
            InvoicesState.none_words,
        ),
        InvoicesState.none_words,
    )
    searching = InvoicesState.search != ""
    everything = InvoicesState.status == InvoiceFilter.ALL.value
    return state_block(
        InvoicesState.none_title,
        words,
        rx.cond(searching & ~everything, button("Search all invoices", on_click=InvoicesState.find_everywhere)),
        rx.cond(searching, button("Clear search", kind="quiet", on_click=InvoicesState.clear_search)),
        rx.cond(~searching & ~everything, button("Show all", on_click=InvoicesState.choose("all"))),
    )


def _selection() -> rx.Component:
    bar = rx.el.div(
        rx.el.div(
            rx.el.span(InvoicesState.selected.length(), " selected", class_name="m"),
            rx.el.div(InvoicesState.selected_words, class_name="sm sub hideph"),
            class_name="nw",
            role="status",
        ),
        rx.el.span(class_name="sep"),
        rx.el.div(
            rx.el.span(InvoicesState.selected_sum, class_name="tot"),
            rx.cond(
                InvoicesState.selected_left != InvoicesState.selected_sum,
                rx.el.span(
                    rx.el.span(" · ", class_name="hideph"),
                    InvoicesState.selected_left,
                    " after your credit",
                    class_name="sm sub left",
                ),
            ),
            class_name="nw",
        ),
        rx.el.span(
            button("Clear selection", kind="quiet", small=True, on_click=InvoicesState.clear_selection),
            class_name="hideph",
        ),
        rx.el.span(class_name="grow"),
        rx.cond(
            PayState.cards.length() > 0,
            rx.el.label(
                rx.el.span("From", class_name="sm sub"),
                rx.el.select(
                    rx.foreach(PayState.cards, lambda card: rx.el.option(card.label, value=card.id)),
                    rx.el.option("Another card", value="new"),
                    value=PayState.card,
                    on_change=PayState.prefer,
                    class_name="field",
                ),
                class_name="row hideph",
            ),
        ),
        rx.el.button(
            "Pay",
            rx.el.span(" ", InvoicesState.selected_left, class_name="hideph"),
            type="button",
            class_name="btn primary gapless",
            on_click=PayState.begin(InvoicesState.selected, PayState.card),
        ),
        class_name="bar",
        role="region",
        aria_label="Selected invoices",
    )
    return rx.cond(InvoicesState.selected.length() > 0, bar)
