"""`make run` as a newcomer calls it, in a checkout where everything was built."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.fixtures.processes import PATIENCE, ROOT, START_SECONDS, parley_environment, pick_port, wait_until

pytestmark = [pytest.mark.process, pytest.mark.timeout(600)]


@contextmanager
def make_run(port: int, data: Path, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`make run` in a process group of its own, as a terminal gives it one.

    What a shell starts in the background ignores Ctrl-C, and so does all that it starts: that ends here.
    """
    with log.open("wb") as output:
        process = subprocess.Popen(
            ["make", "run"],
            cwd=ROOT,
            env=parley_environment(port, data),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
    try:
        yield process
    finally:
        if group_lives(process):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=PATIENCE)


def group_lives(process: subprocess.Popen[bytes]) -> bool:
    """Whether anything that was started with the process still runs."""
    process.poll()
    try:
        os.killpg(process.pid, 0)
    except ProcessLookupError:
        return False
    return True


def is_ready(port: int) -> bool:
    """Whether Parley takes requests."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=PATIENCE) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def test_a_second_start_makes_nothing_again_and_ctrl_c_ends_everything(tmp_path: Path) -> None:
    port, log = pick_port(), tmp_path / "make.log"
    with make_run(port, tmp_path / "data", log) as first:
        started = f"the first start ({log})"
        wait_until(lambda: is_ready(port) or first.poll() is not None, started, seconds=START_SECONDS)
        assert f"127.0.0.1:{port}" in log.read_text()
        os.killpg(first.pid, signal.SIGINT)
        wait_until(lambda: not group_lives(first), "everything to end after Ctrl-C")
    assert "Traceback" not in log.read_text() and "Fatal" not in log.read_text()
    with make_run(port, tmp_path / "data", log) as second:
        started = f"the second start ({log})"
        wait_until(lambda: is_ready(port) or second.poll() is not None, started, seconds=START_SECONDS)
        assert is_ready(port), log.read_text()
        said = log.read_text()
        assert "Installing" not in said and "Building" not in said and "Seeding" not in said
        os.killpg(second.pid, signal.SIGINT)
        wait_until(lambda: not group_lives(second), "everything to end after Ctrl-C")


def test_a_taken_port_stops_it_with_one_sentence(tmp_path: Path, free_port: int) -> None:
    with socket.create_server(("127.0.0.1", free_port)):
        answer = subprocess.run(
            ["make", "run"],
            cwd=ROOT,
            env=parley_environment(free_port, tmp_path),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=START_SECONDS,
            check=False,
        )
    assert answer.returncode != 0
    assert f"Port {free_port} of 127.0.0.1 is taken" in answer.stderr
    assert "Traceback" not in answer.stdout + answer.stderr
