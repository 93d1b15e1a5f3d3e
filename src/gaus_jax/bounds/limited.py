"""A lower bound on the latency under resource limits, by ruling out one depth after another."""

import time
from typing import NamedTuple

import numpy as np
from numba import njit

from gaus_jax.bounds.refute import refuted
from gaus_jax.core.graph import group
from gaus_jax.core.problem import Problem
from gaus_jax.core.serial import SerialPlan, serial_plan
from gaus_jax.core.window import alap, asap

MOST_PAIRS = 2_000_000
MOST_NODES = 4000  # of which all pairs are looked at
CELLS_A_SECOND = 300_000_000  # on a slow core


class Pairs(NamedTuple):
    """Nodes that cannot run at once: either may wait for the other."""

    first: np.ndarray  # (M,) int64, node i
    second: np.ndarray  # (M,) int64, node k
    ahead: np.ndarray  # (M,) int64, steps from i's start to k's, where i goes first
    behind: np.ndarray  # (M,) int64, steps from k's start to i's, where k goes first


def latency_bound(problem: Problem, limit: np.ndarray | None = None, seconds: float = 10.0) -> int:
    """The greatest depth that is ruled out, and one: no legal schedule is shorter.

    Begins at the critical path. A depth is ruled out by windows that close, tightened by pairs of
    nodes that exclude each other and by what is blocked for certain (Klein and Scholl, Computing
    lower bounds by destructive improvement, 1999), or by an interval whose energy is beyond the
    limit (Baptiste, Le Pape and Nuijten, Satisfiability tests and time-bound adjustments for
    cumulative scheduling problems, 1999).

    Args:
        problem: the graph; its loop-carried edges are left out.
        limit: (R,) float64, units, in place of the problem's own; inf for none.
        seconds: within about which to end, once a first depth was tried; less time, a weaker
            bound, and none but the critical path without any.

    Raises:
        InfeasibleError: a node that blocks more than a limit by itself.
    """
    plan = serial_plan(problem, limit)
    early = asap(problem)
    proved = int(np.max(early + problem.duration, initial=0))
    if plan.limit.size == 0:
        return proved
    pairs = exclusive(plan)
    rows = group(plan.limit.size, plan.row)
    node = np.repeat(np.arange(problem.nodes), np.diff(plan.first))
    tail = proved - alap(problem, proved)  # from a start to the end, at least
    load = plan.load(proved)
    cells = int(CELLS_A_SECOND * max(seconds, 0.0))

    def ruled_out(depth: int) -> bool:
        return refuted(
            plan, pairs, rows, node, problem.order, early.copy(), depth - tail, load, cells
        )

    if seconds <= 0 or not ruled_out(proved):
        return proved
    proved += 1
    until = time.perf_counter() + seconds
    # A longer depth is harder to rule out: double the stride, then halve it.
    stride, up = 2, True
    while (up or stride > 1) and time.perf_counter() < until:
        stride = stride if up else stride // 2
        found = proved + stride - 1 <= plan.steps and ruled_out(proved + stride - 1)
        proved += stride if found else 0
        up = up and found
        stride *= 2 if up else 1
    return proved


def exclusive(plan: SerialPlan) -> Pairs:
    """All pairs that exclude each other; none where there are too many nodes."""
    if plan.rank.size > MOST_NODES:
        return Pairs(*np.zeros((4, 0), np.int64))
    return Pairs(*_exclusive(plan, MOST_PAIRS))


@njit(cache=True)
def _exclusive(plan, most):
    count = 0
    found = np.empty((4, 1024), np.int64)
    for i in range(plan.rank.size):
        for k in range(i):
            ahead = _apart(plan, i, k)
            if ahead == 0 or count == most:
                continue
            if count == found.shape[1]:
                wider = np.empty((4, 2 * count), np.int64)
                wider[:, :count] = found
                found = wider
            found[0, count], found[1, count] = i, k
            found[2, count], found[3, count] = ahead, _apart(plan, k, i)
            count += 1
    return found[0, :count], found[1, :count], found[2, :count], found[3, :count]


@njit(cache=True)
def _apart(plan, i, k):
    """Steps that ``k`` has to start after ``i``, where it starts after it at all; 0: none."""
    steps = 0
    for q in range(plan.first[k], plan.first[k + 1]):
        if plan.begin[q] > 0:
            continue
        for p in range(plan.first[i], plan.first[i + 1]):
            beyond = plan.amount[p] + plan.amount[q] > plan.limit[plan.row[p]]
            if plan.row[p] == plan.row[q] and beyond:
                steps = max(steps, plan.end[p])
    return steps
