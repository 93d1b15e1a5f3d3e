"""Shorter schedules under resource limits, by a population of priority lists."""

import time
from collections.abc import Callable, Sequence

import numpy as np

from gaus_jax.core.draw import seeded
from gaus_jax.core.problem import Problem
from gaus_jax.core.serial import (
    mirrored,
    place_in_order,
    scheduled,
    serial_order,
    serial_plan,
)
from gaus_jax.core.window import alap, asap_length
from gaus_jax.legalise.breed import LENGTH, STALE, Population, breed, enter, sow
from gaus_jax.legalise.serial import justified

MEMBERS = 100  # of each of the two populations, at most
LEAST = 8  # members
PER_MEMBER = 1000  # schedules that the search should have for each member
STALE_AFTER = 100  # generations without gain after which all but the best are sown anew
SLICE = 0.05  # seconds between two looks at the clock
MOST = 1_000_000  # schedules, where neither they nor the seconds are limited


class Evolution:
    """A search in pieces for the least ``max_i (s_i + max(l_i, 1))``.

    Args:
        problem: the graph; its loop-carried edges are left out.
        starts: schedules or other priorities, each (N,), to begin with; less goes first.
        limit: (R,) float64, units, in place of the problem's own; inf for none.
        seed: of all that is random.
        members: of each population.

    Raises:
        InfeasibleError: a node that blocks more than a limit by itself.
    """

    def __init__(
        self,
        problem: Problem,
        starts: Sequence[np.ndarray],
        limit: np.ndarray | None,
        *,
        seed: int,
        members: int = MEMBERS,
    ) -> None:
        self._plan = serial_plan(problem, limit)
        self._back = mirrored(self._plan)
        nodes, members = problem.nodes, max(members, len(starts), 2)
        self._population = Population(
            start=np.zeros((2, members, nodes), np.int64),
            length=np.full((2, members), self._plan.steps + 1),
            best=np.zeros(nodes, np.int64),
            tally=np.array([self._plan.steps + 1, 1, 0, 0]),
            random=seeded(seed),
            urgency=alap(problem, asap_length(problem)).astype(np.float64),
            load=self._plan.load(),
        )
        self.schedules, self.renewals = 0, 0
        self._given, self._sown = 0, 0
        for priority in [*starts] or [self._population.urgency]:
            self._place(np.asarray(priority))

    def _place(self, priority: np.ndarray) -> None:
        """A member of the first population from a priority."""
        population, slot = self._population, self._given
        start = population.start[0, slot]
        order = serial_order(self._plan, priority)
        length = place_in_order(self._plan, order, population.load, start)
        enter(self._plan, population, 0, slot, start, length)
        self._given += 1
        self.schedules += 1

    @property
    def best(self) -> np.ndarray:
        """The shortest schedule so far; (N,) int64, steps."""
        return self._population.best.copy()

    @property
    def length(self) -> int:
        """Its latency, steps."""
        return int(self._population.tally[LENGTH])

    def advance(self, schedules: int, bound: float = 0.0) -> None:
        """Build about so many more schedules, or fewer once one is as short as the bound."""
        until = self.schedules + schedules
        members = self._population.length.shape[1]
        patience = STALE_AFTER * members
        while self.schedules < until and self.length > bound:
            if self._sown < members:
                self._sow()
            elif self._population.tally[STALE] >= patience:
                self._renew()
            else:
                wanted = until - self.schedules
                self.schedules += breed(
                    self._plan, self._back, self._population, wanted, patience, bound
                )

    def _sow(self) -> None:
        """The next member of the first population: a given one, justified, or a random one."""
        plan, population, slot = self._plan, self._population, self._sown
        self._sown += 1
        if slot >= self._given:
            sow(plan, population, slot)
            self.schedules += 1
            return
        start = population.start[0, slot]
        justified(plan, population.load, start)
        length = int(np.max(start + plan.duration, initial=0))
        enter(plan, population, 0, slot, start, length)
        self.schedules += 2

    def _renew(self) -> None:
        """Begin anew, with the best schedule and random ones."""
        self.renewals += 1
        self._given, self._sown = 0, 0
        self._population.tally[1:] = (1, 0, 0)
        self._place(self.best)


def shorten(
    problem: Problem,
    starts: Sequence[np.ndarray],
    limit: np.ndarray | None = None,
    *,
    seed: int,
    schedules: int = MOST,
    seconds: float = float("inf"),
    expired: Callable[[], bool] = lambda: False,
    bound: float = 0.0,
) -> np.ndarray:
    """A schedule at most as long as the shortest of those given that are legal.

    Args:
        problem: the graph; its loop-carried edges are left out.
        starts: schedules, or priorities such as means, each (N,), steps.
        limit: (R,) float64, units, in place of the problem's own; inf for none.
        seed: of the search; with it and the number of schedules the result is settled.
        schedules: how many are built at most.
        seconds: within which to end.
        expired: asked about twenty times a second; True ends the search early.
        bound: a lower bound of the latency; a schedule as short ends the search.

    Returns:
        (N,) int64, steps; keeps every dependence and limit.

    Raises:
        InfeasibleError: a node that blocks more than a limit by itself.
    """
    began = time.perf_counter()
    members = _members(problem, limit, schedules, seconds)
    search = Evolution(problem, starts, limit, seed=seed, members=members)
    amount = 1
    while True:
        before, built = time.perf_counter(), search.schedules
        search.advance(min(amount, schedules - built), bound)
        now = time.perf_counter()
        over = now - began >= seconds or search.schedules >= schedules
        if over or search.length <= bound or expired():
            return search.best
        pace = (search.schedules - built) / max(now - before, 1e-6)
        amount = max(1, int(min(pace * min(SLICE, seconds - (now - began)), 4 * amount)))


def _members(problem: Problem, limit: np.ndarray | None, schedules: int, seconds: float) -> int:
    """Fewer where few generations fit: by the pace of one schedule, where seconds count."""
    if np.isfinite(seconds):
        plan, urgency = serial_plan(problem, limit), alap(problem, asap_length(problem))
        scheduled(plan, urgency)  # the first may have to load the kernels
        before = time.perf_counter()
        scheduled(plan, urgency)
        schedules = min(schedules, int(seconds / max(time.perf_counter() - before, 1e-6)))
    return int(np.clip(schedules // PER_MEMBER, LEAST, MEMBERS))
