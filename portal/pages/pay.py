"""The dialog of a payment."""

from __future__ import annotations

import reflex as rx

from portal.components.buttons import button, link_button
from portal.components.dialogs import dialog
from portal.components.fields import checkbox
from portal.components.marks import icon
from portal.components.sections import note, problem_note
from portal.components.sums import sum_box
from portal.layout import CARD_SCRIPT
from portal.pages.pay_state import (
    FAILED,
    FIGURES,
    NEW_CARD,
    RECEIPT,
    STOPPED,
    WAITING,
    CardItem,
    PayState,
    WaitItem,
)
from portal.pages.stop_payment import stop_button, stop_dialog
from portal.state import PortalState


def pay_dialog() -> rx.Component:
    """Figures, then receipt; open while the payment's step is set."""
    return rx.fragment(
        _dialog(),
        stop_dialog(),
        rx.el.span(
            hidden=True,
            custom_attrs={
                "data-leaves-for": PayState.leaves_for,
                "data-look-again": PayState.records_changed.to_string(),
            },
        ),
    )


def waiting_payments() -> rx.Component:
    """The payments that wait for the customer's yes at their bank, each with the way there and the way to stop it."""

    def one(item: rx.Var[WaitItem]) -> rx.Component:
        words = rx.el.span(item.words, class_name="grow")
        # the bank's page is none of ours, even where the sandbox plays the bank at our own address
        bank = link_button("Continue at your bank", href=item.bank, reload_document=True)
        go = rx.cond(item.bank != "", rx.fragment(bank, stop_button(item.number, kind="quiet")))
        return rx.el.div(icon("triangle-alert"), words, go, class_name="note warn waits", role="status")

    return rx.foreach(PayState.waits, one)


def _dialog() -> rx.Component:
    return dialog(
        PayState.step != "",
        PayState.title,
        rx.match(
            PayState.step,
            (FIGURES, _figures()),
            _outcome(),
        ),
        rx.match(
            PayState.step,
            (FIGURES, _figures_footer()),
            (RECEIPT, _close("Done", primary=True)),
            (WAITING, _waiting_footer()),
            (FAILED, _failed_footer()),
            (STOPPED, _failed_footer("Pay again")),
            rx.fragment(),
        ),
        on_close=PayState.close,
    )


def _figures() -> rx.Component:
    return rx.fragment(
        rx.script(src=CARD_SCRIPT),
        rx.cond(PayState.done != "", note(PayState.done, "good", style={"marginBottom": "12px"})),
        rx.cond(
            PayState.lines.length() > 0,
            sum_box(PayState.lines),
            rx.cond(PayState.problem == "", rx.el.div(rx.el.span(class_name="sk late"), aria_busy="true")),
        ),
        rx.cond(PayState.asks_card, _cards()),
        rx.el.div(problem_note(PayState.problem), class_name="below"),
        # the card form's id arrives here, from the script in assets/portal.js
        rx.el.input(
            id="card-made",
            default_value="",
            hidden=True,
            aria_hidden="true",
            tab_index=-1,
            on_change=PayState.pay_with,
        ),
        rx.cond(
            PayState.problem != "",
            rx.el.button(id="card-typed", type="button", hidden=True, on_click=PayState.forget_problem),
        ),
    )


def _cards() -> rx.Component:
    return rx.el.fieldset(
        rx.el.legend("Pay from", class_name="label"),
        rx.cond(
            PayState.cards.length() > 0,
            rx.el.div(
                rx.foreach(PayState.cards, _saved),
                _choice(NEW_CARD, "Another card"),
                key=PayState.picker.to_string(),
                class_name="picks",
            ),
        ),
        rx.cond(PayState.new_card, _card_form()),
        class_name="cardpick",
    )


def _saved(card: rx.Var[CardItem]) -> rx.Component:
    return _choice(card.id, card.label)


def _choice(value: rx.Var[str] | str, words: rx.Var[str] | str) -> rx.Component:
    # the browser keeps what was clicked, so that the click shows before the figures are there
    return rx.el.label(
        rx.el.input(
            type="radio",
            name="pay-card",
            class_name="radio",
            value=value,
            default_checked=PayState.card == value,
            on_change=PayState.choose_card,
            disabled=PayState.busy,
        ),
        icon("credit-card"),
        rx.el.span(words, class_name="m"),
        class_name="opt",
    )


def _card_form() -> rx.Component:
    return rx.el.div(
        rx.el.div(
            id="pay-card-form",
            custom_attrs={
                "data-parley-card": "",
                "data-publishable-key": PortalState.card_key,
                "data-api-base": PortalState.card_api,
            },
        ),
        rx.el.label(
            checkbox("Keep this card", checked=PayState.keep_card, on_change=PayState.keep),
            rx.el.span("Keep this card for the next time"),
            class_name="row keep",
        ),
    )


def _figures_footer() -> rx.Component:
    words = rx.cond(PayState.busy, "Paying …", PayState.confirm_words)
    saved = button(words, kind="primary", disabled=PayState.busy, on_click=PayState.confirm)
    typed_in = button(words, kind="primary", disabled=PayState.busy, custom_attrs={"data-card-submit": ""})
    return rx.fragment(
        rx.el.span(PayState.exact, class_name="sm sub grow"),
        button(PayState.decline, kind="quiet", disabled=PayState.busy, on_click=PayState.close),
        rx.cond(PayState.confirm_words != "", rx.cond(PayState.new_card, typed_in, saved)),
    )


def _outcome() -> rx.Component:
    good = (PayState.step == RECEIPT) | (PayState.step == STOPPED)
    bad = PayState.step == FAILED
    return rx.fragment(
        rx.cond(
            PayState.receipt_headline != "",
            rx.el.div(
                rx.cond(good, icon("circle-check"), rx.cond(bad, icon("circle-alert"), icon("info"))),
                rx.el.span(PayState.receipt_headline),
                class_name=rx.cond(good, "note good", rx.cond(bad, "note bad", "note warn")),
                role=rx.cond(bad, "alert", "status"),
            ),
        ),
        problem_note(PayState.problem),
        rx.cond(PayState.lines.length() > 0, rx.el.div(sum_box(PayState.lines), style={"margin": "12px 0"})),
        rx.foreach(PayState.receipt_words, lambda words: rx.el.p(words, class_name="sm sub")),
    )


def _close(words: str, primary: bool = False) -> rx.Component:
    return rx.fragment(
        rx.el.span(class_name="grow"), button(words, kind="primary" if primary else "quiet", on_click=PayState.close)
    )


def _waiting_footer() -> rx.Component:
    # no page of ours, even where the sandbox plays the bank at our own address: the router must not look for it
    bank = link_button("Go to your bank", href=PayState.bank_address, kind="primary", reload_document=True)
    look = button("Look again", kind="primary", on_click=PayState.refresh_cards)
    stop = stop_button(PayState.payment_number, "Stop this payment", kind="quiet")
    return rx.fragment(
        rx.cond(PayState.bank_address != "", stop), _close("Close"), rx.cond(PayState.bank_address != "", bank, look)
    )


def _failed_footer(words: str = "Try again") -> rx.Component:
    again = button(words, kind="primary", on_click=PayState.again)
    return rx.fragment(_close("Close"), rx.cond(PayState.may_try_again, again))
