"""Starts for given slots: with ``s_i = m_i + II k_i`` the slots are kept and the stages chosen.

A dependence asks for ``k_j - k_i >= ceil((l_i + delta_e - k_e II + m_i - m_j) / II)``, a difference
of whole numbers, so that longest paths decide it: there are stages, or a path or a cycle of
dependences that no stages keep. Usage depends on the slots alone and stays what it is.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from gaus_jax.core.problem import Problem
from gaus_jax.core.recurrence import reach_at
from gaus_jax.core.window import Window


class Staged(NamedTuple):
    """Starts in the slots asked for, or why there are none."""

    start: np.ndarray | None  # (N,) int64, steps; None where no stages do
    conflict: tuple[int, ...]  # the edges, in order, of a cycle or a path that is then too long


def with_slots(
    problem: Problem, window: Window, slot: np.ndarray, mean: np.ndarray | None = None
) -> Staged:
    """Starts in given slots that keep every dependence and window, pushed later from the means.

    Args:
        problem: the graph.
        window: its windows, at an II.
        slot: (N,) int64, ``0 <= m_i < II``.
        mean: (N,) float64, steps; by default the earliest starts.

    Raises:
        ValueError: the window has no II.
    """
    ii = window.ii
    if ii is None:
        raise ValueError(f"{problem.name}: slots are those of an II; give the window one")
    need = -(-(reach_at(problem, ii) + slot[problem.tail] - slot[problem.head]) // ii)
    earliest, latest = -(-(window.asap - slot) // ii), (window.alap - slot) // ii
    order, parent = problem.order, np.full(problem.nodes, -1, np.int64)
    # The greatest stages there are: pushed earlier is pushed later, turned about.
    turned = -latest
    stuck = _raise(order[::-1], *problem.leaving, problem.head, need, turned, -earliest, parent)
    if stuck >= 0:
        return Staged(None, _walk(parent, problem.head, stuck))
    greatest = -turned
    hoped = earliest if mean is None else np.rint((mean - slot) / ii).astype(np.int64)
    stage = np.clip(hoped, earliest, greatest)
    parent[:] = -1
    _raise(order, *problem.entering, problem.tail, need, stage, greatest, parent)
    return Staged(slot + ii * stage, ())


def _walk(parent: np.ndarray, end: np.ndarray, node: int) -> tuple[int, ...]:
    """The edges from a node to where its stage came from, or around the cycle that it is on."""
    edges: list[int] = []
    seen: dict[int, int] = {}
    while parent[node] >= 0 and node not in seen:
        seen[node] = len(edges)
        edges.append(int(parent[node]))
        node = int(end[edges[-1]])
    return tuple(edges[seen.get(node, 0) :])


@njit(cache=True, nogil=True)
def _raise(order, first, edge, end, need, stage, most, parent):
    """Bellman-Ford in place, a sweep at a time; a node that is pushed beyond its most, or -1."""
    for node in order:
        if stage[node] > most[node]:
            return node
    changed = True
    while changed:
        changed = False
        for node in order:
            for at in range(first[node], first[node + 1]):
                e = edge[at]
                if stage[end[e]] + need[e] > stage[node]:
                    stage[node] = stage[end[e]] + need[e]
                    parent[node] = e
                    if stage[node] > most[node]:
                        return node
                    changed = True
    return -1
