"""List scheduling for least resources under a latency bound (De Micheli, LIST_R)."""

from heapq import heappop, heappush
from typing import NamedTuple

import numpy as np
from numba import njit

from gaus_jax.baselines.baseline import Immediate
from gaus_jax.core.graph import Groups
from gaus_jax.core.problem import Problem
from gaus_jax.core.profile import horizon
from gaus_jax.core.schedule import Schedule
from gaus_jax.core.window import Window

LEVELS = 4096  # more than there are powers of two among floats


class ListScheduling(Immediate):
    """Step by step the most urgent ready nodes, as many as the units at hand allow.

    Units start at what the total work needs. A node whose latest start has come is placed in any
    case, and units grow to what it takes; others wait where they would not fit.
    """

    name = "list"

    def schedule(self, problem: Problem, window: Window) -> Schedule:
        """Priority by ALAP, then by the greater demand, then by topological order."""
        demand = np.bincount(problem.use_node, problem.use_demand, problem.nodes)
        urgency = (window.alap, -demand)
        return Schedule(list_schedule(problem, window, urgency), window.depth)


class View(NamedTuple):
    """A problem as list scheduling sees it, forward in time or backward."""

    after: Groups  # edges by the node that is placed first
    head: np.ndarray  # (E,) int64, the node that waits for it
    reach: np.ndarray  # (E,) int64, steps
    missing: np.ndarray  # (N,) int64, how many edges a node waits for
    release: np.ndarray  # (N,) int64, first step
    due: np.ndarray  # (N,) int64, last step
    first_use: np.ndarray  # (N + 1,) int64, where a node's uses begin
    use_class: np.ndarray  # (U,) int64
    use_demand: np.ndarray  # (U,) float64
    use_occupancy: np.ndarray  # (U,) int64, cycles
    use_shift: np.ndarray  # (U,) int64, column of the load at step 0
    kind: np.ndarray  # (N,) int64, by the use with the greatest demand; the last one: by none
    kind_class: np.ndarray  # (K,) int64
    kind_shift: np.ndarray  # (K,) int64
    kind_least: np.ndarray  # (K,) float64, its least demand; -inf where there is none


def list_schedule(
    problem: Problem, window: Window, urgency: tuple[np.ndarray, ...], backward: bool = False
) -> np.ndarray:
    """List scheduling from the first step on, or from the last one back.

    Args:
        problem: the graph.
        window: its windows.
        urgency: keys (N,), the first counts most, and less goes first; then topological order.
        backward: with consumers placed before their producers.

    Returns:
        (N,) int64, steps; keeps every dependence and window.
    """
    return Lister(problem, window, backward).start(urgency)


class Lister:
    """List schedules of one problem in one direction, under one priority after the other."""

    def __init__(self, problem: Problem, window: Window, backward: bool) -> None:
        """See `list_schedule`."""
        work = problem.work if problem.classes else np.zeros(1)
        columns = horizon(problem, window.depth) + 1 + int(problem.use_occupancy.max(initial=0))
        self._depth, self._shape = window.depth, (work.size, columns)
        self._units = np.ceil(work / max(window.depth, 1))
        last = int(window.alap.max(initial=0))
        self._last = last if backward else None
        self._rank = -problem.rank if backward else problem.rank
        self._view = _backward(problem, window, last) if backward else _forward(problem, window)
        self._by_due = np.argsort(self._view.due, kind="stable")

    def start(self, urgency: tuple[np.ndarray, ...]) -> np.ndarray:
        """(N,) int64, steps; by keys (N,), the first counts most, and less goes first."""
        priority = np.empty(self._rank.size, np.int64)
        priority[np.lexsort((self._rank, *urgency[::-1]))] = np.arange(self._rank.size)
        own = priority, self._by_due, self._units.copy(), np.zeros(self._shape)
        start = _list(self._view, self._depth, *own)
        return start if self._last is None else self._last - start


def _forward(problem: Problem, window: Window) -> View:
    occupancy = problem.use_occupancy[problem.uses[1]]
    return View(
        problem.outgoing,
        problem.head,
        problem.reach,
        np.diff(problem.incoming.first),
        window.asap.copy(),
        window.alap,
        *_uses(problem, np.zeros_like(occupancy)),
    )


def _backward(problem: Problem, window: Window, last: int) -> View:
    """With step ``last - s`` for ``s``, so that a use ends where it began."""
    occupancy = problem.use_occupancy[problem.uses[1]]
    return View(
        problem.incoming,
        problem.tail,
        problem.reach,
        np.diff(problem.outgoing.first),
        last - window.alap,
        last - window.asap,
        *_uses(problem, occupancy.max(initial=1) - np.maximum(occupancy, 1)),
    )


