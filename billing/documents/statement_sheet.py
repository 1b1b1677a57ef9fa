"""A statement of account on paper, and as rows for a spreadsheet, written while they are read."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import chain
from typing import Any

from billing.context import Actor, Context, Contexts
from billing.dates import format_day
from billing.documents.downloads import Document, Format, address, drawn
from billing.documents.invoice_sheet import addressee, letterhead
from billing.documents.sheets import Column, Sheet, SheetLine
from billing.documents.spreadsheet import BYTE_ORDER_MARK, MEDIA_TYPE, decimals, safe
from billing.documents.statements import Frame, Move, Point, ageing, frame_of, joined, midnight, moves, read_rows
from billing.errors import PortalError
from billing.money import format_money
from billing.posting import billing_address
from billing.registry import Channel
from billing.rules.aging import Aged

MOST_PRINTED = 4_000  # rows of the ledger, about as many pages as a box of paper has sheets
ROWS_AT_ONCE = 5_000
LONGEST_MONTH = 31
HEAD = (
    "date", "description", "invoice", "payment", "charged", "paid or credited", "credit used", "balance", "to pay",
    "credit", "currency",
)  # fmt: skip


def statement_document(ctx: Context, frame: Frame, format: Format) -> Document:
    """Where the statement is fetched; its PDF is drawn once. Raises `statement_too_long` for a PDF of thousands."""
    number = f"{frame.since.isoformat()}_{frame.until.isoformat()}_{frame.currency}"
    name, url = f"{_file_name(ctx, frame)}.{format}", address("statement", f"{number}.{format}")
    if format is Format.CSV:
        return Document(key="", name=name, media_type=MEDIA_TYPE, url=url)
    if frame.rows > MOST_PRINTED:
        raise PortalError("statement_too_long", most=MOST_PRINTED // 2)
    found = moves(read_rows(ctx, frame, frame.opening.sequence, frame.rows))
    document = drawn(ctx, "statement", f"{ctx.customer.number}/{number}", _sheet(ctx, frame, found))
    return document.model_copy(update={"name": name, "url": url})


def _file_name(ctx: Context, frame: Frame) -> str:
    """Whose it is and of when, among other files: renotech-statement-CUS-1001-2026-02. A whole month has no days."""
    business = re.sub(r"[\W_]+", "-", ctx.preferences.business_name.lower()).strip("-")
    following = frame.until + timedelta(days=1)
    whole = frame.since.day == 1 and following.day == 1 and (following - frame.since).days <= LONGEST_MONTH
    days = f"{frame.since:%Y-%m}" if whole else f"{frame.since.isoformat()}-to-{frame.until.isoformat()}"
    currency = "" if frame.currency == ctx.customer.currency else frame.currency
    return "-".join(part for part in (business, "statement", ctx.customer.number, days, currency) if part)


def _sheet(ctx: Context, frame: Frame, found: list[Move]) -> Sheet:
    def money(amount: int) -> str:
        return format_money(amount, frame.currency)

    business, last = ctx.preferences, format_day(frame.until)
    changes = [after - before for before, after in _pairs(frame, found)]
    charged = sum(change for change in changes if change > 0)
    credited = sum(change for change in changes if change < 0)
    return Sheet(
        kind="Statement",
        number=ctx.customer.number,
        title=f"{format_day(frame.since)} to {last}, in {frame.currency}",
        business=business.business_name,
        letterhead=letterhead(business),
        bill_to=addressee(billing_address(ctx.customer)),
        headline=f"Balance on {last}",
        total=money(frame.closing.net),
        facts=(
            ("To pay", money(frame.closing.receivable)),
            ("Credit", money(frame.closing.credit)),
            *((("Pay to", business.business_iban),) if business.business_iban and frame.closing.net > 0 else ()),
        ),
        columns=(
            Column("Day", 84, figures=False),
            Column("What", 282, figures=False),
            Column("Charged", 100),
            Column("Paid or credited", 100),
            Column("Balance", 100),
        ),
        lines=(_opening(frame), *_lines(ctx, frame, found)),
        sums=(
            (f"Balance before {format_day(frame.since)}", money(frame.opening.net)),
            ("Charged", money(charged)),
            ("Paid or credited", money(credited)),
        ),
        words=1,
        total_label="Balance",
        ages=_ages(ageing(ctx, frame), frame.currency),
        foot="What was booked until the end of the last day.",
    )


def _pairs(frame: Frame, found: list[Move]) -> Iterator[tuple[int, int]]:
    before = frame.opening.net
    for move in found:
        yield before, move.after.net
        before = move.after.net


def _opening(frame: Frame) -> SheetLine:
    return SheetLine(
        (_short(frame.since), "Balance brought forward", "", "", format_money(frame.opening.net, frame.currency))
    )


def _lines(ctx: Context, frame: Frame, found: list[Move]) -> Iterator[SheetLine]:
    for (before, after), move in zip(_pairs(frame, found), found, strict=True):
        change = format_money(abs(after - before), frame.currency)
        used = _used(move.used, frame.currency) if after == before else ""
        balance = format_money(after, frame.currency)
        cells = (change if after > before else "", change if after < before else "", balance)
        yield SheetLine((_short(move.at.astimezone(ctx.zone).date()), move.text, *cells), used)


def _used(credit: int, currency: str) -> str:
    if not credit:
        return ""
    return f"{format_money(abs(credit), currency)} {'of credit used' if credit > 0 else 'back to your credit'}"


def _short(day: date) -> str:
    return f"{day.day} {day:%b} {day.year}"


def _ages(found: Aged, currency: str) -> tuple[tuple[str, str], ...]:
    amounts = (found.current, found.days_30, found.days_60, found.days_90, found.older)
    labels = ("To pay, not yet due", "1–30 days late", "31–60 days", "61–90 days", "Over 90 days")
    return tuple((label, format_money(amount, currency)) for label, amount in zip(labels, amounts, strict=True))


def statement_csv(
    contexts: Contexts, actor: Actor, channel: Channel, since: date, until: date, currency: str
) -> Iterator[bytes]:
    """The statement for a spreadsheet, read and given bit by bit, each bit in a short transaction of its own.

    The ledger only grows, so that all bits together are the statement as it was when the first was read.
    """
    with contexts.open(actor, channel) as ctx:
        frame = frame_of(ctx, since, until, currency)
        midnights = _Midnights(ctx)
    write = _Writer(frame.currency)
    write.balance(since, "Balance brought forward", frame.opening)
    yield BYTE_ORDER_MARK.encode() + write.taken()
    point = frame.opening
    while point.sequence < frame.closing.sequence:
        with contexts.open(actor, channel) as ctx:
            point = write.movements(point, frame, read_rows(ctx, frame, point.sequence, ROWS_AT_ONCE), midnights)
        yield write.taken()
    write.balance(until, "Balance", point)
    yield write.taken()


class _Writer:
    """Writes a statement's rows, the first of which is its head."""

    def __init__(self, currency: str) -> None:
        self._held = io.StringIO()
        self._write = csv.writer(self._held, quoting=csv.QUOTE_ALL).writerow
        self._currency = currency
        self._decimal = decimals(currency)
        self._write(HEAD)

    def taken(self) -> bytes:
        """What was written since the last time."""
        content = self._held.getvalue().encode()
        self._held.seek(0)
        self._held.truncate()
        return content

    def balance(self, day: date, words: str, point: Point) -> None:
        """How the account stands at the beginning or the end."""
        money = self._decimal
        amounts = (money(point.net), money(point.receivable), money(point.credit))
        self._write((day.isoformat(), words, "", "", "", "", "", *amounts, self._currency))

    def movements(self, point: Point, frame: Frame, rows: Iterable[Sequence[Any]], midnights: _Midnights) -> Point:
        """Writes the movements of the rows but for one whose other rows may follow; gives where they end."""
        write, money, currency, before = self._write, self._decimal, self._currency, point.net
        sequence, receivable, credit = point
        start, held = sequence, None
        for found in chain(joined(rows), [None]):
            if held is not None and (found is not None or held[5] == frame.closing.sequence or sequence == start):
                at, text, invoice, payment, used, sequence, receivable, credit = held
                net = receivable - credit
                change, before = net - before, net
                write((
                    midnights.day(at), safe(text), safe(invoice), safe(payment), money(change) if change > 0 else "",
                    money(-change) if change < 0 else "", money(used) if used else "", money(net), money(receivable),
                    money(credit), currency,
                ))  # fmt: skip
            held = found
        return Point(sequence, receivable, credit)


class _Midnights:
    """The day of a moment where the customer is, quick for moments in order."""

    def __init__(self, ctx: Context) -> None:
        self._zone = ctx.zone
        self._context = ctx
        self._start = self._end = datetime.max.replace(tzinfo=ctx.now.tzinfo)
        self._text = ""

    def day(self, at: datetime) -> str:
        """2026-03-12."""
        if not self._start <= at < self._end:
            day = at.astimezone(self._zone).date()
            self._start, self._end = midnight(self._context, day), midnight(self._context, day + timedelta(days=1))
            self._text = day.isoformat()
        return self._text
