"""A statement of 100,000 movements as CSV beside the same rows read with plain SQL and written by the csv module.

The time, and how much more memory the process needs than before, with a statement of a few rows made to warm up.
"""

from __future__ import annotations

import csv
import multiprocessing
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import psycopg

from billing.clock import SetClock
from billing.context import Actor, Contexts
from billing.db import make_engine
from billing.documents.statement_sheet import statement_csv
from billing.registry import Channel
from portal.bootstrap import whole_catalogue
from tests.benchmarks.account import NOW, TODAY, fill
from tests.benchmarks.records import Record
from tests.fixtures.databases import prepare_database, running_postgres
from tests.fixtures.offline import offline

INVOICES = 54_000  # nine of ten paid: 100,000 movements, of 154,000 rows of the ledger
MOVEMENTS = 100_000
ROUNDS = 5
TIMES = 3.0
MEGABYTES = 50.0
SINCE = date(2021, 1, 1)
PLAIN = """
    SELECT l.at, l.text, i.number, p.number, l.debit, l.credit, l.amount, l.receivable_after, l.credit_after, l.currency
    FROM ledger_entry l LEFT JOIN invoice i ON i.id = l.invoice_id LEFT JOIN payment p ON p.id = l.payment_id
    WHERE l.customer_id = {customer} AND l.currency = 'EUR' AND l.at >= '2021-01-01' AND l.at < '2026-03-13'
    ORDER BY l.sequence
"""


def bench_statement() -> Iterator[Record]:
    with tempfile.TemporaryDirectory(prefix="parley-bench-") as folder:
        yield from _measured("SQLite", f"sqlite:///{folder}/parley.db", Path(folder))
        with running_postgres() as server:
            server.run("CREATE DATABASE {}", "bench")
            yield from _measured("PostgreSQL", server.url("bench"), Path(folder))


def _measured(database: str, url: str, folder: Path) -> Iterator[Record]:
    prepare_database(url)
    contexts = _open(url)
    actor = fill(contexts, 1, INVOICES)
    ours: list[float] = []
    plain: list[float] = []
    for _ in range(ROUNDS):
        ours.append(_seconds(lambda: _ours(contexts, actor, folder / "ours.csv", SINCE)))
        plain.append(_seconds(lambda: _plain(url, actor.customer_id or 0, folder / "plain.csv")))
    with (folder / "ours.csv").open(encoding="utf-8-sig", newline="") as file:
        count = sum(1 for _ in csv.reader(file)) - 3  # its head, its opening, its closing
    assert count >= MOVEMENTS, count
    contexts.engine.dispose()
    yield Record(
        f"statement {database}, {count:,} movements to CSV", statistics.median(ours), statistics.median(plain), "s",
        TIMES, "lower",
    )  # fmt: skip
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        more = pool.apply(_megabytes, (url, actor, folder / "again.csv"))
    yield Record(f"statement {database}, memory beside {MEGABYTES:g} MB", more, MEGABYTES, "MB", 1.0, "lower")


def _open(url: str) -> Contexts:
    return offline(make_engine(url), SetClock(NOW), Path(tempfile.gettempdir()), whole_catalogue())


def _seconds(work: Callable[[], None]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _ours(contexts: Contexts, actor: Actor, path: Path, since: date) -> None:
    with path.open("wb") as file:
        for piece in statement_csv(contexts, actor, Channel.PORTAL, since, TODAY, "EUR"):
            file.write(piece)


def _plain(url: str, customer: int, path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        write = csv.writer(file)
        if url.startswith("sqlite"):
            database = sqlite3.connect(url.removeprefix("sqlite:///"))
            write.writerows(database.execute(PLAIN.format(customer=customer)))
            database.close()
        else:
            with psycopg.connect(url) as connection, connection.cursor() as cursor:
                write.writerows(cursor.execute(PLAIN.format(customer=customer)))


def _megabytes(url: str, actor: Actor, path: Path) -> float:
    """By how much the whole statement raises the most memory that a fresh process has in use."""
    contexts = _open(url)
    _ours(contexts, actor, path, TODAY)
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # from here on the peak is counted anew
    before = _status("VmHWM")
    _ours(contexts, actor, path, SINCE)
    return (_status("VmHWM") - before) / 1024


def _status(name: str) -> int:
    """A figure of this process in kB, as Linux tells it."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))
