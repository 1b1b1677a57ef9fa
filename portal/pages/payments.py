"""What was paid: when, how, for which invoices, and how it ended."""

from __future__ import annotations

from typing import Any

import reflex as rx
from pydantic import BaseModel

from billing.actions.payments import PaymentPage, PaymentRow
from billing.models.payments import PaymentStatus
from billing.payments.stopping import Stop
from portal import routes
from portal.components.buttons import button
from portal.components.marks import icon, status
from portal.components.sections import state_block
from portal.days import short_day
from portal.failures import failure_of
from portal.layout import shell
from portal.pages.cards import CardsState, saved_cards, to_saved_cards
from portal.pages.pay import pay_dialog
from portal.pages.pay_state import PayState
from portal.pages.stop_payment import stop_button
from portal.state import PortalState, money

SIZE = 25
MARKS = {
    PaymentStatus.SUCCEEDED: ("good", "Paid"),
    PaymentStatus.PENDING: ("part", "On its way"),
    PaymentStatus.REQUIRES_ACTION: ("warn", "Your bank is asking"),
    PaymentStatus.FAILED: ("bad", "Declined"),
    PaymentStatus.CANCELLED: ("off", "Given up"),
}
STOPS = {Stop.ASKED: ("warn", "Being stopped"), Stop.DONE: ("off", "Stopped")}


class PaymentItem(BaseModel):
    """A payment as the list shows it; the amount is text."""

    number: str
    day: str
    method: str
    mark: str
    status: str
    amount: str
    note: str
    invoices: list[str]
    receipt: str
    stoppable: bool = False


def payment_item(row: PaymentRow) -> PaymentItem:
    """The payment in words."""
    mark, words = ("off", "Not confirmed") if row.unconfirmed else STOPS.get(row.stop, MARKS[row.status])
    given_back = f"{money(row.refunded, row.currency)} was paid back." if row.refunded else ""
    return PaymentItem(
        number=row.number,
        day=short_day(row.at.date()),
        method=row.method[:1].upper() + row.method[1:],
        mark=mark,
        status=words,
        amount=money(row.amount, row.currency),
        note=row.failure or given_back,
        invoices=row.invoices,
        receipt=f"/documents/receipts/{row.number}.pdf" if row.status == PaymentStatus.SUCCEEDED else "",
        stoppable=row.status == PaymentStatus.REQUIRES_ACTION and row.stop is Stop.NOT_ASKED,
    )


class PaymentsState(PortalState):
    """The list of payments."""

    payments_loading: bool = True
    payments_problem: str = ""
    payments: list[PaymentItem] = []
    later: str = ""
    page_number: int = 1
    top: int = 0
    _cursors: list[str] = []

    @rx.event
    async def enter_page(self) -> Any:
        """Opens the first page."""
        way = await self._enter()
        if way:
            return way
        self._cursors = []
        await self._read()
        return None

    @rx.event
    async def refresh(self) -> Any:
        """Reads the page again."""
        way = await self._enter()
        if way:
            return way
        await self._read()
        return None

    @rx.event
    async def turn(self, to: str) -> None:
        """Goes to older or newer payments."""
        if to == "older" and self.later:
            self._cursors.append(self.later)
        elif to == "newer" and self._cursors:
            self._cursors.pop()
        elif to == "newest":
            self._cursors = []
        self.top += 1
        await self._read()

    async def _read(self) -> None:
        try:
            cursor = self._cursors[-1] if self._cursors else None
            page: PaymentPage = await self._ask("payments.list", cursor=cursor, size=SIZE)
            self.payments = [payment_item(row) for row in page.rows]
            self.later = page.next or ""
            self.page_number = len(self._cursors) + 1
            self.payments_problem = ""
        except Exception as error:
            failure = failure_of(error, "PAY")
            self.payments_problem = failure.sentence + (f" The code is {failure.code}." if failure.code else "")
        self.payments_loading = False


def view() -> rx.Component:
    """The page."""
    return shell(
        "Payments",
        rx.el.div(
            rx.el.div(rx.el.h1("Payments"), rx.el.p("Every payment, and what it paid."), class_name="grow"),
            to_saved_cards(),
            class_name="head",
        ),
        rx.cond(
            PaymentsState.payments_problem != "",
            _failed(),
            rx.cond(
                PaymentsState.payments_loading,
                _loading(),
                rx.fragment(rx.cond(PaymentsState.payments.length() > 0, _found(), _none()), saved_cards()),
            ),
        ),
        rx.el.span(hidden=True, custom_attrs={"data-top": PaymentsState.top.to_string()}),
        pay_dialog(),
        refresh=[PaymentsState.refresh, CardsState.read, PayState.refresh_cards],
    )


def _found() -> rx.Component:
    head = [rx.el.th(words, scope="col") for words in ("Payment", "Day", "How", "For", "Status")]
    return rx.fragment(
        rx.el.table(
            rx.el.caption("Payments, the newest first", class_name="vh"),
            rx.el.thead(
                rx.el.tr(
                    *head,
                    rx.el.th("Amount", scope="col", class_name="num"),
                    rx.el.th("Receipt", scope="col", class_name="num"),
                )
            ),
            rx.el.tbody(rx.foreach(PaymentsState.payments, _row)),
            class_name="inv pays",
        ),
        rx.el.ul(rx.foreach(PaymentsState.payments, _card), class_name="cards", aria_label="Payments"),
        _pages(),
    )


