"""Keeps plain messages: one thread that commits whatever has come in meanwhile, together. Answered after the commit.

On SQLite its connection commits with synchronous=NORMAL (the last moments may be lost at a power cut, never at a crash
of ours), and a second connection writes the log back into the database, so that no message waits for that.
"""

from __future__ import annotations

import queue
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import psycopg
import structlog
from sqlalchemy import Engine
from sqlalchemy.pool import PoolProxiedConnection

from billing.clock import Clock
from billing.db import make_engine
from chat.batches import Outcome, Plain, Turned, keep_batch

LARGEST_BATCH = 256
CHECKPOINT_SECONDS = 1.0
OperationalErrors = (sqlite3.OperationalError, psycopg.OperationalError)
log = structlog.get_logger(__name__)
Answered = Callable[[list[tuple[Any, Outcome]]], None]


def set_results(answers: list[tuple[Future[Outcome], Outcome]]) -> None:
    """Answers futures, in the writer's own thread."""
    for future, outcome in answers:
        future.set_result(outcome)


class Writer:
    """Takes messages from any thread."""

    def __init__(self, database_url: str, clock: Clock, *, durable: bool = False) -> None:
        self._engine = make_engine(database_url, durable=durable, pool_size=2)
        self._clock = clock
        self._waiting: queue.SimpleQueue[tuple[Plain, Any, Answered] | None] = queue.SimpleQueue()
        self._closed = threading.Event()
        self._threads = [threading.Thread(target=self._run, name="chat-writer", daemon=True)]
        if self._engine.dialect.name == "sqlite":
            self._threads.append(threading.Thread(target=self._checkpoint, name="chat-checkpoint", daemon=True))
        for thread in self._threads:
            thread.start()

    def submit(self, plain: Plain, ticket: Any, answered: Answered) -> None:
        """Queues a message. After its commit `answered` is called from the writer's thread, once a batch, with each
        ticket and its outcome.
        """
        self._waiting.put((plain, ticket, answered))

    def keep(self, plain: Plain) -> Outcome:
        """Queues a message and waits for what became of it."""
        future: Future[Outcome] = Future()
        self.submit(plain, future, set_results)
        return future.result()

    def close(self) -> None:
        """Keeps what is queued, then ends both threads."""
        self._closed.set()
        self._waiting.put(None)
        for thread in self._threads:
            thread.join()
        self._engine.dispose()

    def _run(self) -> None:
        connection = _Connection(self._engine)
        while True:
            first = self._waiting.get()
            if first is None:
                break
            batch = [first]
            last = False
            while len(batch) < LARGEST_BATCH:
                try:
                    more = self._waiting.get_nowait()
                except queue.Empty:
                    break
                if more is None:
                    last = True
                    break
                batch.append(more)
            outcomes = connection.keep([plain for plain, _, _ in batch], self._clock)
            answers: dict[Answered, list[tuple[Any, Outcome]]] = {}
            for (_, ticket, answered), outcome in zip(batch, outcomes, strict=True):
                answers.setdefault(answered, []).append((ticket, outcome))
            for answered, some in answers.items():
                answered(some)
            if last:
                break
        connection.close()

    def _checkpoint(self) -> None:
        connection = self._engine.raw_connection()
        cursor = connection.cursor()
        while not self._closed.wait(CHECKPOINT_SECONDS):
            try:
                cursor.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
            except Exception:  # the next one writes back what this one did not
                log.warning("chat_checkpoint_failed", exc_info=True)
        connection.close()


class _Connection:
    """The writer's own connection, opened again when the database went away."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._sqlite = engine.dialect.name == "sqlite"
        self._pooled = self._open()

    def _open(self) -> PoolProxiedConnection:
        pooled = self._engine.raw_connection()
        if self._sqlite:
            pooled.cursor().execute("PRAGMA wal_autocheckpoint=0")
        return pooled

    def keep(self, batch: list[Plain], clock: Clock) -> list[Outcome]:
        """Keeps the batch in one transaction. What the database refuses is not kept, and its sender is told."""
        for attempt in (1, 2):
            try:
                return self._commit(batch, clock)
            except OperationalErrors:  # locked for too long, or the server went away
                log.warning("chat_batch_failed", size=len(batch), attempt=attempt, exc_info=True)
                self._reopen()
                if self._sqlite:
                    break
            except Exception:
                log.warning("chat_batch_refused", size=len(batch), exc_info=True)
                self._reopen()
                if len(batch) > 1:  # the others are not to suffer from one
                    return [outcome for plain in batch for outcome in self.keep([plain], clock)]
                break
        return [Turned("busy")] * len(batch)

    def _commit(self, batch: list[Plain], clock: Clock) -> list[Outcome]:
        cursor = self._pooled.cursor()
        try:
            if self._sqlite:
                cursor.execute("BEGIN IMMEDIATE")
            outcomes = keep_batch(cursor, batch, clock.now())
            if self._sqlite:
                cursor.execute("COMMIT")
            else:
                self._pooled.commit()
            return outcomes
        finally:
            cursor.close()

    def _reopen(self) -> None:
        self._pooled.invalidate()
        try:
            self._pooled = self._open()
        except Exception:  # the next batch tries again
            log.warning("chat_database_gone", exc_info=True)

    def close(self) -> None:
        self._pooled.close()
