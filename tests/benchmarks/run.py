"""`make bench`: runs every function `bench_*` of this folder, prints a table and writes build/bench.json.

Such a function takes nothing and returns an iterable of `Record`s. `python -m tests.benchmarks.run chat pdf` runs only
those whose module or name holds one of the words.
"""

from __future__ import annotations

import importlib
import json
import sys
import traceback
from collections.abc import Callable, Iterable
from pathlib import Path

from tests.benchmarks.records import Record

FOLDER = Path(__file__).resolve().parent
RESULT = FOLDER.parents[1] / "build" / "bench.json"
Bench = Callable[[], Iterable[Record]]
HEADINGS = ("", "ours", "baseline", "unit", "ratio", "goal", "")


def collect(words: list[str]) -> list[tuple[str, Bench]]:
    """Every benchmark whose full name holds one of the words; all of them when there is no word."""
    found = []
    for path in sorted(FOLDER.glob("*.py")):
        module = importlib.import_module(f"tests.benchmarks.{path.stem}")
        for name, function in vars(module).items():
            full = f"{path.stem}.{name}"
            if name.startswith("bench_") and function.__module__ == module.__name__:
                found.append((full, function))
    return [(full, function) for full, function in found if not words or any(word in full for word in words)]


def row(record: Record) -> tuple[str, ...]:
    """A record as the table shows it."""
    least = "≥" if record.better == "higher" else "≤"
    return (
        record.name,
        f"{record.ours:,.4g}",
        f"{record.baseline:,.4g}",
        record.unit,
        f"{record.ratio:.3f}",
        f"{least} {record.goal:g}",
        "met" if record.met else "MISSED",
    )


def table(records: list[Record]) -> str:
    """The records under headings, figures to the right."""
    rows = [HEADINGS, *map(row, records)]
    widths = [max(len(cells[column]) for cells in rows) for column in range(len(HEADINGS))]
    right = {1, 2, 4}
    lines = (
        "  ".join(
            cell.rjust(width) if column in right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(cells, widths, strict=True))
        ).rstrip()
        for cells in rows
    )
    return "\n".join(lines)


def write(records: list[Record], path: Path) -> None:
    """Writes name, ours, baseline, ratio, goal, met of each record as JSON."""
    keys = ("name", "ours", "baseline", "ratio", "goal", "met")
    path.parent.mkdir(exist_ok=True)
    content = [{key: getattr(record, key) for key in keys} for record in records]
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def main(words: list[str]) -> int:
    """Exit code 1 when a benchmark broke, never for a goal that was missed: this measures, it does not judge."""
    records: list[Record] = []
    broken = []
    for name, bench in collect(words):
        print(f"· {name}", flush=True)
        try:
            records += bench()
        except Exception:
            traceback.print_exc()
            broken.append(name)
    write(records, RESULT)
    print(f"\n{table(records)}\n\nWritten to {RESULT.relative_to(FOLDER.parents[1])}.")
    if broken:
        print(f"Broken: {', '.join(broken)}", file=sys.stderr)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
