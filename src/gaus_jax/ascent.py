"""The bounds of a problem under search that rise while the search runs."""

import time
from collections.abc import Callable

import numpy as np

from gaus_jax.bounds.live_cuts import LiveCuts
from gaus_jax.bounds.time_indexed import proved
from gaus_jax.core.schedule import Schedule
from gaus_jax.legalise.legalise import legalise
from gaus_jax.linear.climb import BYTES, CUTS, Climb
from gaus_jax.linear.time_indexed import TERMS, size, thresholds
from gaus_jax.linear.tree import Tree
from gaus_jax.task import Task

NAME = "time_indexed"  # of the start that it gives
LEAVES = 8  # worked on between two looks where there is no limit; as many cuts
CUT_SHARE = 0.3  # of the seconds, for cuts


class Ascent:
    """A climb, then a tree; looked at once a round, each gives a bound and a schedule.

    Where memory is all that counts, cuts of steps beside them: those first where the best schedule
    so far holds most, since it is the best there is if one of them holds as much.
    """

    def __init__(self, task: Task, most: int) -> None:
        self.task, self._most = task, most
        weights = task.objective.weights
        self.weights = {t: w for t, w in weights.items() if t in TERMS and w > 0}
        self._climb = Climb(task.problem, task.window, self.weights, task.objective.lifetime, most)
        self._tree: Tree | None = None
        self._cuts: LiveCuts | None = None
        self._heeded: Schedule | None = None
        if {t for t, w in weights.items() if w > 0} == {"peak_live"}:
            own = task.problem, task.window, task.objective.lifetime
            floor = task.lower_bound / weights["peak_live"]
            self._cuts = LiveCuts(*own, steps=True, floor=floor)

    @property
    def done(self) -> bool:
        """Whether nothing more is to be gained."""
        return self._risen and (self._cuts is None or self._cuts.done)

    @property
    def _risen(self) -> bool:
        over = self._climb.done and self._climb.calm is None
        return not self.weights or (self._tree.done if self._tree else over)

    def climb(self, left: Callable[[], float], timed: bool) -> Schedule | None:
        """Go on for the seconds left, or to the next look; the cheapest rounding of its point."""
        if self._cuts is not None and not self._cuts.done:
            self._cut(self._cuts, left(), timed)
        if self._risen or (timed and left() <= 0):
            return None
        while not self._risen:
            self._advance(left, timed)
            if not timed or left() <= 0:
                break
        starts = self._points().astype(float)
        parts = self.task.problem, self.task.window
        near = [legalise(*parts, start, cost=self.task.cost, thresholds=1) for start in starts]
        return min(near, key=self.task.cost, default=None)

    def bound(self) -> float:
        """What is proved of the whole objective."""
        value, scale = self._climb.value, self._climb.scale
        if self._tree and self._tree.value > value:
            value, scale = self._tree.value, self._tree.scale
        best = proved(self.task.problem, self.weights, value, scale) + self.task.other_bound
        if self._cuts is not None:
            best = max(best, self.weights["peak_live"] * self._cuts.bound)
        return best

    def _cut(self, cuts: LiveCuts, seconds: float, timed: bool) -> None:
        if timed and cuts.build > CUT_SHARE * seconds:
            return
        if self._heeded is not self.task.best:
            self._heeded = self.task.best
            cuts.heed(self._heeded)
        until = time.perf_counter() + CUT_SHARE * seconds if timed else np.inf
        cuts.advance(until, np.inf if timed else LEAVES)

    def _advance(self, left: Callable[[], float], timed: bool) -> None:
        if self._tree is None and (method := self._climb.calm):
            task = self.task
            room = BYTES * max(0, self._most - size(task.window))
            self._tree = Tree(task.problem, task.window, task.objective.lifetime, method, room)
        if self._tree is None:
            self._climb.advance(left)
            return
        cutoff = self.task.best_cost - self.task.other_bound
        for _ in range(1 if timed else LEAVES):
            self._tree.advance(left, cutoff)

    def _points(self) -> np.ndarray:
        """(C, N) int64, steps: the roundings of the newest point."""
        if self._tree:
            return thresholds(self._tree.method.model, self._tree.point(), CUTS)
        return self._climb.found[-1] if self._climb.found else np.zeros((0, 0), np.int64)
