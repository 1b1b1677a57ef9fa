"""What the subscriptions page shows, and the steps of switching."""

from __future__ import annotations

from datetime import date
from typing import Any

import reflex as rx
from pydantic import BaseModel

from billing.actions.subscriptions import PlanOption, SubscriptionDetail, SubscriptionList
from billing.dates import format_day
from billing.effects import Preview
from billing.errors import PortalError
from billing.subscriptions.held import PER
from billing.subscriptions.rows import SubscriptionRow
from billing.subscriptions.switching_done import PlanSwitched
from portal.components.effects import effect_lines, exact_until
from portal.components.sums import SumLine
from portal.failures import failure_of
from portal.state import PortalState, money

CHOOSE, DONE = "choose", "done"


class MenuItem(BaseModel):
    """Something that may be done with a subscription."""

    action: str
    words: str


class ServiceRow(BaseModel):
    """A subscription as the table shows it."""

    number: str
    product: str
    detail: str
    scheduled: str
    mark: str
    status_words: str
    renews: str
    price: str
    per: str
    change: str
    extras: str = ""
    lead: str = ""
    lead_action: str = ""
    menu: list[MenuItem] = []


class PlanItem(BaseModel):
    """A plan to choose."""

    name: str
    price: str
    note: str
    current: bool


