"""Why one invoice is higher than another: line by line, to the cent, from their own lines."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass

from billing.invoices.detail import DetailLine, InvoiceDetail
from chat.blocks import Block
from chat.dialog.saying import money, table, text
from chat.dialog.turn import Turn

MOST = 8
_TIME = re.compile(
    r"\b(?:january|february|march|april|may|june|july|august|september|october|november|december|jan|feb|mar|apr|"
    r"jun|jul|aug|"
    r"sep|oct|nov|dec)\b|\b20\d\d\b|\b\d{1,2}\b(?=\s*(?:to|–|-|until)?\s*$)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Change:
    """What differs, and by how much; minor units without tax."""

    label: str
    amount: int


def compare(turn: Turn, this: InvoiceDetail, other_number: str) -> list[Block]:
    """The difference between two invoices, made up of lines that are new, gone or changed, and of tax."""
    if not other_number:
        return [text(f"I found no other invoice to compare {this.row.number} with. Name two, and I compare them.")]
    other: InvoiceDetail = turn.ask("invoices.show", {"number": other_number})
    if other.row.currency != this.row.currency:
        return [
            text(
                f"{this.row.number} and {other.row.number} are in different currencies. I can’t compare their amounts."
            )
        ]
    turn.memory = turn.memory.showing("invoice", [this.row.number, other.row.number])
    difference = this.total - other.total
    names = f"{_name(this)} ({this.row.number})", f"{_name(other)} ({other.row.number})"
    if difference == 0 and not changes(this.lines, other.lines):
        return [text(f"{names[0]} and {names[1]} are the same: {_figure(turn, this, this.total)}.")]
    return _told(turn, this, other, difference)


def _told(turn: Turn, this: InvoiceDetail, other: InvoiceDetail, difference: int) -> list[Block]:
    found = changes(this.lines, other.lines)
    way = "higher" if difference > 0 else "lower"
    by = f"{_figure(turn, this, abs(difference))} {way}"
    sentence = (
        f"{_name(this)} is {by} than {_name(other)}."
        if difference
        else f"{_name(this)} and {_name(other)} come to the same."
    )
    agreeing = [change for change in found if change.amount * difference > 0]
    if agreeing and abs(agreeing[0].amount) * 2 > abs(difference):
        sentence += f" Most of it is {_lower(agreeing[0].label)}."
    rows = [(change.label, _figure(turn, this, change.amount)) for change in found[:MOST]]
    if len(found) > MOST:
        rows.append((f"{len(found) - MOST} smaller changes", _figure(turn, this, sum(c.amount for c in found[MOST:]))))
    if tax := this.tax - other.tax:
        rows.append(("VAT on these", _figure(turn, this, tax)))
    rows.append(("Difference", _figure(turn, this, difference)))
    note = f"From {this.row.number} and {other.row.number}"
    return [text(sentence, by), table(("What changed", "Amount"), rows, note=note, grand=True)]


def changes(these: list[DetailLine], others: list[DetailLine]) -> list[Change]:
    """What these lines have more or less than the others, the largest first; together exactly the difference.

    Lines are the same when their description is, apart from months and years.
    """
    now, before = _by_name(these), _by_name(others)
    found = []
    for name in dict.fromkeys([*now, *before]):
        amount = sum(line.amount for line in now[name]) - sum(line.amount for line in before[name])
        if amount:
            found.append(Change(_label(now[name], before[name]), amount))
    return sorted(found, key=lambda change: -abs(change.amount))


def _by_name(lines: list[DetailLine]) -> dict[str, list[DetailLine]]:
    found: dict[str, list[DetailLine]] = defaultdict(list)
    for line in lines:
        found[" ".join(re.findall(r"[^\W\d_]+", _TIME.sub(" ", line.description).lower()))].append(line)
    return found


def _label(now: list[DetailLine], before: list[DetailLine]) -> str:
    if not before:
        return _with_quantity(now[0])
    if not now:
        return f"{before[0].description}, not this time"
    this, other = now[0], before[0]
    more = this.quantity - other.quantity
    if len(now) == len(before) == 1 and more and this.unit_amount == other.unit_amount:
        amount = f"{abs(more).normalize():f} {'more' if more > 0 else 'fewer'} {this.unit}".strip()
        return f"{this.description.partition(',')[0]}, {amount}"
    return this.description


def _with_quantity(line: DetailLine) -> str:
    if line.unit and line.quantity != 1 and not re.match(r"[\d.,]+ ", line.description):
        return f"{line.description}, {line.quantity.normalize():f} {line.unit}"
    return line.description


def _name(detail: InvoiceDetail) -> str:
    """What a person calls it: its month when the title ends in one, else its number."""
    found = re.search(r",\s*([A-Z][a-z]+)$", detail.row.title)
    return found.group(1) if found else detail.row.number


def _lower(label: str) -> str:
    return label if label[:2].isupper() or not label[:1].isalpha() else label[0].lower() + label[1:]


def _figure(turn: Turn, detail: InvoiceDetail, amount: int) -> str:
    return money(amount, detail.row.currency, turn.account)
