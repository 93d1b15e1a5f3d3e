"""Peak memory under resource limits: within the windows, or whatever the depth."""

from collections.abc import Mapping

import numpy as np

from gaus_jax.bounds.anchored_memory import (
    FEW_CELLS,
    MOST_CELLS,
    anchored_bound,
    narrow_bound,
)
from gaus_jax.bounds.bound import UNTIMED, Relaxation
from gaus_jax.bounds.loop_memory import mean_bound, memory_bound
from gaus_jax.core.problem import Problem
from gaus_jax.core.profile import Lifetime
from gaus_jax.core.recurrence import reach_at
from gaus_jax.core.window import Window, asap_length, window

SECONDS = 5.0  # at most


class WindowMemory:
    """What is held for certain, or in the mean, by schedules within the windows."""

    terms = ("peak_live",)

    def __init__(self, name: str, *rests_on: str) -> None:
        self.name, self.rests_on = name, frozenset({"limits", "depth", *rests_on})

    def relax(
        self,
        problem: Problem,
        window: Window,
        weights: Mapping[str, float],
        lifetime: Lifetime,
        seconds: float,
    ) -> Relaxation:
        """See `memory_bound` and, at an II, `narrow_bound`."""
        given = problem, window, problem.limit, lifetime
        parts = 1 if window.ii is None else 2
        value = memory_bound(*given, min(seconds, SECONDS) / parts)
        if window.ii is not None:
            value = max(value, narrow_bound(*given, min(seconds, SECONDS) / parts, cells(seconds)))
        return Relaxation(weights["peak_live"] * value)


class LoopMemory:
    """The least mean over the slots, and what recurrences hold together, whatever the latency.

    The programme's optimum lies at a vertex, where tight dependences form a forest: within
    ``N max |l + delta - k II|`` steps. A frame of several times that binds nowhere.
    """

    name = "loop_memory"
    terms = ("peak_live",)
    rests_on = frozenset({"limits", "ii"})

    def relax(
        self,
        problem: Problem,
        window: Window,
        weights: Mapping[str, float],
        lifetime: Lifetime,
        seconds: float,
    ) -> Relaxation:
        """See `mean_bound` and `anchored_bound`."""
        frame = endless(problem, window.ii)
        half = min(seconds, SECONDS) / 2
        value = mean_bound(problem, frame, problem.limit, lifetime, half)
        given = problem, frame, problem.limit, lifetime, half, cells(seconds)
        value = max(value, anchored_bound(*given))
        return Relaxation(weights["peak_live"] * value)


def cells(seconds: float) -> int:
    """Variables of a programme at most: few where no seconds are counted, as in a batch."""
    return MOST_CELLS if seconds < UNTIMED / 2 else FEW_CELLS


def endless(problem: Problem, ii: int | None) -> Window:
    """Windows at an II that bind nowhere (see `LoopMemory`)."""
    longest = int(np.max(np.abs(reach_at(problem, ii)), initial=1)) + (ii or 0)
    return window(problem, asap_length(problem, ii) + 4 * problem.nodes * longest, ii)
