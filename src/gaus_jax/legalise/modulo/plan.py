"""What modulo placement knows of a problem: who keeps whom how far apart, and windows."""

from typing import NamedTuple

import numpy as np
from numba import njit

from gaus_jax.core.graph import Groups, group
from gaus_jax.core.problem import Problem
from gaus_jax.core.profile import edges_in_force
from gaus_jax.core.recurrence import reach_at
from gaus_jax.core.window import Window
from gaus_jax.legalise.plan import Neighbours

MOST_PAIRS = 4_000_000  # N^2, beyond which a node sees its neighbours alone
NO_PATH = -(2**62)


class ModuloPlan(NamedTuple):
    """What stays the same from placement to placement; of use for any means."""

    low: np.ndarray  # (N,) int64, ASAP, steps
    high: np.ndarray  # (N,) int64, ALAP, steps
    before: Neighbours  # who must start at least so many steps before a node
    after: Neighbours  # who must start at least so many steps after it

    @classmethod
    def of(cls, problem: Problem, window: Window, most_pairs: int = MOST_PAIRS) -> "ModuloPlan":
        """Every pair of nodes that a path keeps apart, where there are not too many.

        A node that is placed then at once bounds all others on its recurrences, as in the slack
        scheduling of Huff (1993), and not its neighbours alone.
        """
        tail, head, reach = _bonds(problem, window.ii, most_pairs)
        binds = window.alap[tail] + reach > window.asap[head]
        tail, head, reach = tail[binds], head[binds], reach[binds]
        return cls(
            low=window.asap,
            high=window.alap,
            before=Neighbours.of(group(problem.nodes, head), tail, reach),
            after=Neighbours.of(group(problem.nodes, tail), head, reach),
        )


def _bonds(
    problem: Problem, ii: int | None, most_pairs: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pairs of different nodes with ``s_head >= s_tail + reach``: tails, heads, reaches."""
    edges = edges_in_force(problem, ii)
    edges = edges[problem.tail[edges] != problem.head[edges]]  # a loop is II's own concern
    tail, head, reach = problem.tail[edges], problem.head[edges], reach_at(problem, ii)[edges]
    if problem.nodes**2 > most_pairs:
        return tail, head, reach
    into = group(problem.nodes, head)
    far = longest_paths(problem.order, into, tail, reach)
    np.fill_diagonal(far, NO_PATH)
    tail, head = np.nonzero(far > NO_PATH)
    return tail, head, far[tail, head]


def longest_paths(
    order: np.ndarray, into: Groups, tail: np.ndarray, reach: np.ndarray
) -> np.ndarray:
    """Length of the longest path between any two nodes; (N, N) int64, steps, or `NO_PATH`.

    Args:
        order: (N,) a topological order but for loop-carried edges.
        into: the edges by head; no cycle of theirs has a positive length.
        tail: (E,) their tails.
        reach: (E,) their lengths.
    """
    far = np.full((order.size, order.size), NO_PATH, np.int64)
    _fill_paths(order, *into, tail, reach, far)
    return far


@njit(cache=True, nogil=True)
def _fill_paths(order, first, edge, tail, reach, far):
    """Bellman-Ford from each node, a topological sweep at a time."""
    for source in range(order.size):
        row = far[source]
        row[source] = 0
        changed = True
        while changed:
            changed = False
            for node in order:
                for at in range(first[node], first[node + 1]):
                    e = edge[at]
                    if row[tail[e]] > NO_PATH and row[tail[e]] + reach[e] > row[node]:
                        row[node] = row[tail[e]] + reach[e]
                        changed = True
