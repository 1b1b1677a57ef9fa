"""A batch of plain messages in one transaction: who may, what number, kept. One way on SQLite, one on PostgreSQL.

Each message is authorised by the session, the membership and the conversation as they are in that transaction: there
is no cache that could outlive a sign-out.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from billing.auth.sessions import IDLE
from chat.conversations import Growth, snippet_of, sqlite_moment, take_numbers
from chat.protocol import AuthorKind, Status


@dataclass(frozen=True, slots=True)
class Plain:
    """A message as it came in. `token_hash` is that of the session's cookie; `explicit`: a command or a button."""

    token_hash: str
    conversation: str
    client_id: str
    text: str
    request: dict[str, Any] | None = None
    explicit: bool = False


@dataclass(frozen=True, slots=True)
class Kept:
    """The message lies in the database under that number. `new` is False for one that lay there already."""

    conversation_id: int
    conversation: str
    seq: int
    at: datetime
    new: bool
    author_kind: AuthorKind
    author_id: int
    author_name: str
    status: str


@dataclass(frozen=True, slots=True)
class Turned:
    """The message was not kept: the code of the refusal, or `closed` when it has to open the conversation again."""

    code: str


Outcome = Kept | Turned


@dataclass(frozen=True, slots=True)
class _Seat:
    """What the transaction's own look at session and conversation gave."""

    conversation_id: int | None
    status: str
    owner_id: int | None
    unanswered: bool
    contact_id: int | None
    staff_id: int | None
    name: str | None
    role: int | None

    def refusal(self, explicit: bool) -> str | None:
        if self.name is None or self.role is None:
            return "not_signed_in"
        if self.conversation_id is None:
            return "not_found"
        if self.staff_id is not None:
            mine = self.owner_id == self.staff_id and self.status == Status.WITH_PERSON
            return None if mine else "not_yours"
        return "closed" if self.status == Status.RESOLVED and not explicit else None


SEAT = """SELECT c.id, c.status, c.owner_id, c.first_answer_at IS NULL AND c.waiting_since IS NOT NULL,
 s.contact_id, s.staff_id, COALESCE(k.name, t.name), COALESCE(m.role, t.role)
 FROM {sessions}
 LEFT JOIN membership m ON m.contact_id = s.contact_id AND m.customer_id = s.customer_id
 LEFT JOIN contact k ON k.id = s.contact_id LEFT JOIN staff t ON t.id = s.staff_id
 LEFT JOIN conversation c ON c.number = {number}
 AND (s.staff_id IS NOT NULL OR (c.customer_id = s.customer_id AND c.contact_id = s.contact_id))
 WHERE s.ended_at IS NULL AND NOT s.mfa_pending AND s.ends_at > {p} AND s.seen_at > {p}"""
SQLITE_SEAT = SEAT.format(sessions="login_session s", number="?", p="?") + " AND s.token_hash = ?"
POSTGRES_SEATS = (
    SEAT.replace("SELECT ", "SELECT w.place, ", 1).format(
        sessions="unnest(%s::text[], %s::text[]) WITH ORDINALITY AS w(token_hash, number, place)"
        " JOIN login_session s ON s.token_hash = w.token_hash",
        number="w.number",
        p="%s",
    )
)  # fmt: skip
LOCK = "SELECT id FROM conversation WHERE number = ANY(%s) ORDER BY id FOR UPDATE"
COLUMNS = """conversation_id, seq, client_id, author_kind, author_id, author_name, text, blocks, request,
 staff_only, at"""
SQLITE_KEEP = f"INSERT INTO message ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, '[]', ?, 0, ?)"
POSTGRES_KEEP = f"""INSERT INTO message ({COLUMNS}) SELECT w.conversation_id, w.seq, w.client_id, w.author_kind,
 w.author_id, w.author_name, w.text, '[]'::json, w.request::json, false, %s FROM unnest(%s::bigint[], %s::int[],
 %s::text[], %s::text[], %s::bigint[], %s::text[], %s::text[], %s::text[])
 AS w(conversation_id, seq, client_id, author_kind, author_id, author_name, text, request)"""
SQLITE_KNOWN = "SELECT seq, at FROM message WHERE conversation_id = ? AND client_id = ?"
POSTGRES_KNOWN = """SELECT m.conversation_id, m.client_id, m.seq, m.at FROM unnest(%s::bigint[], %s::text[])
 AS w(conversation_id, client_id)
 JOIN message m ON m.conversation_id = w.conversation_id AND m.client_id = w.client_id"""
ANSWERED = "UPDATE conversation SET first_answer_at = {p}, answer_by = NULL WHERE id = {p}"

Known = dict[tuple[int, str], tuple[int, datetime]]


