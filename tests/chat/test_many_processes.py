"""Several servers on one database, and servers that die: nobody misses a message, nothing is kept twice."""

from __future__ import annotations

import random
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import socketio.exceptions

from billing.auth.sessions import COOKIE
from billing.db import make_engine
from chat.pace import Pace
from tests.chat.client import Client
from tests.chat.conftest import House, Served, parrot
from tests.fixtures.counts import Times
from tests.fixtures.processes import PATIENCE, ROOT, end, pick_port, wait_until


@pytest.fixture
def two_servers(house: House, redis_server: str) -> Iterator[tuple[Served, Served]]:
    """Two servers on the same database and Redis, each with a port of its own."""
    made = []
    for _ in range(2):
        settings = house.contexts.settings.model_copy(update={"redis_url": f"{redis_server}/1", "port": pick_port()})
        engine = make_engine(settings.database)
        other = House.__new__(House)
        other.__dict__.update(house.__dict__)
        other.contexts = replace(house.contexts, settings=settings, engine=engine, listeners=[])
        made.append(Served(other, parrot, Pace(burst=10_000)))
    yield made[0], made[1]
    for served in made:
        served.stop()
        served.house.contexts.engine.dispose()


def test_a_customer_and_an_agent_on_different_servers_talk(two_servers: tuple[Served, Served]) -> None:
    here, there = two_servers
    ania, marit = here.client(here.house.ania), there.client(there.house.marit, desk=True)
    ania.send("Hello")
    marit.ask("take", {"conversation": ania.number})
    ania.wait_for("Marit de Vries from RenoTech joined")
    marit.open(ania.number or "")
    both_listen(ania, marit)
    for n in range(10):
        ania.send(f"from Ania {n}")
        marit.send(f"from Marit {n}")
    ania.wait_for("from Marit 9")
    marit.wait_for("from Ania 9")
    said = [text for text in ania.texts() if text.startswith("from ")]
    assert said == [f"from {who} {n}" for n in range(10) for who in ("Ania", "Marit")]
    marit.ask("typing", {"conversation": ania.number, "on": True})
    assert ania.wait_for_push("typing", on=True, who=marit.welcome["who"])


def both_listen(ania: Client, marit: Client) -> None:
    """Waits until each one's server hears through Redis what the other's says: a server says it from its start on."""
    for speaker, listener in ((ania, marit), (marit, ania)):

        def heard(speaker: Client = speaker, listener: Client = listener) -> bool:
            speaker.ask("typing", {"conversation": ania.number, "on": False})
            return any(push["who"] == speaker.welcome["who"] for push in listener.got("typing"))

        wait_until(heard, "the servers to hear each other")


@pytest.fixture
def server(house: House) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    """Starts the chat in a process of its own, always on the same port."""
    settings = house.contexts.settings
    running: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "tests.benchmarks.chat_servers", "parley", str(settings.port)]
        rest = [settings.database, str(settings.data), "normal"]
        running.append(subprocess.Popen([*command, *rest], cwd=ROOT))
        return running[-1]

    yield start
    for process in running:
        end(process, gently=False)


def connected(house: House, address: str) -> Client:
    """A client of Ania's, as soon as the server can be reached."""
    deadline = time.monotonic() + 2 * PATIENCE
    while True:
        try:
            return Client(address, f"{COOKIE}={house.ania.token}")
        except socketio.exceptions.ConnectionError:
            if time.monotonic() > deadline:
                raise


@pytest.mark.timeout(600)
def test_a_server_that_is_killed_loses_nothing_it_has_acknowledged(
    house: House, server: Callable[[], subprocess.Popen[bytes]], clock: object, times: Times, tmp_path: Path
) -> None:
    kills, dice = times("kills of a chat server", 20, 2), random.Random(7)
    with house.contexts.system(writes=True) as ctx:  # the server goes by the machine's clock
        from sqlmodel import col, update

        from billing.clock import SystemClock
        from billing.models.people import LoginSession

        now = SystemClock().now()
        ctx.session.exec(
            update(LoginSession).values(seen_at=now, ends_at=now + timedelta(days=365)).where(col(LoginSession.id) > 0)
        )
    acknowledged: dict[str, int] = {}
    sent: list[str] = []
    number: str | None = None
    for _ in range(kills):
        process = server()
        client = connected(house, house.contexts.settings.address)
        client.number = number
        client.hello()
        for client_id in [c for c in sent if c not in acknowledged]:
            acknowledged[client_id] = client.send(client_id, client_id)["seq"]
        answers: list[dict[str, object]] = []
        if client.number is None:
            client.send("start", "start")
            sent.append("start")
        number = client.number
        for _ in range(40):
            client_id = uuid.uuid4().hex
            sent.append(client_id)
            client.send_soon(client_id, client_id, answers)
        enough = dice.randrange(1, 40)
        wait_until(lambda: len(answers) >= enough, "some acknowledgements")  # noqa: B023
        process.kill()
        process.wait(timeout=PATIENCE)
        wait_until(lambda: client.gone, "the cut to be noticed")  # noqa: B023
        acknowledged |= {str(a["client_id"]): int(str(a["seq"])) for a in answers}
    server()
    client = connected(house, house.contexts.settings.address)
    client.number = number
    client.hello()
    for client_id in [c for c in sent if c not in acknowledged]:
        acknowledged[client_id] = client.send(client_id, client_id)["seq"]
    kept = {m.client_id: m.seq for m in house.messages(number or "") if m.author_kind == "customer"}
    assert kept == acknowledged
    assert sorted(kept) == sorted(sent)
    client.leave()
