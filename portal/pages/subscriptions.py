"""Subscriptions: what one has, what it costs, and what may be done with it."""

from __future__ import annotations

import reflex as rx

from portal import routes
from portal.components.buttons import link_button
from portal.components.marks import status
from portal.components.phases import by_phase
from portal.components.sections import awaited, skeleton, state_block
from portal.layout import shell
from portal.page_state import LOADING
from portal.pages.pay import pay_dialog
from portal.pages.pay_state import PayState
from portal.pages.subscription_steps import change_button, lead_button, row_menu, steps_dialog
from portal.pages.subscriptions_state import ServiceRow, SubscriptionsState
from portal.state import PortalState


def view() -> rx.Component:
    """The page."""
    headline = awaited(SubscriptionsState.headline, SubscriptionsState.phase == LOADING)
    return shell(
        "Subscriptions",
        rx.el.div(
            rx.el.div(rx.el.h1("Subscriptions"), rx.el.p(headline), class_name="grow"),
            rx.cond(
                PortalState.allowed["subscriptions_start"],
                link_button("Start a subscription", href=f"{routes.FORMS}?action=subscriptions.start"),
            ),
            class_name="head",
        ),
        by_phase(
            SubscriptionsState,
            rx.fragment(_table(), _cards()),
            loading=skeleton(5, (260, 120, 120, 110)),
            none=_nothing(),
        ),
        steps_dialog(),
        pay_dialog(),
        refresh=[SubscriptionsState.read, PayState.refresh_cards],
    )


def _nothing() -> rx.Component:
    return state_block(
        "No subscriptions yet",
        "What you order by the month or the year appears here, with its price and its next renewal.",
        rx.el.button("Ask about services", type="button", class_name="btn second", custom_attrs={"data-ask": ""}),
    )


def _table() -> rx.Component:
    heads = ["Service", "Status", "Renews"]
    return rx.el.table(
        rx.el.thead(
            rx.el.tr(
                *[rx.el.th(head, scope="col", class_name="wide") for head in heads],
                rx.el.th("Price", scope="col", class_name="num"),
                rx.el.th(rx.el.span("Change", class_name="vh"), scope="col"),
            )
        ),
        rx.el.tbody(rx.foreach(SubscriptionsState.rows, _row)),
        class_name="subs hide",
    )


def _row(row: rx.Var[ServiceRow]) -> rx.Component:
    return rx.el.tr(
        rx.el.td(
            rx.el.div(row.product, class_name="m"),
            rx.el.div(row.detail, class_name="sm sub"),
            rx.cond(row.extras != "", rx.el.div(row.extras, class_name="sm sub")),
            rx.cond(row.scheduled != "", rx.el.div(row.scheduled, class_name="sm sub")),
        ),
        rx.el.td(
            status(row.mark, row.status_words),
            # shown where there is no room for the column
            rx.cond(row.comes != "", rx.el.div(row.comes, class_name="sm sub renews")),
        ),
        rx.el.td(row.renews, class_name="sub"),
        rx.el.td(rx.el.span(row.price, class_name="m"), rx.el.span(" ", row.per, class_name="sub"), class_name="num"),
        rx.el.td(_doing(row), class_name="num"),
    )


def _cards() -> rx.Component:
    return rx.el.div(
        rx.foreach(
            SubscriptionsState.rows,
            lambda row: rx.el.div(
                rx.el.div(
                    rx.el.div(row.product, class_name="m"),
                    rx.el.div(row.detail, class_name="sm sub"),
                    rx.cond(row.comes != "", rx.el.div(row.comes, class_name="sm sub")),
                    rx.cond(row.extras != "", rx.el.div(row.extras, class_name="sm sub")),
                    rx.cond(row.scheduled != "", rx.el.div(row.scheduled, class_name="sm sub")),
                    class_name="stack",
                ),
                rx.el.div(
                    rx.el.div(row.price, class_name="m"),
                    rx.el.div(row.per, class_name="sm sub"),
                    class_name="num",
                ),
                rx.el.div(status(row.mark, row.status_words), _doing(row), class_name="row does"),
                class_name="cd two",
            ),
        ),
        class_name="cards",
    )


def _doing(row: rx.Var[ServiceRow]) -> rx.Component:
    return rx.el.div(change_button(row), lead_button(row), row_menu(row), class_name="row doing")
