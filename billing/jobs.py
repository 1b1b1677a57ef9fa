"""What is done by itself: subscriptions go on, cards are charged, mail goes out, unknown outcomes are looked up.

`run_due` does all that is due, once, and may run as often and as many at once as one likes. The queue is huey: on a
SQLite file in PARLEY_DATA, or on Redis where REDIS_URL is set, with the same code. It runs everything each hour and at
its start.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta

import structlog
from huey import Huey, RedisHuey, SqliteHuey, crontab
from huey.api import TaskWrapper
from huey.consumer import Consumer

from billing.auth.link_requests import answer_requests
from billing.charging.auto_charge import MOST_SILENCES, ask_for, follow_up
from billing.context import Contexts
from billing.dunning.retries import start_retries
from billing.gateways.base import GatewayRefused, GatewayUnavailable
from billing.mail import send_waiting
from billing.payments.letting_go import let_removed_go
from billing.payments.refund_settling import look_over_refunds, reconcile_refunds
from billing.payments.settlement import reconcile, unended
from billing.payments.unanswered import Unanswered, unanswered
from billing.posting.memory import few_collections
from billing.run.billing_run import Billed, bill_day
from billing.run.coming import tell_what_comes
from billing.run.due import Days, next_due_day
from billing.run.reminders import remind

LOOK_AGAIN_AFTER = timedelta(minutes=1)
TICK_SECONDS = 2.0
WORKERS = 2  # a long billing run keeps no payment waiting

log = structlog.get_logger(__name__)


@dataclass
class Report:
    """What one run did. `changes` are planned starts, ends and pauses; why customers `failed` is in the log.

    `cards` were removed earlier and are let go by the gateway now; `waiting` is what it did not answer.
    """

    mails: int = 0
    payments: int = 0
    refunds: int = 0
    renewals: int = 0
    invoices: int = 0
    changes: int = 0
    charges: int = 0
    reminders: int = 0
    cards: int = 0
    failed: int = 0
    waiting: Unanswered = field(default_factory=Unanswered)

    @property
    def sentence(self) -> str:
        """What was done, for people: Renewed 3 subscriptions, wrote 2 invoices, sent 2 mails."""
        parts = (
            ("renewed", self.renewals, "subscription"),
            ("made", self.changes, "planned change"),
            ("wrote", self.invoices, "invoice"),
            ("charged", self.charges, "card"),
            ("wrote", self.reminders, "reminder"),
            ("looked up", self.payments, "payment"),
            ("looked up", self.refunds, "refund"),
            ("let go of", self.cards, "removed card"),
            ("sent", self.mails, "mail"),
        )
        done = [f"{verb} {n:,} {noun}{'' if n == 1 else 's'}" for verb, n, noun in parts if n]
        said = ", ".join(done).capitalize() if done else "Nothing was due"
        waits = f" {self.waiting.sentence}" if self.waiting.sentence else ""
        failed = f" {self.failed:,} customers could not be billed; the log says why." if self.failed else ""
        return f"{said}.{waits}{failed}"


def run_due(contexts: Contexts) -> Report:
    """Does everything that is due now: what is due earlier first, mail last."""
    payments, refunds = reconcile_payments(contexts), reconcile_refunds(contexts, LOOK_AGAIN_AFTER)
    refunds += look_over_refunds(contexts)
    cards = let_removed_go(contexts, LOOK_AGAIN_AFTER)
    report = bill_due(contexts)
    report.payments, report.refunds, report.cards = payments, refunds, cards
    answer_requests(contexts)
    while sent := send_waiting(contexts):
        report.mails += sent
    return report


def bill_due(contexts: Contexts) -> Report:
    """Brings every subscription to its customer's own day, day by day; charges, tries again and reminds."""
    days, billed, charges = Days(contexts.clock.now()), Billed(), follow_up(contexts)
    day = None
    while (day := _next_day(contexts, day, days)) is not None:
        charges += ask_for(contexts, start_retries(contexts, day, days))
        with few_collections():
            done = bill_day(contexts, day, days)
        charges += ask_for(contexts, done.charges)
        billed.add(done)
    charges += ask_for(contexts, start_retries(contexts, days.latest, days))
    tell_what_comes(contexts, days)
    return Report(
        renewals=billed.renewals, invoices=billed.invoices, changes=billed.changes, charges=charges,
        failed=len(billed.failed), reminders=remind(contexts, days), waiting=unanswered(contexts),
    )  # fmt: skip


