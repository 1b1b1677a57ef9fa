"""Reads the rows of an export, with the line on which each begins; what can't be read becomes a problem."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from portal.importers.mapping import FieldSource, FileMapping
from portal.importers.report import Problem

csv.field_size_limit(1_000_000)
MOST_PROBLEMS = 1_000


@dataclass
class Problems:
    """Bad rows, gathered; after a thousand only counted by the last."""

    found: list[Problem] = field(default_factory=list)

    def add(self, file: str, line: int, column: str, reason: str) -> None:
        if len(self.found) < MOST_PROBLEMS:
            self.found.append(Problem(file, line, column, reason))


@dataclass
class Row:
    """A row and where it stands. `bad` notes a problem with one of its columns."""

    file: str
    line: int
    cells: dict[str, str]
    problems: Problems
    good: bool = True

    def text(self, source: FieldSource | None) -> str:
        return source.text(self.cells) if source else ""

    def bad(self, column: str, reason: str) -> None:
        self.good = False
        self.problems.add(self.file, self.line, column, reason)


def read_rows(path: Path, mapping: FileMapping, problems: Problems) -> Iterator[Row]:
    """Yields the rows that have the right shape.

    A file that can't be opened, a column that the mapping names and the file lacks, a row with too few or too many
    cells, and a sign that isn't in the file's encoding are problems.
    """
    try:
        with path.open(encoding=mapping.encoding, errors="surrogateescape", newline="") as file:
            reader = csv.reader(file, delimiter=mapping.delimiter, quotechar=mapping.quote, strict=True)
            try:
                yield from _rows(reader, path.name, mapping, problems)
            except csv.Error as error:
                problems.add(path.name, reader.line_num, "", f"This is not CSV: {error}.")
            except UnicodeError:
                problems.add(path.name, reader.line_num + 1, "", f"This is not written in {mapping.encoding}.")
    except OSError as error:
        problems.add(path.name, 0, "", f"The file can't be read: {error.strerror}.")


def _rows(reader: csv._reader, name: str, mapping: FileMapping, problems: Problems) -> Iterator[Row]:  # type: ignore[name-defined]
    header = [cell.strip() for cell in next(reader, [])]
    if not any(header):
        problems.add(name, 1, "", "The file is empty: its first line must name the columns.")
        return
    missing = sorted({n for source in mapping.fields().values() for n in source.names()} - set(header))
    for column in missing:
        problems.add(name, 1, column, "The mapping names this column, and the file has none of that name.")
    if missing:
        return
    line = reader.line_num + 1
    for cells in reader:
        began, line = line, reader.line_num + 1
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(header):
            problems.add(name, began, "", f"There are {len(cells)} cells, and the first line names {len(header)}.")
            continue
        row = Row(name, began, dict(zip(header, cells, strict=True)), problems)
        for column, cell in row.cells.items():
            if any("\udc80" <= sign <= "\udcff" for sign in cell):
                row.bad(column, f"This is not written in {_named(mapping.encoding)}.")
            elif any(sign < " " and sign not in "\t\r\n" for sign in cell):
                row.bad(column, "This has a sign in it that is no text.")
        if row.good:
            yield row


def _named(encoding: str) -> str:
    return "utf-8" if encoding == "utf-8-sig" else encoding
