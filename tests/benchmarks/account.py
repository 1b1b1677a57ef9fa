"""One customer's account with 1,000,000 invoices beside one with 1,000, on SQLite and on PostgreSQL.

Its balance, the overview and a statement's first page, of days that are over too. Both customers are in one database
and are asked in turn, through dispatch.
"""

from __future__ import annotations

import heapq
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import text

from billing import dispatch
from billing.clock import SetClock
from billing.context import Actor, Contexts
from billing.db import make_engine
from billing.models.invoices import BilledMonth, DueMonth, DueTotal, Invoice, InvoiceCount
from billing.models.ledger import Account, Balance, LateDay, LateMonth, LedgerEntry
from billing.models.payments import Payment, PaymentAllocation
from billing.models.people import Customer
from billing.posting.rows import RowWriter
from billing.registry import Channel, Role
from portal.bootstrap import whole_catalogue
from tests.benchmarks.records import Record
from tests.fixtures.databases import prepare_database, running_postgres
from tests.fixtures.offline import offline

LARGE, SMALL = 1_000_000, 1_000
ROUNDS = 40
GOAL = 1.5
NOW = datetime(2026, 3, 12, 12, tzinfo=UTC)
TODAY = NOW.date()
YEARS = 5
NET, TAX = 100_00, 21_00
TOTAL = NET + TAX
BATCH = 20_000
COLUMNS: dict[type[Any], tuple[str, ...]] = {
    Invoice: (
        "id", "customer_id", "number", "kind", "status", "title", "currency", "issued_on", "due_on", "subtotal", "tax",
        "total", "paid", "due", "bill_to", "created_at",
    ),
    Payment: (
        "id", "number", "customer_id", "status", "currency", "amount", "method_label", "idempotency_key", "created_at",
        "settled_at",
    ),
    PaymentAllocation: ("payment_id", "invoice_id", "amount", "applied_at"),
    LedgerEntry: (
        "customer_id", "currency", "sequence", "at", "debit", "credit", "amount", "text", "invoice_id", "payment_id",
        "receivable_after", "credit_after",
    ),
}  # fmt: skip
ASKED: dict[str, tuple[str, dict[str, Any]]] = {
    "balance": ("account.balance", {}),
    "home": ("home.show", {}),
    "statement, first page of this month": ("statements.show", {}),
    "statement of last month": ("statements.show", {"since": "2026-02-01", "until": "2026-02-28"}),
    "statement that ended mid-month": ("statements.show", {"since": "2026-01-16", "until": "2026-02-15"}),
    "statement of a month a year ago": ("statements.show", {"since": "2025-03-01", "until": "2025-03-31"}),
    "statement that ended mid-month a year ago": ("statements.show", {"since": "2025-02-16", "until": "2025-03-15"}),
    "statement of a month four years ago": ("statements.show", {"since": "2022-03-01", "until": "2022-03-31"}),
    "statement, first page of five years": ("statements.show", {"since": "2021-01-01"}),
}  # fmt: skip


def bench_account() -> Iterable[Record]:
    with tempfile.TemporaryDirectory(prefix="parley-bench-") as folder:
        yield from _measured("SQLite", f"sqlite:///{folder}/parley.db")
    with running_postgres() as server:
        server.run("CREATE DATABASE {}", "bench")
        yield from _measured("PostgreSQL", server.url("bench"))


def _measured(database: str, url: str) -> Iterator[Record]:
    prepare_database(url)
    engine = make_engine(url)
    contexts = offline(engine, SetClock(NOW), Path(tempfile.gettempdir()), whole_catalogue())
    actors = {size: fill(contexts, place, size) for place, size in enumerate((SMALL, LARGE), start=1)}
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))
    for name, (action, input) in ASKED.items():
        pair = _in_turn(contexts, actors, action, input)
        yield Record(f"account {database}, {name}", *pair, "ms", GOAL, "lower")
    engine.dispose()


