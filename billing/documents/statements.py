"""The account between two days: opening, every movement, closing, and how long what is owed has been due.

Everything is read from the ledger, which only grows. A statement is a range of its sequence numbers: it ends with the
last row before the midnight (where the customer is) after its last day, and the next one begins there. So the closing
of one is the opening of the next, and what is booked later changes no statement of the past.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import chain
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, DateTime, Select, and_, case, func, literal, or_, type_coerce, union_all
from sqlalchemy import select as sql_select
from sqlmodel import col

from billing.context import Context
from billing.errors import PortalError
from billing.models.invoices import DueMonth, DueTotal, Invoice
from billing.models.ledger import Account, Balance, LateDay, LateMonth, LedgerEntry
from billing.models.payments import Payment
from billing.references import EARLIEST, check_days
from billing.rules.aging import Age, Aged, first_due

# A movement is at most so many rows of the ledger: an invoice's or credit note's revenue and tax.
ROWS_A_MOVEMENT = 2
ROWS_AT_ONCE = 200
RECEIVABLE, CREDIT = str(Account.RECEIVABLE), str(Account.CREDIT)  # quicker to compare with than the members
OPENING, CLOSING, NEWEST = "opening", "closing", "newest"


class Point(NamedTuple):
    """How the account stood after the ledger's row of that sequence number; minor units."""

    sequence: int = 0
    receivable: int = 0
    credit: int = 0

    @property
    def net(self) -> int:
        """What is owed less the credit."""
        return self.receivable - self.credit


@dataclass(frozen=True, slots=True)
class Frame:
    """Which part of the ledger a statement shows."""

    customer_id: int
    currency: str
    currencies: tuple[str, ...]
    since: date
    until: date
    opening: Point
    closing: Point
    newest: int

    @property
    def rows(self) -> int:
        """How many rows of the ledger it has."""
        return self.closing.sequence - self.opening.sequence


class Move(NamedTuple):
    """What happened once: an invoice, a payment, a use of credit.

    `used` is credit that went to an invoice; below zero it came back from there.
    """

    at: datetime
    text: str
    invoice: str
    payment: str
    used: int
    after: Point


def frame_of(ctx: Context, since: date | None, until: date | None, currency: str | None) -> Frame:
    """The range of the ledger of the days [since, until], both included, where the customer is.

    Without days: this month until today. Without a currency: the account's. Raises `invalid_input`.
    """
    last = until or ctx.today
    first = since or last.replace(day=1)
    if last > ctx.today:
        raise PortalError("invalid_input", field="until", problem="A statement can't end after today.")
    check_days(first, last)
    if first < EARLIEST:
        raise PortalError("invalid_input", field="since", problem="A statement starts in 1970 or later.")
    wanted = currency or ctx.customer.currency
    mine = ctx.customer.id or 0
    points, currencies = _points(ctx, mine, wanted, midnight(ctx, first), midnight(ctx, last + timedelta(1)))
    if wanted not in (*currencies, ctx.customer.currency):
        problem = f"There is nothing in {wanted} in this account."
        raise PortalError("invalid_input", field="currency", problem=problem)
    every = tuple(sorted({*currencies, ctx.customer.currency}))
    opening, closing = points.get(OPENING, Point()), points.get(CLOSING, Point())
    return Frame(mine, wanted, every, first, last, opening, closing, points.get(NEWEST, Point()).sequence)


def midnight(ctx: Context, day: date) -> datetime:
    """The moment at which that day begins where the customer is."""
    return datetime.combine(day, time(), ctx.zone).astimezone(UTC)


def _points(
    ctx: Context, customer_id: int, currency: str, start: datetime, end: datetime
) -> tuple[dict[str, Point], list[str]]:
    """How the account stood before two moments and stands now, and the currencies that it has, in one statement."""
    now = _columns(
        literal(NEWEST).label("name"),
        col(Balance.currency).label("currency"),
        col(Balance.last_sequence).label("sequence"),
        col(Balance.receivable).label("receivable"),
        col(Balance.credit).label("credit"),
    ).where(col(Balance.customer_id) == customer_id)
    parts = [now]
    for name, moment in ((OPENING, start), (CLOSING, end)):
        before = (
            sql_select(
                literal(name).label("name"),
                col(LedgerEntry.currency).label("currency"),
                col(LedgerEntry.sequence).label("sequence"),
                col(LedgerEntry.receivable_after).label("receivable"),
                col(LedgerEntry.credit_after).label("credit"),
            )
            .where(
                col(LedgerEntry.customer_id) == customer_id,
                col(LedgerEntry.currency) == currency,
                col(LedgerEntry.at) < moment,
            )
            .order_by(col(LedgerEntry.at).desc(), col(LedgerEntry.sequence).desc())
            .limit(1)
            .subquery()
        )
        parts.append(_columns(*before.c))
    rows = ctx.session.connection().execute(union_all(*parts)).all()
    points = {row.name: Point(row.sequence, row.receivable, row.credit) for row in rows if row.currency == currency}
    return points, [row.currency for row in rows if row.name == NEWEST]


