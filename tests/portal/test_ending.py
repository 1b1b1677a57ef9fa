"""A server that is asked to end has ended soon, whatever its threads still wait for."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from tests.fixtures.processes import PATIENCE

pytestmark = pytest.mark.process

WAITS_FOR_EVER = """
import signal
import threading
import uvicorn
from portal.cli import serving

serving.SECONDS_TO_LEAVE = 1
signal.signal(signal.SIGTERM, lambda *_: exit(0))

async def app(scope, receive, send):
    await receive()
    threading.Thread(target=threading.Event().wait).start()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await send({"type": "lifespan.shutdown.complete"})

serving.Announcing(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning"), "It is there.").run()
"""


def test_a_thread_that_never_gets_its_answer_keeps_nobody_waiting() -> None:
    with subprocess.Popen([sys.executable, "-c", WAITS_FOR_EVER], stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            assert server.stdout.readline() == "It is there.\n"
            server.send_signal(signal.SIGTERM)
            assert server.wait(PATIENCE) == 0
        finally:
            server.kill()
