"""Paying: which card, the exact figures, the yes, the bank's question, the receipt."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import reflex as rx
from pydantic import BaseModel

from billing import dispatch
from billing.access import access_newest_payments
from billing.actions.payments import Receipt, SavedCards
from billing.errors import PortalError
from billing.models.payments import Payment, PaymentStatus
from billing.payments.stopping import Stop, stop_of
from billing.registry import Channel
from portal.components.sums import SumLine
from portal.failures import failure_of
from portal.pages.invoices_state import InvoicesState
from portal.proposal import Proposal
from portal.services import contexts
from portal.state import PortalState, money
from portal.work import in_pool

NEW_CARD = "new"
# Stands for the card that is still being typed in: the figures are the same for every new card.
CARD_TO_COME = "pm_card_to_come"
LOOKED_THROUGH = 50
LONGEST_DONE = 500
FIGURES, RECEIPT, FAILED, WAITING, STOPPED = "figures", "receipt", "failed", "waiting", "stopped"
STOP_TITLES = {Stop.ASKED: "The payment is being stopped", Stop.DONE: "Payment stopped"}
TITLES = {
    PaymentStatus.SUCCEEDED: "Receipt",
    PaymentStatus.PENDING: "The payment is on its way",
    PaymentStatus.REQUIRES_ACTION: "Your bank is asking you",
    PaymentStatus.FAILED: "Not paid",
    PaymentStatus.CANCELLED: "Not paid",
}


class CardItem(BaseModel):
    """A saved card as it is offered."""

    id: str
    label: str


class WaitItem(BaseModel):
    """A payment that waits for the customer's yes at their bank; without `bank` it is being stopped."""

    number: str
    words: str
    bank: str


