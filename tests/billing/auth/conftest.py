"""Contexts for tests of signing in, on both databases."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import Engine

from billing.clock import SetClock
from billing.config import Settings
from billing.context import Contexts
from billing.registry import Registry


@pytest.fixture
def contexts(engine: Engine, clock: SetClock, tmp_path: Path) -> Contexts:
    """Everything that signing in needs: it asks no gateway and draws no document."""
    unused = cast(Any, None)
    settings = Settings(demo=True, test_clock=True, data=tmp_path, secret_key="s" * 40)
    return Contexts(settings, engine, clock, Registry(), gateway=unused, renderer=unused, files=unused)
