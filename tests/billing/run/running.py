"""`parley jobs run` as a process of its own, so that it can be killed: `python -m tests.billing.run.running ORDER`."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from billing.clock import SetClock
from billing.context import Contexts
from billing.db import make_engine
from billing.files import Files
from billing.jobs import bill_due
from billing.pdf import Renderer
from billing.registry import catalogue
from tests.billing.paying.account import settings_for
from tests.fixtures.processes import ROOT


def contexts_on(database: str, data: Path, now: datetime, gateway: Any = None) -> Contexts:
    engine, clock = make_engine(database), SetClock(now)
    return Contexts(
        settings_for(data), engine, clock, catalogue, gateway=gateway, renderer=Renderer(data / "pdf"),
        files=Files(data / "files", engine, clock),
    )  # fmt: skip


def start_run(engine: Engine, data: Path, now: datetime) -> subprocess.Popen[bytes]:
    """Starts the run on the database of that engine; its log goes nowhere."""
    database = engine.url.render_as_string(hide_password=False)
    order = {"database": database, "data": str(data), "now": now.isoformat()}
    return subprocess.Popen(
        [sys.executable, "-m", "tests.billing.run.running", json.dumps(order)],
        cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip


def main(order: dict[str, str]) -> None:
    now = datetime.fromisoformat(order["now"]).astimezone(UTC)
    contexts = contexts_on(order["database"], Path(order["data"]), now)
    sys.stdout.write("begins\n")
    sys.stdout.flush()
    report = bill_due(contexts)
    print(json.dumps({"invoices": report.invoices, "failed": report.failed}))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
