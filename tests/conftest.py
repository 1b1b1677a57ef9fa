"""What every test may ask for; the fixtures themselves are in tests/fixtures/."""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.fixtures.counts import FULL

pytest_plugins = [
    "tests.fixtures.learning",
    "tests.fixtures.processes",
    "tests.fixtures.browser",
    "tests.fixtures.counts",
    "tests.fixtures.databases",
    "tests.fixtures.logs",
    "tests.fixtures.mail",
    "tests.fixtures.passwords",
    "tests.fixtures.time",
]

TESTS = Path(__file__).resolve().parent

# How long an example takes is the machine's matter. The examples are the same at every run, save under `make soak`.
settings.register_profile(
    "parley", deadline=None, derandomize=not FULL, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("parley")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, None]:
    """Lets fixtures know, when they clean up, whether the test failed."""
    outcome = yield
    report = outcome.get_result()
    if report.when == "call":
        item.failed_in_call = report.failed  # type: ignore[attr-defined]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks tests by the folder they lie in."""
    for item in items:
        if TESTS / "e2e" in item.path.parents:
            item.add_marker(pytest.mark.e2e)


@pytest.fixture
def shared_data() -> Path:
    """The folder of real exports that PARLEY_TEST_DATA names; the test is skipped where that is unset."""
    folder = os.environ.get("PARLEY_TEST_DATA")
    if not folder:
        pytest.skip("PARLEY_TEST_DATA is unset: the real export was not brought in")
    return Path(folder)
