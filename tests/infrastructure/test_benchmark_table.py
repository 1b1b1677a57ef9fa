"""The benchmark harness tells a goal that is met from one that is missed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from billing.invoices.listing import SORTS
from tests.benchmarks import invoice_list
from tests.benchmarks.records import Record
from tests.benchmarks.run import table, write

QUICK = Record("chat messages", ours=900, baseline=1000, unit="1/s", goal=0.7, better="higher")
HEAVY = Record("memory of an idle client", ours=70, baseline=50, unit="KB", goal=1.3, better="lower")


def test_higher_is_better_needs_at_least_the_goal() -> None:
    assert QUICK.met
    assert not Record("x", ours=699, baseline=1000, unit="1/s", goal=0.7, better="higher").met


def test_lower_is_better_needs_at_most_the_goal() -> None:
    assert not HEAVY.met
    assert Record("x", ours=65, baseline=50, unit="KB", goal=1.3, better="lower").met


def test_the_table_says_which_goals_were_missed() -> None:
    quick, heavy = table([QUICK, HEAVY]).splitlines()[1:]
    assert quick.startswith("chat messages") and quick.endswith("met")
    assert "1.400" in heavy and heavy.endswith("MISSED")


def test_the_file_lists_ours_and_the_baseline_beside_the_ratio(tmp_path: Path) -> None:
    write([QUICK], tmp_path / "bench.json")
    assert json.loads((tmp_path / "bench.json").read_text()) == [
        {"name": "chat messages", "ours": 900, "baseline": 1000, "ratio": 0.9, "goal": 0.7, "met": True}
    ]


def test_the_lists_benchmark_measures_every_filter_and_sort_of_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, small in {"LARGE": 2_000, "SMALL": 1_000, "ROUNDS": 2}.items():
        monkeypatch.setattr(invoice_list, name, small)
    measured = {record.name for record in invoice_list.measured("SQLite", f"sqlite:///{tmp_path}/parley.db")}
    for status, sorts in SORTS.items():
        assert {f"list SQLite, {status}, by {sort}" for sort in sorts} <= measured
