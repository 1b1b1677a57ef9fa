"""Files that are kept: made once, found under their key ever after. Their content lies under its own hash."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError

from billing.clock import Clock
from billing.db import transaction
from billing.errors import PortalError
from billing.models.records import StoredFile


class Files:
    """Keeps files in a folder and what is known about them in the database. Safe to use from many threads."""

    def __init__(self, folder: Path, engine: Engine, clock: Clock) -> None:
        self._folder = folder
        self._engine = engine
        self._clock = clock

    def keep(
        self, key: str, make: Callable[[], bytes], *, name: str, media_type: str, customer_id: int | None = None
    ) -> StoredFile:
        """The file of that key; `make` is asked for its content only where there is none yet.

        Two requests at once may both make it; the first to finish is kept. Raises what `make` raises, and
        `document_unavailable` when the content can't be written.
        """
        kept = self.find(key)
        if kept is not None and self._place(kept.sha256).exists():
            return kept
        content = make()
        digest = hashlib.sha256(content).hexdigest()
        try:
            self._write(digest, content)
        except OSError as error:
            raise PortalError("document_unavailable") from error
        found = StoredFile(
            key=key,
            customer_id=customer_id,
            sha256=digest,
            size=len(content),
            media_type=media_type,
            name=name,
            created_at=self._clock.now(),
        )
        try:
            with transaction(self._engine, writes=True) as session:
                if kept is None:
                    session.add(found)
                else:
                    session.merge(found)
            return found
        except IntegrityError:
            first = self.find(key)
            assert first is not None
            return first

    def find(self, key: str) -> StoredFile | None:
        """What is known about the file of that key."""
        with transaction(self._engine, writes=False) as session:
            return session.get(StoredFile, key)

    def read(self, key: str) -> bytes:
        """The content of a kept file. Raises `document_unavailable` where it is lost, as after half a restore."""
        kept = self.find(key)
        try:
            content = self._place(kept.sha256).read_bytes() if kept is not None else None
        except OSError:
            content = None
        if content is None or kept is None or hashlib.sha256(content).hexdigest() != kept.sha256:
            raise PortalError("document_unavailable")
        return content

    def _place(self, digest: str) -> Path:
        return self._folder / digest[:2] / digest

    def _write(self, digest: str, content: bytes) -> None:
        """Whole or not at all, also when the machine stops half way."""
        place = self._place(digest)
        place.parent.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(dir=place.parent, prefix=".making-")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).replace(place)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
