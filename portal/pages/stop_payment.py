"""Stopping a payment that waits for the customer's bank: what it means, and the yes to it."""

from __future__ import annotations

from typing import Any

import reflex as rx

from billing.actions.payments_stopped import PaymentStopped
from portal.components.buttons import button
from portal.components.dialogs import dialog
from portal.components.proposal import figures, yes_or_no
from portal.components.sections import problem_note
from portal.pages.invoices_state import InvoicesState
from portal.pages.pay_state import PayState
from portal.proposal import Proposal
from portal.state import PortalState

STOP = "payments.stop"


class StopState(Proposal, PortalState):
    """The dialog over one payment."""

    open: bool = False

    @rx.event
    async def begin(self, number: str) -> Any:
        """Shows what stopping that payment means, in place of the dialog that was open."""
        self.busy, self.open = False, True
        try:
            await self._propose(STOP, payment=number)
        except Exception as error:
            self.title = "Stop a payment"
            self._say(error)
        return PayState.close

    async def _agreed(self, result: PaymentStopped) -> Any:
        self.open = False
        return [PayState.look_at(result.payment), InvoicesState.clear_selection]

    def _place(self) -> str:
        return "STOP"

    @rx.event
    def close(self) -> None:
        """Closes the dialog; the payment goes on waiting."""
        self.open, self.busy = False, False


def stop_button(number: Any, words: str = "Stop", **props: Any) -> rx.Component:
    """The way to the dialog, for whoever may pay."""
    return rx.cond(
        PortalState.allowed["payments_stop"],
        button(words, rx.el.span(" ", number, class_name="vh"), on_click=StopState.begin(number), **props),
    )


def stop_dialog() -> rx.Component:
    """What it means, and the two buttons."""
    return dialog(
        StopState.open,
        StopState.title,
        rx.fragment(figures(StopState), problem_note(StopState.problem)),
        yes_or_no(StopState, StopState.close),
        on_close=StopState.close,
    )
