from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import Engine

from billing.clock import SetClock
from billing.config import Settings
from billing.context import Contexts
from billing.registry import catalogue


@pytest.fixture
def contexts(engine: Engine, clock: SetClock, tmp_path: Path) -> Contexts:
    """A database without a row. Importing asks neither gateway nor renderer."""
    settings = Settings(demo=True, data=tmp_path, secret_key="s" * 40)
    unused = cast(Any, None)
    return Contexts(settings, engine, clock, catalogue, gateway=unused, renderer=unused, files=unused)
