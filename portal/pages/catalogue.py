"""The staff's price list: plans, add-ons, coupons and taxes, each with the forms that change it."""

from __future__ import annotations

from typing import Any

import reflex as rx

from portal.components.buttons import link_button
from portal.components.marks import status
from portal.components.phases import by_phase, try_again, unread
from portal.components.sections import section, skeleton
from portal.desk.shell import staff_shell
from portal.pages.catalogue_state import CatalogueState, Sold, form
from portal.state import PortalState

__all__ = ["CatalogueState", "view"]


def view() -> rx.Component:
    """The page."""
    state = CatalogueState
    return staff_shell(
        "Price list",
        rx.el.div(
            rx.el.div(
                rx.el.h1("Price list"),
                rx.el.p("What is sold, at which price, with which taxes. Customers see a change at once."),
            ),
            class_name="head",
        ),
        by_phase(
            state,
            rx.el.div(
                _list("Plans", state.plans, "Add a plan", "plans.create", "plans.change", ""),
                _list("Add-ons", state.add_ons, "Sell an add-on", "add_ons.create", "add_ons.withdraw",
                      "Nothing is sold beside plans yet."),
                _list("Coupons", state.coupons, "Make a coupon", "coupons.create", "coupons.withdraw",
                      "There are no coupons yet."),
                _list("Tax rates", state.taxes, "Add a tax rate", "taxes.add", "taxes.remove",
                      "Every line bears its plan’s own tax. A rate for a country or a customer stands for it."),
                class_name="stack gap catalogue",
            ),
            loading=skeleton(8, (260, 160, 120)),
            failed=unread(state, try_again(state)),
        ),
        refresh=state.read,
    )  # fmt: skip


def _allowed(action: str) -> Any:
    return PortalState.allowed[action.replace(".", "_")]


def _list(title: str, rows: Any, add: str, adding: str, changing: str, empty: str) -> rx.Component:
    return section(
        title,
        rx.cond(
            rows.length() > 0,
            rx.fragment(
                rx.el.table(
                    rx.el.caption(title, class_name="vh"),
                    rx.el.thead(
                        rx.el.tr(
                            *[rx.el.th(words, scope="col") for words in ("What", "Price", "State", "In use")],
                            rx.el.th(rx.el.span("Change", class_name="vh"), scope="col"),
                        )
                    ),
                    rx.el.tbody(rx.foreach(rows, lambda row: _row(row, changing))),
                    class_name="sold hide",
                ),
                rx.el.div(rx.foreach(rows, lambda row: _card(row, changing)), class_name="cards"),
            ),
            rx.el.p(empty, class_name="sub", style={"padding": "4px 0 8px"}),
        ),
        end=rx.cond(_allowed(adding), rx.el.a(add, href=form(adding))),
    )


def _row(row: rx.Var[Sold], changing: str) -> rx.Component:
    return rx.el.tr(
        rx.el.td(rx.el.div(row.name, class_name="m"), rx.el.div(row.second, class_name="sm sub")),
        rx.el.td(rx.el.div(row.price, class_name="m"), rx.el.div(row.third, class_name="sm sub")),
        # shown where there is no room for the column
        rx.el.td(status(row.mark, row.state), rx.el.div(row.used, class_name="sm sub used")),
        rx.el.td(row.used, class_name="sub"),
        rx.el.td(_actions(row, changing), class_name="num"),
    )


def _actions(row: rx.Var[Sold], changing: str) -> rx.Component:
    about = rx.el.span(" of ", row.name, ", ", row.price, class_name="vh")
    return rx.cond(
        _allowed(changing),
        rx.el.div(
            rx.cond(row.other != "", link_button(row.other_words, about, href=row.other, kind="quiet", small=True)),
            rx.cond(row.change != "", link_button(row.change_words, about, href=row.change, kind="quiet", small=True)),
            class_name="row acts",
        ),
    )


def _card(row: rx.Var[Sold], changing: str) -> rx.Component:
    return rx.el.div(
        rx.el.div(
            rx.el.div(row.name, class_name="m"),
            rx.el.div(row.second, class_name="sm sub"),
            rx.el.div(row.price, " ", row.third, class_name="sm"),
            _actions(row, changing),
            class_name="stack",
        ),
        rx.el.div(status(row.mark, row.state), rx.el.div(row.used, class_name="sm sub"), class_name="num"),
        class_name="cd two",
    )
