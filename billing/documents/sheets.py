"""What a printed document says, as texts, and how it is broken into pages: the printer repeats no table head itself.

Invoice, credit note, receipt and statement are all a `Sheet`: a head, one table of any length, sums, notes.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field

# Pixels of an A4 page of 1118, as billing/templates/sheet.css lays it out.
FIRST_TOP = 392
AGAIN_TOP = 128
BOTTOM = 1030
ROW = 16
TEXT_LINE = 18
SMALL_LINE = 16
SUM_LINE = 24
HEAD_LINES = 5
AGES = 92
# How many hundredths of the font's size a line holds: in a note, in the title, in the address, in the facts beside it;
# and, for a pixel of the table's column of words, in its words and in their small print.
NOTE_WIDE = 3500
TITLE_WIDE = 1250
HALF_WIDE = 2600
FACT_WIDE = 1650
WORDS_A_PIXEL = 8.0
SMALL_A_PIXEL = 8.85
# Of the boldest weight that is printed.
WIDTHS = {
    sign: width
    for width, signs in {
        25: " ", 30: "',.ijl", 35: "!():;[]f", 40: "rt{|}", 45: "-/I\\", 50: '"?s', 55: "JLcgvxyz",
        60: "$*+0123456789<=>EFTZ^_`abdehknopqu~−–", 65: "CPSVY€", 70: "#ABDKRUX", 75: "&GHNOQ", 80: "—", 85: "Mw",
        90: "@m…", 95: "W", 100: "%",
    }.items()
    for sign in signs
}  # fmt: skip
# A row is never taller than this many lines; longer words go on in rows without figures.
MOST_LINES = 12


@dataclass(frozen=True)
class Column:
    """A column of the table; all of them together are 666 pixels wide. Figures stand to the right."""

    head: str
    width: int
    figures: bool = True


@dataclass(frozen=True)
class SheetLine:
    """One row of the table: a text for each column, and the small print under its words."""

    cells: tuple[str, ...]
    detail: str = ""


@dataclass(frozen=True)
class Sheet:
    """A whole document, ready to print. `words` is the place of the column whose texts may be long."""

    kind: str
    number: str
    title: str
    business: str
    letterhead: tuple[str, ...]
    bill_to: tuple[str, ...]
    headline: str
    total: str
    facts: tuple[tuple[str, str], ...]
    columns: tuple[Column, ...]
    lines: tuple[SheetLine, ...]
    sums: tuple[tuple[str, str], ...]
    words: int = 0
    total_label: str = "Total"
    ages: tuple[tuple[str, str], ...] = ()
    notes: tuple[tuple[str, str], ...] = ()
    foot: str = ""


@dataclass
class Page:
    """One page: its rows, and whether it has the head and the sums."""

    number: int
    first: bool
    last: bool = False
    lines: list[SheetLine] = field(default_factory=list)


def pages_of(sheet: Sheet) -> list[Page]:
    """Breaks the rows into pages; the sums and notes stay together, with a row before them where there is one."""
    left_lines = sum(_rows(line, HALF_WIDE) for line in sheet.bill_to)
    right_lines = sum(_rows(value, FACT_WIDE) for _, value in sheet.facts)
    more = max(0, left_lines - HEAD_LINES, right_lines - HEAD_LINES - 1)
    pages = [Page(1, first=True)]
    left = BOTTOM - FIRST_TOP - more * 20 - TEXT_LINE * (_rows(f"{sheet.kind} {sheet.number}", TITLE_WIDE) - 1) * 2
    closing = _closing(sheet)
    lines = [part for line in sheet.lines for part in _parts(sheet, line)]
    for position, line in enumerate(lines):
        needed = _height(sheet, line) + (closing if position == len(lines) - 1 else 0)
        if needed > left and (pages[-1].lines or pages[-1].first):
            pages.append(Page(len(pages) + 1, first=False))
            left = BOTTOM - AGAIN_TOP
        pages[-1].lines.append(line)
        left -= _height(sheet, line)
    pages[-1].last = True
    return pages


def _parts(sheet: Sheet, line: SheetLine) -> list[SheetLine]:
    """The row, or several where its words would not fit a page."""
    width = sheet.columns[sheet.words].width
    words = _pieces(line.cells[sheet.words], int(width * WORDS_A_PIXEL) * MOST_LINES)
    details = _pieces(line.detail, int(width * SMALL_A_PIXEL) * MOST_LINES)
    first = SheetLine(_with_words(sheet, line.cells, words[0]), details[0] if len(words) == 1 else "")
    more = [*words[1:], *(details[1:] if len(words) == 1 else details)]
    empty = ("",) * len(sheet.columns)
    return [first, *(SheetLine(_with_words(sheet, empty, piece)) for piece in more if piece)]


def _with_words(sheet: Sheet, cells: tuple[str, ...], words: str) -> tuple[str, ...]:
    return (*cells[: sheet.words], words, *cells[sheet.words + 1 :])


def _pieces(text: str, wide: int) -> list[str]:
    pieces, width = [""], 0
    for sign in text:
        width += _width(sign)
        if width > wide:
            pieces.append("")
            width = _width(sign)
        pieces[-1] += sign
    return pieces


def _height(sheet: Sheet, line: SheetLine) -> int:
    width = sheet.columns[sheet.words].width
    detail = SMALL_LINE * _rows(line.detail, int(width * SMALL_A_PIXEL)) if line.detail else 0
    return ROW + TEXT_LINE * _rows(line.cells[sheet.words], int(width * WORDS_A_PIXEL)) + detail


def _closing(sheet: Sheet) -> int:
    notes = sum(36 + TEXT_LINE * (1 + _rows(words, NOTE_WIDE)) for _, words in sheet.notes)
    return 12 + SUM_LINE * len(sheet.sums) + 36 + (AGES if sheet.ages else 0) + notes


def _rows(text: str, wide: int) -> int:
    """Lines that a text takes, rather one too many: a word that does not fit begins a new line."""
    rows, used = 1, 0
    for word in text.split(" "):
        width = sum(map(_width, word)) + 25
        if used and used + width > wide:
            rows, used = rows + 1, 0
        rows += (used + width) // wide if width > wide else 0
        used = width % wide if width > wide else used + width
    return rows


def _width(sign: str) -> int:
    """How wide a sign is at most, in hundredths of the font's size: those of the keyboard as IBM Plex Sans has them."""
    found = WIDTHS.get(sign)
    if found is not None:
        return found
    if unicodedata.east_asian_width(sign) in "WF":
        return 105
    return 0 if unicodedata.combining(sign) else 90 if sign.isupper() else 72
