"""Memory while very many rows are made: what comes and goes in bulk needs no collector that looks all the time."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

OBJECTS = 200_000  # made between two looks, rather than some hundreds
_lock = threading.Lock()
_usual: list[tuple[int, int, int]] = []


@contextmanager
def few_collections() -> Iterator[None]:
    """Lets Python look for garbage rarely: rows by the thousand are none, and looking is a third of the time."""
    with _lock:
        _usual.append(gc.get_threshold())
        gc.set_threshold(OBJECTS, *_usual[0][1:])
    try:
        yield
    finally:
        with _lock:
            first, *_ = _usual
            _usual.pop()
            if not _usual:
                gc.set_threshold(*first)