def _invoices(payment: rx.Var[PaymentItem]) -> rx.Component:
    def link(number: rx.Var[str]) -> rx.Component:
        return rx.el.a(number, href=rx.Var.create(routes.INVOICES + "?open=") + number, class_name="nw")

    return rx.cond(
        payment.invoices.length() > 0,
        rx.el.span(rx.foreach(payment.invoices, link), class_name="links"),
        rx.el.span("Paid in advance", class_name="sub"),
    )


def _receipt(payment: rx.Var[PaymentItem]) -> rx.Component:
    return rx.el.button(
        payment.number,
        type="button",
        class_name="plainlink m",
        aria_label=rx.Var.create("Receipt of ") + payment.number,
        on_click=PayState.show(payment.number),
    )


def _file(payment: rx.Var[PaymentItem]) -> rx.Component:
    link = rx.el.a(
        icon("download"),
        "PDF",
        href=payment.receipt,
        target="_blank",
        class_name="sub nw file",
        aria_label=rx.Var.create("Receipt of ") + payment.number + " as PDF",
    )
    return rx.cond(payment.receipt != "", link)


def _stop(payment: rx.Var[PaymentItem]) -> rx.Component:
    return rx.cond(payment.stoppable, stop_button(payment.number, small=True))


def _row(payment: rx.Var[PaymentItem]) -> rx.Component:
    return rx.fragment(
        rx.el.tr(
            rx.el.td(_receipt(payment)),
            rx.el.td(payment.day, class_name="sub"),
            rx.el.td(payment.method),
            rx.el.td(_invoices(payment), class_name="wraps"),
            rx.el.td(
                status(payment.mark, payment.status),
                rx.cond(payment.note != "", rx.el.div(payment.note, class_name="sm sub")),
                class_name="wraps",
            ),
            rx.el.td(payment.amount, class_name="num m"),
            rx.el.td(_file(payment), _stop(payment), class_name="num"),
        ),
        key=payment.number,
    )


def _card(payment: rx.Var[PaymentItem]) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.div(payment.method, class_name="m"),
            rx.el.div(_receipt(payment), " · ", payment.day, " ", _file(payment), class_name="sm sub"),
            rx.el.div(_invoices(payment), class_name="sm"),
            style={"min_width": "0"},
        ),
        rx.el.div(rx.el.div(payment.amount, class_name="m"), status(payment.mark, payment.status), class_name="num"),
        rx.cond(payment.note != "", rx.el.div(payment.note, class_name="sm sub why")),
        rx.cond(payment.stoppable, rx.el.div(_stop(payment), style={"grid_column": "1 / -1", "margin_top": "8px"})),
        class_name="cd flat",
        key=payment.number,
    )


def _pages() -> rx.Component:
    first = PaymentsState.page_number == 1
    turns = rx.fragment(
        button("Newest", small=True, disabled=first, on_click=PaymentsState.turn("newest")),
        button("Newer", small=True, disabled=first, on_click=PaymentsState.turn("newer")),
        button("Older", small=True, disabled=PaymentsState.later == "", on_click=PaymentsState.turn("older")),
    )
    return rx.cond(
        ~first | (PaymentsState.later != ""),
        rx.el.nav(
            rx.el.span("Page ", PaymentsState.page_number, class_name="sm sub", role="status"),
            turns,
            class_name="pages short",
            aria_label="Pages",
        ),
    )


def _none() -> rx.Component:
    return state_block(
        "No payments yet",
        "When you pay an invoice, the payment stands here with its number and what it paid.",
        rx.el.a("See invoices", href=routes.INVOICES, class_name="btn second"),
    )


def _loading() -> rx.Component:
    rows = [
        rx.el.div(
            rx.el.span(class_name="sk", style={"width": "110px"}),
            rx.el.span(class_name="sk", style={"width": f"{220 - n % 3 * 40}px"}),
            rx.el.span(class_name="grow"),
            rx.el.span(class_name="sk", style={"width": "70px"}),
            class_name="li",
            style={"height": "44px", "align_items": "center", "opacity": f"{1 - n * 0.08:.2f}"},
        )
        for n in range(9)
    ]
    return rx.el.div(
        rx.el.span("Loading your payments", class_name="vh"), *rows, class_name="late sec", aria_busy="true"
    )


def _failed() -> rx.Component:
    return rx.el.div(
        rx.el.div(
            icon("circle-alert"),
            rx.el.span(PaymentsState.payments_problem),
            class_name="note bad",
            role="alert",
            style={"width": "100%"},
        ),
        rx.el.div(
            button(icon("refresh-cw"), "Try again now", kind="primary", on_click=PaymentsState.refresh),
            button("Ask a person", kind="quiet", custom_attrs={"data-ask": ""}),
            class_name="row",
        ),
        class_name="state",
    )