def fill(contexts: Contexts, place: int, size: int) -> Actor:
    """A customer billed over five years, with tax: of ten invoices one isn't paid, two were up to 90 days late."""
    with contexts.system(writes=True) as ctx:
        customer = Customer(
            number=f"B-{place}", name=f"Customer {place}", currency="EUR", time_zone="UTC", created_at=NOW
        )
        ctx.session.add(customer)
        ctx.session.flush()
        assert customer.id is not None
        writers = {model: RowWriter(ctx.session, model, columns) for model, columns in COLUMNS.items()}
        rows: dict[type[Any], list[tuple[Any, ...]]] = defaultdict(list)
        book = _Book(customer.id, place, rows)
        for n in range(size):
            book.bill(n, TODAY - timedelta(days=365 * YEARS * (size - n) // size))
            if len(rows[Invoice]) == BATCH or n == size - 1:
                book.pay_until(TODAY if n == size - 1 else book.today)
                for model, writer in writers.items():
                    writer.write(rows[model])
                    rows[model].clear()
        book.keep_totals(lambda model, columns: RowWriter(ctx.session, model, columns))
    return Actor("contact", place, "Ania", "ania@example.com", Role.VIEWER, customer.id)


class _Book:
    """Bills in the order of days; what is paid on a day is paid before that day's new invoices."""

    def __init__(self, customer_id: int, place: int, rows: dict[type[Any], list[tuple[Any, ...]]]) -> None:
        self._customer, self._place, self._rows = customer_id, place, rows
        self._waiting: list[tuple[date, int, date]] = []
        self._paid = self._sequence = self._receivable = 0
        self._owed: dict[date, int] = defaultdict(int)
        self._months: dict[date, list[int]] = defaultdict(lambda: [0, 0])
        self._counts: dict[str, int] = defaultdict(int)
        self._late: dict[tuple[date, date], int] = defaultdict(int)
        self.today = date.min

    def bill(self, n: int, day: date) -> None:
        self.today = day
        self.pay_until(day)
        key, due_on = self._place * 10_000_000 + n, day + timedelta(days=14)
        number, at = f"B{self._place}-{day.year}-{n:07d}", _noon(day)
        paid_on = due_on + timedelta(days=1 + n % 90 if n % 10 in (3, 5) else 0)
        later = n % 10 == 7 or paid_on > TODAY
        status = "open" if later else "paid"
        self._rows[Invoice].append((
            key, self._customer, number, "invoice", status, "Monthly services", "EUR", day, due_on, NET, TAX, TOTAL,
            0 if later else TOTAL, TOTAL if later else 0, {}, at,
        ))  # fmt: skip
        self._counts[status] += 1
        self._months[day.replace(day=1)][0] += TOTAL
        if later:
            self._owed[due_on] += 1
            self._months[day.replace(day=1)][1] += TOTAL
        else:
            heapq.heappush(self._waiting, (paid_on, key, due_on))
        words = f"Monthly services ({number})"
        self._move(at, Account.RECEIVABLE, Account.REVENUE, NET, words, key, None)
        self._move(at, Account.RECEIVABLE, Account.TAX, TAX, words, key, None)

    def pay_until(self, day: date) -> None:
        while self._waiting and self._waiting[0][0] <= day:
            on, invoice, due_on = heapq.heappop(self._waiting)
            self._paid += 1
            key, at = self._place * 10_000_000 + self._paid, _noon(on)
            number = f"PAY-{self._place}-{self._paid}"
            self._rows[Payment].append((
                key, number, self._customer, "succeeded", "EUR", TOTAL, "bank transfer", number, at, at,
            ))  # fmt: skip
            self._rows[PaymentAllocation].append((key, invoice, TOTAL, at))
            self._move(at, Account.CASH, Account.RECEIVABLE, TOTAL, f"Payment {number}", invoice, key)
            if on > due_on:
                self._late[on, due_on] -= TOTAL

    def _move(
        self, at: datetime, debit: str, credit: str, amount: int, words: str, invoice: int, payment: int | None
    ) -> None:
        self._sequence += 1
        self._receivable += amount if debit == Account.RECEIVABLE else -amount
        self._rows[LedgerEntry].append((
            self._customer, "EUR", self._sequence, at, debit, credit, amount, words, invoice, payment,
            self._receivable, 0,
        ))  # fmt: skip

    def keep_totals(self, writer: Callable[[type[Any], tuple[str, ...]], RowWriter]) -> None:
        mine, due_months = (self._customer, "EUR"), defaultdict[date, int](int)
        late_months = defaultdict[tuple[date, date], int](int)
        for day, count in self._owed.items():
            due_months[day.replace(day=1)] += count
        for (on, due_on), amount in self._late.items():
            late_months[on.replace(day=1), due_on] += amount
        columns = ("customer_id", "currency", "receivable", "credit", "last_sequence")
        writer(Balance, columns).write([(*mine, self._receivable, 0, self._sequence)])
        for model, name, sums in ((DueTotal, "due_on", self._owed), (DueMonth, "month", due_months)):
            writer(model, ("customer_id", "currency", name, "count", "amount")).write(
                [(*mine, day, count, count * TOTAL) for day, count in sums.items()]
            )
        for kept, name, late in ((LateDay, "booked_on", self._late), (LateMonth, "month", late_months)):
            writer(kept, ("customer_id", "currency", name, "due_on", "amount")).write(
                [(*mine, *days, amount) for days, amount in late.items()]
            )
        writer(BilledMonth, ("customer_id", "currency", "month", "billed", "due")).write(
            [(*mine, month, *sums) for month, sums in self._months.items()]
        )
        writer(InvoiceCount, ("customer_id", "kind", "status", "count")).write(
            [(self._customer, "invoice", status, count) for status, count in self._counts.items()]
        )


def _noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def _in_turn(contexts: Contexts, actors: dict[int, Actor], action: str, input: dict[str, Any]) -> tuple[float, float]:
    """The lower quartiles of asking both in turn: whatever else the machine does is in the others."""
    times: dict[int, list[float]] = {size: [] for size in actors}
    for turn in range(ROUNDS + 3):
        for size, actor in actors.items():
            start = time.perf_counter()
            dispatch.run(contexts, action, input, actor, Channel.PORTAL)
            taken = (time.perf_counter() - start) * 1000
            if turn >= 3:
                times[size].append(taken)
    return statistics.quantiles(times[LARGE])[0], statistics.quantiles(times[SMALL])[0]
