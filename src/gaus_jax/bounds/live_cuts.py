"""Memory that must be held in a step, or where a node starts, by least cuts."""

import time
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numba import njit

from gaus_jax.bounds.bound import PLAIN, Relaxation, cuts_allowed, summed
from gaus_jax.bounds.held import BUILD, SHARE, amounts, held_network, turns
from gaus_jax.bounds.max_flow import Network, max_flow
from gaus_jax.core.graph import Neighbours
from gaus_jax.core.problem import Problem
from gaus_jax.core.profile import Lifetime, live
from gaus_jax.core.schedule import Schedule
from gaus_jax.core.window import Window

AGAIN = 2.0  # times the effort before with which a cut that was too long is tried once more


class Sides(NamedTuple):
    """What says which nodes have started in a step, and which have not."""

    asap: np.ndarray  # (N,) int64, steps
    alap: np.ndarray  # (N,) int64, steps
    before: Neighbours
    after: Neighbours


class LiveCuts:
    """Cuts at the steps of a problem, or where its nodes start: the least that can be held there.

    Let ``F`` be the nodes that have started before step ``d``. With each node it contains all that
    must come before that. A value that is born at most a step after its producer's start is held in
    ``d`` wherever its producer is in ``F`` and one of its readers is not. The least of ``sum m_i``
    over such values, of all such ``F``, is a maximum flow, and any flow is a bound.

    At a step, ``F`` contains all whose window ends before ``d``, and nothing whose window begins at
    ``d`` or later. Where windows are tight this is near what schedules hold, at any size. Where
    node ``v`` starts, it contains what must start before ``v``, and neither ``v`` nor what depends
    on it: no depth enters, which is why that holds where windows are so wide that they say little.

    Args:
        problem: the graph.
        window: its windows.
        lifetime: of the values.
        steps: whether to cut at steps; else where nodes start.
        floor: what is proved of the peak already, by cuts or otherwise; cuts that cannot be above
            it are not made.
    """

    def __init__(
        self,
        problem: Problem,
        window: Window,
        lifetime: Lifetime,
        *,
        steps: bool,
        floor: float = 0.0,
    ) -> None:
        self.problem, self.window, self.steps = problem, window, steps
        self.lifetime: Lifetime = lifetime
        self.value = self._floor = floor  # the greatest cut so far, if one is above the floor
        self._amount = amounts(problem, lifetime)
        self._net: Network | None = None
        places = window.depth if steps else problem.nodes
        self._tried = np.zeros(places)  # the effort that a cut was given; inf: enough
        self._most = np.full(places, np.inf)
        for start in (window.asap, window.alap):
            self.heed(Schedule(start, window.depth))

    @property
    def build(self) -> float:
        """About how many seconds pass before the first cut."""
        return 0.0 if self._net else BUILD * (self.problem.nodes + self.problem.edges)

    @property
    def done(self) -> bool:
        """Whether no other place can have a greater cut."""
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
        """Learn from a legal schedule: no cut of a place is above what it holds there."""
        held = live(self.problem, schedule, self.lifetime)
        here = held[: self.window.depth] if self.steps else held[schedule.start]
        self._most = np.minimum(self._most, here)

    def advance(self, until: float, cuts: float) -> None:
        """Cut, at most so many and until then: places beside the best so far come first.

        Then the steps that may hold the most, or nodes in any order.

        Args:
            until: by ``time.perf_counter()``.
            cuts: how many at most.
        """
        if self.done:
            return
        problem, window = self.problem, self.window
        self._net = self._net or held_network(problem, self._amount)
        given = self._net, _sides(problem, window), self.steps, self._most, self._tried
        left = self._most.size
        # Within one call the effort falls, so that no place is cut twice, nor its neighbours added.
        waiting = np.zeros(left + (2 * left if self.steps else 2 * problem.edges), np.int64)
        if self.steps:
            waiting[:left] = np.argsort(self._most, kind="stable")  # the last one is next
        else:
            waiting[:left] = np.random.default_rng(0).permutation(left)
        for turn in turns(problem, self._net, until, cuts):
            left, self.value = _cuts(*given, waiting, left, self.value, *turn)
            if not left:
                break