def _next_day(contexts: Contexts, after: date | None, days: Days) -> date | None:
    with contexts.system() as ctx:
        return next_due_day(ctx.session, after, days.latest)


def reconcile_payments(contexts: Contexts) -> int:
    """Asks the gateway about payments that have waited for a minute, and says how many it could ask about.

    When it doesn't answer several times on end, the rest is left for the next minute.
    """
    with contexts.system() as ctx:
        waiting = unended(ctx, LOOK_AGAIN_AFTER)
    asked = silent = 0
    for payment in waiting:
        if silent == MOST_SILENCES:
            break
        try:
            reconcile(contexts, payment)
            asked, silent = asked + 1, 0
        except (GatewayUnavailable, GatewayRefused) as error:
            silent += 1
            log.warning("payment_not_reconciled", payment=payment.number, problem=str(error)[:200])
    return asked


def make_queue(contexts: Contexts) -> Huey:
    """The queue with its periodic tasks: `reconcile` each minute, `bill` each hour."""
    return _queue_and_billing(contexts)[0]


def _queue_and_billing(contexts: Contexts) -> tuple[Huey, TaskWrapper]:
    settings = contexts.settings
    queue: Huey
    if settings.redis_url:
        queue = RedisHuey("parley", url=settings.redis_url)
    else:
        settings.data.mkdir(parents=True, exist_ok=True)
        queue = SqliteHuey("parley", filename=str(settings.data / "jobs.db"))

    def look_again() -> None:
        reconcile_payments(contexts)
        reconcile_refunds(contexts, LOOK_AGAIN_AFTER)
        let_removed_go(contexts, LOOK_AGAIN_AFTER)

    def bill() -> None:
        look_over_refunds(contexts)
        bill_due(contexts)

    queue.periodic_task(crontab(minute="*"), name="reconcile")(look_again)
    billing = queue.periodic_task(crontab(minute="0"), name="bill")(bill)
    return queue, billing


def _at_start(billing: TaskWrapper) -> None:
    """Bills at once, rather than at the next full hour: who starts may have been away."""
    try:
        billing()
    except Exception as error:  # Redis is away: the next hour comes
        log.error("job_not_queued", problem=str(error)[:300])


class _Consumer(Consumer):  # type: ignore[misc]
    """Huey's, without its signal handlers: who runs it says when it ends."""

    def _set_signal_handlers(self) -> None:
        pass


def work(contexts: Contexts, stop: threading.Event, *, beat: Callable[[], None] | None = None) -> None:
    """Works until `stop` is set: the queue's tasks, and mail as soon as it waits. `beat` is called at each turn.

    What fails in a turn is tried again in the next, so that a database or Redis that was away ends nothing.
    """
    queue, billing = _queue_and_billing(contexts)
    consumer = _Consumer(queue, workers=WORKERS, periodic=True, check_worker_health=False)
    answers, letters = functools.partial(answer_requests, contexts), functools.partial(send_waiting, contexts)
    consumer.start()
    try:
        _at_start(billing)
        while not stop.wait(TICK_SECONDS):
            for turn in (answers, letters, beat):
                try:
                    if turn:
                        turn()
                except Exception as error:  # the database or Redis is away: the next turn finds it again
                    log.error("job_turn_failed", problem=str(error)[:300])
    finally:
        consumer.stop(graceful=True)