class SubscriptionsState(PortalState):
    """The list, and the dialog while a switch is being made."""

    phase: str = "loading"
    rows: list[ServiceRow] = []
    headline: str = ""
    page_problem: str = ""

    step: str = ""
    title: str = ""
    plans: list[PlanItem] = []
    plan: str = ""
    by_seat: bool = False
    seats: str = ""
    least_seats: int = 1
    most_seats: int = 1
    seats_hint: str = ""
    price_words: str = ""
    starts: str = ""
    may_choose_start: bool = False
    renewal_words: str = ""
    sum_title: str = ""
    until: str = ""
    lines: list[SumLine] = []
    facts: list[tuple[str, str]] = []
    decline: str = "Not now"
    confirm_words: str = ""
    switch_problem: str = ""
    busy: bool = False
    done_title: str = ""
    done_reference: str = ""
    done_words: str = ""
    invoice: str = ""
    pay_words: str = ""

    _number: str = ""
    _token: str = ""
    _previewed: dict[str, Any] = {}

    @rx.event
    async def enter_page(self) -> Any:
        """Opens the page."""
        self.step = ""
        if gone := await self._enter():
            return gone
        await self._read()
        return None

    @rx.event
    async def read(self) -> None:
        """Reads the subscriptions again."""
        await self._read()

    async def _read(self) -> None:
        try:
            found: SubscriptionList = await self._ask("subscriptions.list")
            today = (await self._local_now()).date()
        except Exception as error:
            self.page_problem, self.phase = failure_of(error, "SUBS").said, "failed"
            return
        self.page_problem = ""
        self.rows = [service_row(row, today, self.allowed) for row in found.rows]
        self.phase = "there" if self.rows else "none"
        regular = found.next_invoice
        self.headline = (
            f"Your next regular invoice is {money(regular.total, regular.currency)} on {format_day(regular.on)}. "
            "Prices include VAT."
            if regular
            else "Prices include VAT."
        )

    @rx.event
    async def begin(self, number: str) -> None:
        """Opens the dialog of a subscription."""
        self._number = number
        self.busy, self.switch_problem, self.starts = False, "", ""
        self.lines, self.facts, self.confirm_words, self._token = [], [], "", ""
        try:
            detail: SubscriptionDetail = await self._ask("subscriptions.show", subscription=number)
        except Exception as error:
            self.page_problem = failure_of(error, "SUBS").said
            return
        row = detail.subscription
        self.title = f"Switch {row.product}" if row.several_plans else f"Change {row.product}"
        self.plans = [_plan_item(option) for option in detail.options]
        current = next((o for o in detail.options if o.current), detail.options[0])
        self.plan = current.name
        self.price_words = f"Price {PER[current.interval]}, before VAT"
        self.by_seat = current.per_seat
        self.seats = str(row.seats or "")
        self.least_seats, self.most_seats = current.least_seats, current.most_seats
        self.seats_hint = f"You have {row.seats}. From {current.least_seats} to {current.most_seats} are possible."
        self.may_choose_start = row.status == "active" and row.renews_on is not None
        self.renewal_words = f"At renewal, {format_day(row.renews_on, year=False)}" if row.renews_on else ""
        self.step = CHOOSE

    @rx.event
    async def choose_plan(self, name: str) -> None:
        """Another plan: the figures again."""
        self.plan = name
        await self._figures()

    @rx.event
    async def set_seat_count(self, seats: str) -> None:
        """Another number of seats: the figures again."""
        self.seats = seats
        await self._figures()

    @rx.event
    async def choose_start(self, starts: str) -> None:
        """Today or at renewal: the figures again."""
        self.starts = starts
        await self._figures()

    def _input(self) -> dict[str, Any]:
        several = len(self.plans) > 1
        seats = {"seats": int(self.seats)} if self.by_seat and self.seats.strip().isdecimal() else {}
        starts = {"starts": self.starts} if self.starts else {}
        return {"subscription": self._number, **({"plan": self.plan} if several else {}), **seats, **starts}

    async def _figures(self) -> None:
        self.switch_problem, self.confirm_words, self._token = "", "", ""
        self.lines, self.facts = [], []
        if self.by_seat and not self.seats.strip().isdecimal():
            self.switch_problem = "Enter how many seats you want, as a number."
            return
        try:
            asked = self._input()
            preview: Preview = await self._preview("subscriptions.switch_plan", **asked)
            self._previewed = asked
            await self._show(preview)
        except PortalError as error:
            if error.code != "plan_unchanged":
                self.switch_problem = error.message
        except Exception as error:
            self.switch_problem = failure_of(error, "SUBS").said

    async def _show(self, preview: Preview) -> None:
        effect = preview.effect
        self._token = preview.token
        self.title = effect.title
        self.lines = effect_lines(effect)
        self.facts = [(fact.label, fact.value) for fact in effect.facts]
        self.confirm_words, self.decline = effect.confirm, effect.decline
        self.sum_title = "What you pay today" if effect.due_now else "What changes"
        self.until = exact_until(preview.exact_until, await self._local_now())
        if not self.starts:
            self.starts = "today" if effect.due_now or len(effect.lines) > 3 else "renewal"

    @rx.event
    async def confirm_switch(self) -> Any:
        """The yes to the figures that are shown."""
        if self.busy or not self._token:
            return
        self.busy, self.switch_problem = True, ""
        yield
        try:
            done: PlanSwitched = await self._confirm("subscriptions.switch_plan", self._token, **self._previewed)
            self._finish(done)
            await self._read()
        except PortalError as error:
            if error.code in ("preview_changed", "preview_ended"):
                await self._figures()
            self.switch_problem = error.message
        except Exception as error:
            self.switch_problem = failure_of(error, "SUBS").said
        self.busy = False

    def _finish(self, done: PlanSwitched) -> None:
        self.title = "Done"
        self.done_title = done.sentence
        self.done_reference = done.change
        renews = f"The renewal on {format_day(done.renews_on)} costs {money(done.next_price, done.currency)} with VAT."
        credit = f"{money(done.credited, done.currency)} is on your account as credit. " if done.credited else ""
        used = f"{money(done.credit_used, done.currency)} of your credit was used. " if done.credit_used else ""
        self.done_words = f"{credit}{used}{renews}"
        self.invoice = done.invoice or ""
        self.pay_words = f"Pay {money(done.due, done.currency)}" if done.due and done.invoice else ""
        self.step = DONE

    @rx.event
    def close(self) -> None:
        """Closes the dialog; nothing is changed."""
        self.step, self.busy = "", False


LEADS = {"resume": "Resume", "reactivate": "Reactivate", "take_back": "Take back", "convert_trial": "Start now"}
WORDS = {
    "convert_trial": "Start the paid plan now",
    "take_back": "Take back what is planned",
    "add_add_on": "Add an add-on",
    "remove_add_on": "Remove an add-on",
    "redeem_coupon": "Redeem a coupon",
    "resume": "Resume",
    "reactivate": "Reactivate",
    "pause": "Pause",
    "cancel": "Cancel",
}


