"""What is always true, whatever customers, staff and time do in whatever order."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy import Engine

from billing.clock import SetClock
from portal.bootstrap import load_actions
from tests.billing.engine.account import open_business
from tests.billing.engine.machine import History
from tests.billing.gateways.conftest import sandbox
from tests.billing.gateways.running import RunningSandbox
from tests.billing.paying.account import make_contexts
from tests.fixtures.counts import Times

__all__ = ["sandbox"]

load_actions()


@pytest.mark.timeout(7200)
def test_a_second_set_of_books_agrees_after_every_step(
    engine: Engine, clock: SetClock, sandbox: RunningSandbox, tmp_path: Path, soak: bool, times: Times
) -> None:
    """200 histories of 50 steps under soak; fewer, the same ones each time, otherwise."""
    business = open_business(make_contexts(engine, clock, sandbox, tmp_path), clock)
    machine = type("Told", (History,), {"business": business})
    runs, steps = times("histories of the engine", 200, 12), times("steps of each history", 50, 25)
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=runs,
            stateful_step_count=steps,
            deadline=None,
            derandomize=not soak,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate],
        ),
    )
