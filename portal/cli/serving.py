"""`parley serve`: pages, sockets, sandbox and job worker, until Ctrl-C."""

from __future__ import annotations

import errno
import gc
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from types import FrameType
from typing import Annotated, NoReturn

import typer
import uvicorn
from sqlmodel import select

from billing.config import Settings, load_settings
from billing.context import Contexts
from billing.models.people import Customer
from portal.bootstrap import build
from portal.cli.reflex_settings import reflex_environment
from portal.cli.session import Stop
from portal.logs import configure_logs
from portal.schema import upgrade_schema
from portal.seeds import demo_logins, seed_story

ROOT = Path(__file__).resolve().parents[2]
PAGES = ROOT / ".web" / "build" / "client" / "index.html"
SECONDS_TO_END = 10
SECONDS_TO_LEAVE = 20  # for threads that wait for an answer which won't come, such as our own sandbox's
SECONDS_BEFORE_NEXT = 5


def add_to(app: typer.Typer) -> None:
    app.command("serve")(serve)


def serve(
    jobs: Annotated[bool, typer.Option(help="Run the job worker too.")] = True,
) -> None:
    """Serve Parley on PARLEY_HOST and PARLEY_PORT, with its job worker, until Ctrl-C."""
    configure_logs(quiet=True)
    settings = load_settings()
    door = listen(settings)
    if not PAGES.exists():
        raise Stop("The pages are not built. `make run` builds and serves them.")
    if shutil.which("wkhtmltopdf") is None:
        print("wkhtmltopdf is missing, so no invoice can be downloaded: apt-get install wkhtmltopdf", file=sys.stderr)
    prepare(settings)
    os.chdir(ROOT)
    os.environ.update(reflex_environment(settings))
    gc.disable()  # until it answers: most of what the start makes stays
    signal.signal(signal.SIGTERM, _end)
    with worker() if jobs else nullcontext(), suppress(KeyboardInterrupt):
        Announcing(config(settings), announcement(settings)).run(sockets=[door])
    leave()


def leave() -> NoReturn:
    """Ends the process once its threads have ended, or SECONDS_TO_LEAVE have passed.

    Python's own way down collects all garbage first, and was seen not to end.
    """
    until = time.monotonic() + SECONDS_TO_LEAVE
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join(max(0.0, until - time.monotonic()))
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def listen(settings: Settings) -> socket.socket:
    """Takes the port before anything else is done. Raises Stop with a sentence where it can't be had."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    door = socket.socket(family, socket.SOCK_STREAM)
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        door.bind((settings.host, settings.port))
        door.listen(2048)
    except OSError as error:
        door.close()
        if error.errno == errno.EADDRINUSE:
            raise Stop(f"Port {settings.port} is taken. Choose another: PARLEY_PORT={settings.port + 1}") from None
        raise Stop(f"{settings.host}:{settings.port} can't be used: {error.strerror}.") from None
    except (OverflowError, UnicodeError):
        raise Stop(f"PARLEY_HOST can't be used: {settings.host}") from None
    return door


def prepare(settings: Settings) -> None:
    """Brings the database up to date and, in the demo, tells it the story where it is empty."""
    contexts = build(settings)
    try:
        upgrade_schema(contexts.engine)
        if settings.demo and is_empty(contexts):
            print("Seeding the story …", file=sys.stderr)
            seed_story(contexts)
    finally:
        contexts.engine.dispose()


def is_empty(contexts: Contexts) -> bool:
    """Whether there is no customer yet."""
    with contexts.system() as ctx:
        return ctx.session.exec(select(Customer.id).limit(1)).first() is None


def config(settings: Settings) -> uvicorn.Config:
    """How uvicorn serves: one loop, no compression of socket messages, no word of a proxy believed here."""
    return uvicorn.Config(
        "portal.portal:app",
        factory=True,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http="httptools",
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        ws_max_size=1024 * 1024,
        proxy_headers=False,
        server_header=False,
        access_log=False,
        log_level="warning",
        timeout_graceful_shutdown=3,
    )


class Announcing(uvicorn.Server):
    """Says where Parley is once it can be reached; asked to end, it has ended within SECONDS_TO_LEAVE."""

    def __init__(self, config: uvicorn.Config, words: str) -> None:
        super().__init__(config)
        self._words = words

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        gc.freeze()
        gc.enable()
        if self.started:
            print(self._words, flush=True)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        leave = threading.Timer(SECONDS_TO_LEAVE, os._exit, (0,))
        leave.daemon = True
        leave.start()
        super().handle_exit(sig, frame)


def announcement(settings: Settings) -> str:
    """The address and, in the demo, who may sign in."""
    lines = ["", f"Parley is at {settings.address}", ""]
    if settings.demo:
        logins = demo_logins(settings.data)
        wide = max(len(login.email) for login in logins)
        lines += [f"  {login.role:<9}{login.email:<{wide + 2}}{login.password}" for login in logins] + [""]
    return "\n".join([*lines, "Ctrl-C ends it."])


@contextmanager
def worker() -> Iterator[None]:
    """The job worker beside us, in our process group; it ends with us, also when we are killed, and not before us."""
    beside = Beside()
    try:
        yield
    finally:
        beside.end()


class Beside:
    """The worker's process; where it falls over, the next one is started."""

    def __init__(self) -> None:
        self._ending = threading.Event()
        self._changing = threading.Lock()
        self._process = self._start()
        threading.Thread(target=self._watch, name="job-worker-watch", daemon=True).start()

    def _start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "portal.cli", "jobs", "work", "--until-eof"]
        return subprocess.Popen(command, stdin=subprocess.PIPE)

    def _watch(self) -> None:
        while True:
            code = self._process.wait()
            if self._ending.wait(SECONDS_BEFORE_NEXT):  # longer than our own end takes: Ctrl-C reaches both of us
                return
            with self._changing:
                if self._ending.is_set():
                    return
                print(f"The job worker ended with {code} and is started again.", file=sys.stderr)
                self._process = self._start()

    def end(self) -> None:
        """Lets the worker end what it is doing, and waits for that."""
        self._ending.set()
        with self._changing:
            process = self._process
        assert process.stdin is not None
        with suppress(BrokenPipeError):
            process.stdin.close()
        try:
            process.wait(SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _end(number: int, frame: object) -> None:
    raise SystemExit(0)