def service_row(row: SubscriptionRow, today: date, allowed: dict[str, bool]) -> ServiceRow:
    """A subscription in words, with what this person may do with it."""
    may = [action for action in row.may if allowed.get(f"subscriptions_{action}")]
    lead = next((action for action in ("resume", "reactivate", "convert_trial") if action in may), "")
    if row.status == "ending" and "take_back" in may:
        lead = "take_back"
    said = WORDS | {"auto_charge": "Stop charging by itself" if row.auto_charge else "Charge by itself"}
    said |= {"cancel": "End it now"} if row.status == "ending" else {}
    menu = [MenuItem(action=action, words=said[action]) for action in may if action != lead]
    mark, words = _status(row, today)
    plan = f"{row.seats} seats × {money(row.unit_amount, row.currency)}" if row.seats else row.plan
    parts = [plan, row.detail or ", ".join(row.features)]
    trial = f"Free trial, started {format_day(row.started_on, year=False)}" if row.trial_end else ""
    change = _change_words(row) if row.status in ("active", "trialing") else ""
    return ServiceRow(
        number=row.number,
        product=row.product,
        detail=trial or " · ".join(part for part in parts if part),
        scheduled=_scheduled(row),
        mark=mark,
        status_words=words,
        renews=format_day(row.trial_end or row.renews_on) if row.trial_end or row.renews_on else "",
        price=money(row.price_with_tax, row.currency),
        per=PER[row.interval],
        change=change,
        extras=_extras(row),
        lead=LEADS.get(lead, ""),
        lead_action=lead,
        menu=[*menu, MenuItem(action="history", words="History")],
    )


def _change_words(row: SubscriptionRow) -> str:
    if row.seats:
        return "Change seats"
    return "Switch plan" if row.several_plans else ""


def _scheduled(row: SubscriptionRow) -> str:
    said = []
    if row.pending_on is not None and row.status != "ending":
        to = f"{row.pending_seats} seats" if row.pending_seats else row.pending_plan
        said.append(f"Changes to {to} on {format_day(row.pending_on)}")
    pause = next((one for one in row.planned if one.what == "pause"), None)
    if pause and row.status != "ending":
        said.append(f"Pauses on {format_day(pause.on)}")
    if row.renews_on and row.next_price_with_tax != row.price_with_tax:
        said.append(f"{money(row.next_price_with_tax, row.currency)} from {format_day(row.renews_on)}")
    if row.resumes_on:
        said.append(f"Resumes on {format_day(row.resumes_on)}")
    return " · ".join(said)


def _extras(row: SubscriptionRow) -> str:
    """What goes with it: add-ons, coupons, charges that make themselves."""
    said = [
        (f"{one.quantity} × {one.name}" if one.quantity != 1 else one.name)
        + (f", until {format_day(one.ends_on, year=False)}" if one.ends_on else "")
        for one in row.add_ons
    ]
    said += [f"Coupon {code}" for code in row.coupons]
    return " · ".join([*said, *(["Charged by itself"] if row.auto_charge and row.status != "ended" else [])])


def _status(row: SubscriptionRow, today: date) -> tuple[str, str]:
    if row.trial_end:
        days = (row.trial_end - today).days
        return "warn", f"Trial ends in {days} day{'s' if days != 1 else ''}"
    words = {
        "active": ("live", "Active"),
        "paused": ("off", "Paused"),
        "past_due": ("bad", "Payment failed"),
        "ending": ("warn", f"Ends {format_day(row.ends_on, year=False)}" if row.ends_on else "Ends soon"),
        "ended": ("off", f"Ended {format_day(row.ended_on, year=False)}" if row.ended_on else "Ended"),
        "scheduled": ("open", f"Starts {format_day(row.started_on, year=False)}"),
    }
    return words.get(row.status, ("open", row.status.capitalize()))


def _plan_item(option: PlanOption) -> PlanItem:
    per_seat = " a seat" if option.per_seat else ""
    return PlanItem(
        name=option.name,
        price=f"{money(option.unit_amount, option.currency)}{per_seat}",
        note="Your plan now" if option.current else ", ".join(option.features),
        current=option.current,
    )
