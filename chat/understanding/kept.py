"""What was learned from the phrases, kept as a file: reading it takes a twentieth of a second, learning it five."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from billing.registry import Action
from chat.understanding.phrases import DATA, refers_to

MOST = 12  # files: a set of actions each, the customers' and the staff's among them
_MADE_BY = [DATA, *sorted(DATA.parent.glob("*.py"))]
_CODE = b"".join(hashlib.sha256(path.read_bytes()).digest() for path in _MADE_BY)  # as it was imported
_folder: list[Path] = []

Reals = npt.NDArray[np.float64]
Counts = npt.NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Learned:
    """Phrases as a matrix that is nearly empty, by feature, and the weights that were solved for them.

    `idf`, `counts` and `gains` go with `names`, the features; `gains` is what a feature speaks for each of the labels,
    `at` and `weights` are what `counts` counts, name by name: the rows that have the feature. `rows` says which of
    `labels` a row belongs to, in their order.
    """

    labels: list[str]
    names: list[str]
    vocabulary: frozenset[str]
    mendable: frozenset[str]
    idf: Reals
    counts: Counts
    at: Counts
    weights: Reals
    rows: Counts
    gains: Reals


def keep_in(folder: Path | None) -> None:
    """Keeps what is learned from now on in that folder, and looks there first; nowhere where there is none."""
    _folder[:] = [folder] if folder else []


def learned_once(actions: tuple[Action, ...], learn: Callable[[], Learned]) -> Learned:
    """What `learn` gives for these actions, or what was kept of it by whoever learned the same from the same phrases.

    A file that can't be read is written again, and one that can't be written does without. Of several processes that
    start at once, one learns and the others wait for it.
    """
    if not _folder:
        return learn()
    path = _folder[0] / f"{_fingerprint(actions)}.npz"
    if found := _kept(path):
        return found
    with _alone(path.parent):
        if found := _kept(path):
            return found
        learned = learn()
        with suppress(OSError):
            _write(path, learned)
        return learned


def _kept(path: Path) -> Learned | None:
    with suppress(OSError, ValueError, KeyError, EOFError, TypeError, zipfile.BadZipFile):
        found = _read(path)
        os.utime(path)
        return found
    return None


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keeps other processes out, where the folder can be written."""
    with ExitStack() as stack:
        with suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
            fcntl.flock(stack.enter_context((folder / "lock").open("w")), fcntl.LOCK_EX)
        yield


def _fingerprint(actions: tuple[Action, ...]) -> str:
    """Names everything that what is learned depends on: our code, our phrases, what the actions say of themselves."""
    said = [[a.id, a.title, a.phrases, [[n, refers_to(a, n)] for n in a.input.model_fields]] for a in actions]
    return hashlib.sha256(_CODE + json.dumps(said).encode()).hexdigest()[:32]


def _read(path: Path) -> Learned:
    with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
        words = json.loads(file["words"].tobytes())
        return Learned(
            labels=words["labels"],
            names=words["names"],
            vocabulary=frozenset(words["vocabulary"]),
            mendable=frozenset(words["mendable"]),
            **{name: file[name] for name in ("idf", "counts", "at", "weights", "rows", "gains")},
        )


def _write(path: Path, learned: Learned) -> None:
    """Puts the file there whole, and lets go of those that were not read for longest."""
    words = {
        "labels": learned.labels,
        "names": learned.names,
        "vocabulary": sorted(learned.vocabulary),
        "mendable": sorted(learned.mendable),
    }
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as file:
        try:
            np.savez(
                file,
                words=np.frombuffer(json.dumps(words).encode(), dtype=np.uint8),
                idf=learned.idf,
                counts=learned.counts,
                at=learned.at,
                weights=learned.weights,
                rows=learned.rows,
                gains=learned.gains,
            )
            file.close()
            Path(file.name).replace(path)
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise
    oldest_last = sorted(path.parent.glob("*.npz"), key=lambda one: one.stat().st_mtime, reverse=True)
    for one in oldest_last[MOST:]:
        one.unlink(missing_ok=True)
