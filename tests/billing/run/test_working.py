"""The queue makes the run: when the worker starts, and each hour."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import date

import pytest

from billing.jobs import make_queue, work
from billing.verify import verify
from tests.billing.paying.test_jobs import task_named
from tests.billing.run.firm import Firm
from tests.fixtures.processes import PATIENCE, wait_until


@pytest.fixture
def behind(firm: Firm) -> Firm:
    """A subscription whose renewal was due on the first of March; it is the twelfth."""
    firm.plan("Growth", 180_00)
    firm.subscribe("Growth", date(2026, 2, 1))
    return firm.on(date(2026, 3, 12))


def test_the_worker_bills_when_it_starts(behind: Firm) -> None:
    stop = threading.Event()
    worker = threading.Thread(target=work, args=(behind.contexts, stop))
    worker.start()

    wait_until(lambda: len(behind.invoices()) == 1, "the renewal")
    stop.set()
    worker.join(PATIENCE)

    assert not worker.is_alive() and verify(behind.contexts) == []


@pytest.mark.parametrize("on_redis", [False, True], ids=["file", "redis"])
def test_the_queue_bills_each_hour_and_a_killed_worker_locks_nobody_out(
    behind: Firm, on_redis: bool, request: pytest.FixtureRequest
) -> None:
    settings = behind.contexts.settings
    if on_redis:
        settings = settings.model_copy(update={"redis_url": request.getfixturevalue("redis_url")})
    contexts = replace(behind.contexts, settings=settings)
    make_queue(contexts).lock_task("bill").acquire()

    queue = make_queue(contexts)
    hour = behind.contexts.clock.now().replace(minute=0)
    names = [{type(task).__name__ for task in queue.read_periodic(hour.replace(minute=n))} for n in (0, 20)]
    assert names == [{"reconcile", "bill"}, {"reconcile"}]
    queue.enqueue(task_named("bill", queue))
    queue.execute(queue.dequeue())

    assert [i.issued_on for i in behind.invoices()] == [date(2026, 3, 1)]
