"""Memory that must be held in a step, by least cuts within the windows."""

import time
from collections.abc import Mapping

import numpy as np

from gaus_jax.base.interrupt import INTERRUPTS
from gaus_jax.bounds.bound import PLAIN, Relaxation, cuts_allowed, safe
from gaus_jax.bounds.held import amounts, held_network
from gaus_jax.bounds.max_flow import Network, max_flow
from gaus_jax.core.problem import Problem
from gaus_jax.core.profile import Lifetime, live
from gaus_jax.core.schedule import Schedule
from gaus_jax.core.window import Window

SHARE = 0.3  # of the seconds for bounds
EFFORT = 2e8  # vertices and arcs that a cut looks at in a second, about
BUILD = 6e-7  # seconds a node or edge, to build the network


class StepCuts:
    """Cuts of a problem's steps, each made once: the least that can be held in a step.

    What has started before step ``d`` contains all whose window ends before ``d``, with each node
    all that come before it, and nothing whose window begins at ``d`` or later. A value that is born
    at most a step after its producer's start is held in ``d`` where its producer has started before
    and one of its readers has not. The least of ``sum m_i`` over such values is a maximum flow, and
    any flow is a bound. Where windows are tight this is near what schedules hold, at any size.
    """

    def __init__(self, problem: Problem, window: Window, lifetime: Lifetime) -> None:
        self.parts = problem, window, lifetime
        self.value = 0.0  # the greatest cut so far
        self._amount = amounts(problem, lifetime)
        self._net: Network | None = None
        self._seen = np.zeros(window.depth, bool)
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
        return not (counts and np.any(self._most[~self._seen] > self.value))

    @property
    def bound(self) -> float:
        """What is proved of the peak, on the safe side."""
        return safe(self.value, self._amount, float(self._amount.sum()))

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
        if self.done or cuts < 1:
            return
        problem, window, _ = self.parts
        self._net = self._net or held_network(problem, self._amount)
        waiting = np.argsort(self._most, kind="stable").tolist()  # the last one is next
        nodes = window.asap.size
        near, far = np.zeros(2 * nodes, bool), np.zeros(2 * nodes, bool)
        while waiting and cuts > 0 and not INTERRUPTS.asked:
            step, left = waiting.pop(), until - time.perf_counter()
            if left <= 0:
                break
            if self._seen[step] or self._most[step] <= self.value:
                continue
            cuts -= 1
            near[:nodes], far[:nodes] = window.alap < step, window.asap >= step
            held = max_flow(self._net, near, far, EFFORT * left)
            self._seen[step] = time.perf_counter() < until  # else it may have been cut short
            if held > self.value:
                self.value = held
                waiting += [d for d in (step - 1, step + 1) if 0 <= d < window.depth]


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
