from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine

from billing.clock import SetClock
from billing.context import Contexts
from tests.fixtures.offline import offline


@pytest.fixture
def contexts(engine: Engine, clock: SetClock, tmp_path: Path) -> Contexts:
    """A database without a row. Importing asks neither gateway nor renderer."""
    return offline(engine, clock, tmp_path)