class PayState(Proposal, PortalState):
    """The dialog of a payment, from its figures to its receipt."""

    step: str = ""
    cards: list[CardItem] = []
    card: str = ""
    keep_card: bool = False
    asks_card: bool = False
    receipt_headline: str = ""
    receipt_words: list[str] = []
    bank_address: str = ""
    leaves_for: str = ""
    records_changed: int = 0
    may_try_again: bool = False
    done: str = ""
    waits: list[WaitItem] = []
    payment_number: str = ""
    picker: int = 0
    _numbers: list[str] = []

    @rx.var
    def new_card(self) -> bool:
        """Whether a card is to be typed in."""
        return self.asks_card and (self.card == NEW_CARD or not self.cards)

    @rx.event
    async def enter_page(self) -> Any:
        """Reads the cards, and shows how a payment ended when the bank sent the customer back."""
        self.step = self.card = self.done = ""
        await self._read_cards()
        await self._read_waits()
        number = self.router.url.query_parameters.get("payment", "")
        if number:
            await self._show_payment(number)
        return None

    @rx.event
    async def refresh_cards(self) -> None:
        """Looks again: cards, and payments that were on their way."""
        await self._read_cards()
        await self._read_waits()
        if self.step == WAITING and self.payment_number:
            await self._show_payment(self.payment_number)

    async def _read_cards(self) -> None:
        try:
            saved: SavedCards = await self._ask("payments.cards")
        except Exception as error:
            failure_of(error, "PAY")
            saved = SavedCards(cards=[])
        self.cards = [CardItem(id=card.id, label=card.label) for card in saved.cards]
        known = [card.id for card in self.cards]
        if self.card not in known and not (self.card == NEW_CARD and known):
            self.card = known[0] if known else ""
            self.picker += 1

    async def _read_waits(self) -> None:
        """The payments that stopped at the bank's question, for whoever may pay."""
        try:
            who = await self._signed_in()

            def read() -> list[WaitItem]:
                services = contexts()
                with services.open(who.actor, Channel.PORTAL) as ctx:
                    may = dispatch.allowed(ctx, services.registry.get("invoices.pay"))
                    return waits_of(access_newest_payments(ctx, LOOKED_THROUGH)) if may else []

            self.waits = await in_pool(read)
        except Exception as error:
            failure_of(error, "PAY")

    @rx.event
    def prefer(self, card: str) -> None:
        """The card to pay with, chosen before the figures are shown."""
        self.card = card

    @rx.event
    async def begin(self, numbers: list[str], card: str) -> None:
        """Shows the figures of paying these invoices."""
        await self._begin("", numbers, card)

    @rx.event
    async def begin_after(self, done: str, numbers: list[str]) -> None:
        """The same as the next step of something that was just done, which is told first."""
        await self._begin(done[:LONGEST_DONE], numbers, "")

    async def _begin(self, done: str, numbers: list[str], card: str) -> None:
        self.done, self._numbers = done, list(numbers)
        await self._read_cards()
        if card:
            self.card = card
        self._withdraw()
        self.title, self.keep_card, self.busy, self.asks_card = "Pay", False, False, False
        self.step = FIGURES
        await self._read_figures()

    @rx.event
    async def choose_card(self, card: str) -> None:
        """Another card: the figures again, since a yes is for one card."""
        self.card = card
        await self._read_figures()

    @rx.event
    def keep(self, on: bool) -> None:
        """Whether the new card is saved."""
        self.keep_card = on

    @rx.event
    async def show(self, number: str) -> None:
        """Shows how a payment ended."""
        await self._show_payment(number)

    @rx.event
    async def look_at(self, number: str) -> None:
        """Shows how a payment stands that was just changed, and lets the page look again."""
        self.records_changed += 1
        await self._read_waits()
        await self._show_payment(number)

    @rx.event
    def forget_problem(self) -> None:
        """Puts away why the last try failed: another card is being typed in."""
        self.problem = ""

    @rx.event
    def close(self) -> None:
        """Closes the dialog."""
        self.step, self.busy = "", False
        if self.cards and self.card == NEW_CARD:
            self.card = self.cards[0].id

    @rx.event
    async def pay_with(self, made: str) -> Any:
        """The yes with a card that was just typed in. Other figures than those shown: nothing is done."""
        if self.busy or self._effect is None or self.step != FIGURES or not made.startswith("pm_"):
            return
        self.busy, shown = True, self._effect
        yield
        try:
            if await self._propose("invoices.pay", **self._input(made)) != shown:
                raise PortalError("preview_changed")
        except Exception as error:
            await self._refused(error)
        else:
            yield await self._agree()
        self._rest()

    @rx.event
    async def again(self) -> None:
        """Starts over with the same invoices."""
        self.step = FIGURES
        await self._read_cards()
        await self._read_figures()

    async def _agree(self) -> Any:
        """A yes before the new card was typed in is none."""
        return None if self._proposed.get("payment_method") == CARD_TO_COME else await super()._agree()

    def _saved_card(self) -> str | None:
        return self.card or None

    def _input(self, payment_method: str | None) -> dict[str, Any]:
        chosen = {"payment_method": payment_method} if payment_method else {}
        return {"invoices": self._numbers, "save_card": self.keep_card and self.new_card, **chosen}

    async def _read_figures(self) -> None:
        typed_in = self.card == NEW_CARD or not self.cards
        try:
            effect = await self._propose(
                "invoices.pay", **self._input(CARD_TO_COME if typed_in else self._saved_card())
            )
            self.asks_card = bool(effect.due_now)
        except Exception as error:
            self._say(error)

    async def _anew(self) -> None:
        await self._read_figures()

    async def _agreed(self, result: Receipt) -> Any:
        self._show_receipt(result)
        if result.status is not PaymentStatus.FAILED:
            return InvoicesState.clear_selection
        # the yes was for that one try: the next one is a payment of its own
        await self._read_figures()
        self.problem = result.failure
        return None

    def _rest(self) -> None:
        self.busy, self.leaves_for = False, ""

    def _place(self) -> str:
        return "PAY"

    async def _show_payment(self, number: str) -> None:
        try:
            receipt: Receipt = await self._ask("payments.show", payment=number)
        except PortalError as error:
            self._withdraw()
            self.step, self.title, self.problem = FAILED, "Payment", error.message
            self.receipt_headline, self.receipt_words, self._numbers, self.may_try_again = "", [], [], False
            return
        self._numbers = [paid.number for paid in receipt.invoices]
        self.may_try_again = bool(self._numbers)
        self._show_receipt(receipt, looked_up=True)

    def _show_receipt(self, receipt: Receipt, looked_up: bool = False) -> None:
        """Shows how the payment stands. A card that was declined leaves the figures where they are."""
        self.payment_number = receipt.payment
        if receipt.status is PaymentStatus.REQUIRES_ACTION and not looked_up:
            self.leaves_for = receipt.redirect_url
            return
        if not looked_up:
            self.records_changed += 1
        if receipt.status is PaymentStatus.FAILED and not looked_up:
            return
        self.problem = ""
        self.title = STOP_TITLES.get(receipt.stop, TITLES[receipt.status])
        self.lines = receipt_lines(receipt)
        self.receipt_headline = receipt_headline(receipt)
        self.receipt_words = receipt_words(receipt)
        self.bank_address = receipt.redirect_url if receipt.status is PaymentStatus.REQUIRES_ACTION else ""
        waits = (PaymentStatus.PENDING, PaymentStatus.REQUIRES_ACTION)
        done = RECEIPT if receipt.status is PaymentStatus.SUCCEEDED else FAILED
        done = STOPPED if receipt.stop is Stop.DONE else done
        self.step = WAITING if receipt.status in waits else done


