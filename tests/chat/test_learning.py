"""What the assistant learned from its phrases is kept in a file, and is the same as what it would learn again."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Barrier

import numpy as np
import pytest

from billing.registry import Action
from chat.understanding import kept
from chat.understanding.intents import LexicalScorer, learn, solved
from chat.understanding.kept import Learned, keep_in, learned_once
from chat.understanding.phrases import Phrasebook
from portal.bootstrap import whole_catalogue
from tests.fixtures.learning import LEARNED
from tests.fixtures.processes import PATIENCE

ACTIONS = tuple(whole_catalogue())[:3]
PHRASES = Phrasebook(
    {
        "invoices.list": ("show my invoices", "which bills are open", "list everything"),
        "invoices.pay": ("pay my invoices", "settle the bill", "pay {invoice}"),
        "other": ("what is the weather", "sing a song"),
    },
    words=frozenset({"statement"}),
)
SENTENCES = ("show me the bills", "pay {invoice} please", "whatever the weather", "", "pay pay pay")


class Pupil:
    """Learns the phrases, and knows how often it had to."""

    def __init__(self) -> None:
        self.lessons = 0

    def __call__(self) -> Learned:
        self.lessons += 1
        return learn(PHRASES)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    keep_in(tmp_path / "learned")
    yield tmp_path / "learned"
    keep_in(LEARNED)


def files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.npz"))


def test_what_was_kept_answers_as_what_was_learned_just_now(folder: Path) -> None:
    pupil = Pupil()
    fresh, read = (LexicalScorer(learned_once(ACTIONS, pupil)) for _ in range(2))
    assert pupil.lessons == 1 and len(files(folder)) == 1
    assert fresh.labels == read.labels == ["invoices.list", "invoices.pay", "other"]
    for sentence in SENTENCES:
        assert read.rank(sentence) == fresh.rank(sentence)
    assert read.rank("settle the bill")[0].label == "invoices.pay"
    assert read.mended("statemnt") == fresh.mended("statemnt") == "statement"


def test_other_actions_or_phrases_are_learned_again(folder: Path) -> None:
    pupil = Pupil()
    first, *others = ACTIONS
    said: list[tuple[Action, ...]] = [
        ACTIONS,
        tuple(others),
        (replace(first, phrases=("in other words",)), *others),
        (replace(first, title="Another title"), *others),
    ]
    for actions in (*said, *said):
        learned_once(actions, pupil)
    assert pupil.lessons == len(files(folder)) == len(said)


def test_several_who_start_at_once_learn_once(folder: Path) -> None:
    together, pupil = Barrier(3), Pupil()

    def ask() -> list[str]:
        together.wait(PATIENCE)
        return learned_once(ACTIONS, pupil).labels

    with ThreadPoolExecutor(3) as pool:
        asked = [pool.submit(ask) for _ in range(3)]
        assert [one.result() for one in asked] == [["invoices.list", "invoices.pay", "other"]] * 3
    assert pupil.lessons == 1


@pytest.mark.parametrize("left", [b"", b"PK\x03\x04 half of it", b"no archive at all"])
def test_a_spoilt_file_is_written_again(folder: Path, left: bytes) -> None:
    pupil = Pupil()
    learned_once(ACTIONS, pupil)
    (file,) = files(folder)
    whole = file.read_bytes()
    file.write_bytes(left or whole[: len(whole) // 2])
    learned_once(ACTIONS, pupil)
    assert pupil.lessons == 2 and files(folder) == [file]
    learned_once(ACTIONS, pupil)
    assert pupil.lessons == 2


def test_without_a_place_to_keep_it_the_assistant_still_learns(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file where the folder should be")
    keep_in(tmp_path / "taken")
    pupil = Pupil()
    try:
        assert learned_once(ACTIONS, pupil).labels == learned_once(ACTIONS, pupil).labels
    finally:
        keep_in(LEARNED)
    assert pupil.lessons == 2


def test_what_nobody_reads_any_more_goes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "MOST", 2)
    pupil = Pupil()
    for age, actions in enumerate((ACTIONS[:1], ACTIONS[:2]), start=1):
        learned_once(actions, pupil)
        newest = max(files(folder), key=lambda file: file.stat().st_mtime)
        os.utime(newest, (1_000_000 * age, 1_000_000 * age))
    learned_once(ACTIONS[:1], pupil)  # read just now, so the other one is the older
    learned_once(ACTIONS, pupil)
    assert pupil.lessons == 3 and len(files(folder)) == 2
    learned_once(ACTIONS[:1], pupil)
    assert pupil.lessons == 3


@pytest.mark.parametrize("rows", [1, 255, 256, 257, 700])
def test_the_weights_solve_what_was_asked(rows: int) -> None:
    random = np.random.default_rng(rows)
    near = random.random((rows, 40), dtype=np.float32)
    gram = near @ near.T + np.eye(rows, dtype=np.float32)
    wanted = random.random((rows, 7), dtype=np.float32)
    found = solved(gram.copy(), wanted.copy())
    assert np.abs(gram.astype(np.float64) @ found - wanted).max() < 1e-3