def _uses(problem: Problem, shift: np.ndarray) -> tuple[np.ndarray, ...]:
    """The fields of a view that are about uses, whose shifts are given.

    Nodes of one kind have a class, a shift and a power of two of demands in common.
    """
    first, use = problem.uses
    own, demand, occupancy = (
        values[use] for values in (problem.use_class, problem.use_demand, problem.use_occupancy)
    )
    user = np.repeat(np.arange(problem.nodes), np.diff(first))
    blocks = np.flatnonzero((demand > 0) & (occupancy > 0))
    blocks = blocks[np.lexsort((demand[blocks], user[blocks]))]
    greatest = np.full(problem.nodes, -1, np.int64)
    greatest[user[blocks]] = blocks  # the last one of each node
    some = np.flatnonzero(greatest >= 0)
    mine = greatest[some]
    shifts = int(shift.max(initial=0)) + 1
    key = (own[mine] * shifts + shift[mine]) * LEVELS + np.frexp(demand[mine])[1] + LEVELS // 2
    keys, number = np.unique(key, return_inverse=True)
    kind, least = np.full(problem.nodes, keys.size), np.full(keys.size + 1, np.inf)
    kind[some], least[-1] = number.reshape(-1), -np.inf
    np.minimum.at(least, kind[some], demand[mine])
    place = np.append(keys // LEVELS, 0)
    return first, own, demand, occupancy, shift, kind, place // shifts, place % shifts, least


@njit(cache=True)
def _list(view, depth, priority, by_due, units, load):
    count = view.missing.size
    start, missing = np.full(count, -1, np.int64), view.missing.copy()
    ready_at = view.release.copy()
    # Nodes that wait for none any more are in the list of the step at which they are ready.
    bucket, chain = np.full(depth + 1, -1, np.int64), np.full(count, -1, np.int64)
    by_priority, unfit = np.empty(count, np.int64), np.empty(count, np.int64)
    for i in range(count):
        by_priority[priority[i]] = i
        if missing[i] == 0:
            chain[i] = bucket[ready_at[i]]
            bucket[ready_at[i]] = i
    heaps = [[np.int64(0)] for _ in range(view.kind_least.size)]  # ranks of ready nodes, by kind
    for heap in heaps:
        heap.pop()
    due = 0
    for step in range(depth):
        while due < count and view.due[by_due[due]] <= step:
            i = by_due[due]
            due += 1
            if start[i] < 0 and missing[i] == 0 and ready_at[i] <= step:
                heappush(heaps[-1], priority[i])  # once more, as one that must start
        _move(view, bucket, step, chain, priority, heaps)
        held, kind = 0, _next(view, heaps, step, units, load)
        while kind >= 0:
            rank = heappop(heaps[kind])
            i = by_priority[rank]
            if start[i] < 0:
                if view.due[i] <= step or _fits(view, i, step, units, load):
                    start[i] = step
                    _occupy(view, i, step, units, load)
                    _release(view, i, step, missing, ready_at, bucket, chain)
                    _move(view, bucket, step, chain, priority, heaps)
                else:
                    unfit[held] = rank
                    held += 1
            kind = _next(view, heaps, step, units, load)
        for rank in unfit[:held]:
            heappush(heaps[view.kind[by_priority[rank]]], rank)
    return start


@njit(cache=True)
def _next(view, heaps, step, units, load):
    """The kind of the most urgent ready node, of those of which some node may fit; -1: none."""
    best, least = -1, view.missing.size
    for k in range(len(heaps)):
        if len(heaps[k]) > 0 and heaps[k][0] < least:
            r = view.kind_class[k]
            if load[r, step + view.kind_shift[k]] + view.kind_least[k] <= units[r]:
                best, least = k, heaps[k][0]
    return best


@njit(cache=True)
def _move(view, bucket, step, chain, priority, heaps):
    """Move the nodes that became ready at a step to those of their kinds."""
    node = bucket[step]
    while node >= 0:
        kind = len(heaps) - 1 if view.due[node] <= step else view.kind[node]
        heappush(heaps[kind], priority[node])
        node = chain[node]
    bucket[step] = -1


@njit(cache=True)
def _release(view, i, step, missing, ready_at, bucket, chain):
    """Tell those that wait for a node that it has started."""
    for at in range(view.after.first[i], view.after.first[i + 1]):
        e = view.after.item[at]
        j = view.head[e]
        ready_at[j] = max(ready_at[j], step + view.reach[e])
        missing[j] -= 1
        if missing[j] == 0:
            chain[j] = bucket[ready_at[j]]
            bucket[ready_at[j]] = j


@njit(cache=True)
def _occupy(view, i, step, units, load):
    for u in range(view.first_use[i], view.first_use[i + 1]):
        r, begin = view.use_class[u], step + view.use_shift[u]
        for d in range(begin, begin + view.use_occupancy[u]):
            load[r, d] += view.use_demand[u]
            units[r] = max(units[r], load[r, d])


@njit(cache=True)
def _fits(view, i, step, units, load):
    for u in range(view.first_use[i], view.first_use[i + 1]):
        r, begin = view.use_class[u], step + view.use_shift[u]
        for d in range(begin, begin + view.use_occupancy[u]):
            if load[r, d] + view.use_demand[u] > units[r]:
                return False
    return True