def _columns(*columns: Any) -> Select[Any]:
    return sql_select(*columns)


def moves_of(ctx: Context, frame: Frame, cursor: int | None, most: int) -> tuple[Point, list[Move], bool]:
    """A page of the frame: how the account stood before it, up to `most` movements, and whether there are more.

    The page begins after the ledger's row `cursor`. Raises `invalid_input` where the frame has no such row.
    """
    before, rows = frame.opening, (most + 1) * ROWS_A_MOVEMENT
    if cursor is None:
        found = moves(read_rows(ctx, frame, before.sequence, rows))
    else:
        inside = frame.opening.sequence < cursor <= frame.closing.sequence
        read = list(read_rows(ctx, frame, cursor - 1, rows + 1)) if inside else []
        if not read or read[0][0] != cursor:
            problem = "That page does not exist. Start with the first one."
            raise PortalError("invalid_input", field="cursor", problem=problem)
        before, found = Point(cursor, read[0][8], read[0][9]), moves(read[1:])
    whole = not found or found[-1].after.sequence == frame.closing.sequence
    if whole or len(found) > most:
        return before, found[:most], len(found) > most
    return before, found[:-1] or found, True


def read_rows(ctx: Context, frame: Frame, after: int, limit: int) -> Iterable[Sequence[Any]]:
    """The ledger's rows of the frame after a sequence number, in order, as `joined` takes them."""
    statement = (
        sql_select(
            col(LedgerEntry.sequence),
            type_coerce(col(LedgerEntry.at), DateTime(timezone=True)),  # `joined` makes it a moment, once a movement
            col(LedgerEntry.debit),
            col(LedgerEntry.credit),
            col(LedgerEntry.amount),
            col(LedgerEntry.text),
            col(Invoice.number),
            col(Payment.number),
            col(LedgerEntry.receivable_after),
            col(LedgerEntry.credit_after),
        )
        .outerjoin(Invoice, col(Invoice.id) == col(LedgerEntry.invoice_id))
        .outerjoin(Payment, col(Payment.id) == col(LedgerEntry.payment_id))
        .where(
            col(LedgerEntry.customer_id) == frame.customer_id,
            col(LedgerEntry.currency) == frame.currency,
            col(LedgerEntry.sequence) > after,
            col(LedgerEntry.sequence) <= frame.closing.sequence,
        )
        .order_by(col(LedgerEntry.sequence))
        .limit(limit)
    )
    return chain.from_iterable(ctx.session.connection().execute(statement).partitions(ROWS_AT_ONCE))


def joined(rows: Iterable[Sequence[Any]]) -> Iterator[tuple[datetime, str, str, str, int, int, int, int]]:
    """One movement for what was booked together: an invoice's revenue and tax are two rows and one movement.

    Plain tuples of moment, text, invoice, payment, credit used, and the sequence number and balances after it.
    """
    text = at = invoice = payment = None
    sequence = used = receivable = left = 0
    for row in rows:
        if row[5] != text or row[1] != at or row[6] != invoice or row[7] != payment:
            if text is not None:
                yield _utc(at), text, invoice or "", payment or "", used, sequence, receivable, left
            used = 0
        sequence, at, debit, credit, amount, text, invoice, payment, receivable, left = row
        if debit == CREDIT and credit == RECEIVABLE:
            used += amount
        elif debit == RECEIVABLE and credit == CREDIT:
            used -= amount
    if text is not None:
        yield _utc(at), text, invoice or "", payment or "", used, sequence, receivable, left


def moves(rows: Iterable[Sequence[Any]]) -> list[Move]:
    """The movements of these rows."""
    return [Move(*found[:5], Point(*found[5:])) for found in joined(rows)]


def _utc(at: Any) -> datetime:
    """The moment that a database keeps with its time zone, or without in UTC."""
    moment: datetime = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    return moment


