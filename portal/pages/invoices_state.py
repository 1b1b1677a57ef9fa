"""What the invoice list shows, and what can be done in it: filter, search, sort, page, select."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import urlencode

import reflex as rx
from pydantic import BaseModel

from billing.dates import format_day
from billing.errors import PortalError
from billing.invoices.listing import Due, InvoiceFilter, InvoicePage, InvoiceSort
from billing.invoices.rows import InvoiceRow
from billing.models.invoices import InvoiceKind
from portal import routes
from portal.days import said_short_day, short_day
from portal.page_state import NONE, SHOWN, PageState
from portal.state import PortalState, money

SIZE = 25
CHIPS = [
    (InvoiceFilter.ALL, "All"),
    (InvoiceFilter.TO_PAY, "To pay"),
    (InvoiceFilter.OVERDUE, "Overdue"),
    (InvoiceFilter.PAID, "Paid"),
    (InvoiceFilter.CREDIT_NOTES, "Credit notes"),
    (InvoiceFilter.VOID, "Cancelled"),
    (InvoiceFilter.UNCOLLECTIBLE, "Written off"),
]
RARE = (InvoiceFilter.VOID, InvoiceFilter.UNCOLLECTIBLE)  # shown where there is one
KINDS = {
    InvoiceFilter.ALL: "invoice",
    InvoiceFilter.TO_PAY: "invoice to pay",
    InvoiceFilter.OVERDUE: "overdue invoice",
    InvoiceFilter.PAID: "paid invoice",
    InvoiceFilter.CREDIT_NOTES: "credit note",
    InvoiceFilter.VOID: "cancelled invoice",
    InvoiceFilter.UNCOLLECTIBLE: "invoice that was written off",
}
NOTHING = {
    InvoiceFilter.TO_PAY: ("Nothing to pay", "Every invoice is settled. A new one appears here when it is issued."),
    InvoiceFilter.OVERDUE: ("Nothing is overdue", "Invoices that are not paid by their due day appear here."),
    InvoiceFilter.PAID: ("No paid invoices yet", "An invoice moves here when it is settled in full."),
    InvoiceFilter.CREDIT_NOTES: ("No credit notes", "When you get money back, its credit note appears here."),
    InvoiceFilter.VOID: ("No cancelled invoices", "An invoice that was taken back appears here. It is not to be paid."),
    InvoiceFilter.UNCOLLECTIBLE: ("Nothing was written off", "An invoice that was given up appears here."),
}


class InvoiceItem(BaseModel):
    """A row as it is shown; all amounts are text."""

    number: str
    title: str
    issued: str
    due_day: str
    mark: str
    status: str
    total: str
    to_pay: str
    owes: bool
    payable: bool
    phone_line: str
    phone_amount: str


class Picked(BaseModel):
    """A selected invoice: what it adds to the sum of the selection."""

    due: int
    currency: str
    overdue: bool


def invoice_item(row: InvoiceRow, today: date) -> InvoiceItem:
    """The row in words."""
    due_day = short_day(row.due_on)
    near = f" · due {said_short_day(row.due_on, today)}" if row.due_on and row.payable else ""
    return InvoiceItem(
        number=row.number,
        title=row.title,
        issued=short_day(row.issued_on),
        due_day=due_day if row.kind == InvoiceKind.INVOICE else "",
        mark=row.mark,
        status=row.status_words,
        total=money(row.total, row.currency),
        to_pay=money(row.due, row.currency),
        owes=row.due > 0,
        payable=row.payable,
        phone_line=f"{row.number}{near}",
        phone_amount=money(row.due if row.payable else row.total, row.currency),
    )


def owed(due: list[Due]) -> str:
    """What is to pay, in a sentence: €4,206.41 to pay on 3 invoices. €2,904.00 of it is overdue."""
    said = []
    for one in due:
        number = f"{one.count} invoice{'s' if one.count != 1 else ''}"
        said.append(f"{money(one.to_pay, one.currency)} to pay on {number}.")
        if one.overdue == one.to_pay:
            said.append("All of it is overdue.")
        elif one.overdue:
            said.append(f"{money(one.overdue, one.currency)} of it is overdue.")
    return " ".join(said) or "Nothing to pay."


def together(picked: list[Picked], credit: dict[str, int] | None = None) -> str:
    """The sum of a selection, each currency for itself: €4,206.41, or €528.01 + $40.00; `credit` comes off it."""
    sums: dict[str, int] = {}
    for one in picked:
        sums[one.currency] = sums.get(one.currency, 0) + one.due
    less = credit or {}
    return " + ".join(money(amount - min(amount, less.get(code, 0)), code) for code, amount in sums.items())


class InvoicesState(PageState, PortalState):
    """The invoice list."""

    headline: str = ""
    counts: dict[str, int] = {}
    status: str = InvoiceFilter.ALL.value
    search: str = ""
    search_key: int = 0
    sort: str = InvoiceSort.ISSUED.value
    rows: list[InvoiceItem] = []
    position: str = ""
    first: str = ""
    previous: str = ""
    next: str = ""
    last: str = ""
    none_title: str = ""
    none_words: str = ""
    instead_number: str = ""
    instead_words: str = ""
    selected: list[str] = []
    selected_sum: str = ""
    selected_left: str = ""
    rare: list[str] = []
    selected_words: str = ""
    all_selected: bool = False
    some_selected: bool = False
    any_payable: bool = False
    address: str = ""
    top: int = 0
    _cursor: str | None = None
    _offset: int = 0
    _wishes: int = 0
    _picked: dict[str, Picked] = {}
    _page: list[InvoiceRow] = []
    _credit: dict[str, int] | None = None

    @rx.var
    def paged(self) -> bool:
        """Whether there are other pages."""
        return bool(self.previous or self.next)

    def _start_over(self) -> None:
        self._select_nothing()
        self._take_address()
        self._cursor, self._offset = None, 0

    async def _load(self) -> str:
        page: InvoicePage = await self._ask(
            "invoices.list",
            status=self.status,
            search=self.search,
            sort=self.sort,
            cursor=self._cursor,
            size=SIZE,
        )
        self._credit = None
        self._show(page, (await self._local_now()).date())
        if self._picked:
            await self._read_credit()
        if not page.rows:
            await self._say_nothing(page)
        return SHOWN if page.rows else NONE

    async def _fail(self, error: Exception) -> Any:
        self.headline = "Your invoices could not be loaded."
        return await super()._fail(error)

    def _place(self) -> str:
        return "INV"

    def _show(self, page: InvoicePage, today: date) -> None:
        self.headline = owed(page.due)
        self.counts = page.counts.model_dump()
        self.rare = [kind.value for kind in RARE if self.counts[kind.value]]
        self._page = page.rows
        self.rows = [invoice_item(row, today) for row in page.rows]
        self.first, self.previous = page.first or "", page.previous or ""
        self.next, self.last = page.next or "", page.last or ""
        if not self.previous:
            self._offset = 0
        self.position = self._position(page)
        self._drop_settled()

    def _position(self, page: InvoicePage) -> str:
        if not page.rows:
            return ""
        if page.search:
            if not self.paged:
                return f"{len(page.rows)} found"
            return "The first ones found" if not page.previous else "" if page.next else "The last ones found"
        every = getattr(page.counts, page.status.value)
        return f"{self._offset + 1}–{self._offset + len(page.rows)} of {every}"

    async def _say_nothing(self, page: InvoicePage) -> None:
        kind = KINDS[page.status]
        self.instead_number = self.instead_words = ""
        if page.search:
            self.none_title = f"No {kind} matches “{page.search}”"
            self.none_words = "Search by number, by words of what it is for, or by an amount."
            if page.status is not InvoiceFilter.ALL:
                await self._offer_instead(page.search)
        elif page.status is not InvoiceFilter.ALL:
            self.none_title, self.none_words = NOTHING[page.status]
        else:
            self.none_title = "No invoices yet"
            self.none_words = await self._first_to_come()

    async def _offer_instead(self, search: str) -> None:
        every: InvoicePage = await self._ask("invoices.list", search=search, size=1)
        if every.rows:
            row = every.rows[0]
            self.instead_number = row.number
            self.instead_words = f"{row.number}, {row.title}"
            self.none_words = f", {money(row.due or row.total, row.currency)}."

    async def _first_to_come(self) -> str:
        summary = await self._ask("home.show")
        if not summary.renewals:
            return "When there is one, we email it to you and it appears here."
        day = summary.renewals[0].on
        coming = [one for one in summary.renewals if one.on == day]
        amount = money(sum(one.amount for one in coming), coming[0].currency)
        names = " and ".join(one.name for one in coming)
        return (
            f"Your first invoice comes on {format_day(day)}, for {names}: {amount} with VAT. "
            "We email it to you and it appears here."
        )

    async def _read_credit(self) -> None:
        """What comes off a payment; nothing where this person may not see the credit."""
        try:
            found = await self._ask("credits.list", size=1)
            self._credit = {total.currency: total.usable for total in found.totals}
        except PortalError:
            self._credit = {}
        self._sum_up()

    def _drop_settled(self) -> None:
        for row in self._page:
            if row.number in self._picked and not row.payable:
                del self._picked[row.number]
            elif row.number in self._picked:
                self._picked[row.number] = _picked(row)
        self._sum_up()

    def _sum_up(self) -> None:
        self.selected = list(self._picked)
        picked = list(self._picked.values())
        self.selected_sum = together(picked)
        self.selected_left = together(picked, self._credit)
        late = sum(one.overdue for one in picked)
        numbers = {0: "None is overdue", 1: "One is overdue" if len(picked) > 1 else "It is overdue"}
        self.selected_words = numbers.get(late, f"{late} are overdue")
        payable = [row.number for row in self._page if row.payable]
        self.any_payable = bool(payable)
        chosen = [number for number in payable if number in self._picked]
        self.all_selected = bool(payable) and len(chosen) == len(payable)
        self.some_selected = bool(chosen) and not self.all_selected

    def _here(self, **more: str) -> str:
        """The address of the list as it stands, with `more` in its query."""
        query = {"status": self.status, "search": self.search, "sort": self.sort, **more}
        usual = {"status": InvoiceFilter.ALL.value, "search": "", "sort": InvoiceSort.ISSUED.value}
        said = {name: value for name, value in query.items() if value and usual.get(name) != value}
        return routes.INVOICES + (f"?{urlencode(said)}" if said else "")

    def _keep_address(self, **more: str) -> None:
        """Lets a reload and a shared link show the same list. The number makes each wish a new one."""
        self._wishes += 1
        self.address = f"{self._wishes} {self._here(**more)}"

    def _take_address(self) -> None:
        """Filter, search and order as the address has them."""
        query = self.router.url.query_parameters
        status, sort = query.get("status", ""), query.get("sort", "")
        self.status = status if status in set(InvoiceFilter) else InvoiceFilter.ALL.value
        self.sort = sort if sort in set(InvoiceSort) else InvoiceSort.ISSUED.value
        self.search = query.get("search", "").strip()[:200]
        self.search_key += 1

    async def _from_start(self) -> Any:
        self._cursor, self._offset = None, 0
        self._keep_address()
        return await self._read()

    @rx.event
    async def choose(self, status: str) -> Any:
        """Shows only documents of a kind."""
        self.status = InvoiceFilter(status).value
        return await self._from_start()

    @rx.event
    async def find(self, search: str) -> Any:
        """Shows what matches the words."""
        self.search = search.strip()[:200]
        return await self._from_start()

    @rx.event
    async def find_everywhere(self) -> Any:
        """The same words among all documents."""
        self.status = InvoiceFilter.ALL.value
        return await self._from_start()

    @rx.event
    async def clear_search(self) -> Any:
        """Empties the search field."""
        self.search = ""
        self.search_key += 1
        return await self._from_start()

    @rx.event
    async def order(self, sort: str) -> Any:
        """Sorts by issue, due day or total."""
        self.sort = InvoiceSort(sort).value
        return await self._from_start()

    @rx.event
    async def turn(self, to: str) -> Any:
        """Goes to the first, previous, next or last page."""
        cursors = {"first": self.first, "previous": self.previous, "next": self.next, "last": self.last}
        cursor = cursors.get(to)
        if not cursor:
            return None
        every = self.counts.get(self.status, 0)
        offsets = {
            "first": 0,
            "previous": max(0, self._offset - SIZE),
            "next": self._offset + SIZE,
            "last": max(0, every - SIZE),
        }
        self._cursor, self._offset = cursor, offsets[to]
        self.top += 1
        return await self._read()

    @rx.event
    async def pick(self, number: str, on: bool) -> None:
        """Selects an invoice, or takes it out of the selection."""
        row = next((row for row in self._page if row.number == number and row.payable), None)
        if on and row:
            self._picked[number] = _picked(row)
        else:
            self._picked.pop(number, None)
        self._sum_up()
        if self._credit is None and self._picked:
            await self._read_credit()

    @rx.event
    async def pick_all(self, on: bool) -> None:
        """Selects every payable invoice of this page, or none of them."""
        for row in self._page:
            if on and row.payable:
                self._picked[row.number] = _picked(row)
            else:
                self._picked.pop(row.number, None)
        self._sum_up()
        if self._credit is None and self._picked:
            await self._read_credit()

    @rx.event
    def clear_selection(self) -> None:
        """Selects nothing."""
        self._select_nothing()

    def _select_nothing(self) -> None:
        self._picked = {}
        self._sum_up()


def _picked(row: InvoiceRow) -> Picked:
    return Picked(due=row.due, currency=row.currency, overdue=row.overdue_days > 0)
