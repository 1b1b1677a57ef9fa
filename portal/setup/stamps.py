"""Remembers from which inputs something was made, so that it is made again only when they change."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from portal.setup.places import ROOT


def digest(paths: Iterable[Path], *words: str) -> str:
    """The hash of files (their names and contents) and words, whatever the order of the files."""
    total = hashlib.sha256("\0".join(words).encode())
    for path in sorted(set(paths)):
        total.update(f"\0{path.relative_to(ROOT)}\0".encode())
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def files_under(folder: Path, *patterns: str, without: tuple[str, ...] = ()) -> list[Path]:
    """Every file below `folder` that fits a pattern and has none of the folders `without` on its way."""
    skipped = {"__pycache__", "node_modules", *without}
    found = (path for pattern in patterns for path in folder.rglob(pattern))
    return [path for path in found if path.is_file() and not skipped & set(path.relative_to(folder).parts)]


@dataclass(frozen=True)
class Stamp:
    """A file that holds the digest of the inputs. It counts only while everything in `made` is still there."""

    file: Path
    made: tuple[Path, ...]

    def fits(self, inputs: str) -> bool:
        """Tells whether what was made came from exactly these inputs."""
        return (
            all(path.exists() for path in self.made)
            and self.file.is_file()
            and self.file.read_text(encoding="utf-8") == inputs
        )

    def write(self, inputs: str) -> None:
        """Notes the inputs; call it only when everything was made."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self.file.write_text(inputs, encoding="utf-8")

    def remove(self) -> None:
        """Forgets: what was made is about to change."""
        self.file.unlink(missing_ok=True)
