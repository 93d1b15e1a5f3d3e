"""The time-indexed bound of a problem under search, climbed while the search runs."""

from collections.abc import Callable

import numpy as np

from gaus_jax.bounds.time_indexed import proved
from gaus_jax.core.schedule import Schedule
from gaus_jax.legalise.legalise import legalise
from gaus_jax.linear.climb import BYTES, CUTS, Climb
from gaus_jax.linear.time_indexed import TERMS, size, thresholds
from gaus_jax.linear.tree import Tree
from gaus_jax.task import Task

NAME = "time_indexed"  # of the start that it gives
LEAVES = 8  # worked on between two looks where there is no limit


class Ascent:
    """A climb, then a tree; looked at once a round, each gives a bound and a schedule."""

    def __init__(self, task: Task, most: int) -> None:
        self.task, self._most = task, most
        weights = task.objective.weights
        self.weights = {t: w for t, w in weights.items() if t in TERMS and w > 0}
        self._climb = Climb(task.problem, task.window, self.weights, task.objective.lifetime, most)
        self._tree: Tree | None = None

    @property
    def done(self) -> bool:
        """Whether nothing more is to be gained."""
        over = self._climb.done and self._climb.calm is None
        return not self.weights or (self._tree.done if self._tree else over)

    def climb(self, left: Callable[[], float], timed: bool) -> Schedule | None:
        """Go on for the seconds left, or to the next look; the cheapest rounding of its point."""
        while not self.done:
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
        return proved(self.task.problem, self.weights, value, scale) + self.task.other_bound

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
