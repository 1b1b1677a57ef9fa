"""The invoice list of a customer with 1,000,000 documents beside one with 1,000, on SQLite and on PostgreSQL.

Every filter and sort that the page offers, on the first, a middle and the last page, and searches; a record holds the
slowest of its three pages. Both customers are in one database and are asked in turn, through dispatch.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlmodel import col, select

import billing.actions.invoices  # noqa: F401
from billing import dispatch
from billing.clock import SetClock
from billing.context import Actor, Contexts
from billing.db import make_engine
from billing.invoices.listing import SORTS, InvoiceFilter, InvoicePage, InvoiceSort, cursor_after
from billing.models.invoices import DueMonth, DueTotal, Invoice, InvoiceCount, InvoiceTerm
from billing.models.people import Customer
from billing.posting.rows import RowWriter
from billing.registry import Channel, Role
from billing.rules.search_terms import terms_of
from tests.benchmarks.records import Record
from tests.fixtures.databases import prepare_database, running_postgres
from tests.fixtures.offline import offline

LARGE, SMALL = 1_000_000, 1_000
ROUNDS = 40
GOAL = 1.5
NOW = datetime(2026, 3, 12, 12, tzinfo=UTC)
TODAY = NOW.date()
YEARS = 5
TITLES = ("Monthly services", "Hosting, Growth", "Photography, Haarlem showroom", "Support hours", "Site care")
INVOICE = (
    "id", "customer_id", "number", "kind", "status", "title", "currency", "issued_on", "due_on", "subtotal", "total",
    "due", "credit_left", "bill_to", "created_at",
)  # fmt: skip
BATCH = 20_000
SEARCHES = ("monthly", "monthly services", "photo showroom", "121.00", "B{place}-2024-0")


def bench_invoice_list() -> Iterable[Record]:
    with tempfile.TemporaryDirectory(prefix="parley-bench-") as folder:
        yield from measured("SQLite", f"sqlite:///{folder}/parley.db")
    with running_postgres() as server:
        server.run("CREATE DATABASE {}", "bench")
        yield from measured("PostgreSQL", server.url("bench"))


def measured(database: str, url: str) -> Iterator[Record]:
    """A record for every filter and sort, and for each search, on a database of its own at `url`."""
    prepare_database(url)
    engine = make_engine(url)
    contexts = offline(engine, SetClock(NOW), Path(tempfile.gettempdir()))
    actors = {size: _fill(contexts, place, size) for place, size in enumerate((SMALL, LARGE), start=1)}
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))
    for status in InvoiceFilter:
        for sort in SORTS[status]:
            worst = max(
                (_compared(contexts, actors, status, sort, place) for place in ("first", "middle", "last")),
                key=lambda pair: pair[0] / pair[1],
            )
            yield Record(f"list {database}, {status}, by {sort}", *worst, "ms", GOAL, "lower")
    for search in SEARCHES:
        asked = {size: (actor, {"search": search.format(place=actor.id)}) for size, actor in actors.items()}
        pair = _in_turn(contexts, asked)
        yield Record(f"list {database}, search “{search.format(place=2)}”", *pair, "ms", GOAL, "lower")
    engine.dispose()


def _fill(contexts: Contexts, place: int, size: int) -> Actor:
    """A customer with five years of documents: most paid, some open, overdue, void or given up, some credit notes."""
    counts: dict[tuple[str, str], int] = defaultdict(int)
    dues: dict[date, tuple[int, int]] = {}
    months: dict[date, tuple[int, int]] = {}
    with contexts.system(writes=True) as ctx:
        customer = Customer(number=f"B-{place}", name=f"Customer {place}", currency="EUR", created_at=NOW)
        ctx.session.add(customer)
        ctx.session.flush()
        assert customer.id is not None
        invoices = RowWriter(ctx.session, Invoice, INVOICE)
        terms = RowWriter(ctx.session, InvoiceTerm, ("customer_id", "term", "issued_on", "invoice_id"))
        rows: list[tuple[Any, ...]] = []
        words: list[tuple[Any, ...]] = []
        for n in range(size):
            row = _document(place * 10_000_000 + n, customer.id, place, n, size)
            rows.append(row)
            _, _, number, kind, status, title, _, issued_on, due_on, _, total, due, *_ = row
            words += [(customer.id, term, issued_on, row[0]) for term in terms_of(number, title, total)]
            counts[kind, status] += 1
            if due:
                for sums, day in ((dues, due_on), (months, due_on.replace(day=1))):
                    count, amount = sums.get(day, (0, 0))
                    sums[day] = (count + 1, amount + due)
            if len(rows) == BATCH or n == size - 1:
                invoices.write(rows)
                terms.write(words)
                rows.clear()
                words.clear()
        RowWriter(ctx.session, InvoiceCount, ("customer_id", "kind", "status", "count")).write(
            [(customer.id, *key, count) for key, count in counts.items()]
        )
        for model, name, totals in ((DueTotal, "due_on", dues), (DueMonth, "month", months)):
            RowWriter(ctx.session, model, ("customer_id", "currency", name, "count", "amount")).write(
                [(customer.id, "EUR", day, *sums) for day, sums in totals.items()]
            )
    return Actor("contact", place, "Ania", "ania@example.com", Role.VIEWER, customer.id)


def _document(key: int, customer_id: int, place: int, n: int, size: int) -> tuple[Any, ...]:
    issued_on = TODAY - timedelta(days=365 * YEARS * (size - n) // size)
    note = n % 50 == 49
    total = (121_00 * (1 + n % 40)) * (-1 if note else 1)
    still_open = n % 10 == 7 or n % 100 == 99 or issued_on > TODAY - timedelta(days=20)
    dropped = None if note else {3: "void", 13: "uncollectible"}.get(n % 20)
    status = dropped or ("open" if still_open else "paid")
    due = total if status == "open" and not note else 0
    return (
        key, customer_id, f"B{place}-{issued_on.year}-{n:07d}", "credit_note" if note else "invoice",
        status, TITLES[n % len(TITLES)], "EUR", issued_on,
        issued_on if note else issued_on + timedelta(days=14), total, total, due,
        -total if note and still_open else 0, {}, NOW,
    )  # fmt: skip


def _compared(
    contexts: Contexts, actors: dict[int, Actor], status: InvoiceFilter, sort: InvoiceSort, place: str
) -> tuple[float, float]:
    """Milliseconds of a page with many documents and of the same page with few."""
    asked = {}
    for size, actor in actors.items():
        cursor = None
        if place == "last":
            cursor = _ask(contexts, actor, {"status": status, "sort": sort}).last
        elif place == "middle":
            cursor = _middle(contexts, actor, status, sort, size)
        asked[size] = (actor, {"status": status, "sort": sort, "cursor": cursor})
    return _in_turn(contexts, asked)


def _middle(contexts: Contexts, actor: Actor, status: InvoiceFilter, sort: InvoiceSort, size: int) -> str:
    """The cursor after the document in the middle of the years, of the filter's kind."""
    kind = "credit_note" if status is InvoiceFilter.CREDIT_NOTES else "invoice"
    dropped = (InvoiceFilter.PAID, InvoiceFilter.VOID, InvoiceFilter.UNCOLLECTIBLE)
    state = str(status) if status in dropped else "open"
    day = TODAY - timedelta(days=365 * YEARS // 2)
    with contexts.system() as ctx:
        row = ctx.session.exec(
            select(Invoice)
            .where(
                Invoice.customer_id == actor.customer_id, Invoice.kind == kind, Invoice.status == state,
                Invoice.issued_on >= day,
            )
            .order_by(col(Invoice.issued_on), col(Invoice.id))
            .limit(1)
        ).one()  # fmt: skip
        return cursor_after(sort, row)


def _in_turn(contexts: Contexts, asked: dict[int, tuple[Actor, dict[str, Any]]]) -> tuple[float, float]:
    """The lower quartiles of asking both in turn: whatever else the machine does is in the others."""
    times: dict[int, list[float]] = {size: [] for size in asked}
    for turn in range(ROUNDS + 3):
        for size, (actor, input) in asked.items():
            start = time.perf_counter()
            page = _ask(contexts, actor, input)
            taken = (time.perf_counter() - start) * 1000
            assert page.rows, input
            if turn >= 3:
                times[size].append(taken)
    return statistics.quantiles(times[LARGE])[0], statistics.quantiles(times[SMALL])[0]


def _ask(contexts: Contexts, actor: Actor, input: dict[str, Any]) -> InvoicePage:
    page = dispatch.run(contexts, "invoices.list", input, actor, Channel.PORTAL)
    assert isinstance(page, InvoicePage)
    return page
