"""Files that are kept: made once, found ever after, never handed out damaged."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine

from billing.clock import SetClock
from billing.errors import PortalError
from billing.files import Files
from billing.models.records import StoredFile
from tests.fixtures.processes import PATIENCE

KEY = "invoice/RT-2026-0187/v1"


@pytest.fixture
def files(engine: Engine, clock: SetClock, tmp_path: Path) -> Files:
    return Files(tmp_path / "files", engine, clock)


def keep(files: Files, make: Callable[[], bytes]) -> StoredFile:
    return files.keep(KEY, make, name="RT-2026-0187.pdf", media_type="application/pdf")


def never() -> bytes:
    pytest.fail("It was made a second time.")


def contents(tmp_path: Path) -> list[Path]:
    return [path for path in (tmp_path / "files").rglob("*") if path.is_file()]


def test_a_file_is_made_once(files: Files) -> None:
    first = keep(files, lambda: b"%PDF first")
    assert keep(files, never).sha256 == first.sha256
    assert files.read(KEY) == b"%PDF first"
    assert (first.size, first.name) == (10, "RT-2026-0187.pdf")


def test_many_at_once_get_the_same_file(files: Files, tmp_path: Path) -> None:
    together = threading.Barrier(6)
    kept: list[str] = []

    def ask(number: int) -> None:
        def make() -> bytes:
            together.wait(timeout=PATIENCE)
            return f"made by {number}".encode()

        kept.append(keep(files, make).sha256)

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=2 * PATIENCE)
    assert len(kept) == 6
    found = files.find(KEY)
    assert found is not None and set(kept) == {found.sha256}
    assert files.read(KEY).startswith(b"made by ")


def test_what_was_lost_from_the_disk_is_made_again(files: Files, tmp_path: Path) -> None:
    keep(files, lambda: b"first")
    for path in contents(tmp_path):
        path.unlink()
    with pytest.raises(PortalError, match="could not be made"):
        files.read(KEY)
    keep(files, lambda: b"second")
    assert files.read(KEY) == b"second"


def test_a_damaged_file_is_not_handed_out(files: Files, tmp_path: Path) -> None:
    keep(files, lambda: b"whole")
    contents(tmp_path)[0].write_bytes(b"half")
    with pytest.raises(PortalError, match="could not be made"):
        files.read(KEY)


def test_what_can_not_be_made_leaves_nothing_behind(files: Files, tmp_path: Path) -> None:
    def fail() -> bytes:
        raise PortalError("document_unavailable")

    with pytest.raises(PortalError):
        keep(files, fail)
    assert files.find(KEY) is None and contents(tmp_path) == []


def test_a_disk_that_can_not_be_written_is_a_sentence(files: Files, tmp_path: Path) -> None:
    (tmp_path / "files").write_text("in the way")
    with pytest.raises(PortalError, match="Nothing else has changed"):
        keep(files, lambda: b"whole")
    assert files.find(KEY) is None


def test_nobody_knows_an_unknown_key(files: Files) -> None:
    with pytest.raises(PortalError):
        files.read("invoice/RT-9999-0001/v1")
