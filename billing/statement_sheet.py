"""A statement of account on paper, and as rows for a spreadsheet, written while they are read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from billing.context import Actor, Context, Contexts
from billing.dates import format_day
from billing.downloads import Document, Format, address, drawn
from billing.errors import PortalError
from billing.invoice_sheet import addressee, letterhead
from billing.money import format_money
from billing.posting import billing_address
from billing.registry import Channel
from billing.rules.aging import Aged
from billing.sheets import Column, Sheet, SheetLine
from billing.spreadsheet import MEDIA_TYPE, decimals, safe
from billing.statements import Frame, Move, Point, ageing, frame_of, joined, midnight, read_rows

MOST_PRINTED = 4_000  # rows of the ledger, about as many pages as a box of paper has sheets
ROWS_AT_ONCE = 5_000
HEAD = (
    "date", "description", "invoice", "payment", "charged", "paid or credited", "credit used", "balance", "to pay",
    "credit", "currency",
)  # fmt: skip


def statement_document(ctx: Context, frame: Frame, format: Format) -> Document:
    """Where the statement is fetched; its PDF is drawn once. Raises `statement_too_long` for a PDF of thousands."""
    number = f"{frame.since.isoformat()}_{frame.until.isoformat()}_{frame.currency}"
    if format is Format.CSV:
        name = f"{number}.csv"
        return Document(key="", name=name, media_type=MEDIA_TYPE, url=address("statement", name))
    if frame.rows > MOST_PRINTED:
        raise PortalError("statement_too_long", most=MOST_PRINTED // 2)
    moves = list(joined(read_rows(ctx, frame, frame.opening.sequence, frame.rows)))
    document = drawn(ctx, "statement", f"{ctx.customer.number}/{number}", _sheet(ctx, frame, moves))
    name = f"{number}.pdf"
    return document.model_copy(update={"name": name, "url": address("statement", name)})


def _sheet(ctx: Context, frame: Frame, moves: list[Move]) -> Sheet:
    def money(amount: int) -> str:
        return format_money(amount, frame.currency)

    business, last = ctx.preferences, format_day(frame.until)
    changes = [after - before for before, after in _pairs(frame, moves)]
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
        lines=(_opening(frame), *_lines(ctx, frame, moves)),
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


def _pairs(frame: Frame, moves: list[Move]) -> Iterator[tuple[int, int]]:
    before = frame.opening.net
    for move in moves:
        yield before, move.after.net
        before = move.after.net


def _opening(frame: Frame) -> SheetLine:
    return SheetLine(
        (_short(frame.since), "Balance brought forward", "", "", format_money(frame.opening.net, frame.currency))
    )


def _lines(ctx: Context, frame: Frame, moves: list[Move]) -> Iterator[SheetLine]:
    for (before, after), move in zip(_pairs(frame, moves), moves, strict=True):
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


def statement_rows(
    contexts: Contexts, actor: Actor, channel: Channel, since: date, until: date, currency: str
) -> Iterator[Sequence[str]]:
    """The statement's rows, read and given bit by bit, each bit in a short transaction of its own.

    The ledger only grows, so that all bits together are the statement as it was when the first was read.
    """
    with contexts.open(actor, channel) as ctx:
        frame = frame_of(ctx, since, until, currency)
        midnights = _Midnights(ctx)
    write = decimals(currency)
    point = frame.opening
    yield HEAD
    yield _balance_row(since, "Balance brought forward", point, currency)
    while point.sequence < frame.closing.sequence:
        with contexts.open(actor, channel) as ctx:
            moves = list(joined(read_rows(ctx, frame, point.sequence, ROWS_AT_ONCE)))
        if len(moves) > 1 and moves[-1].after.sequence < frame.closing.sequence:
            moves.pop()  # its other rows may be in the next bit
        before = point.net
        for move in moves:
            point = move.after
            net = point.receivable - point.credit
            change = net - before
            before = net
            yield (
                midnights.day(move.at), safe(move.text), safe(move.invoice), safe(move.payment),
                write(change) if change > 0 else "", write(-change) if change < 0 else "",
                write(move.used) if move.used else "", write(net), write(point.receivable), write(point.credit),
                currency,
            )  # fmt: skip
    yield _balance_row(until, "Balance", point, currency)


def _balance_row(day: date, words: str, point: Point, currency: str) -> Sequence[str]:
    write = decimals(currency)
    return (
        day.isoformat(), words, "", "", "", "", "", write(point.net), write(point.receivable), write(point.credit),
        currency,
    )  # fmt: skip


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
