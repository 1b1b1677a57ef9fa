"""One page of a customer's documents, as fast at a million rows as at a thousand.

Pages are found by where the last row stood (keyset), every sort and filter reads along an index, and the counts come
from running totals.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from datetime import date
from enum import StrEnum
from typing import Any

from pydantic import BaseModel
from sqlalchemy import ColumnElement, and_, func, or_, tuple_
from sqlmodel import col, select

from billing.context import Context
from billing.errors import PortalError
from billing.invoice_rows import InvoiceRow, invoice_row
from billing.models.invoices import DueTotal, Invoice, InvoiceCount, InvoiceKind, InvoiceStatus
from billing.money import parse_amount


class InvoiceFilter(StrEnum):
    ALL = "all"
    TO_PAY = "to_pay"
    OVERDUE = "overdue"
    PAID = "paid"
    CREDIT_NOTES = "credit_notes"


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


class Due(BaseModel):
    """What is to pay in one currency, and how much of it is overdue; minor units."""

    currency: str
    to_pay: int
    overdue: int
    count: int
    overdue_count: int


class InvoicePage(BaseModel):
    """A page of rows, the counts, and the cursors of the pages around it (None where there is none)."""

    rows: list[InvoiceRow]
    counts: InvoiceCounts
    due: list[Due]
    status: InvoiceFilter
    sort: InvoiceSort
    search: str
    first: str | None = None
    previous: str | None = None
    next: str | None = None
    last: str | None = None


FORWARD, BACKWARD = "f", "b"


def dues(ctx: Context) -> list[Due]:
    """What the customer owes, by currency, from the running totals by due date."""
    late_now = col(DueTotal.due_on) < ctx.today
    rows = ctx.session.exec(
        select(DueTotal.currency, late_now, func.sum(DueTotal.amount), func.sum(DueTotal.count))
        .where(DueTotal.customer_id == ctx.actor.customer_id)
        .group_by(col(DueTotal.currency), late_now)
        .order_by(DueTotal.currency)
    ).all()
    found: dict[str, Due] = {}
    for currency, late, amount, count in rows:
        due = found.setdefault(currency, Due(currency=currency, to_pay=0, overdue=0, count=0, overdue_count=0))
        due.to_pay += int(amount)
        due.count += int(count)
        if late:
            due.overdue, due.overdue_count = int(amount), int(count)
    return [due for due in found.values() if due.count]


def counts(ctx: Context, due: list[Due]) -> InvoiceCounts:
    """How many documents there are of each kind, from the running totals."""
    rows = ctx.session.exec(
        select(InvoiceCount).where(
            InvoiceCount.customer_id == ctx.actor.customer_id, InvoiceCount.status != InvoiceStatus.DRAFT
        )
    ).all()
    invoices = {row.status: row.count for row in rows if row.kind == InvoiceKind.INVOICE}
    return InvoiceCounts(
        all=sum(row.count for row in rows),
        to_pay=invoices.get(InvoiceStatus.OPEN, 0),
        overdue=sum(d.overdue_count for d in due),
        paid=invoices.get(InvoiceStatus.PAID, 0),
        credit_notes=sum(row.count for row in rows if row.kind == InvoiceKind.CREDIT_NOTE),
    )


def list_page(
    ctx: Context, status: InvoiceFilter, search: str, sort: InvoiceSort, cursor: str | None, size: int
) -> InvoicePage:
    """The page at the cursor (the first without one). Raises `invalid_input` for a cursor that isn't ours."""
    way, after = _read_cursor(cursor)
    order = _order(sort)
    ahead = order.descending != (way == BACKWARD)
    statement = select(Invoice).where(*_wanted(ctx, status), *_matches(ctx, search))
    if after is not None:
        statement = statement.where(_beyond(order, after, ahead))
    columns = [order.column, col(Invoice.id)]
    statement = statement.order_by(*[c.desc() if ahead else c.asc() for c in columns]).limit(size + 1)
    found = list(ctx.session.exec(statement).all())
    more, rows = len(found) > size, found[:size]
    if way == BACKWARD:
        rows.reverse()
    due = dues(ctx)
    page = InvoicePage(
        rows=[invoice_row(row, ctx.today) for row in rows],
        counts=counts(ctx, due),
        due=due,
        status=status,
        sort=sort,
        search=search,
    )
    earlier, later = (more, after is not None) if way == BACKWARD else (after is not None, more)
    if rows and earlier:
        page.first, page.previous = _cursor(FORWARD, None), _cursor(BACKWARD, order.key(rows[0]))
    if rows and later:
        page.next, page.last = _cursor(FORWARD, order.key(rows[-1])), _cursor(BACKWARD, None)
    return page


