"""One page of a customer's documents, as fast at a million rows as at a thousand.

Pages are found by where the last row stood (keyset), every sort and filter reads along an index, and the counts come
from running totals.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from pydantic import BaseModel
from sqlalchemy import ColumnElement, Select, literal, tuple_, union_all
from sqlalchemy import select as sql_select
from sqlmodel import col, select

from billing.context import Context
from billing.errors import PortalError
from billing.invoices.bounds import ALWAYS, Bounds
from billing.invoices.rows import InvoiceRow, invoice_row
from billing.invoices.search import FoundPart, Place, found_part
from billing.models.invoices import DueMonth, DueTotal, Invoice, InvoiceCount, InvoiceKind, InvoiceStatus
from billing.models.ledger import Balance


class InvoiceFilter(StrEnum):
    ALL = "all"
    TO_PAY = "to_pay"
    OVERDUE = "overdue"
    PAID = "paid"
    CREDIT_NOTES = "credit_notes"
    VOID = "void"
    UNCOLLECTIBLE = "uncollectible"


class InvoiceSort(StrEnum):
    """By issue and by amount the highest first, by due date the earliest."""

    ISSUED = "issued"
    DUE = "due"
    TOTAL = "total"


class InvoiceCounts(BaseModel):
    """How many documents each filter shows."""

    all: int = 0
    to_pay: int = 0
    overdue: int = 0
    paid: int = 0
    credit_notes: int = 0
    void: int = 0
    uncollectible: int = 0


class Due(BaseModel):
    """What is to pay in one currency, and how much of it is overdue; minor units."""

    currency: str
    to_pay: int
    overdue: int
    count: int
    overdue_count: int


class InvoicePage(BaseModel):
    """A page of rows, the counts, and the cursors of the pages around it (None where there is none).

    `sort` is the order it is in and `sorts` are those that this filter can be put in. A search looks at a thousand
    matches a page, so that a page of a search in a filter may be short, or empty, and still have a next one.
    """

    rows: list[InvoiceRow]
    counts: InvoiceCounts
    due: list[Due]
    status: InvoiceFilter
    sort: InvoiceSort
    sorts: list[InvoiceSort]
    search: str
    first: str | None = None
    previous: str | None = None
    next: str | None = None
    last: str | None = None


FORWARD, BACKWARD = "f", "b"
Pile = tuple[str, str]  # a kind and a status
TO_PAY: Pile = (InvoiceKind.INVOICE, InvoiceStatus.OPEN)
PAID: Pile = (InvoiceKind.INVOICE, InvoiceStatus.PAID)
VOID: Pile = (InvoiceKind.INVOICE, InvoiceStatus.VOID)
UNCOLLECTIBLE: Pile = (InvoiceKind.INVOICE, InvoiceStatus.UNCOLLECTIBLE)
EVERY_SORT = [InvoiceSort.ISSUED, InvoiceSort.DUE, InvoiceSort.TOTAL]
SORTS = {
    InvoiceFilter.ALL: EVERY_SORT,
    InvoiceFilter.TO_PAY: EVERY_SORT,
    InvoiceFilter.OVERDUE: [InvoiceSort.DUE],
    InvoiceFilter.PAID: EVERY_SORT,
    InvoiceFilter.CREDIT_NOTES: [InvoiceSort.ISSUED, InvoiceSort.TOTAL],
    InvoiceFilter.VOID: EVERY_SORT,
    InvoiceFilter.UNCOLLECTIBLE: EVERY_SORT,
}
PILES = {
    InvoiceFilter.TO_PAY: TO_PAY,
    InvoiceFilter.OVERDUE: TO_PAY,
    InvoiceFilter.PAID: PAID,
    InvoiceFilter.VOID: VOID,
    InvoiceFilter.UNCOLLECTIBLE: UNCOLLECTIBLE,
}
FOUND_SORTS = [InvoiceSort.ISSUED]


def dues(ctx: Context) -> list[Due]:
    """What the customer owes, by currency, from the running totals by due date, in one statement."""
    mine, this_month = ctx.actor.customer_id, ctx.today.replace(day=1)
    months = _columns(literal(True).label("whole"), *_total(DueMonth, DueMonth.month)).where(
        col(DueMonth.customer_id) == mine, col(DueMonth.count) > 0
    )
    currencies = _columns(Balance.currency).where(col(Balance.customer_id) == mine)
    days = _columns(literal(False), *_total(DueTotal, DueTotal.due_on)).where(
        col(DueTotal.customer_id) == mine,
        col(DueTotal.currency).in_(currencies),  # the index goes by currency before the day
        col(DueTotal.count) > 0,
        col(DueTotal.due_on) >= this_month,
        col(DueTotal.due_on) < ctx.today,
    )
    rows = ctx.session.connection().execute(union_all(months, days)).all()
    found: dict[str, Due] = {}
    for row in sorted(rows, key=lambda row: row.currency):
        due = found.setdefault(row.currency, Due(currency=row.currency, to_pay=0, overdue=0, count=0, overdue_count=0))
        if row.whole:
            due.to_pay += row.amount
            due.count += row.count_
        if not row.whole or row.day < this_month:
            due.overdue += row.amount
            due.overdue_count += row.count_
    return [due for due in found.values() if due.count]


def _total(model: type[DueMonth] | type[DueTotal], day: Any) -> list[Any]:
    currency, count, amount = col(model.currency), col(model.count), col(model.amount)
    return [currency.label("currency"), col(day).label("day"), count.label("count_"), amount.label("amount")]


def _piles(ctx: Context) -> dict[Pile, int]:
    """How many final documents there are of each kind and status, from the running totals."""
    rows = ctx.session.exec(
        select(InvoiceCount).where(
            InvoiceCount.customer_id == ctx.actor.customer_id, InvoiceCount.status != InvoiceStatus.DRAFT
        )
    ).all()
    return {(row.kind, row.status): row.count for row in rows if row.count}


def _counts(piles: dict[Pile, int], due: list[Due]) -> InvoiceCounts:
    return InvoiceCounts(
        all=sum(piles.values()),
        to_pay=piles.get(TO_PAY, 0),
        overdue=sum(d.overdue_count for d in due),
        paid=piles.get(PAID, 0),
        credit_notes=sum(count for (kind, _), count in piles.items() if kind == InvoiceKind.CREDIT_NOTE),
        void=piles.get(VOID, 0),
        uncollectible=piles.get(UNCOLLECTIBLE, 0),
    )


def list_page(
    ctx: Context,
    status: InvoiceFilter,
    search: str,
    sort: InvoiceSort,
    cursor: str | None,
    size: int,
    bounds: Bounds = ALWAYS,
) -> InvoicePage:
    """The page at the cursor (the first without one). Raises `invalid_input` for a cursor that isn't ours.

    What a filter can't be sorted by fast is sorted by the first of its own orders; `sort` says which it was. Between
    days, documents stand in the order of their issue, between amounts alone by their total.
    """
    way, after = _read_cursor(cursor)
    words = search.strip()
    sorts = FOUND_SORTS if words or bounds.days else [InvoiceSort.TOTAL] if bounds.amounts else SORTS[status]
    sort = sort if sort in sorts else sorts[0]
    order = ORDERS[sort]
    piles = _piles(ctx)
    if words:
        wanted = [] if status is InvoiceFilter.ALL and not bounds else _wanted(ctx, status, bounds)
        part = found_part(ctx, words, wanted, _day_and_id(after), size, backward=way == BACKWARD)
    else:
        part = _part(ctx, status, piles, order, after, size, bounds, backward=way == BACKWARD)
    due = dues(ctx)
    page = InvoicePage(
        rows=[invoice_row(row, ctx.today) for row in part.rows],
        counts=_counts(piles, due),
        due=due,
        status=status,
        sort=sort,
        sorts=sorts,
        search=search,
    )
    earlier, later = (part.more, after is not None) if way == BACKWARD else (after is not None, part.more)
    edge = [part.edge[0].isoformat(), part.edge[1]] if part.edge else None
    begin = edge if edge and (way == BACKWARD or not part.rows) else _key(order, part.rows, 0)
    end = edge if edge and (way == FORWARD or not part.rows) else _key(order, part.rows, -1)
    if earlier:
        page.first, page.previous = _cursor(FORWARD, None), _cursor(BACKWARD, begin)
    if later:
        page.next, page.last = _cursor(FORWARD, end), _cursor(BACKWARD, None)
    return page


@dataclass(frozen=True)
class _Order:
    """The column that a sort goes by, and which end of it comes first."""

    name: str
    descending: bool

    @property
    def column(self) -> Any:
        return getattr(Invoice, self.name)

    def value(self, raw: Any) -> Any:
        return raw if self.name == "total" else _day(raw)


ORDERS = {
    InvoiceSort.ISSUED: _Order("issued_on", True),
    InvoiceSort.DUE: _Order("due_on", False),
    InvoiceSort.TOTAL: _Order("total", True),
}


def _part(
    ctx: Context,
    status: InvoiceFilter,
    piles: Iterable[Pile],
    order: _Order,
    after: list[Any] | None,
    size: int,
    bounds: Bounds,
    *,
    backward: bool,
) -> FoundPart:
    """The rows on one side of a place: of each pile the next ones, along an index of its own, and of these the first.

    There is no index over several piles, which a planner would take, and read past a million rows of the others.
    """
    ahead = order.descending != backward
    place = (order.value(after[0]), after[1]) if after else None
    columns = (order.column, col(Invoice.id))
    parts = []
    for pile in piles:
        if _shows(status, pile, bounds):
            for range in _ranges(ctx, status, pile, order, place, ahead, bounds):
                next_ones = _columns(columns[0].label("place"), columns[1].label("id")).where(*range)
                parts.append(next_ones.order_by(*_ways(columns, ahead)).limit(size + 1).subquery())
    if not parts:
        return FoundPart([], False)
    every = union_all(*[_columns(part.c.place, part.c.id) for part in parts]).subquery()
    places = (every.c.place, every.c.id)
    first = _columns(*places).order_by(*_ways(places, ahead)).limit(size + 1).subquery()
    statement = select(Invoice).join(first, col(Invoice.id) == first.c.id)
    found = list(ctx.session.exec(statement.order_by(*_ways((first.c.place, first.c.id), ahead))).all())
    rows = found[:size]
    return FoundPart(rows[::-1] if backward else rows, len(found) > size)


def _columns(*columns: Any) -> Select[Any]:
    return sql_select(*columns)


def _ways(columns: Iterable[Any], ahead: bool) -> list[Any]:
    return [column.desc() if ahead else column.asc() for column in columns]


def _shows(status: InvoiceFilter, pile: Pile, bounds: Bounds) -> bool:
    if status is InvoiceFilter.ALL:
        return pile[0] == InvoiceKind.INVOICE or not bounds.amounts
    if status is InvoiceFilter.CREDIT_NOTES:
        return pile[0] == InvoiceKind.CREDIT_NOTE
    return pile == PILES[status]


def _ranges(
    ctx: Context,
    status: InvoiceFilter,
    pile: Pile,
    order: _Order,
    place: tuple[Any, int] | None,
    ahead: bool,
    bounds: Bounds,
) -> list[list[ColumnElement[bool]]]:
    """The range of the pile's index that lies beyond the place; two for SQLite.

    It knows none over a pair whose second is the table's key, and of two bounds on one side it would take either.
    """
    column, number = order.column, col(Invoice.id)
    mine = [
        col(Invoice.customer_id) == ctx.actor.customer_id,
        col(Invoice.kind) == pile[0],
        col(Invoice.status) == pile[1],
    ]
    late = [col(Invoice.due_on) < ctx.today] if status is InvoiceFilter.OVERDUE else []
    if place is None:
        return [[*mine, *late, *bounds.conditions(pile[0])]]
    if bounds:  # in the order of what is bounded, of which the place bounds one side
        mine, late = [*mine, *late, *bounds.beyond(pile[0], order.name, above=ahead)], []
    value, id = place
    if late and value >= ctx.today:
        raise _no_such_page()
    if ctx.session.get_bind().dialect.name != "sqlite":
        here = tuple_(column, number)
        return [[*mine, *late, here < place if ahead else here > place]]
    same = [*mine, column == value, number < id if ahead else number > id]
    return [same, [*mine, column < value] if ahead else [*mine, *late, column > value]]


def _wanted(ctx: Context, status: InvoiceFilter, bounds: Bounds) -> list[ColumnElement[bool]]:
    final = col(Invoice.status) != InvoiceStatus.DRAFT
    if status is InvoiceFilter.ALL:
        only = [col(Invoice.kind) == InvoiceKind.INVOICE] if bounds.amounts else []
        return [final, *only, *bounds.conditions(InvoiceKind.INVOICE)]
    if status is InvoiceFilter.CREDIT_NOTES:
        return [col(Invoice.kind) == InvoiceKind.CREDIT_NOTE, final, *bounds.conditions(InvoiceKind.CREDIT_NOTE)]
    kind, state = PILES[status]
    found = [col(Invoice.kind) == kind, col(Invoice.status) == state, *bounds.conditions(kind)]
    return [*found, col(Invoice.due_on) < ctx.today] if status is InvoiceFilter.OVERDUE else found


def _key(order: _Order, rows: Sequence[Invoice], place: int) -> list[Any] | None:
    if not rows:
        return None
    value = getattr(rows[place], order.name)
    return [value.isoformat() if isinstance(value, date) else value, rows[place].id]


def _day_and_id(after: list[Any] | None) -> Place | None:
    return (_day(after[0]), after[1]) if after else None


def _day(raw: Any) -> date:
    try:
        return date.fromisoformat(raw)
    except (TypeError, ValueError):
        raise _no_such_page() from None


def cursor_after(sort: InvoiceSort, row: Invoice) -> str:
    """The cursor of the page that follows a row in a list of that order."""
    return _cursor(FORWARD, _key(ORDERS[sort], [row], 0))


def _cursor(way: str, key: list[Any] | None) -> str:
    return base64.urlsafe_b64encode(json.dumps([way, key]).encode()).decode()


def _read_cursor(cursor: str | None) -> tuple[str, list[Any] | None]:
    if not cursor:
        return FORWARD, None
    try:
        way, key = json.loads(base64.urlsafe_b64decode(cursor))
        if way in (FORWARD, BACKWARD) and (key is None or (len(key) == 2 and isinstance(key[1], int))):
            return way, key
    except (ValueError, TypeError, binascii.Error):
        pass
    raise _no_such_page()


def _no_such_page() -> PortalError:
    return PortalError("invalid_input", field="cursor", problem="That page does not exist. Start with the first one.")
