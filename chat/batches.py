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

import orjson

from billing.auth.sessions import IDLE
from chat.conversations import Growth, is_postgres, snippet_of, sqlite_moment, take_numbers
from chat.protocol import AuthorKind, Status


@dataclass(frozen=True, slots=True)
class Plain:
    """A message as it came in. `token_hash` is that of the sender's session; `explicit`: a command or a button."""

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
    known_seq: int | None
    known_at: datetime | None

    @property
    def kind(self) -> AuthorKind:
        return AuthorKind.CUSTOMER if self.staff_id is None else AuthorKind.STAFF

    def refusal(self, explicit: bool) -> str | None:
        if self.name is None or self.role is None:
            return "not_signed_in"
        if self.conversation_id is None:
            return "not_found"
        if self.staff_id is not None:
            mine = self.owner_id == self.staff_id and self.status == Status.WITH_PERSON
            return None if mine else "not_yours"
        return "closed" if self.status == Status.RESOLVED and not explicit else None


LOOK = """c.id, c.status, c.owner_id, c.first_answer_at IS NULL AND c.waiting_since IS NOT NULL,
 s.contact_id, s.staff_id, COALESCE(k.name, t.name), COALESCE(m.role, t.role), known.seq, known.at"""
SEATS = """FROM {wanted}
 JOIN login_session s ON s.token_hash = w.token_hash
 LEFT JOIN membership m ON m.contact_id = s.contact_id AND m.customer_id = s.customer_id
 LEFT JOIN contact k ON k.id = s.contact_id LEFT JOIN staff t ON t.id = s.staff_id
 LEFT JOIN conversation c ON c.number = w.number
 AND (s.staff_id IS NOT NULL OR (c.customer_id = s.customer_id AND c.contact_id = s.contact_id))
 LEFT JOIN message known ON known.conversation_id = c.id AND known.client_id = w.client_id
 WHERE s.ended_at IS NULL AND NOT s.mfa_pending AND s.ends_at > {p} AND s.seen_at > {p}"""
COLUMNS = """conversation_id, seq, client_id, author_kind, author_id, author_name, text, request,
 blocks, staff_only, at"""
POSTGRES_SEATS = f"SELECT w.place, {LOOK} " + SEATS.format(
    wanted="unnest(%s::text[], %s::text[], %s::text[]) WITH ORDINALITY AS w(token_hash, number, client_id, place)",
    p="%s",
)
POSTGRES_LOCK = "SELECT id FROM conversation WHERE number = ANY(%s) ORDER BY id FOR NO KEY UPDATE"
POSTGRES_KEEP = f"""INSERT INTO message ({COLUMNS}) SELECT w.conversation_id, w.seq, w.client_id, w.author_kind,
 w.author_id, w.author_name, w.text, w.request::json, '[]'::json, false, %s FROM unnest(%s::bigint[], %s::int[],
 %s::text[], %s::text[], %s::bigint[], %s::text[], %s::text[], %s::text[])
 AS w(conversation_id, seq, client_id, author_kind, author_id, author_name, text, request)"""
# On SQLite a whole batch goes in and out as one JSON value, so that this thread lets go of the interpreter and takes
# it back a few times a batch, not a few times a message.
SQLITE_SEATS = f"SELECT json_group_array(json_array(w.place, {LOOK})) " + SEATS.format(
    wanted="(SELECT key + 1 AS place, value ->> 0 AS token_hash, value ->> 1 AS number, value ->> 2 AS client_id"
    " FROM json_each(?)) w",
    p="?",
).replace(" JOIN login", " CROSS JOIN login", 1)
SQLITE_KEEP = f"""INSERT INTO message ({COLUMNS}) SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3,
 value ->> 4, value ->> 5, value ->> 6, value ->> 7, '[]', 0, ? FROM json_each(?)"""
ANSWERED = "UPDATE conversation SET first_answer_at = {p}, answer_by = NULL WHERE id = {p}"

Key = tuple[int, str]
Fresh = dict[Key, tuple[Plain, _Seat]]


