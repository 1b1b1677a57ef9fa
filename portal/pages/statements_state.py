"""What the statement's page shows: texts, made of the statement as the catalogue gives it."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import reflex as rx
from pydantic import BaseModel

from billing.actions.statements import Movement, Statement
from portal import routes
from portal.days import short_day
from portal.page_state import SHOWN, PagedState
from portal.state import PortalState, money

SIZE = 25
NUMBERS = re.compile(r"(\(?\b[A-Z]{1,8}-\d{4}-\d{3,}\b\)?)")  # a document's number, which no line breaks
AGES = (
    ("current", "Not yet due"),
    ("days_1_30", "1–30 days late"),
    ("days_31_60", "31–60 days"),
    ("days_61_90", "61–90 days"),
    ("over_90", "Over 90 days"),
)


class MovementItem(BaseModel):
    """A movement as its row shows it; amounts are texts, empty where there is none."""

    key: str
    day: str
    what: list[str]
    note: str
    link: str
    charged: str
    credited: str
    balance: str


class AgeItem(BaseModel):
    label: str
    amount: str
    late: bool


def movement_item(place: int, row: Movement, currency: str) -> MovementItem:
    """The movement in words; every other piece of what it is, is a document's number."""
    used = f"{money(abs(row.credit_used), currency)} of credit" if row.credit_used and not row.amount else ""
    return MovementItem(
        key=f"{place}-{row.invoice}-{row.payment}",
        day=short_day(row.day),
        what=NUMBERS.split(row.text),
        note=used,
        link=f"{routes.INVOICES}?open={row.invoice}" if row.invoice else routes.PAYMENTS if row.payment else "",
        charged=money(row.amount, currency) if row.amount > 0 else "",
        credited=money(-row.amount, currency) if row.amount < 0 else "",
        balance=money(row.after.balance, currency),
    )


class StatementsState(PagedState, PortalState):
    """One page of a statement: this month's, or of the days that were chosen on an earlier visit."""

    since: str = ""
    until: str = ""
    today: str = ""
    currency: str = ""
    currencies: list[str] = []
    opening_words: str = ""
    opening: str = ""
    before_words: str = ""
    before: str = ""
    closing_words: str = ""
    closing: str = ""
    to_pay: str = ""
    credit: str = ""
    ages: list[AgeItem] = []
    rows: list[MovementItem] = []
    file: str = ""
    _of: str = ""

    @rx.event
    async def set_day(self, which: str, day: str) -> Any:
        """Takes another first or last day; what is typed half is left alone."""
        if which in ("since", "until") and len(day) == 10:
            setattr(self, which, day)
            return await self._first()
        return None

    @rx.event
    async def set_currency(self, currency: str) -> Any:
        """Shows the statement of another currency."""
        self.currency = currency
        return await self._first()

    @rx.event
    async def choose(self, months_back: int) -> Any:
        """Shows this month, or one that is over."""
        today = (await self._local_now()).date()
        last = today
        for _ in range(min(max(int(months_back), 0), 24)):
            last = last.replace(day=1) - timedelta(days=1)
        self.since, self.until = last.replace(day=1).isoformat(), last.isoformat()
        return await self._first()

    @rx.event
    async def choose_year(self) -> Any:
        """Shows this year until today."""
        today = (await self._local_now()).date()
        self.since, self.until = date(today.year, 1, 1).isoformat(), today.isoformat()
        return await self._first()

    async def _first(self) -> Any:
        self._cursors = []
        return await self._read()

    async def _load(self) -> str:
        if self.account != self._of:
            self._of, self.since, self.until, self.currency = self.account, "", "", ""
        asked: dict[str, Any] = {"since": self.since, "until": self.until, "currency": self.currency}
        asked = {name: value for name, value in asked.items() if value}
        found: Statement = await self._ask("statements.show", **asked, cursor=self._cursor(), size=SIZE)
        self.today = (await self._local_now()).date().isoformat()
        self._show(found)
        return SHOWN

    def _place(self) -> str:
        return "STATEMENT"

    def _show(self, found: Statement) -> None:
        currency = found.currency
        self.since, self.until = found.since.isoformat(), found.until.isoformat()
        self.currency, self.currencies = currency, found.currencies
        self.opening_words = f"Balance before {short_day(found.since)}"
        self.closing_words = f"Balance on {short_day(found.until)}"
        self.opening, self.closing = money(found.opening.balance, currency), money(found.closing.balance, currency)
        self.before_words = "Balance brought forward" if self._cursors else self.opening_words
        self.before = money(found.before.balance, currency)
        self.to_pay, self.credit = money(found.closing.to_pay, currency), money(found.closing.credit, currency)
        self.ages = [
            AgeItem(label=label, amount=money(amount, currency), late=name != "current" and amount > 0)
            for name, label in AGES
            for amount in [getattr(found.ageing, name)]
        ]
        self.rows = [movement_item(place, row, currency) for place, row in enumerate(found.movements)]
        self._turned(found.next)
        self.file = f"/documents/statements/{self.since}_{self.until}_{currency}"
