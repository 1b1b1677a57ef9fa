"""What the subscriptions page shows."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel

from billing.actions.subscriptions import SubscriptionList
from billing.dates import format_day, said_day
from billing.price_list.price_words import PER
from billing.subscriptions.rows import SubscriptionRow
from portal.page_state import NONE, SHOWN, PageState
from portal.state import PortalState, money


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
    comes: str
    price: str
    per: str
    change: str
    change_action: str = "switch_plan"
    extras: str = ""
    lead: str = ""
    lead_action: str = ""
    menu: list[MenuItem] = []


class SubscriptionsState(PageState, PortalState):
    """The list."""

    rows: list[ServiceRow] = []
    headline: str = ""

    async def _load(self) -> str:
        found: SubscriptionList = await self._ask("subscriptions.list")
        today = (await self._local_now()).date()
        self.rows = [service_row(row, today, self.allowed) for row in found.rows]
        regular = found.next_invoice
        self.headline = (
            f"Your next regular invoice is {money(regular.total, regular.currency)} on {format_day(regular.on)}. "
            "Prices include VAT."
            if regular
            else "Prices include VAT."
        )
        return SHOWN if self.rows else NONE

    def _place(self) -> str:
        return "SUBS"


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
    said = WORDS | {"auto_charge": "Switch off autopay" if row.auto_charge else "Switch on autopay"}
    said |= {"cancel": "End it now"} if row.status == "ending" else {}
    menu = [MenuItem(action=action, words=said[action]) for action in may if action != lead]
    mark, words = _status(row, today)
    parts = [_seats(row) or row.plan, row.detail or ", ".join(row.features)]
    trial = f"Free trial, started {said_day(row.started_on, today)}" if row.trial_end else ""
    change = _change_words(row) if row.status in ("active", "trialing") else ""
    return ServiceRow(
        number=row.number,
        product=row.product,
        detail=trial or " · ".join(part for part in parts if part),
        scheduled=_scheduled(row),
        mark=mark,
        status_words=words,
        renews=_day_ahead(row),
        comes=_ahead(row),
        price=money(row.price_with_tax, row.currency),
        per=PER[row.interval],
        change=change,
        change_action="change_seats" if row.seats else "switch_plan",
        extras=_extras(row, today),
        lead=LEADS.get(lead, ""),
        lead_action=lead,
        menu=[*menu, MenuItem(action="history", words="History")],
    )


def _seats(row: SubscriptionRow) -> str:
    """The seats, with what one costs where all of them at that price are what it costs before VAT."""
    if not row.seats:
        return ""
    said = f"{row.seats} seat{'s' if row.seats != 1 else ''}"
    if row.seats * row.unit_amount != row.price:
        return said
    vat = "" if row.price == row.price_with_tax else ", plus VAT"
    return f"{said} × {money(row.unit_amount, row.currency)}{vat}"


def _day_ahead(row: SubscriptionRow) -> str:
    """The day in the column of renewals; a trial does not renew, and says what that day is."""
    if row.trial_end:
        return _ahead(row)
    return format_day(row.renews_on) if row.renews_on else ""


def _ahead(row: SubscriptionRow) -> str:
    """What the next day of it is: a renewal, or the first invoice after a trial."""
    if row.trial_end:
        return f"First invoice {format_day(row.trial_end)}"
    return f"Renews {format_day(row.renews_on)}" if row.renews_on else ""


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


def _extras(row: SubscriptionRow, today: date) -> str:
    """What goes with it: add-ons, coupons, charges that make themselves."""
    said = [
        (f"{one.quantity} × {one.name}" if one.quantity != 1 else one.name)
        + (f", until {said_day(one.ends_on, today)}" if one.ends_on else "")
        for one in row.add_ons
    ]
    said += [f"Coupon {code}" for code in row.coupons]
    return " · ".join([*said, *(["Autopay is on"] if row.auto_charge and row.status != "ended" else [])])


def _status(row: SubscriptionRow, today: date) -> tuple[str, str]:
    if row.trial_end:
        days = (row.trial_end - today).days
        return "warn", f"Trial ends in {days} day{'s' if days != 1 else ''}"
    words = {
        "active": ("live", "Active"),
        "paused": ("off", "Paused"),
        "past_due": ("bad", "Payment failed"),
        "ending": ("warn", f"Ends {said_day(row.ends_on, today)}" if row.ends_on else "Ends soon"),
        "ended": ("off", f"Ended {said_day(row.ended_on, today)}" if row.ended_on else "Ended"),
        "scheduled": ("open", f"Starts {said_day(row.started_on, today)}"),
    }
    return words.get(row.status, ("open", row.status.capitalize()))