def _sides(problem: Problem, window: Window) -> Sides:
    return Sides(
        window.asap,
        window.alap,
        Neighbours.of(problem.incoming, problem.tail, problem.reach),
        Neighbours.of(problem.outgoing, problem.head, problem.reach),
    )


@njit(cache=True, nogil=True)
def _cuts(net, sides, steps, most, tried, waiting, left, best, tries, effort, enough):
    """Cut so many of the places that wait; how many still do, and the greatest cut."""
    nodes = sides.asap.size
    near, far = np.zeros(2 * nodes, np.bool_), np.zeros(2 * nodes, np.bool_)
    level, stack = np.zeros(nodes, np.bool_), np.empty(2 * nodes, np.int64)
    while left > 0 and tries > 0 and effort > 0:
        left -= 1
        place, own = waiting[left], min(effort, enough)
        if most[place] <= best or own < AGAIN * tried[place]:
            continue
        tries -= 1
        held, rest = 0.0, own
        if steps:
            for i in range(nodes):
                near[i], far[i] = sides.alap[i] < place, sides.asap[i] >= place
            held, rest = max_flow(net, near, far, own)
        elif _mark(sides, place, near, far, level, stack):
            held, rest = max_flow(net, near, far, own)
        effort -= own - rest + nodes
        tried[place] = np.inf if rest > 0 or own == enough else own
        if held > best:
            best = held
            left = _add_beside(sides, steps, place, most.size, waiting, left)
    return left, best


@njit(cache=True, nogil=True)
def _add_beside(sides, steps, place, places, waiting, left):
    """Let the places beside one wait; how many do."""
    if steps:
        for beside in (place - 1, place + 1):
            if 0 <= beside < places:
                waiting[left] = beside
                left += 1
        return left
    for around in (sides.before, sides.after):
        for at in range(around.first[place], around.first[place + 1]):
            waiting[left] = around.node[at]
            left += 1
    return left


@njit(cache=True, nogil=True)
def _mark(sides, node, near, far, level, stack):
    """Mark what has started before a node's step, and what has not; whether anything has for sure.

    ``level`` is for those that come before the node, perhaps in the same step.
    """
    near[: level.size], far[: level.size], level[:] = False, False, False
    far[node] = True
    stack[0], depth = node, 1
    while depth > 0:
        depth -= 1
        i = stack[depth]
        for at in range(sides.after.first[i], sides.after.first[i + 1]):
            j = sides.after.node[at]
            if not far[j]:
                far[j] = True
                stack[depth] = j
                depth += 1
    stack[0], depth, some = node, 1, False
    while depth > 0:
        depth -= 1
        i = stack[depth]
        for at in range(sides.before.first[i], sides.before.first[i + 1]):
            j = sides.before.node[at]
            sooner = near[i] or sides.before.reach[at] > 0
            if sooner and not near[j]:
                near[j] = some = True
            elif level[j]:
                continue
            level[j] = True
            stack[depth] = j
            depth += 1
    return some


class LiveBound:
    """The least that must be held at the fullest of all places; see `LiveCuts`."""

    terms = ("peak_live",)

    def __init__(self, name: str, rests_on: frozenset[str], *, steps: bool) -> None:
        self.name, self.rests_on, self._steps = name, rests_on, steps

    def relax(
        self,
        problem: Problem,
        window: Window,
        weights: Mapping[str, float],
        lifetime: Lifetime,
        seconds: float,
    ) -> Relaxation:
        """``weight max cut`` over as many places as the seconds allow."""
        own, size = SHARE * seconds, problem.nodes + problem.edges
        until = time.perf_counter() + own
        cuts = LiveCuts(problem, window, lifetime, steps=self._steps)
        if cuts.build < own:
            cuts.advance(until, cuts_allowed(size, seconds))
        return Relaxation(weights["peak_live"] * cuts.bound)


STEP_LIVE = LiveBound("step_live", PLAIN, steps=True)
CUT_LIVE = LiveBound("cut_live", frozenset({"no ii"}), steps=False)
