"""What the sandbox remembers: one SQLite file, one transaction for each request, written through to the disk."""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from billing.gateways.sandbox.refusals import Json

_SCHEMA = """
CREATE TABLE IF NOT EXISTS objects (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    created INTEGER NOT NULL,
    customer TEXT,
    payment_intent TEXT,
    body TEXT NOT NULL,
    hidden TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS objects_by_customer ON objects (kind, customer, seq);
CREATE INDEX IF NOT EXISTS objects_by_payment_intent ON objects (kind, payment_intent, seq);
CREATE TABLE IF NOT EXISTS captures (payment_intent TEXT PRIMARY KEY, charge TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS replies (
    key TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, status INTEGER NOT NULL, body TEXT NOT NULL,
    request TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS deliveries (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, event TEXT NOT NULL UNIQUE, attempts INTEGER NOT NULL, due REAL NOT NULL,
    state TEXT NOT NULL, answer TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (state, due);
"""
_COLUMNS = {"customer": "customer", "payment_intent": "payment_intent"}


@dataclass(slots=True)
class Record:
    """An object as the API shows it, and what it keeps to itself."""

    kind: str
    body: Json
    hidden: Json = field(default_factory=dict)

    @property
    def id(self) -> str:
        return str(self.body["id"])


@dataclass(frozen=True, slots=True)
class SavedReply:
    """What an idempotency key was answered with."""

    fingerprint: str
    status: int
    body: str
    request: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """One webhook still to be delivered."""

    event: str
    attempts: int


class Transaction:
    """Everything one request reads and writes; all of it lasts or none."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def insert(self, record: Record) -> Record:
        """Keeps a new object."""
        self._db.execute(
            "INSERT INTO objects (id, kind, created, customer, payment_intent, body, hidden)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (record.id, record.kind, record.body.get("created", 0), *_row(record)),
        )
        return record

    def save(self, record: Record) -> None:
        """Keeps a changed object."""
        self._db.execute(
            "UPDATE objects SET kind = ?, customer = ?, payment_intent = ?, body = ?, hidden = ? WHERE id = ?",
            (record.kind, *_row(record), record.id),
        )

    def load(self, identifier: str, kind: str | None = None) -> Record | None:
        """The object with that id, of that kind."""
        row = self._db.execute("SELECT kind, body, hidden FROM objects WHERE id = ?", (identifier,)).fetchone()
        if row is None or kind not in (None, row[0]):
            return None
        return Record(row[0], json.loads(row[1]), json.loads(row[2]))

    def find(
        self,
        kind: str,
        where: Mapping[str, Any] | None = None,
        *,
        created: Mapping[str, int] | None = None,
        types: list[str] | None = None,
        after: str | None = None,
        before: str | None = None,
        limit: int = 100,
    ) -> list[Record]:
        """Objects of a kind, newest first. `where` compares fields of the body; metadata as `metadata.name`."""
        clauses, values = ["kind = ?"], [kind]
        for name, wanted in (where or {}).items():
            if name in _COLUMNS:
                clauses.append(f"{_COLUMNS[name]} = ?")
            else:
                clauses.append("json_extract(body, ?) = ?")
                values.append("$." + ".".join(f'"{part}"' for part in name.split(".", 1)))
            values.append(wanted)
        for word, sign in (("gt", ">"), ("gte", ">="), ("lt", "<"), ("lte", "<=")):
            if created and word in created:
                clauses.append(f"created {sign} ?")
                values.append(str(created[word]))
        if types is not None:
            clauses.append(f"json_extract(body, '$.type') IN ({', '.join('?' * len(types))})")
            values += types
        for cursor, sign in ((after, "<"), (before, ">")):
            if cursor:
                clauses.append(f"seq {sign} (SELECT seq FROM objects WHERE id = ?)")
                values.append(cursor)
        order = "ASC" if before else "DESC"
        rows = self._db.execute(
            f"SELECT kind, body, hidden FROM objects WHERE {' AND '.join(clauses)} ORDER BY seq {order} LIMIT ?",
            (*values, limit),
        ).fetchall()
        found = [Record(row[0], json.loads(row[1]), json.loads(row[2])) for row in rows]
        return found[::-1] if before else found

    def capture(self, payment_intent: str, charge: str) -> None:
        """Notes that an intent took its money. The primary key makes a second time impossible."""
        self._db.execute("INSERT INTO captures VALUES (?, ?)", (payment_intent, charge))

    def saved_reply(self, key: str) -> SavedReply | None:
        """What that idempotency key was answered with before."""
        row = self._db.execute(
            "SELECT fingerprint, status, body, request FROM replies WHERE key = ?", (key,)
        ).fetchone()
        return SavedReply(*row) if row else None

    def save_reply(self, key: str, reply: SavedReply) -> None:
        """Keeps the answer for a repeated request."""
        self._db.execute(
            "INSERT INTO replies VALUES (?, ?, ?, ?, ?)",
            (key, reply.fingerprint, reply.status, reply.body, reply.request),
        )

    def enqueue_delivery(self, event: str, due: float) -> None:
        """Puts an event into the queue of webhooks."""
        self._db.execute(
            "INSERT INTO deliveries (event, attempts, due, state, answer) VALUES (?, 0, ?, 'waiting', '')",
            (event, due),
        )

    def due_deliveries(self, now: float, limit: int = 100) -> list[Delivery]:
        """Webhooks whose time has come, oldest first."""
        rows = self._db.execute(
            "SELECT event, attempts FROM deliveries WHERE state = 'waiting' AND due <= ? ORDER BY seq LIMIT ?",
            (now, limit),
        ).fetchall()
        return [Delivery(*row) for row in rows]

    def note_delivery(self, event: str, *, state: str, due: float, answer: str) -> None:
        """Writes down how an attempt went."""
        self._db.execute(
            "UPDATE deliveries SET attempts = attempts + 1, state = ?, due = ?, answer = ? WHERE event = ?",
            (state, due, answer, event),
        )

    def deliveries(self) -> list[Json]:
        """Every webhook with its attempts and the last answer, newest first."""
        rows = self._db.execute(
            "SELECT event, attempts, due, state, answer FROM deliveries ORDER BY seq DESC LIMIT 200"
        ).fetchall()
        return [dict(zip(("event", "attempts", "due", "state", "answer"), row, strict=True)) for row in rows]


class Store:
    """The file. Transactions of one process wait for each other on a lock, those of others on SQLite's."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._process = 0

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """One transaction: committed at the end of the block, rolled back where it raises."""
        with self._lock:
            connection = self._open()
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield Transaction(connection)
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    def close(self) -> None:
        """Lets go of the file."""
        with self._lock:
            if self._connection is not None and self._process == os.getpid():
                self._connection.close()
            self._connection = None

    def _open(self) -> sqlite3.Connection:
        if self._connection is None or self._process != os.getpid():
            connection = sqlite3.connect(self._path, timeout=20, isolation_level=None, check_same_thread=False)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.executescript(_SCHEMA)
            self._connection, self._process = connection, os.getpid()
        return self._connection


def _row(record: Record) -> tuple[str | None, str | None, str, str]:
    return (
        record.body.get("customer"),
        record.body.get("payment_intent"),
        json.dumps(record.body),
        json.dumps(record.hidden),
    )
