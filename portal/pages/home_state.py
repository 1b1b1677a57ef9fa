"""What the first page shows."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import reflex as rx
from pydantic import BaseModel

from billing.actions.home import Autopay, HomeSummary, Month, Renewal
from billing.actions.projects import ProjectList, ProjectRow
from billing.context import Context
from billing.dates import said_day
from billing.errors import PortalError
from billing.invoices.listing import InvoicePage, InvoiceSort
from billing.models.projects import MilestoneState
from billing.money import exponent
from billing.projects.overview import FINISHED
from billing.registry import Channel
from chat.access import open_conversations
from chat.shapes import Status
from chat.subjects import subject_of
from portal import routes
from portal.days import distance, full_day, said_short_day
from portal.page_state import SHOWN, PageState
from portal.pages.pay_state import PayState
from portal.pages.preferences_rows import listed
from portal.services import contexts
from portal.state import PortalState, money
from portal.work import in_pool

RENEWALS_SHOWN = 4
PAID_AT_ONCE = 100
CONVERSATIONS_SHOWN = 3


class DueBlock(BaseModel):
    """What is to pay in one currency."""

    currency: str
    amount: str
    overdue: str
    button: str


class DueLine(BaseModel):
    """An invoice to pay."""

    number: str
    title: str
    mark: str
    words: str
    amount: str


class RenewalLine(BaseModel):
    """A renewal; `cancel` is where a trial is ended before it costs anything."""

    day: str
    name: str
    seats: str
    note: str
    amount: str
    cancel: str = ""


class Bar(BaseModel):
    """A month of the chart; heights in percent of the chart."""

    month: str
    words: str
    settled: str
    to_pay: str


class Tick(BaseModel):
    """A line of the chart's scale, from the bottom in percent."""

    words: str
    at: str


class StepItem(BaseModel):
    name: str
    words: str
    kind: str


class ProjectItem(BaseModel):
    number: str
    name: str
    words: str
    percent: str
    steps: list[StepItem]


class Talk(BaseModel):
    """An open conversation."""

    number: str
    words: str
    state: str
    mark: str
    unread: int


class HomeState(PageState, PortalState):
    """The first page."""

    greeting: str = ""
    today_words: str = ""
    dues: list[DueBlock] = []
    due_lines: list[DueLine] = []
    more_due: str = ""
    renewals: list[RenewalLine] = []
    credit: list[str] = []
    last_amount: str = ""
    last_words: str = ""
    autopay: str = ""
    billed: str = ""
    bars: list[Bar] = []
    ticks: list[Tick] = []
    projects: list[ProjectItem] = []
    talks: list[Talk] = []
    who_pays: str = ""
    banner: str = ""

    @rx.event
    async def pay_all(self, currency: str) -> Any:
        """Shows the figures of paying all that is due in a currency, the oldest first, at most 100 at once."""
        try:
            page: InvoicePage = await self._ask(
                "invoices.list", status="to_pay", sort=InvoiceSort.DUE, size=PAID_AT_ONCE
            )
        except Exception as error:
            return await self._fail(error)
        numbers = [row.number for row in page.rows if row.payable and row.currency == currency]
        return PayState.begin(numbers, "")

    async def _load(self) -> str:
        who = await self._signed_in()

        def moment() -> tuple[datetime, list[Talk]]:
            with contexts().open(who.actor, Channel.PORTAL) as ctx:
                return ctx.now.astimezone(ctx.zone), _talks(ctx)

        now, self.talks = await in_pool(moment)
        if self.allowed.get("home_show"):
            self._show(await self._ask("home.show"), now)
            self.who_pays = await self._said_who_pays()
        if self.allowed.get("projects_list"):
            found: ProjectList = await self._ask("projects.list")
            self.projects = [project_item(row, now.date()) for row in found.rows if unfinished(row)][:2]
        self.greeting, self.today_words = greeting(now, who.actor.name), full_day(now.date())
        return SHOWN

    def _place(self) -> str:
        return "HOME"

    async def _said_who_pays(self) -> str:
        """For somebody who sees what is to pay and may not pay it: who may, or how else it is paid."""
        if not self.due_lines or self.allowed.get("invoices_pay"):
            return ""
        try:
            await self._preview("invoices.pay", invoices=[self.due_lines[0].number])
        except PortalError as error:
            part = "Paying is not part of your role. " if error.code == "not_allowed" else ""
            return part + error.next_step
        return ""

    def _show(self, summary: HomeSummary, now: datetime) -> None:
        today = now.date()
        self.dues = [
            DueBlock(
                currency=due.currency,
                amount=money(due.to_pay, due.currency),
                overdue=f"{money(due.overdue, due.currency)} overdue" if due.overdue else "",
                button=pay_words(due.count, due.count if len(summary.due) == 1 else 0),
            )
            for due in summary.due
        ]
        self.due_lines = [
            DueLine(
                number=row.invoice.number,
                title=row.invoice.title,
                mark=row.mark,
                words=row.words,
                amount=money(row.invoice.due, row.invoice.currency),
            )
            for row in summary.to_pay
        ]
        left = sum(due.count for due in summary.due) - len(self.due_lines)
        self.more_due = f"{left} more to pay" if left > 0 else ""
        self.renewals = [renewal_line(one, today) for one in summary.renewals[:RENEWALS_SHOWN]]
        self.credit = [money(amount, currency) for currency, amount in summary.credit]
        self._show_account(summary, today)
        self.billed = money(sum(month.settled + month.to_pay for month in summary.months), summary.currency)
        self.bars, self.ticks = chart(summary.months, summary.currency)
        self.banner = summary.banner

    def _show_account(self, summary: HomeSummary, today: date) -> None:
        last = summary.last_payment
        self.last_amount = money(last.amount, last.currency) if last else ""
        self.last_words = f"{said_day(last.on, today)}, {last.method}" if last else ""
        self.autopay = autopay_words(summary.autopay)


