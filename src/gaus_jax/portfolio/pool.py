"""The pool: the best distinct schedules, to go on from."""

import numpy as np

from gaus_jax.core.schedule import Schedule


class Pool:
    """At most ``size`` schedules in order of cost; among equals the older first."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._costs: list[float] = []
        self._schedules: list[Schedule] = []

    def __len__(self) -> int:
        return len(self._costs)

    @property
    def schedules(self) -> tuple[Schedule, ...]:
        """The schedules, the cheapest first."""
        return tuple(self._schedules)

    def offer(self, schedule: Schedule, cost: float) -> bool:
        """Take a schedule in where it is new and there is room, or one that costs more."""
        if len(self) == self._size and cost >= self._costs[-1]:
            return False
        place = int(np.searchsorted(self._costs, cost, side="right"))
        first = int(np.searchsorted(self._costs, cost, side="left"))
        if any(np.array_equal(s.start, schedule.start) for s in self._schedules[first:place]):
            return False
        self._costs.insert(place, cost)
        self._schedules.insert(place, schedule)
        del self._costs[self._size :], self._schedules[self._size :]
        return True

    def discard(self, schedule: Schedule) -> None:
        """Take this very schedule out, if it is there."""
        for k, kept in enumerate(self._schedules):
            if kept is schedule:
                del self._costs[k], self._schedules[k]
                return

    def draw(self, count: int, rng: np.random.Generator) -> list[Schedule]:
        """``count`` schedules, the one of rank ``k`` (from 0) by a chance of ``1 / (k + 1)``.

        All different as far as there are so many; then all of them again.
        """
        drawn: list[int] = []
        while len(drawn) < count:
            most = min(count - len(drawn), len(self))
            chance = 1 / np.arange(1, len(self) + 1)
            drawn += rng.choice(len(self), most, replace=False, p=chance / chance.sum()).tolist()
        return [self._schedules[k] for k in drawn]