def waits_of(payments: Sequence[Payment]) -> list[WaitItem]:
    """Those of the payments that wait for the bank, in words."""
    return [
        WaitItem(number=row.number, words=wait_words(row), bank=row.redirect_url)
        for row in payments
        if row.status == PaymentStatus.REQUIRES_ACTION and (row.redirect_url or stop_of(row) is Stop.ASKED)
    ]


def wait_words(payment: Payment) -> str:
    """What a payment waits for: the customer's bank, or the payment system that is to stop it."""
    amount = money(payment.amount, payment.currency)
    if stop_of(payment) is Stop.ASKED:
        return f"A payment of {amount} is to be stopped. The payment system has not answered yet; we go on asking."
    return f"A payment of {amount} waits for your yes at your bank. Nothing was taken."


def receipt_lines(receipt: Receipt) -> list[SumLine]:
    """Each invoice with what it got, the credit that was used, and the money that was taken or asked for."""
    currency = receipt.currency
    lines = [
        SumLine(label=paid.number, note=paid.title, amount=money(paid.money + paid.credit, currency))
        for paid in receipt.invoices
    ]
    if receipt.credit:
        lines.append(SumLine(label="Your credit", amount=money(-receipt.credit, currency), negative=True))
    words = {PaymentStatus.SUCCEEDED: "Paid", PaymentStatus.PENDING: "Asked for"}.get(receipt.status, "Not taken")
    return [*lines, SumLine(label=words, amount=money(receipt.total, currency), kind="grand")]


def receipt_headline(receipt: Receipt) -> str:
    """The result in a sentence."""
    amount = money(receipt.total, receipt.currency)
    if receipt.status is PaymentStatus.SUCCEEDED:
        if not receipt.payment:
            return f"{money(receipt.credit, receipt.currency)} of your credit was used. No money was taken."
        return f"{amount} paid from {receipt.card}." if receipt.card else f"{amount} paid."
    if receipt.status is PaymentStatus.REQUIRES_ACTION and receipt.stop is Stop.NOT_ASKED:
        return f"{amount} is not paid yet: your bank still wants to know that it is you. Nothing was taken."
    return receipt.failure


def receipt_words(receipt: Receipt) -> list[str]:
    """Its number, where the receipt went, and what stays open."""
    said = []
    if receipt.payment:
        said.append(f"Payment {receipt.payment}.")
    if receipt.stop is Stop.LATE:
        said.append("It came too late to stop it: your bank had agreed already.")
    if receipt.mailed_to:
        said.append(f"The receipt was sent to {receipt.mailed_to}.")
    if receipt.status is PaymentStatus.SUCCEEDED:
        left = [(paid.number, money(paid.left, receipt.currency)) for paid in receipt.invoices if paid.left]
        said += [f"{number} has {amount} left to pay." for number, amount in left]
    return said
