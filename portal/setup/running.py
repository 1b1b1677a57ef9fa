"""Runs a long command: one line of progress on the screen, everything it says in a log, one sentence when it fails."""

from __future__ import annotations

import errno
import os
import re
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from portal.setup.places import BUILD, ROOT, environment

HEARTBEAT_SECONDS = 15
TAIL_LINES = 25
DISK_FULL = re.compile(r"No space left on device|ENOSPC|You don't have enough free space", re.IGNORECASE)
UNREACHABLE = re.compile(
    r"[Nn]ame resolution|Temporary failure|Could not resolve|\b(NewConnectionError|ConnectTimeout|ReadTimeoutError)\b"
    r"|\b(ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNREFUSED|ECONNRESET)\b|Connection timed out|Network is unreachable"
    r"|Failed to establish a new connection|Max retries exceeded|\bProxyError\b|Could not connect to"
    r"|Failed to fetch|Unable to fetch"
)


class SetupError(Exception):
    """The set-up can't go on; the message is the sentence that says why and what to do."""


def disk_full() -> SetupError:
    """The sentence for a disk without room."""
    return SetupError(f"The disk that holds {ROOT} is full: free about 3 GB, then run the same command again.")


def sentence_for(error: OSError) -> SetupError:
    """The sentence for a file or folder that can't be written or read."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return disk_full()
    return SetupError(f"{error.filename or ROOT}: {error.strerror}. Put that right, then run the same command again.")


class Progress:
    """One line that changes on a terminal; elsewhere a line now and then, so that a log stays short."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.started = self.shown = time.monotonic()
        self.live = sys.stdout.isatty()
        self.note = ""
        self._show(f"· {title} …", end="" if self.live else "\n")

    def tell(self, note: str | None = None) -> None:
        """Shows how far it is."""
        if note:
            self.note = note
        seconds = time.monotonic() - self.started
        every = 0.5 if self.live else HEARTBEAT_SECONDS
        if time.monotonic() - self.shown >= every:
            self.shown = time.monotonic()
            line = f"{'·' if self.live else ' '} {self.title} … {seconds:.0f} s{'  ' if self.note else ''}{self.note}"
            self._show(f"\r\033[K{line[:100]}" if self.live else line, end="" if self.live else "\n")

    def done(self, mark: str) -> None:
        """Ends the line with a mark and the time it took."""
        line = f"{mark} {self.title} ({time.monotonic() - self.started:.0f} s)"
        self._show(f"\r\033[K{line}" if self.live else line, end="\n")

    @staticmethod
    def _show(text: str, end: str) -> None:
        print(text, end=end, flush=True)


def run(
    title: str,
    command: list[str],
    *,
    log: str,
    source: str = "",
    cwd: Path = ROOT,
    env: dict[str, str] | None = None,
    note: Callable[[str], str | None] = lambda line: None,
) -> None:
    """Runs a command to its end. Its output goes to build/`log`; `note` makes a short progress note of a line.

    Raises SetupError when it fails: one sentence where `source` (the registry it loads from) can't be reached or the
    disk is full, else a sentence and the end of the log.
    """
    BUILD.mkdir(parents=True, exist_ok=True)
    file = BUILD / log
    progress = Progress(title)
    process = subprocess.Popen(
        command,
        cwd=cwd,
        env=env or environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        _follow(process, file, progress, note)
    except BaseException:
        stop(process)
        raise
    if process.wait() == 0:
        progress.done("✓")
        return
    progress.done("✗")
    said = file.read_text(encoding="utf-8", errors="replace")
    if DISK_FULL.search(said):
        raise disk_full()
    if source and UNREACHABLE.search(said):
        raise SetupError(f"{source} can not be reached: check the network, then run the same command again.")
    tail = "\n".join(f"    {line}" for line in said.splitlines()[-TAIL_LINES:])
    raise SetupError(f"{title} failed; the whole output is in {file.relative_to(ROOT)}, and it ends with:\n{tail}")


def _follow(
    process: subprocess.Popen[bytes], file: Path, progress: Progress, note: Callable[[str], str | None]
) -> None:
    assert process.stdout is not None
    with process.stdout, file.open("wb") as log, selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while True:
            told = None
            if selector.select(timeout=0.5):
                chunk = os.read(process.stdout.fileno(), 65536)
                if not chunk:
                    return
                log.write(chunk)
                for line in chunk.decode(errors="replace").splitlines():
                    told = note(line) or told
            progress.tell(told)


def stop(process: subprocess.Popen[bytes]) -> None:
    """Ends a command and everything it started."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
            process.wait(timeout=5)
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue
