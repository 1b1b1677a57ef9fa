"""What a benchmark returns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Record:
    """One figure of ours beside the baseline that was measured in the same run.

    `ours` and `baseline` are in `unit`; `goal` is the ratio ours/baseline to reach: at least it where higher is
    `better`, at most it where lower is.
    """

    name: str
    ours: float
    baseline: float
    unit: str
    goal: float
    better: Literal["higher", "lower"]

    @property
    def ratio(self) -> float:
        """Ours divided by the baseline."""
        return self.ours / self.baseline

    @property
    def met(self) -> bool:
        """Whether the ratio reaches the goal."""
        return self.ratio >= self.goal if self.better == "higher" else self.ratio <= self.goal
