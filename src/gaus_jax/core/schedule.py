"""A schedule: the integer start step of every node, under a depth."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Schedule:
    """Start steps ``s_i`` under a latency bound ``D``; says nothing about being legal.

    Raises:
        ValueError: the starts are not a vector of whole numbers.
    """

    start: np.ndarray  # (N,) int64, steps, s_i
    depth: int  # D, steps
    ii: int | None = None  # II, cycles; None where iterations do not overlap

    def __post_init__(self) -> None:
        start = np.array(self.start, ndmin=1)
        start = start.astype(np.int64) if start.size == 0 else start
        if start.ndim != 1 or not np.issubdtype(start.dtype, np.integer):
            raise ValueError(f"start must be a vector of whole numbers, not {start.dtype}")
        start = start.astype(np.int64)
        start.flags.writeable = False
        object.__setattr__(self, "start", start)
