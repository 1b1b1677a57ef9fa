"""However often a run is made, however many at once, and wherever one is killed: each period is billed once."""

from __future__ import annotations

import json
import random
import subprocess
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, text

from billing.context import Contexts
from billing.jobs import Report, bill_due
from billing.models.people import Customer
from billing.models.subscriptions import PeriodKind, Plan, Product, Subscription, SubscriptionPeriod
from billing.posting.rows import RowWriter, advance_ids
from billing.price_list.plans import add_plan
from billing.verify import verify
from tests.billing.run.running import contexts_on, start_run
from tests.fixtures.counts import Times
from tests.fixtures.processes import PATIENCE

ZONES = ("Europe/Amsterdam", "Pacific/Auckland", "Asia/Kolkata", "America/Los_Angeles")
BEGUN = datetime(2026, 1, 1, 12, tzinfo=UTC)
NOW = datetime(2026, 4, 1, 12, tzinfo=UTC)


def fill(contexts: Contexts, many: int) -> None:
    """Customers with a monthly subscription each, which began on the days of January, in four time zones."""
    with contexts.system(writes=True) as ctx:
        product = Product(name="Workspace")
        ctx.session.add(product)
        ctx.session.flush()
        plan = add_plan(
            ctx.session, product,
            Plan(product_id=0, name="Growth", currency="EUR", unit_amount=49_00, per_seat=True, most_seats=50,
                 tax_rate=Decimal(21)),
            BEGUN,
        )  # fmt: skip
        starts = [date(2026, 1, 1) + timedelta(days=n % 31) for n in range(many)]
        ends = [_month_later(start) for start in starts]
        RowWriter(
            ctx.session, Customer, ("id", "number", "name", "email", "currency", "time_zone", "created_at")
        ).write(
            [(n + 1, f"C-{n}", f"Customer {n}", f"c{n}@example.com", "EUR", ZONES[n % 4], BEGUN) for n in range(many)]
        )
        columns = ("id", "number", "customer_id", "plan_id", "seats", "started_on", "anchor_day", "period_start",
                   "period_end", "created_at")  # fmt: skip
        RowWriter(ctx.session, Subscription, columns).write(
            [
                (n + 1, f"S-{n}", n + 1, plan.id, 1 + n % 7, start, start.day, start, end, BEGUN)
                for n, (start, end) in enumerate(zip(starts, ends, strict=True))
            ]
        )
        RowWriter(ctx.session, SubscriptionPeriod, ("id", "subscription_id", "start", "end", "kind")).write(
            [
                (n + 1, n + 1, start, end, PeriodKind.SERVICE)
                for n, (start, end) in enumerate(zip(starts, ends, strict=True))
            ]
        )
        for model in (Customer, Subscription, SubscriptionPeriod):
            advance_ids(ctx.session, model)


def _month_later(start: date) -> date:
    return date(2026, 2, min(start.day, 28))


def billed(engine: Engine) -> list[tuple[object, ...]]:
    """Every period that was billed: of which subscription, from when, and for how much."""
    with engine.connect() as connection:
        rows = connection.execute(
            text(
                'SELECT p.subscription_id, p.start, p."end", i.total, i.issued_on FROM subscription_period p '
                "JOIN invoice i ON i.id = p.invoice_id ORDER BY p.subscription_id, p.start"
            )
        ).all()
        invoices = connection.execute(text("SELECT COUNT(*) FROM invoice")).scalar_one()
        mails = connection.execute(text("SELECT COUNT(*) FROM mail WHERE key LIKE 'invoice/%'")).scalar_one()
    assert len(rows) == invoices == mails
    return [tuple(map(str, row)) for row in rows]


def expected(many: int) -> int:
    """How many periods begin from February on until each customer's own day: in Auckland it is 2 April."""
    todays = [NOW.astimezone(ZoneInfo(ZONES[n % 4])).date() for n in range(many)]
    return sum(2 + (1 + n % 31 <= today.day) for n, today in enumerate(todays))


@pytest.fixture
def contexts(database_url: str, tmp_path: Path) -> Iterator[Contexts]:
    opened = contexts_on(database_url, tmp_path, NOW)
    yield opened
    opened.engine.dispose()


def test_runs_in_threads_at_once_bill_each_period_once(contexts: Contexts) -> None:
    fill(contexts, 120)
    reports: list[Report] = []
    threads = [threading.Thread(target=lambda: reports.append(bill_due(contexts))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(4 * PATIENCE)

    assert sum(report.invoices for report in reports) == expected(120)
    assert [report.failed for report in reports] == [0] * 4
    assert len(billed(contexts.engine)) == expected(120)
    assert verify(contexts) == []
    assert bill_due(contexts).invoices == 0


def test_runs_in_processes_at_once_bill_each_period_once(contexts: Contexts, tmp_path: Path) -> None:
    fill(contexts, 150)
    processes = [start_run(contexts.engine, tmp_path, NOW) for _ in range(2)]
    reports = [json.loads(process.communicate(timeout=4 * PATIENCE)[0].splitlines()[-1]) for process in processes]

    assert sum(report["invoices"] for report in reports) == expected(150)
    assert [report["failed"] for report in reports] == [0, 0]
    assert len(billed(contexts.engine)) == expected(150)
    assert verify(contexts) == []


def test_a_run_that_is_killed_again_and_again_bills_as_one_that_is_not(
    contexts: Contexts, tmp_path: Path, soak: bool, times: Times
) -> None:
    many = times("subscriptions of a run that is killed", 10_000, 300)
    fill(contexts, many)
    dice = random.Random(20260401)
    seconds = 4.0 if soak else 0.6
    kills = 0
    for _ in range(times("runs killed, unless one ends before", 20, 5)):
        process = start_run(contexts.engine, tmp_path, NOW)
        assert process.stdout is not None and process.stdout.readline() == b"begins\n"
        try:
            process.wait(dice.uniform(0.02, seconds) if kills else 0.02)  # none is through with it that soon
            break
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(PATIENCE)
            kills += 1
        finally:
            process.stdout.close()
        assert verify(contexts) == [], f"after {kills} kills"

    report = bill_due(contexts)

    assert (report.failed, kills > 0) == (0, True)
    assert verify(contexts) == []
    found = billed(contexts.engine)
    assert len(found) == expected(many)
    assert len({row[:2] for row in found}) == len(found)
    assert bill_due(contexts).invoices == 0
