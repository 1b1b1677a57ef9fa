"""How the assistant puts figures, days and lists into words and blocks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from babel.dates import format_date

from billing.effects import LineKind
from billing.money import format_money
from chat.blocks import Block, Cell, Choice, ChoiceCard, Column, QuickReplies, QuickReply, Row, Table, Text
from chat.understanding import Account, Answer

MOST_ROWS = 12


def money(amount: int, currency: str, account: Account) -> str:
    return format_money(amount, currency, account.locale)


def day(on: date | None, account: Account) -> str:
    """15 March 2026; with its weekday where it is less than a week away."""
    if on is None:
        return ""
    near = abs((on - account.today).days) < 7
    return format_date(on, "EEEE d MMMM y" if near else "d MMMM y", locale=account.locale)


def days_of(since: object, until: object, account: Account) -> str:
    """A stretch of days in a sentence: in January 2026, in 2025, on 3 March 2026, from 1 January to 12 March 2026.

    Bounds may be days or their ISO form; without any it is empty.
    """
    first, last = _as_day(since), _as_day(until)
    if first is None or last is None:
        return f"since {day(first, account)}" if first else f"until {day(last, account)}" if last else ""
    if first == last:
        return f"on {day(first, account)}"
    if first.day == 1 and (last + timedelta(days=1)).day == 1:
        if (first.year, first.month) == (last.year, last.month):
            return f"in {format_date(first, 'MMMM y', locale=account.locale)}"
        if first.year == last.year and (first.month, last.month) == (1, 12):
            return f"in {first.year}"
    short = format_date(first, "d MMMM" if first.year == last.year else "d MMMM y", locale=account.locale)
    return f"from {short} to {format_date(last, 'd MMMM y', locale=account.locale)}"


def amounts_of(least: int | None, most: int | None, account: Account) -> str:
    """A range of amounts in a sentence: of €500.00 or more, of €528.01, from €500.00 to €800.00; else empty."""
    low, high = (None if amount is None else money(amount, account.currency, account) for amount in (least, most))
    if low is None or high is None:
        return f"of {low} or more" if low else f"of {high} or less" if high else ""
    return f"of {low}" if low == high else f"from {low} to {high}"


def _as_day(said: object) -> date | None:
    return said if isinstance(said, date) else date.fromisoformat(str(said)) if said else None


def joined(words: Sequence[str]) -> str:
    """RT-1, RT-2 and RT-3."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}" if words else ""


def counted(number: int, noun: str) -> str:
    """1 invoice, 2 invoices."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def table(
    columns: Sequence[str],
    rows: Iterable[Sequence[str | Cell]],
    *,
    title: str = "",
    note: str = "",
    href: str | None = None,
    grand: bool = False,
    totals: Sequence[str] = (),
) -> Table:
    """A table whose last column holds figures; `grand` rules the last row as the sum, `totals` those of that name."""
    filled = [tuple(cell if isinstance(cell, Cell) else Cell(text=cell) for cell in row) for row in rows]
    shown = filled[:MOST_ROWS]
    return Table(
        title=title,
        columns=tuple(
            Column(label=label, align="end" if n == len(columns) - 1 else "start") for n, label in enumerate(columns)
        ),
        rows=tuple(
            Row(cells=cells, line=_rule(cells[0].text, grand and n == len(shown) - 1, totals))
            for n, cells in enumerate(shown)
        ),
        note=note,
        href=href,
    )


def _rule(name: str, last: bool, totals: Sequence[str]) -> LineKind:
    if last:
        return LineKind.GRAND
    return LineKind.TOTAL if name in totals else LineKind.LINE


def text(words: str, *strong: str) -> Text:
    return Text(text=words, strong=tuple(s for s in strong if s and s in words))


def buttons(answers: Iterable[Answer | QuickReply]) -> list[Block]:
    """Quick replies, when there are some; at most five."""
    replies = tuple(a if isinstance(a, QuickReply) else QuickReply(label=a.label, send=a.send) for a in answers)
    return [QuickReplies(replies=replies[:5])] if replies else []


def question(words: str, answers: Sequence[Answer]) -> list[Block]:
    """A question with its answers: short ones as buttons, long ones as cards."""
    if answers and max(len(a.label) for a in answers) > 24:
        cards = tuple(ChoiceCard(title=a.label, send=a.send) for a in answers[:5])
        return [Choice(question=words, cards=cards)]
    return [text(words), *buttons(answers)]


def person(business_allows: bool = True) -> list[QuickReply]:
    """The button that asks for a person."""
    return [QuickReply(label="Talk to a person", action="support.talk_to_person")] if business_allows else []


def invoice_page(number: str) -> str:
    """Where the portal shows one invoice."""
    return f"/invoices?open={number}"