def keep_batch(cursor: Any, batch: Sequence[Plain], now: datetime) -> list[Outcome]:
    """Authorises, numbers and keeps the messages in the cursor's open transaction; one outcome each, in order."""
    seats = _postgres_seats(cursor, batch, now) if is_postgres(cursor) else _sqlite_seats(cursor, batch, now)
    fresh: Fresh = {}
    for place, plain in enumerate(batch, 1):
        seat = seats.get(place)
        if seat is not None and seat.known_seq is None and seat.refusal(plain.explicit) is None:
            fresh.setdefault((seat.conversation_id or 0, plain.client_id), (plain, seat))
    numbers = _number_and_keep(cursor, fresh, now) if fresh else {}
    return [_outcome(plain, seats.get(place), fresh, numbers, now) for place, plain in enumerate(batch, 1)]


def _outcome(plain: Plain, seat: _Seat | None, fresh: Fresh, numbers: dict[Key, int], now: datetime) -> Outcome:
    if seat is None:
        return Turned("not_signed_in")
    key = (seat.conversation_id or 0, plain.client_id)
    code = seat.refusal(plain.explicit)
    if code is not None and seat.known_seq is None:
        return Turned(code)
    if seat.known_seq is not None and seat.known_at is not None:
        seq, at, new = seat.known_seq, seat.known_at, False
    else:
        seq, at, new = numbers[key], now, fresh[key][0] is plain
    author = seat.contact_id or seat.staff_id or 0
    return Kept(key[0], plain.conversation, seq, at, new, seat.kind, author, seat.name or "", seat.status)


def _number_and_keep(cursor: Any, fresh: Fresh, now: datetime) -> dict[Key, int]:
    numbers = _numbers(cursor, fresh, now)
    rows = [
        (key[0], numbers[key], key[1], seat.kind.value, seat.contact_id or seat.staff_id, seat.name, plain.text,
         json.dumps(plain.request) if plain.request is not None else None)
        for key, (plain, seat) in fresh.items()
    ]  # fmt: skip
    postgres = is_postgres(cursor)
    moment = now if postgres else sqlite_moment(now)
    if postgres:
        cursor.execute(POSTGRES_KEEP, (now, *(list(column) for column in zip(*rows, strict=True))))
    else:
        cursor.execute(SQLITE_KEEP, (moment, orjson.dumps(rows).decode()))
    for conversation_id in {seat.conversation_id for _, seat in fresh.values() if seat.staff_id and seat.unanswered}:
        cursor.execute(ANSWERED.format(p="%s" if postgres else "?"), (moment, conversation_id))
    return numbers


def _numbers(cursor: Any, fresh: Fresh, now: datetime) -> dict[Key, int]:
    grouped: dict[int, list[Key]] = {}
    for key in fresh:
        grouped.setdefault(key[0], []).append(key)
    growths = []
    for conversation_id, keys in grouped.items():
        said = [fresh[key][0].text for key in keys if fresh[key][1].staff_id is None]
        snippet = snippet_of(said[-1]) if said else None
        growths.append(Growth(conversation_id, len(keys), snippet, len(said), len(keys) - len(said)))
    last = take_numbers(cursor, growths, now)
    return {
        key: last[conversation_id] - len(keys) + place + 1
        for conversation_id, keys in grouped.items()
        for place, key in enumerate(keys)
    }


def _sqlite_seats(cursor: Any, batch: Sequence[Plain], now: datetime) -> dict[int, _Seat]:
    wanted = [(plain.token_hash, plain.conversation, plain.client_id) for plain in batch]
    values = (orjson.dumps(wanted).decode(), sqlite_moment(now), sqlite_moment(now - IDLE))
    rows = orjson.loads(cursor.execute(SQLITE_SEATS, values).fetchone()[0])
    for row in rows:
        row[10] = datetime.fromisoformat(f"{row[10]}+00:00") if row[10] else None
    return {row[0]: _Seat(*row[1:]) for row in rows}


def _postgres_seats(cursor: Any, batch: Sequence[Plain], now: datetime) -> dict[int, _Seat]:
    hashes, numbers = [plain.token_hash for plain in batch], [plain.conversation for plain in batch]
    cursor.execute(POSTGRES_LOCK, (list(set(numbers)),))
    cursor.execute(POSTGRES_SEATS, (hashes, numbers, [plain.client_id for plain in batch], now, now - IDLE))
    return {row[0]: _Seat(*row[1:]) for row in cursor.fetchall()}
