"""The chat beside a bare Socket.IO echo: messages a second of 50 pairs, and memory of an idle client.

A message of ours is authorised, kept, acknowledged after its commit and brought to both of the pair; the echo only
brings it to both and acknowledges it. Rounds take turns, so that what else the machine does hits both alike.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from billing.auth.sessions import COOKIE, create_session
from billing.models.people import Contact, Customer, Membership, Staff
from billing.registry import Role
from chat.conversations import start_conversation
from chat.protocol import Status
from tests.benchmarks.chat_servers import contexts_for
from tests.benchmarks.records import Record
from tests.benchmarks.sockets import SocketClient, connect
from tests.fixtures.databases import prepare_database
from tests.fixtures.processes import end, pick_port

PAIRS = 50
ROUNDS = 5
ROUND_SECONDS = 3.0
IDLE_CLIENTS = 400
WORDS = "The visit on 25 February was a repair. I want a person to look at it."


def bench_messages() -> Iterator[Record]:
    """Messages a second, with synchronous=NORMAL (as it is served) and FULL."""
    with tempfile.TemporaryDirectory(prefix="parley-bench-") as folder:
        for synchronous in ("normal", "full"):
            ours, baseline = asyncio.run(_message_rounds(Path(folder) / synchronous, synchronous))
            name = f"chat messages, synchronous {synchronous.upper()}"
            yield Record(name, ours, baseline, "a second", 0.7, "higher")


def bench_idle_memory() -> Iterator[Record]:
    """Memory of a connected client that says nothing."""
    with tempfile.TemporaryDirectory(prefix="parley-bench-") as folder:
        ours, baseline = asyncio.run(_memory(Path(folder)))
    yield Record("chat memory of an idle client", ours, baseline, "KB", 1.3, "lower")


class House:
    """Fifty pairs of customer and agent, each with a conversation that the agent has taken."""

    def __init__(self, folder: Path, port: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.database_url = f"sqlite:///{folder / 'parley.db'}"
        prepare_database(self.database_url)
        contexts = contexts_for(port, self.database_url, folder)
        self.cookies: list[str] = []
        self.numbers: list[str] = []
        with contexts.system(writes=True) as ctx:
            for n in range(PAIRS):
                customer = Customer(number=f"C-{n}", name=f"Customer {n}", currency="EUR", created_at=ctx.now)
                contact = Contact(email=f"c{n}@example.com", name=f"Contact {n}", created_at=ctx.now)
                agent = Staff(email=f"s{n}@example.com", name=f"Agent {n}", role=Role.AGENT, created_at=ctx.now)
                ctx.session.add_all([customer, contact, agent])
                ctx.session.flush()
                ctx.session.add(Membership(contact_id=contact.id or 0, customer_id=customer.id or 0, role=Role.OWNER))
                ctx.session.flush()
                ctx.actor = contact_actor(contact, customer)
                conversation = start_conversation(ctx)
                conversation.status, conversation.owner_id = Status.WITH_PERSON, agent.id
                for person in (contact, agent):
                    token = create_session(ctx, person, user_agent="", mfa_pending=False)
                    self.cookies.append(f"{COOKIE}={token}")
                    self.numbers.append(conversation.number)
        contexts.engine.dispose()


def contact_actor(contact: Contact, customer: Customer):  # type: ignore[no-untyped-def]
    from billing.context import Actor

    return Actor("contact", contact.id, contact.name, contact.email, Role.OWNER, customer.id)


@contextmanager
def _serving(kind: str, port: int, *rest: str) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "tests.benchmarks.chat_servers", kind, str(port), *rest]
    process = subprocess.Popen(command, cwd=Path(__file__).resolve().parents[2])
    try:
        _wait_for(port, process)
        yield process
    finally:
        end(process, gently=False)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    import socket

    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError("The server did not start.")


async def _sit(port: int, house: House) -> list[SocketClient]:
    clients = await connect(port, house.cookies)
    for client, number in zip(clients, house.numbers, strict=True):
        answer = await client.call("hello", {"version": 1, "conversation": number})
        assert answer[0]["ok"], answer
    return clients


async def _message_rounds(folder: Path, synchronous: str) -> tuple[float, float]:
    ports = (pick_port(), pick_port())
    house = House(folder, ports[0])
    with (
        _serving("parley", ports[0], house.database_url, str(folder), synchronous),
        _serving("echo", ports[1]),
    ):
        ours, echo = [await _sit(port, house) for port in ports]
        await _round(ours, house, 1.0)
        await _round(echo, house, 1.0)
        rates = [(await _round(ours, house), await _round(echo, house)) for _ in range(ROUNDS)]
    print(f"  synchronous {synchronous.upper()}: " + ", ".join(f"{a:,.0f} / {b:,.0f}" for a, b in rates))
    middle = median(a / b for a, b in rates)
    return next((a, b) for a, b in rates if a / b == middle)


async def _round(clients: list[SocketClient], house: House, seconds: float = ROUND_SECONDS) -> float:
    """Everybody sends, waits for the acknowledgement and sends again; messages a second."""
    until = time.perf_counter() + seconds
    started = time.perf_counter()

    async def talk(client: SocketClient, number: str) -> int:
        sent = 0
        while time.perf_counter() < until:
            body = {"conversation": number, "client_id": os.urandom(12).hex(), "text": WORDS}
            answer = await client.send("send", json.dumps(body))
            assert b'"ok":true' in answer.replace(b" ", b""), answer
            sent += 1
        return sent

    total = sum(await asyncio.gather(*(talk(c, n) for c, n in zip(clients, house.numbers, strict=True))))
    return total / (time.perf_counter() - started)


async def _memory(folder: Path) -> tuple[float, float]:
    ports = (pick_port(), pick_port())
    house = House(folder, ports[0])
    found = []
    for port, arguments in zip(ports, (("parley", house.database_url, str(folder), "normal"), ("echo",)), strict=True):
        with _serving(arguments[0], port, *arguments[1:]) as process:
            first = await _sit(port, house)
            before = _resident(process.pid)
            more = [client for _ in range(IDLE_CLIENTS // len(house.cookies)) for client in await _sit(port, house)]
            found.append((_resident(process.pid) - before) / len(more))
            for client in [*first, *more]:
                client.close()
    return found[0], found[1]


def _resident(pid: int) -> float:
    """Resident memory in KB."""
    time.sleep(1.0)
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return float(next(line.split()[1] for line in lines if line.startswith("VmRSS")))
