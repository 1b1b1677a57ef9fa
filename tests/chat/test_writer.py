"""The group writer keeps every message once, in order, for those who may; and sees who is signed in as sessions do."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future
from datetime import timedelta

import pytest

from billing.auth.sessions import IDLE, LASTS, actor_for
from billing.clock import SetClock
from billing.db import make_engine
from chat.batches import Kept, Outcome, Plain, Turned
from chat.conversations import start_conversation
from chat.seats import Seat, live_hashes
from chat.writer import Writer, set_results
from tests.chat.conftest import House, Person
from tests.fixtures.processes import PATIENCE


@pytest.fixture
def number(house: House) -> str:
    with house.contexts.open(house.ania.actor, channel="chat", writes=True) as ctx:  # type: ignore[arg-type]
        return start_conversation(ctx).number


@pytest.fixture
def writer(house: House) -> Iterator[Writer]:
    made = Writer(house.contexts.settings.database, house.contexts.clock)
    yield made
    made.close()


def plain(who: Person, number: str, client_id: str = "one", text: str = "Hello") -> Plain:
    return Plain(Seat(who.token, 0).token_hash, number, client_id, text)


def keep_all(writer: Writer, some: list[Plain]) -> list[Outcome]:
    futures: list[Future[Outcome]] = [Future() for _ in some]
    for one, future in zip(some, futures, strict=True):
        writer.submit(one, future, set_results)
    return [future.result(timeout=PATIENCE) for future in futures]


def test_a_batch_is_numbered_in_order_without_a_gap(house: House, writer: Writer, number: str) -> None:
    outcomes = keep_all(writer, [plain(house.ania, number, f"id{n}", f"text {n}") for n in range(300)])
    assert [o.seq for o in outcomes if isinstance(o, Kept)] == list(range(1, 301))
    assert house.texts(number) == [f"text {n}" for n in range(300)]
    row = house.conversation(number)
    assert (row.last_seq, row.unread_by_staff, row.snippet) == (300, 300, "text 299")


def test_the_same_client_id_is_kept_once_within_a_batch_and_later(house: House, writer: Writer, number: str) -> None:
    outcomes = keep_all(
        writer, [plain(house.ania, number), plain(house.ania, number), plain(house.ania, number, "two")]
    )
    later = writer.keep(plain(house.ania, number))
    kept = [o for o in [*outcomes, later] if isinstance(o, Kept)]
    assert [(o.seq, o.new) for o in kept] == [(1, True), (1, False), (2, True), (1, False)]
    assert kept[0].at == kept[3].at


def test_who_may_not_is_refused_and_the_rest_of_the_batch_is_kept(house: House, writer: Writer, number: str) -> None:
    house.sign_out(house.tomas)
    outcomes = keep_all(
        writer,
        [
            plain(house.ania, number),
            plain(house.wanjiru, number, "x"),
            plain(house.marit, number, "y"),
            plain(house.tomas, number, "z"),
            plain(house.ania, "CV-1999-0001", "v"),
            plain(house.ania, number, "two"),
        ],
    )
    codes = [o.code if isinstance(o, Turned) else o.seq for o in outcomes]
    assert codes == [1, "not_found", "not_yours", "not_signed_in", "not_found", 2]


@pytest.mark.parametrize("passes", [timedelta(0), IDLE - timedelta(seconds=1), IDLE, LASTS])
def test_it_agrees_with_the_sessions_on_who_is_signed_in(
    house: House, writer: Writer, number: str, clock: SetClock, passes: timedelta
) -> None:
    clock.advance(passes)
    outcome = writer.keep(plain(house.ania, number))
    live = live_hashes(house.contexts, {Seat(house.ania.token, 0).token_hash})
    signed_in = actor_for(house.contexts, house.ania.token) is not None
    assert isinstance(outcome, Kept) == signed_in == bool(live)


def test_a_message_waits_for_a_change_that_holds_the_database(house: House, writer: Writer, number: str) -> None:
    future: Future[Outcome] = Future()
    with house.contexts.open(house.ania.actor, channel="chat", writes=True) as ctx:  # type: ignore[arg-type]
        from chat.access import access_conversation
        from chat.moves import locked

        locked(ctx, access_conversation(ctx, number))
        writer.submit(plain(house.ania, number), future, set_results)
        assert not future.done()
    assert isinstance(future.result(timeout=PATIENCE), Kept)


def test_what_was_queued_is_kept_when_it_closes(house: House, number: str) -> None:
    writer = Writer(house.contexts.settings.database, house.contexts.clock)
    futures: list[Future[Outcome]] = [Future() for _ in range(50)]
    for n, future in enumerate(futures):
        writer.submit(plain(house.ania, number, f"id{n}"), future, set_results)
    writer.close()
    assert all(isinstance(future.result(timeout=0), Kept) for future in futures)
    engine = make_engine(house.contexts.settings.database)
    engine.dispose()
    assert len(house.texts(number)) == 50