class _Order:
    def __init__(self, name: str, descending: bool) -> None:
        self.name, self.descending = name, descending
        self.column: Any = getattr(Invoice, name)

    def key(self, row: Invoice) -> list[Any]:
        value = getattr(row, self.name)
        return [value.isoformat() if isinstance(value, date) else value, row.id]

    def value(self, raw: Any) -> Any:
        return date.fromisoformat(raw) if self.name != "total" and raw is not None else raw


def _order(sort: InvoiceSort) -> _Order:
    names = {
        InvoiceSort.ISSUED: ("issued_on", True),
        InvoiceSort.DUE: ("due_on", False),
        InvoiceSort.TOTAL: ("total", True),
    }
    return _Order(*names[sort])


def _beyond(order: _Order, after: list[Any], descending: bool) -> ColumnElement[bool]:
    value, id = order.value(after[0]), after[1]
    here = tuple_(order.column, col(Invoice.id))
    return here < (value, id) if descending else here > (value, id)


def _wanted(ctx: Context, status: InvoiceFilter) -> list[ColumnElement[bool]]:
    mine = [col(Invoice.customer_id) == ctx.actor.customer_id]
    invoices = [col(Invoice.kind) == InvoiceKind.INVOICE]
    if status is InvoiceFilter.ALL:
        return [*mine, col(Invoice.status) != InvoiceStatus.DRAFT]
    if status is InvoiceFilter.CREDIT_NOTES:
        return [*mine, col(Invoice.kind) == InvoiceKind.CREDIT_NOTE, col(Invoice.status) != InvoiceStatus.DRAFT]
    if status is InvoiceFilter.PAID:
        return [*mine, *invoices, col(Invoice.status) == InvoiceStatus.PAID]
    to_pay = [*mine, *invoices, col(Invoice.status) == InvoiceStatus.OPEN]
    return to_pay if status is InvoiceFilter.TO_PAY else [*to_pay, col(Invoice.due_on) < ctx.today]


def _matches(ctx: Context, search: str) -> list[ColumnElement[bool]]:
    words = search.split()
    if not words:
        return []
    found: list[ColumnElement[bool]] = [_number_like(search)]
    if re.search(r"\d", search):
        try:
            amount = parse_amount(search, ctx.customer.currency)
            found += [col(Invoice.total) == amount, col(Invoice.due) == amount]
        except ValueError:
            pass
    found.append(and_(*[func.lower(Invoice.title).like(f"%{_escaped(w.lower())}%", escape="\\") for w in words]))
    return [or_(*found)]


def _number_like(search: str) -> ColumnElement[bool]:
    wanted = _escaped(search.strip().lstrip("#").upper())
    return or_(
        col(Invoice.number).like(f"{wanted}%", escape="\\"), col(Invoice.number).like(f"%-{wanted}", escape="\\")
    )


def _escaped(text: str) -> str:
    return re.sub(r"([%_\\])", r"\\\1", text)


def _cursor(way: str, key: list[Any] | None) -> str:
    return base64.urlsafe_b64encode(json.dumps([way, key]).encode()).decode()


def _read_cursor(cursor: str | None) -> tuple[str, list[Any] | None]:
    if not cursor:
        return FORWARD, None
    try:
        way, key = json.loads(base64.urlsafe_b64decode(cursor))
        if way in (FORWARD, BACKWARD) and (key is None or (isinstance(key, list) and len(key) == 2)):
            return way, key
    except (ValueError, binascii.Error):
        pass
    raise PortalError("invalid_input", field="cursor", problem="That page does not exist. Start with the first one.")
