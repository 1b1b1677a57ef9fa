"""What is done by itself: mail goes out, payments whose outcome is unknown are looked up.

`run_due` does all that is due, once, and may run as often and as many at once as one likes. The queue is huey: on a
SQLite file in PARLEY_DATA, or on Redis where REDIS_URL is set, with the same code.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import structlog
from huey import Huey, RedisHuey, SqliteHuey, crontab
from huey.consumer import Consumer

from billing.context import Contexts
from billing.gateways.base import GatewayRefused, GatewayUnavailable
from billing.mail import send_waiting
from billing.settlement import reconcile, unended

LOOK_AGAIN_AFTER = timedelta(minutes=1)
TICK_SECONDS = 2.0

log = structlog.get_logger(__name__)


@dataclass
class Report:
    """What one run did."""

    mails: int = 0
    payments: int = 0


def run_due(contexts: Contexts) -> Report:
    """Does everything that is due now."""
    return Report(mails=send_waiting(contexts), payments=reconcile_payments(contexts))


def reconcile_payments(contexts: Contexts) -> int:
    """Asks the gateway about payments that have waited for a minute, and says how many it could ask about."""
    with contexts.system() as ctx:
        waiting = unended(ctx, LOOK_AGAIN_AFTER)
    asked = 0
    for payment in waiting:
        try:
            reconcile(contexts, payment)
            asked += 1
        except (GatewayUnavailable, GatewayRefused) as error:
            log.warning("payment_not_reconciled", payment=payment.number, problem=str(error)[:200])
    return asked


def make_queue(contexts: Contexts) -> Huey:
    """The queue with its periodic tasks."""
    settings = contexts.settings
    queue: Huey
    if settings.redis_url:
        queue = RedisHuey("parley", url=settings.redis_url)
    else:
        settings.data.mkdir(parents=True, exist_ok=True)
        queue = SqliteHuey("parley", filename=str(settings.data / "jobs.db"))

    def look_again() -> None:
        reconcile_payments(contexts)

    queue.periodic_task(crontab(minute="*"), name="reconcile")(look_again)
    return queue


class _Consumer(Consumer):  # type: ignore[misc]
    """Huey's, without its signal handlers: who runs it says when it ends."""

    def _set_signal_handlers(self) -> None:
        pass


def work(contexts: Contexts, stop: threading.Event, *, beat: Callable[[], None] | None = None) -> None:
    """Works until `stop` is set: the queue's tasks, and mail as soon as it waits. `beat` is called at each turn.

    What fails in a turn is tried again in the next, so that a database or Redis that was away ends nothing.
    """
    consumer = _Consumer(make_queue(contexts), workers=1, periodic=True, check_worker_health=False)
    consumer.start()
    try:
        while not stop.wait(TICK_SECONDS):
            for turn in (functools.partial(send_waiting, contexts), beat):
                try:
                    if turn:
                        turn()
                except Exception as error:  # the database or Redis is away: the next turn finds it again
                    log.error("job_turn_failed", problem=str(error)[:300])
    finally:
        consumer.stop(graceful=True)