def _talks(ctx: Context) -> list[Talk]:
    """The person's conversations that are not closed, the newest first."""
    said = {Status.BOT: ("open", "With the assistant"), Status.WAITING: ("warn", "Waiting for a person")}
    return [
        Talk(
            number=row.number,
            words=subject_of(ctx.session, row) or "No words yet",
            state=said.get(Status(row.status), ("live", "With a person"))[1],
            mark=said.get(Status(row.status), ("live", "With a person"))[0],
            unread=row.unread_by_customer,
        )
        for row in open_conversations(ctx, CONVERSATIONS_SHOWN)
    ]


def greeting(now: datetime, name: str) -> str:
    """Good afternoon, Ania."""
    part = "morning" if 5 <= now.hour < 12 else "afternoon" if 12 <= now.hour < 18 else "evening"
    return f"Good {part}, {name.split()[0] if name.split() else name}"


def pay_words(count: int, shown: int) -> str:
    """The button: it counts the invoices where one payment settles them all."""
    if count == 1:
        return "Pay it now"
    return f"Pay {count} invoices" if count <= PAID_AT_ONCE and shown else "Pay these"


def renewal_line(renewal: Renewal, today: date) -> RenewalLine:
    """A renewal in words; a trial says when it ends and what it costs then."""
    amount = money(renewal.amount, renewal.currency)
    ends = renewal.trial_ends
    return RenewalLine(
        day=said_short_day(renewal.on, today),
        name=renewal.name,
        seats=f"{renewal.seats} seats" if renewal.seats else "",
        note=f"Trial ends {distance(ends, today)}. Then {amount} with VAT" if ends else "",
        amount=amount,
        cancel=f"{routes.FORMS}?action=subscriptions.cancel&subscription={renewal.subscription}" if ends else "",
    )


def unfinished(row: ProjectRow) -> bool:
    """Whether a step is still to be done."""
    return row.closed_on is None and any(step.state not in FINISHED for step in row.milestones)


def project_item(row: ProjectRow, today: date) -> ProjectItem:
    """A project's steps and how much of it is billed."""
    kinds = {MilestoneState.DONE: "done", MilestoneState.APPROVED: "done", MilestoneState.ACTIVE: "now"}
    steps = []
    for step in row.milestones:
        state = MilestoneState(step.state)
        day = said_short_day(step.due_on, today)
        words = "Done" if state in FINISHED else f"By {day}" if day and kinds.get(state) else day or "Later"
        steps.append(StepItem(name=step.name, words=words, kind=kinds.get(state, "")))
    billed = f"Billed {money(row.billed, row.currency)} of {money(row.budget, row.currency)}"
    return ProjectItem(
        number=row.number,
        name=row.name,
        words=f"{'On schedule' if row.on_schedule else 'Later than planned'}. {billed}",
        percent=f"{row.percent_billed}%",
        steps=steps,
    )


def chart(months: list[Month], currency: str) -> tuple[list[Bar], list[Tick]]:
    """Bars and scale: up to five lines over the base, at round amounts."""
    most = max([month.settled + month.to_pay for month in months] or [0])
    unit = 10 ** exponent(currency)
    step = round_step(most / unit / 2) * unit
    top = max(most, 2 * step) * 1.03 if most else 1
    bars = [
        Bar(
            month=f"{month.first:%b}",
            words=bar_words(month, currency),
            settled=f"{max(month.settled, 0) * 100 / top:.3f}%",
            to_pay=f"{max(month.to_pay, 0) * 100 / top:.3f}%",
        )
        for month in months
    ]
    lines = range(0, most + 1, step)
    return bars, [Tick(words=short_money(amount, currency), at=f"{amount * 100 / top:.3f}%") for amount in lines]


def bar_words(month: Month, currency: str) -> str:
    """What a bar says: March 2026: €988.01, of it €528.01 to pay."""
    said = f"{month.first:%B %Y}: {money(month.settled + month.to_pay, currency)}"
    return said + (f", of it {money(month.to_pay, currency)} to pay" if month.to_pay else "")


def round_step(value: float) -> int:
    """The largest of 1, 2, 5, 10, 20, 50 … that isn't above `value`; at least 1."""
    step, best = 1, 1
    while step <= value:
        for factor in (1, 2, 5):
            if step * factor <= value:
                best = step * factor
        step *= 10
    return best


def short_money(amount: int, currency: str) -> str:
    """An amount on the scale: €2k, €500."""
    whole = amount // 10 ** exponent(currency)
    sign = money(0, currency).partition("0")[0]
    for size, letter in ((1_000_000, "m"), (1_000, "k")):
        if whole >= size and whole % (size // 10) == 0:
            return f"{sign}{whole / size:g}{letter}"
    return f"{sign}{whole}"


def autopay_words(autopay: Autopay) -> str:
    if autopay.every:
        return "On. Your subscriptions are paid from your card."
    if autopay.names:
        return f"On for {listed(autopay.names)}. You pay the other invoices yourself."
    return "Off. You pay each invoice yourself."
