"""How fast somebody may send: a burst, then so many a second."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from billing.errors import PortalError

FORGET_AFTER = 10_000


@dataclass
class Pace:
    """Counts by person, over all their tabs in this process; `burst` events at once, then `a_second` more."""

    burst: float = 200.0
    a_second: float = 20.0
    clock: Callable[[], float] = time.monotonic
    _left: dict[str, tuple[float, float]] = field(default_factory=dict)

    def count(self, who: str) -> None:
        """Counts one event. Raises too_fast, saying when there is room again."""
        now = self.clock()
        left, since = self._left.get(who, (self.burst, now))
        left = min(self.burst, left + (now - since) * self.a_second)
        if left < 1:
            raise PortalError("too_fast", seconds=max(1, math.ceil((1 - left) / self.a_second)))
        if len(self._left) >= FORGET_AFTER and who not in self._left:
            self._left = {name: kept for name, kept in self._left.items() if now - kept[1] < self.burst / self.a_second}
        self._left[who] = (left - 1, now)
