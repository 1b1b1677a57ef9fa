"""The dialog over the subscriptions: what is asked, the exact effect, what was done, and the history."""

from __future__ import annotations

from datetime import date
from typing import Any

import reflex as rx
from pydantic import BaseModel

from billing.actions.subscriptions import SubscriptionDetail
from billing.dates import format_day
from billing.errors import PortalError
from billing.models.payments import PaymentStatus
from billing.subscriptions.changed import Changed
from billing.subscriptions.rows import ChangeRow
from billing.subscriptions.switching_done import PlanSwitched
from portal.pages.pay_state import PayState
from portal.pages.subscription_asks import STEPS, TODAY, About, Ask, Kind, Step, questions
from portal.proposal import Proposal
from portal.state import PortalState, money

ASK, DONE, HISTORY = "ask", "done", "history"
LONGEST = 2000


class Told(BaseModel):
    """A row of the history. `undo` is what of it can be taken back now."""

    number: str
    sentence: str
    note: str
    undone: bool
    undo: str


class StepsState(Proposal, PortalState):
    """The dialog: one action on one subscription, its questions and their answers."""

    step: str = ""
    number: str = ""
    asks: list[Ask] = []
    done_title: str = ""
    done_reference: str = ""
    done_words: str = ""
    invoice: str = ""
    history: list[Told] = []

    _step: str = ""
    _also: dict[str, Any] = {}
    _left_open: list[str] = []

    @rx.event
    async def begin(self, number: str, action: str, what: str = "") -> None:
        """Opens the dialog for an action on a subscription, or for its history. `what` answers its first question."""
        self._withdraw()
        self.number, self.asks, self.history, self.busy = number, [], [], False
        if action not in STEPS and action != HISTORY:
            return
        self._step = "" if action == HISTORY else action
        try:
            detail: SubscriptionDetail = await self._ask("subscriptions.show", subscription=number)
            if action == HISTORY:
                self._tell(detail)
                return
            await self._prepare(STEPS[action], detail, what)
        except Exception as error:
            self._say(error)
        self.step = ASK

    def _tell(self, detail: SubscriptionDetail) -> None:
        self.title = f"History of {detail.subscription.product}"
        self.history = [told(change) for change in detail.changes]
        self.step = HISTORY

    async def _prepare(self, step: Step, detail: SubscriptionDetail, what: str) -> None:
        self.title = step.title.format(product=detail.subscription.product)
        wanted = self._step == "add_add_on"
        add_ons = await self._ask("subscriptions.add_ons", subscription=self.number) if wanted else None
        about = About(detail, (await self._local_now()).date(), add_ons)
        self.asks, self._also = questions(step, about), step.also(about)
        self._left_open = [ask.name for ask in self.asks if ask.kind == Kind.RADIOS and not ask.value]
        if step.nothing and not any(ask.choices for ask in self.asks):
            self.problem = step.nothing
            return
        if what and self.asks:
            self.asks[0].value = what
        await self._figures()

    @rx.event
    async def answer(self, name: str, value: str) -> None:
        """Another answer to a question: the figures again, so that the yes is for these."""
        for place, ask in enumerate(self.asks):
            if ask.name == name:
                self.asks[place] = ask.model_copy(update={"value": value[:LONGEST]})
        self._left_open = [one for one in self._left_open if one != name]
        await self._figures()

    def _input(self) -> dict[str, Any]:
        answered = {
            ask.name: ask.value.strip()
            for ask in self.asks
            if ask.name not in self._left_open and (ask.value.strip() or ask.kind == Kind.NUMBER)
        }
        return {"subscription": self.number, **answered, **self._also}

    async def _figures(self) -> None:
        step, asked = STEPS[self._step], self._input()
        self._withdraw()
        if step.waits_for and step.waits_for not in asked:
            return
        try:
            effect = await self._propose(f"subscriptions.{step.action or self._step}", **asked)
        except PortalError as error:
            if error.code != "plan_unchanged":
                self._say(error)
            elif step.by_policy is not None:
                self._fill_open(TODAY)
            return
        except Exception as error:
            self._say(error)
            return
        if step.by_policy is not None:
            self._fill_open(step.by_policy(effect))

    def _fill_open(self, value: str) -> None:
        """Shows what holds for the radios that were left open; nobody has chosen it, so it is not sent."""
        self.asks = [
            ask.model_copy(update={"value": value}) if ask.name in self._left_open else ask for ask in self.asks
        ]

    def _place(self) -> str:
        return "SUBS"

    async def _agreed(self, result: Changed | PlanSwitched) -> Any:
        from portal.pages.subscriptions_state import SubscriptionsState

        self.title, self.step = "Done", DONE
        self.done_title, self.done_reference = result.sentence, result.change
        self.done_words, self.invoice = said_after(result), result.invoice or ""
        to_pay = result.due and result.invoice and result.payment_status != PaymentStatus.PENDING
        if not to_pay or not self.allowed.get("invoices_pay"):
            return SubscriptionsState.read
        self.step = ""
        return [SubscriptionsState.read, PayState.begin_after(said_before_paying(result), [self.invoice])]

    @rx.event
    def close(self) -> None:
        """Closes the dialog; nothing is changed."""
        self.step, self.busy = "", False


def said_before_paying(done: Changed | PlanSwitched) -> str:
    """What was done, and that the payment is still to come, for the dialog in which one pays."""
    to_pay = f"{money(done.due, done.currency)} is to pay now, invoice {done.invoice}."
    return " ".join(filter(None, (f"{done.sentence}.", said_after(done), to_pay)))


def said_after(done: Changed | PlanSwitched) -> str:
    """What follows from a change, in a sentence or two."""
    said = [f"{money(done.paid, done.currency)} was paid with {done.card}."] if done.paid else []
    if done.not_paid:
        said.append(done.not_paid)
    refunded = done.refunded if isinstance(done, Changed) else 0
    if refunded:
        said.append(f"{money(refunded, done.currency)} goes back to the card that paid.")
    if rest := done.credited - refunded:
        said.append(f"The credit note {done.credit_note} is {money(rest, done.currency)}.")
    if done.credit_used:
        said.append(f"{money(done.credit_used, done.currency)} of your credit was used.")
    if done.renews_on and done.next_price:
        day = format_day(done.renews_on)
        said.append(f"The renewal on {day} costs {money(done.next_price, done.currency)} with VAT.")
    return " ".join(said)


def told(change: ChangeRow) -> Told:
    """A change in the words of the history: when, who, and at what price it stands after it."""
    at: date = change.at.date()
    channels = {"portal": "", "chat": ", in the chat", "shell": ", on the shell", "desk": ", at the desk"}
    price = f" · {money(change.price, change.currency)} before VAT" if change.currency else ""
    by = f"{change.actor}{channels.get(change.channel, '')}"
    return Told(
        number=change.number,
        sentence=change.sentence,
        note=f"{format_day(at)} · {by}{price}" + (" · taken back" if change.undone else ""),
        undone=change.undone,
        undo=change.undo,
    )
