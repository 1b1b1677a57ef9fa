"""What was paid: when, how, for which invoices, and how it ended."""

from __future__ import annotations

import reflex as rx
from pydantic import BaseModel

from billing.actions.payments import PaymentPage, PaymentRow
from billing.models.payments import PaymentStatus
from billing.payments.stopping import Stop
from portal import routes
from portal.components.marks import icon, status
from portal.components.phases import by_phase, turns
from portal.components.sections import skeleton, state_block
from portal.days import short_day
from portal.layout import shell
from portal.page_state import NONE, SHOWN, PagedState
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


class PaymentsState(PagedState, PortalState):
    """The list of payments."""

    payments: list[PaymentItem] = []

    async def _load(self) -> str:
        page: PaymentPage = await self._ask("payments.list", cursor=self._cursor(), size=SIZE)
        self.payments = [payment_item(row) for row in page.rows]
        self._turned(page.next)
        return SHOWN if self.payments else NONE

    def _place(self) -> str:
        return "PAY"


def view() -> rx.Component:
    """The page."""
    return shell(
        "Payments",
        rx.el.div(
            rx.el.div(rx.el.h1("Payments"), rx.el.p("Every payment, and what it paid."), class_name="grow"),
            to_saved_cards(),
            class_name="head",
        ),
        by_phase(
            PaymentsState,
            rx.fragment(_found(), saved_cards()),
            loading=skeleton(9, (110, 220, 90)),
            none=rx.fragment(_none(), saved_cards()),
        ),
        pay_dialog(),
        refresh=[PaymentsState.read, CardsState.read, PayState.refresh_cards],
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
        turns(PaymentsState, "Newest", "Newer", "Older"),
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


def _none() -> rx.Component:
    return state_block(
        "No payments yet",
        "When you pay an invoice, the payment stands here with its number and what it paid.",
        rx.el.a("See invoices", href=routes.INVOICES, class_name="btn second"),
    )
