"""Memory that must be held in a step, by least cuts within the windows."""

import time
from collections.abc import Mapping

import numpy as np
from numba import njit

from gaus_jax.bounds.bound import PLAIN, Relaxation, cuts_allowed, summed
from gaus_jax.bounds.held import BUILD, SHARE, amounts, held_network, turns
from gaus_jax.bounds.max_flow import Network, max_flow
from gaus_jax.core.problem import Problem
from gaus_jax.core.profile import Lifetime, live
from gaus_jax.core.schedule import Schedule
from gaus_jax.core.window import Window

AGAIN = 2.0  # times the effort before with which a cut that was too long is tried once more


class StepCuts:
    """Cuts of a problem's steps: the least that can be held in a step.

    What has started before step ``d`` contains all whose window ends before ``d``, with each node
    all that come before it, and nothing whose window begins at ``d`` or later. A value that is born
    at most a step after its producer's start is held in ``d`` where its producer has started before
    and one of its readers has not. The least of ``sum m_i`` over such values is a maximum flow, and
    any flow is a bound. Where windows are tight this is near what schedules hold, at any size.

    Args:
        problem: the graph.
        window: its windows.
        lifetime: of the values.
        floor: what is proved of the peak already, by cuts or otherwise; cuts that cannot be above
            it are not made.
    """

    def __init__(
        self, problem: Problem, window: Window, lifetime: Lifetime, floor: float = 0.0
    ) -> None:
        self.parts = problem, window, lifetime
        self.value = self._floor = floor  # the greatest cut so far, if one is above the floor
        self._amount = amounts(problem, lifetime)
        self._net: Network | None = None
        self._tried = np.zeros(window.depth)  # the effort that a cut was given; inf: enough
        self._most = np.full(window.depth, np.inf)
        for start in (window.asap, window.alap):
            self.heed(Schedule(start, window.depth))

    @property
    def build(self) -> float:
        """About how many seconds pass before the first cut."""
        return 0.0 if self._net else BUILD * (self.parts[0].nodes + self.parts[0].edges)

    @property
    def done(self) -> bool:
        """Whether no other step can have a greater cut."""
        counts = self._amount.any()
        return not (counts and np.any(self._most[np.isfinite(self._tried)] > self.value))

    @property
    def bound(self) -> float:
        """What cuts prove of the peak, on the safe side; 0 where that is not above the floor.

        The floor may be fractional where all that cuts count is whole: it is not for them to round.
        """
        if self.value <= self._floor:
            return 0.0
        return summed(self.value, self._amount)

    def heed(self, schedule: Schedule) -> None:
        """Learn from a legal schedule: no cut of a step is above what it holds there."""
        problem, window, lifetime = self.parts
        held = live(problem, schedule, lifetime)[: window.depth]
        self._most = np.minimum(self._most, held)

    def advance(self, until: float, cuts: float) -> None:
        """Cut steps, at most so many and until then: those beside the best so far come first.

        Then those that may hold the most.

        Args:
            until: by ``time.perf_counter()``.
            cuts: how many at most.
        """
        if self.done:
            return
        problem, window, _ = self.parts
        self._net = self._net or held_network(problem, self._amount)
        left = window.depth
        waiting = np.zeros(left + 2 * left, np.int64)  # each step's neighbours come once
        waiting[:left] = np.argsort(self._most, kind="stable")  # the last one is next
        given = self._net, window.asap, window.alap, self._most, self._tried, waiting
        for turn in turns(problem, self._net, until, cuts):
            left, self.value = _cuts(*given, left, self.value, *turn)
            if not left:
                break


@njit(cache=True, nogil=True)
def _cuts(net, asap, alap, most, tried, waiting, left, best, tries, effort, enough):
    """Cut so many of the steps that wait; how many still do, and the greatest cut."""
    nodes = asap.size
    near, far = np.zeros(2 * nodes, np.bool_), np.zeros(2 * nodes, np.bool_)
    while left > 0 and tries > 0 and effort > 0:
        left -= 1
        step, own = waiting[left], min(effort, enough)
        if most[step] <= best or own < AGAIN * tried[step]:
            continue
        tries -= 1
        for i in range(nodes):
            near[i], far[i] = alap[i] < step, asap[i] >= step
        held, rest = max_flow(net, near, far, own)
        effort -= own - rest + nodes
        tried[step] = np.inf if rest > 0 or own == enough else own
        if held > best:
            best = held
            for beside in (step - 1, step + 1):
                if 0 <= beside < most.size:
                    waiting[left] = beside
                    left += 1
    return left, best


class StepLive:
    """The least that must be held in the fullest of all steps; see `StepCuts`."""

    name = "step_live"
    terms = ("peak_live",)
    rests_on = PLAIN

    def relax(
        self,
        problem: Problem,
        window: Window,
        weights: Mapping[str, float],
        lifetime: Lifetime,
        seconds: float,
    ) -> Relaxation:
        """``weight max_d cut_d`` over as many steps as the seconds allow."""
        own = SHARE * seconds
        until = time.perf_counter() + own
        steps = StepCuts(problem, window, lifetime)
        if steps.build < own:
            steps.advance(until, cuts_allowed(problem.nodes + problem.edges, seconds))
        return Relaxation(weights["peak_live"] * steps.bound)
