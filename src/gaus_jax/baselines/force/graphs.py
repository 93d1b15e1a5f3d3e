"""Distribution graphs: the usage of each class if every node started evenly over its window.

A use of demand ``a`` and occupancy ``o`` over the window ``low .. high`` is a trapezoid. Its second
difference is not 0 at four steps alone, so that a window changes in constant time, and any mean of
the graph over a window is four reads of its third and fourth sums.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from gaus_jax.core.graph import Groups
from gaus_jax.core.problem import Problem
from gaus_jax.core.profile import horizon
from gaus_jax.core.window import Window


class Forces(NamedTuple):
    """A problem, the windows left to its nodes, and what their uses come to."""

    order: np.ndarray  # (N,) int64, a topological order
    before: Groups  # edges by head
    after: Groups  # edges by tail
    tail: np.ndarray  # (E,) int64
    head: np.ndarray  # (E,) int64
    reach: np.ndarray  # (E,) int64, steps
    first_use: np.ndarray  # (N + 1,) int64, where a node's uses begin
    use_class: np.ndarray  # (U,) int64
    use_demand: np.ndarray  # (U,) float64, times the cost of a unit
    use_occupancy: np.ndarray  # (U,) int64, cycles
    low: np.ndarray  # (N,) int64, steps
    high: np.ndarray  # (N,) int64, steps
    bend: np.ndarray  # (R, T) float64, second differences of the graphs
    once: np.ndarray  # (R, T + 1) float64, sums of the graph before each step
    twice: np.ndarray  # (R, T + 2) float64, sums of these
    stale: np.ndarray  # (R,) bool, whether the sums lag behind
    key: np.ndarray  # (N,) float64, least force of each node when last asked
    heap: np.ndarray  # (F,) int64, nodes not placed, the least key first
    stack: np.ndarray  # (N,) int64, scratch
    stacked: np.ndarray  # (N,) bool, scratch
    tally: np.ndarray  # (3,) int64: nodes in the heap, placed, and asked since the last sweep


def begin(problem: Problem, window: Window) -> Forces:
    """All windows open, no force known."""
    rows = max(1, len(problem.classes))
    longest = int(problem.use_occupancy.max(initial=0))
    steps = horizon(problem, window.depth) + longest + 2
    first, use = problem.uses
    free = np.flatnonzero(window.mobility > 0)
    forces = Forces(
        problem.order,
        problem.incoming,
        problem.outgoing,
        problem.tail,
        problem.head,
        problem.reach,
        first,
        problem.use_class[use],
        problem.use_demand[use] * problem.class_cost[problem.use_class[use]],
        problem.use_occupancy[use],
        window.asap.copy(),
        window.alap.copy(),
        np.zeros((rows, steps)),
        np.zeros((rows, steps + 1)),
        np.zeros((rows, steps + 2)),
        np.ones(rows, np.bool_),
        np.zeros(problem.nodes),
        free,
        np.empty(problem.nodes, np.int64),
        np.zeros(problem.nodes, np.bool_),
        np.array([free.size, 0, 0]),
    )
    _spread_all(forces)
    return forces


@njit(cache=True)
def _spread_all(forces):
    for i in range(forces.low.size):
        spread(forces, i, 1.0)
    refresh(forces)


@njit(cache=True)
def spread(forces, i, sign):
    """Add a node's uses over its window, or take them away."""
    low, end = forces.low[i], forces.high[i] + 1
    for u in range(forces.first_use[i], forces.first_use[i + 1]):
        r, length = forces.use_class[u], forces.use_occupancy[u]
        height = sign * forces.use_demand[u] / (end - low)
        forces.bend[r, low] += height
        forces.bend[r, low + length] -= height
        forces.bend[r, end] -= height
        forces.bend[r, end + length] += height
        forces.stale[r] = True


@njit(cache=True)
def refresh(forces):
    """Sum up the graphs that changed; returns the steps that it took."""
    work = 0
    for r in range(forces.stale.size):
        if not forces.stale[r]:
            continue
        slope, height, once, twice = 0.0, 0.0, 0.0, 0.0
        for d in range(forces.bend.shape[1]):
            slope += forces.bend[r, d]
            height += slope
            twice += once
            once += height
            forces.once[r, d + 1] = once
            forces.twice[r, d + 1] = twice
        forces.twice[r, forces.bend.shape[1] + 1] = twice + once
        forces.stale[r] = False
        work += forces.bend.shape[1]
    return work


@njit(cache=True)
def load(forces, i, low, high):
    """What a node meets if it starts evenly over a window: demand times the mean of the graphs."""
    total = 0.0
    for u in range(forces.first_use[i], forces.first_use[i + 1]):
        r, length = forces.use_class[u], forces.use_occupancy[u]
        if low == high:
            met = forces.once[r, low + length] - forces.once[r, low]
        else:
            twice = forces.twice[r]
            met = twice[high + 1 + length] - twice[low + length] - twice[high + 1] + twice[low]
            met /= high - low + 1
        total += forces.use_demand[u] * met
    return total