def ageing(ctx: Context, frame: Frame) -> Aged:
    """What was owed at the end of the last day, by age: exactly as it stood then, whatever was paid since.

    The running totals by due date say how it stands now; what was booked after the last day, late, is taken off again.
    What was not overdue is the rest of what was owed. However many invoices there are, it is a row for each day or
    month.
    """
    if not frame.closing.receivable:
        return Aged()
    parts = _overdue_now(frame)
    if frame.closing.sequence < frame.newest:
        parts += _booked_since(frame, midnight(ctx, frame.until + timedelta(1)))
    found = union_all(*parts).subquery()
    sums = [func.sum(case((each, found.c.amount), else_=0)) for each in _ages(found.c.due_on, frame.until)]
    late = [int(amount or 0) for amount in ctx.session.connection().execute(sql_select(*sums)).one()]
    return Aged(frame.closing.receivable - sum(late), *late)


def _ages(due_on: Any, until: date) -> list[ColumnElement[bool]]:
    """Whether a due date has each age but `current` on that day, in their order."""
    late = [age for age in Age if age != Age.CURRENT]
    starts = [first_due(age, until) for age in late]
    ends = [until, *starts[:-1]]
    return [and_(due_on < end, *([due_on >= start] if start else [])) for start, end in zip(starts, ends, strict=True)]


def _overdue_now(frame: Frame) -> list[Select[Any]]:
    """What is owed now of what was overdue on the last day: by month where it has the oldest age, by day elsewhere."""
    oldest = first_due(Age.DAYS_90, frame.until)
    assert oldest is not None
    by_day = oldest.replace(day=1)
    months = _columns(col(DueMonth.month).label("due_on"), col(DueMonth.amount).label("amount")).where(
        col(DueMonth.customer_id) == frame.customer_id,
        col(DueMonth.currency) == frame.currency,
        col(DueMonth.month) < by_day,
    )
    days = _columns(col(DueTotal.due_on).label("due_on"), col(DueTotal.amount).label("amount")).where(
        col(DueTotal.customer_id) == frame.customer_id,
        col(DueTotal.currency) == frame.currency,
        col(DueTotal.due_on) >= by_day,
        col(DueTotal.due_on) < frame.until,
    )
    return [months, days]


def _booked_since(frame: Frame, end: datetime) -> list[Select[Any]]:
    """What was booked from that moment on of what was overdue then, below zero where more is owed since.

    By month and by day from the midnight of UTC that is nearest, and by the ledger's rows between the two.
    """
    middle = (end + timedelta(hours=12)).astimezone(UTC)
    nearest = datetime.combine(middle.date(), time(), UTC)
    first = nearest.date()
    month = first if first.day == 1 else _next_month(first)
    months = _late(frame, LateMonth).where(col(LateMonth.month) >= month)
    days = _late(frame, LateDay).where(col(LateDay.booked_on) >= first, col(LateDay.booked_on) < month)
    between = [_between(frame, end, nearest)] if end != nearest else []
    return [months, *([days] if first < month else []), *between]


def _late(frame: Frame, model: type[LateDay] | type[LateMonth]) -> Select[Any]:
    return _columns(col(model.due_on).label("due_on"), (-col(model.amount)).label("amount")).where(
        col(model.customer_id) == frame.customer_id,
        col(model.currency) == frame.currency,
        col(model.due_on) < frame.until,
    )


def _between(frame: Frame, end: datetime, nearest: datetime) -> Select[Any]:
    """What the ledger has from the end until the midnight after it; or, put back, from the midnight before it."""
    sign = -1 if end < nearest else 1
    change = case((col(LedgerEntry.debit) == Account.RECEIVABLE, sign), else_=-sign) * col(LedgerEntry.amount)
    return (
        _columns(col(Invoice.due_on).label("due_on"), change.label("amount"))
        .join(LedgerEntry, col(LedgerEntry.invoice_id) == col(Invoice.id))
        .where(
            col(LedgerEntry.customer_id) == frame.customer_id,
            col(LedgerEntry.currency) == frame.currency,
            col(LedgerEntry.at) >= min(end, nearest),
            col(LedgerEntry.at) < max(end, nearest),
            col(Invoice.due_on) < frame.until,
            or_(col(LedgerEntry.debit) == Account.RECEIVABLE, col(LedgerEntry.credit) == Account.RECEIVABLE),
        )
    )


def _next_month(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)
