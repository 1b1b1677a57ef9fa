"""The steps of pausing, cancelling, add-ons and the rest: what is asked, the exact effect, what was done."""

from __future__ import annotations

from datetime import date
from typing import Any

import reflex as rx
from pydantic import BaseModel

from billing.actions.subscription_extras import AddOnChoices
from billing.actions.subscriptions import SubscriptionDetail
from billing.dates import format_day
from billing.effects import Preview
from billing.errors import PortalError
from billing.subscriptions.changed import Changed
from billing.subscriptions.held import PER
from billing.subscriptions.rows import ChangeRow, SubscriptionRow
from portal.components.effects import effect_lines, exact_until
from portal.components.sums import SumLine
from portal.failures import failure_of
from portal.state import PortalState, money

ASK, DONE, HISTORY = "ask", "done", "history"
AT_END = "end of the p"
TITLES = {
    "pause": "Pause {product}",
    "resume": "Resume {product}",
    "cancel": "Cancel {product}",
    "take_back": "Take back what is planned",
    "reactivate": "Reactivate {product}",
    "convert_trial": "Start {product} now",
    "add_add_on": "Add to {product}",
    "remove_add_on": "Remove from {product}",
    "redeem_coupon": "Redeem a coupon on {product}",
    "auto_charge": "Charge {product} by itself",
}


class Choice(BaseModel):
    """Something to choose: an add-on, or what is taken back."""

    value: str
    name: str
    note: str


class Told(BaseModel):
    """A row of the history. `undo` is what of it can be taken back now."""

    number: str
    sentence: str
    note: str
    undone: bool
    undo: str


