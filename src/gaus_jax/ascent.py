"""The time-indexed bound of a problem under search, climbed while the search runs."""

from collections.abc import Callable

from gaus_jax.bounds.time_indexed import proved
from gaus_jax.core.schedule import Schedule
from gaus_jax.legalise.legalise import legalise
from gaus_jax.linear.climb import Climb
from gaus_jax.linear.time_indexed import TERMS
from gaus_jax.task import Task

NAME = "time_indexed"  # of the start that it gives


class Ascent:
    """A climb, looked at once a round; each look gives a bound and a schedule to start from."""

    def __init__(self, task: Task, most: int) -> None:
        self.task = task
        weights = task.objective.weights
        self.weights = {t: w for t, w in weights.items() if t in TERMS and w > 0}
        self._climb = Climb(task.problem, task.window, self.weights, task.objective.lifetime, most)

    @property
    def done(self) -> bool:
        """Whether nothing more is to be gained."""
        return self._climb.done or not self.weights

    def climb(self, left: Callable[[], float], timed: bool) -> Schedule | None:
        """Go on for the seconds left, or to the next look; the cheapest rounding of its point."""
        while not self.done:
            self._climb.advance(left)
            if not timed or left() <= 0:
                break
        starts = self._climb.found[-1].astype(float) if self._climb.found else []
        parts = self.task.problem, self.task.window
        near = [legalise(*parts, start, cost=self.task.cost, thresholds=1) for start in starts]
        return min(near, key=self.task.cost, default=None)

    def bound(self) -> float:
        """What is proved of the whole objective."""
        return proved(self.task.problem, self.weights, self._climb) + self.task.other_bound