def keep_batch(cursor: Any, batch: Sequence[Plain], now: datetime) -> list[Outcome]:
    """Authorises, numbers and keeps the messages in the cursor's open transaction; one outcome each, in order."""
    postgres = cursor.__class__.__module__.startswith("psycopg")
    seats = _postgres_seats(cursor, batch, now) if postgres else _sqlite_seats(cursor, batch, now)
    let_in: list[tuple[Plain, _Seat]] = []
    refused: dict[int, Turned] = {}
    for place, plain in enumerate(batch):
        seat = seats.get((plain.token_hash, plain.conversation))
        code = seat.refusal(plain.explicit) if seat else "not_signed_in"
        if code or seat is None:
            refused[place] = Turned(code or "not_signed_in")
        else:
            let_in.append((plain, seat))
    known = (_postgres_known if postgres else _sqlite_known)(cursor, let_in)
    kept = iter(_number_and_keep(cursor, let_in, known, now, postgres))
    return [refused[place] if place in refused else next(kept) for place in range(len(batch))]


def _number_and_keep(
    cursor: Any, let_in: list[tuple[Plain, _Seat]], known: Known, now: datetime, postgres: bool
) -> list[Kept]:
    fresh: dict[tuple[int, str], tuple[Plain, _Seat]] = {}
    for plain, seat in let_in:
        key = (seat.conversation_id or 0, plain.client_id)
        if key not in known:
            fresh.setdefault(key, (plain, seat))
    numbers = _numbers(cursor, fresh, now)
    if fresh:
        rows = [
            (key[0], numbers[key], key[1], _kind(seat), seat.contact_id or seat.staff_id, seat.name, plain.text,
             json.dumps(plain.request) if plain.request is not None else None)
            for key, (plain, seat) in fresh.items()
        ]  # fmt: skip
        if postgres:
            cursor.execute(POSTGRES_KEEP, (now, *(list(column) for column in zip(*rows, strict=True))))
        else:
            moment = sqlite_moment(now)
            cursor.executemany(SQLITE_KEEP, [(*row, moment) for row in rows])
        for conversation_id in {
            seat.conversation_id for _, seat in fresh.values() if seat.staff_id and seat.unanswered
        }:
            value = now if postgres else sqlite_moment(now)
            cursor.execute(ANSWERED.format(p="%s" if postgres else "?"), (value, conversation_id))
    outcomes = []
    for plain, seat in let_in:
        key = (seat.conversation_id or 0, plain.client_id)
        seq, at = known[key] if key in known else (numbers[key], now)
        new = fresh.get(key, (None, None))[0] is plain
        outcomes.append(
            Kept(key[0], plain.conversation, seq, at, new, _kind(seat), seat.contact_id or seat.staff_id or 0,
                 seat.name or "", seat.status)
        )  # fmt: skip
    return outcomes


def _numbers(
    cursor: Any, fresh: dict[tuple[int, str], tuple[Plain, _Seat]], now: datetime
) -> dict[tuple[int, str], int]:
    grouped: dict[int, list[tuple[int, str]]] = {}
    for key in fresh:
        grouped.setdefault(key[0], []).append(key)
    growths = []
    for conversation_id, keys in grouped.items():
        said = [fresh[key][0].text for key in keys if fresh[key][1].staff_id is None]
        snippet = snippet_of(said[-1]) if said else None
        growths.append(Growth(conversation_id, len(keys), snippet, len(said), len(keys) - len(said)))
    last = take_numbers(cursor, growths, now) if growths else {}
    return {
        key: last[conversation_id] - len(keys) + place + 1
        for conversation_id, keys in grouped.items()
        for place, key in enumerate(keys)
    }


def _kind(seat: _Seat) -> AuthorKind:
    return AuthorKind.CUSTOMER if seat.staff_id is None else AuthorKind.STAFF


def _sqlite_seats(cursor: Any, batch: Sequence[Plain], now: datetime) -> dict[tuple[str, str], _Seat]:
    ends, seen = sqlite_moment(now), sqlite_moment(now - IDLE)
    seats = {}
    for pair in {(plain.token_hash, plain.conversation) for plain in batch}:
        row = cursor.execute(SQLITE_SEAT, (pair[1], ends, seen, pair[0])).fetchone()
        if row is not None:
            seats[pair] = _Seat(*row)
    return seats


def _postgres_seats(cursor: Any, batch: Sequence[Plain], now: datetime) -> dict[tuple[str, str], _Seat]:
    pairs = list({(plain.token_hash, plain.conversation) for plain in batch})
    hashes, numbers = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    cursor.execute(LOCK, (numbers,))
    cursor.execute(POSTGRES_SEATS, (hashes, numbers, now, now - IDLE))
    return {pairs[row[0] - 1]: _Seat(*row[1:]) for row in cursor.fetchall()}


def _sqlite_known(cursor: Any, let_in: list[tuple[Plain, _Seat]]) -> Known:
    known: Known = {}
    for plain, seat in let_in:
        row = cursor.execute(SQLITE_KNOWN, (seat.conversation_id, plain.client_id)).fetchone()
        if row is not None:
            known[seat.conversation_id or 0, plain.client_id] = (row[0], datetime.fromisoformat(f"{row[1]}+00:00"))
    return known


def _postgres_known(cursor: Any, let_in: list[tuple[Plain, _Seat]]) -> Known:
    if not let_in:
        return {}
    ids, client_ids = [seat.conversation_id for _, seat in let_in], [plain.client_id for plain, _ in let_in]
    cursor.execute(POSTGRES_KNOWN, (ids, client_ids))
    return {(row[0], row[1]): (row[2], row[3]) for row in cursor.fetchall()}