class StepsState(PortalState):
    """The dialog: one action on one subscription."""

    step: str = ""
    action: str = ""
    title: str = ""
    number: str = ""
    when: str = ""
    until: str = ""
    reason: str = ""
    code: str = ""
    quantity: str = "1"
    choices: list[Choice] = []
    chosen: str = ""
    term_words: str = ""
    lines: list[SumLine] = []
    facts: list[tuple[str, str]] = []
    exact: str = ""
    warning: str = ""
    danger: bool = False
    confirm_words: str = ""
    decline: str = "Not now"
    problem: str = ""
    busy: bool = False
    done_title: str = ""
    done_reference: str = ""
    done_words: str = ""
    invoice: str = ""
    pay_words: str = ""
    history: list[Told] = []

    _product: str = ""
    _row: dict[str, Any] = {}
    _token: str = ""
    _previewed: dict[str, Any] = {}

    @rx.event
    async def begin(self, number: str, action: str, what: str = "") -> None:
        """Opens the dialog for an action on a subscription, or for its history."""
        self._forget()
        self.number, self.action = number, action
        self.when, self.until, self.reason, self.code, self.quantity = "", "", "", "", "1"
        self.choices, self.chosen, self.busy = [], what, False
        try:
            detail: SubscriptionDetail = await self._ask("subscriptions.show", subscription=number)
            self._product = detail.subscription.product
            if action == HISTORY:
                self._tell(detail)
                return
            await self._prepare(detail.subscription)
        except Exception as error:
            self.problem = failure_of(error, "SUBS").said
        self.title = TITLES.get(action, "{product}").format(product=self._product)
        self.step = ASK
        if not self.problem:
            await self._figures()

    def _tell(self, detail: SubscriptionDetail) -> None:
        self.title = f"History of {self._product}"
        self.history = [told(change) for change in detail.changes]
        self.step = HISTORY

    async def _prepare(self, row: SubscriptionRow) -> None:
        self._row = {"auto_charge": row.auto_charge, "interval": row.interval}
        ends = row.trial_end or row.renews_on
        self.term_words = format_day(ends) if ends else ""
        if self.action == "add_add_on":
            found: AddOnChoices = await self._ask("subscriptions.add_ons", subscription=row.number)
            self.choices = [
                Choice(
                    value=o.code,
                    name=o.name,
                    note=f"{money(o.unit_amount, o.currency)} {PER[found.interval] if o.recurring else 'once'}"
                    + (f", you have {o.there}" if o.there else ""),
                )
                for o in found.options
            ]
            if not self.choices:
                self.problem = "There is nothing to add here at the moment."
        elif self.action == "remove_add_on":
            self.choices = [
                Choice(value=a.code, name=a.name, note=f"You have {a.quantity}.")
                for a in row.add_ons
                if a.ends_on is None
            ]
        elif self.action == "take_back":
            self.choices = [
                Choice(value=p.what.value, name=p.name[0].upper() + p.name[1:], note=f"planned for {format_day(p.on)}")
                for p in row.planned
            ]
        elif self.action == "cancel":
            self.when = "term_end" if ends and row.status not in ("paused", "ending") else "now"
        if self.choices and not self.chosen:
            self.chosen = self.choices[0].value

    @rx.event
    async def set_when(self, when: str) -> None:
        """Now or at the end: the figures again."""
        self.when = when
        await self._figures()

    @rx.event
    async def set_until(self, day: str) -> None:
        """Another day on which it resumes: the figures again."""
        self.until = day
        await self._figures()

    @rx.event
    async def set_reason(self, words: str) -> None:
        """Why: the figures again, so that the yes is for these words."""
        self.reason = words[:2000]
        await self._figures()

    @rx.event
    async def set_code(self, code: str) -> None:
        """A coupon's code: the figures again."""
        self.code = code
        await self._figures()

    @rx.event
    async def set_quantity(self, quantity: str) -> None:
        """How many: the figures again."""
        self.quantity = quantity
        await self._figures()

    @rx.event
    async def choose(self, value: str) -> None:
        """Another one: the figures again."""
        self.chosen, self.when = value, ""
        await self._figures()

    def _forget(self) -> None:
        self.lines, self.facts, self.history = [], [], []
        self.problem, self.confirm_words, self.exact, self.warning, self._token = "", "", "", "", ""
        self.decline, self.danger = "Not now", False

    def _input(self) -> dict[str, Any]:
        asked: dict[str, Any] = {"subscription": self.number}
        if self.action in ("pause", "remove_add_on", "cancel") and self.when:
            asked["when"] = self.when
        if self.action in ("pause", "cancel") and self.reason.strip():
            asked["reason"] = self.reason
        if self.action == "pause" and self.until:
            asked["until"] = self.until
        if self.action == "add_add_on":
            asked |= {"add_on": self.chosen, "quantity": self.quantity.strip()}
        elif self.action == "remove_add_on":
            asked["add_on"] = self.chosen
        elif self.action == "redeem_coupon":
            asked["coupon"] = self.code
        elif self.action == "take_back" and self.chosen:
            asked["what"] = self.chosen
        elif self.action == "auto_charge":
            asked["on"] = not self._row.get("auto_charge", False)
        return asked

    async def _figures(self) -> None:
        self._forget()
        if self.action == "redeem_coupon" and not self.code.strip():
            return
        try:
            asked = self._input()
            preview: Preview = await self._preview(f"subscriptions.{self.action}", **asked)
            self._previewed = asked
            await self._show(preview)
        except PortalError as error:
            self.problem = error.message
        except Exception as error:
            self.problem = failure_of(error, "SUBS").said

    async def _show(self, preview: Preview) -> None:
        effect = preview.effect
        self._token, self.title = preview.token, effect.title
        self.lines = effect_lines(effect)
        self.facts = [(fact.label, fact.value) for fact in effect.facts]
        self.warning, self.danger = effect.warning, effect.danger
        self.confirm_words, self.decline = effect.confirm, effect.decline
        self.exact = exact_until(preview.exact_until, await self._local_now())
        if self.action in ("pause", "remove_add_on") and not self.when:
            starts = " ".join(value for label, value in self.facts if label in ("Pauses", "Ends"))
            self.when = "term_end" if AT_END in starts or "paid period" in starts else "now"

    @rx.event
    async def confirm(self) -> Any:
        """The yes to what is shown."""
        from portal.pages.subscriptions_state import SubscriptionsState

        if self.busy or not self._token:
            return
        self.busy, self.problem = True, ""
        yield
        try:
            done: Changed = await self._confirm(f"subscriptions.{self.action}", self._token, **self._previewed)
            self._finish(done)
            yield SubscriptionsState.read
        except PortalError as error:
            if error.code in ("preview_changed", "preview_ended"):
                await self._figures()
            self.problem = error.message
        except Exception as error:
            self.problem = failure_of(error, "SUBS").said
        self.busy = False

    def _finish(self, done: Changed) -> None:
        self.title, self.step = "Done", DONE
        self.done_title, self.done_reference = done.sentence, done.change
        self.done_words = said_after(done)
        self.invoice = done.invoice or ""
        self.pay_words = f"Pay {money(done.due, done.currency)}" if done.due and done.invoice else ""

    @rx.event
    def close(self) -> None:
        """Closes the dialog; nothing is changed."""
        self.step, self.busy = "", False


def said_after(done: Changed) -> str:
    """What follows from a change, in a sentence or two."""
    said = []
    if done.refunded:
        said.append(f"{money(done.refunded, done.currency)} goes back to the card that paid.")
    if rest := done.credited - done.refunded:
        said.append(f"The credit note {done.credit_note} is {money(rest, done.currency)}.")
    if done.credit_used:
        said.append(f"{money(done.credit_used, done.currency)} of your credit was used.")
    if done.renews_on and done.next_price:
        day = format_day(done.renews_on)
        said.append(f"The renewal on {day} costs {money(done.next_price, done.currency)} with tax.")
    return " ".join(said)


def told(change: ChangeRow) -> Told:
    """A change in the words of the history: when, who, and at what price it stands after it."""
    at: date = change.at.date()
    channels = {"portal": "", "chat": ", in the chat", "shell": ", on the shell", "desk": ", at the desk"}
    price = f" · {money(change.price, change.currency)} before tax" if change.currency else ""
    by = f"{change.actor}{channels.get(change.channel, '')}"
    return Told(
        number=change.number,
        sentence=change.sentence,
        note=f"{format_day(at)} · {by}{price}" + (" · taken back" if change.undone else ""),
        undone=change.undone,
        undo=change.undo,
    )
