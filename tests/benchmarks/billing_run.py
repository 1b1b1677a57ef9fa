"""The billing run beside raw inserts: how many invoices a second, on SQLite and on PostgreSQL.

A month of subscriptions renews in one run, committed as it is in service. The baseline writes the same rows (each row
that the run added to any table) into a copy of the database as it was before, in one transaction, by the driver alone:
COPY on PostgreSQL, executemany on SQLite.
"""

from __future__ import annotations

import gc
import tempfile
import time
from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, text
from sqlmodel import Session

from billing.clock import SetClock
from billing.context import Contexts
from billing.db import make_engine
from billing.jobs import bill_due
from billing.models.people import Customer
from billing.models.subscriptions import PeriodKind, Plan, Product, Subscription, SubscriptionPeriod
from billing.posting.rows import RowWriter, advance_ids
from billing.price_list.plans import add_plan
from billing.verify import verify
from tests.benchmarks.records import Record
from tests.fixtures.databases import prepare_database, running_postgres
from tests.fixtures.offline import offline

CUSTOMERS = 10_000
ROUNDS = 3
GOAL = 0.25
BEFORE, DUE = date(2026, 2, 1), date(2026, 3, 1)
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
BILLED = (
    "invoice", "invoice_line", "invoice_tax", "invoice_term", "ledger_entry", "balance", "invoice_count", "due_total",
    "due_month", "late_day", "late_month", "billed_month", "subscription_period", "event", "mail",
)  # fmt: skip


def bench_billing_run() -> Iterable[Record]:
    with tempfile.TemporaryDirectory(prefix="parley-bench-") as folder:
        rounds = [_measured(f"sqlite:///{folder}/run{n}.db", f"sqlite:///{folder}/raw{n}.db") for n in range(ROUNDS)]
    yield _best("SQLite", rounds)
    with running_postgres() as server:
        rounds = []
        for n in range(ROUNDS):
            for name in (f"run{n}", f"raw{n}"):
                server.run("CREATE DATABASE {}", name)
            rounds.append(_measured(server.url(f"run{n}"), server.url(f"raw{n}")))
    yield _best("PostgreSQL", rounds)


def _best(database: str, rounds: list[tuple[float, float]]) -> Record:
    """The best round of each: whatever else the machine does is in the others."""
    ours, raw = (max(rates) for rates in zip(*rounds, strict=True))
    return Record(f"billing run, {database}", ours, raw, "invoices/s", GOAL, "higher")


def _measured(url: str, raw_url: str) -> tuple[float, float]:
    """Invoices a second of the run, and of raw inserts."""
    contexts = _filled(url)
    gc.collect()
    start = time.perf_counter()
    report = bill_due(contexts)
    ours = report.invoices / (time.perf_counter() - start)
    assert report.invoices == CUSTOMERS and verify(contexts) == []
    with contexts.engine.connect() as connection:
        rows = {table: _rows(connection, table) for table in BILLED}
    contexts.engine.dispose()
    return ours, CUSTOMERS / _insert_raw(raw_url, rows)


def _filled(url: str) -> Contexts:
    """Customers with a monthly subscription each, which renews today."""
    prepare_database(url)
    engine = make_engine(url)
    contexts = offline(engine, SetClock(NOW), Path(tempfile.gettempdir()))
    with contexts.system(writes=True) as ctx:
        _add_everything(ctx.session)
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))
    return contexts


def _add_everything(session: Session) -> None:
    product = Product(name="Workspace")
    session.add(product)
    session.flush()
    plan = add_plan(
        session, product,
        Plan(product_id=0, name="Growth", currency="EUR", unit_amount=49_00, per_seat=True, most_seats=250,
             tax_rate=Decimal(21)),
        NOW,
    )  # fmt: skip
    customer = ("id", "number", "name", "email", "currency", "time_zone", "city", "country", "created_at")
    RowWriter(session, Customer, customer).write(
        [
            (n, f"C-{n}", f"Customer {n}", f"c{n}@example.com", "EUR", "Europe/Amsterdam", "Haarlem", "NL", NOW)
            for n in range(1, CUSTOMERS + 1)
        ]
    )
    subscription = (
        "id", "number", "customer_id", "plan_id", "seats", "started_on", "anchor_day", "period_start", "period_end",
        "created_at",
    )  # fmt: skip
    RowWriter(session, Subscription, subscription).write(
        [(n, f"S-{n}", n, plan.id, 1 + n % 9, BEFORE, 1, BEFORE, DUE, NOW) for n in range(1, CUSTOMERS + 1)]
    )
    period = ("id", "subscription_id", "start", "end", "kind")
    RowWriter(session, SubscriptionPeriod, period).write(
        [(n, n, BEFORE, DUE, PeriodKind.SERVICE) for n in range(1, CUSTOMERS + 1)]
    )
    for model in (Customer, Subscription, SubscriptionPeriod):
        advance_ids(session, model)


def _rows(connection: Connection, table: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    """What the run added to a table, as the driver gives it."""
    added = f"WHERE \"start\" = '{DUE}'" if table == "subscription_period" else ""
    driver = connection.connection.driver_connection
    assert driver is not None
    cursor = driver.cursor()
    if connection.dialect.name == "postgresql":
        names = [name for (name,) in cursor.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_name = %s ORDER BY ordinal_position",
            (table,),
        )]  # fmt: skip
        cast_all = ", ".join(f'"{name}"::text' for name in names)  # COPY takes text as it is
        return names, cursor.execute(f'SELECT {cast_all} FROM "{table}" {added}').fetchall()
    rows = cursor.execute(f'SELECT * FROM "{table}" {added}').fetchall()
    return [column[0] for column in cursor.description], rows


def _insert_raw(url: str, rows: dict[str, tuple[list[str], list[tuple[Any, ...]]]]) -> float:
    """Seconds for all of them in one transaction."""
    contexts = _filled(url)
    gc.collect()
    start = time.perf_counter()
    with contexts.system(writes=True) as ctx:
        driver = ctx.session.connection().connection.driver_connection
        assert driver is not None
        for table, (names, cells) in rows.items():
            columns = ", ".join(f'"{name}"' for name in names)
            if ctx.session.get_bind().dialect.name == "postgresql":
                with driver.cursor() as cursor, cursor.copy(f'COPY "{table}" ({columns}) FROM STDIN') as copy:
                    for row in cells:
                        copy.write_row(row)
            else:
                marks = ", ".join("?" * len(names))
                driver.executemany(f'INSERT INTO "{table}" ({columns}) VALUES ({marks})', cells)
        ctx.session.connection().execute(
            text("UPDATE subscription SET period_start = :start, period_end = :end"),
            {"start": "2026-03-01", "end": "2026-04-01"}
            if ctx.session.get_bind().dialect.name == "sqlite"
            else {"start": DUE, "end": date(2026, 4, 1)},
        )
    seconds = time.perf_counter() - start
    contexts.engine.dispose()
    return seconds
