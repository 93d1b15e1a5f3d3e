"""Cuts on starts: nodes of one limited class cannot all be next to a node that they depend on.

At most ``c`` uses of a class begin in any ``o`` successive steps, ``o`` their least occupancy and
``c`` the limit over their least demand. So of nodes ``S`` of the class that come at least ``d_j``
after a node ``v``, the q-th to start comes at least ``t_q = max(d_(q), t_(q-c) + o)`` after it,
``d_(q)`` the q-th least distance, and

    ``sum_(j in S) (s_j - s_v) >= sum_q t_q``;

and the same of nodes that come before ``v``. After Queyranne's inequalities of one machine (1993).
They hold at an II too, where starts in one slot meet: a step is in one slot.
"""

from collections.abc import Callable
from itertools import product
from typing import NamedTuple

import numpy as np
from numba import njit
from scipy.sparse import csr_array

from gaus_jax.core.graph import group
from gaus_jax.core.problem import Problem
from gaus_jax.linear.network import Network

FAR = -(10**9)  # of what does not depend on a node; no distance comes near it
EACH = 3  # cuts of a node and class in a round
LONGEST = 400  # nodes of a cut, at most: what it takes to find one grows with their square
SWEEPS = 8  # over the variables in search of distances; fewer than the longest are valid too
VIOLATED = 1e-3  # steps, the least by which a cut is


class Crowd(NamedTuple):
    """The nodes of a limited class: of how many at a time, and how far apart they start."""

    nodes: np.ndarray  # (M,) int64
    many: int  # c
    apart: int  # o, steps


def crowds(problem: Problem, limit: np.ndarray) -> list[Crowd]:
    """The classes whose limit their nodes can feel."""
    found = []
    for r in np.flatnonzero(np.isfinite(limit)):
        mine = (problem.use_class == r) & (problem.use_demand > 0) & (problem.use_occupancy > 0)
        nodes = np.unique(problem.use_node[mine])
        if nodes.size == 0:
            continue
        many = int(limit[r] / problem.use_demand[mine].min() * (1 + 1e-9))
        if 0 < many < nodes.size:
            found.append(Crowd(nodes, many, int(problem.use_occupancy[mine].min())))
    return found


class Cuts:
    """Finds the cuts that a point breaks.

    Args:
        network: the variables and their differences.
        crowds: the limited classes.
    """

    def __init__(self, network: Network, crowds: list[Crowd]) -> None:
        count = network.cost.size
        self.crowds, self.variables = crowds, count
        early = np.argsort(network.low, kind="stable")  # of windows that keep the differences
        self._orders = {1: early, -1: early[::-1].copy()}
        into = group(count, network.head)
        out = group(count, network.tail)
        self._after = (*into, network.tail, network.reach)  # distances from a variable
        self._before = (*out, network.head, network.reach)  # distances to it
        self._seen: set[tuple[int, ...]] = set()

    def broken(
        self, point: np.ndarray, late: Callable[[], bool] = lambda: False
    ) -> tuple[csr_array, np.ndarray]:
        """Rows ``matrix x >= least`` that the point breaks and that were not found before.

        ``late`` is asked at every variable; those found until then are given.
        """
        rows: list[tuple[np.ndarray, np.ndarray, float]] = []
        ways = (1, self._after), (-1, self._before)
        for v, (way, edges) in product(range(self.variables if self.crowds else 0), ways):
            if late():
                break
            order = self._orders[way]
            distance = _distances(order, *edges, v)  # pyright: ignore[reportCallIssue]
            for crowd in self.crowds:
                rows += self._of_node(point, v, way, distance, crowd)
        if not rows:
            return csr_array((0, self.variables)), np.zeros(0)
        size = [nodes.size for nodes, _, _ in rows]
        matrix = csr_array(
            (
                np.concatenate([amount for _, amount, _ in rows]),
                (np.repeat(np.arange(len(rows)), size), np.concatenate([n for n, _, _ in rows])),
            ),
            shape=(len(rows), self.variables),
        )
        return matrix, np.array([least for _, _, least in rows])

    def _of_node(self, point, v, way, distance, crowd):
        near = crowd.nodes[(distance[crowd.nodes] > FAR // 2) & (crowd.nodes != v)]
        if near.size <= crowd.many:
            return []
        gap = way * (point[near] - point[v])
        order = np.argsort(gap, kind="stable")[:LONGEST]
        near, gap = near[order], np.cumsum(gap[order])
        missing = _least_sums(distance[near], crowd.many, crowd.apart) - gap
        score = missing / np.sqrt(np.arange(1, near.size + 1))
        found = []
        for k in np.argsort(-score, kind="stable")[:EACH]:
            members = np.sort(near[: k + 1])
            key = (way, v, *members.tolist())
            if missing[k] > VIOLATED * (k + 1) and key not in self._seen:
                self._seen.add(key)
                amount = np.append(np.full(k + 1, float(way)), -way * (k + 1.0))
                found.append((np.append(members, v), amount, float(missing[k] + gap[k])))
        return found


@njit(cache=True, nogil=True)
def _distances(order, first, edge, end, reach, source):
    """Long paths from one variable over edges grouped by where they lead; mostly the longest.

    A path that is not the longest keeps its ends apart as well.
    """
    found = np.full(order.size, FAR)
    found[source] = 0
    for _ in range(SWEEPS):
        changed = False
        for node in order:
            for at in range(first[node], first[node + 1]):
                e = edge[at]
                if found[end[e]] > FAR // 2 and found[end[e]] + reach[e] > found[node]:
                    found[node] = found[end[e]] + reach[e]
                    changed = True
        if not changed:
            break
    return found


@njit(cache=True, nogil=True)
def _least_sums(distance, many, apart):
    """Of each prefix, the least sum of starts at these distances that units allow."""
    sums = np.zeros(distance.size)
    taken = np.zeros(distance.size, np.int64)
    near = np.zeros(distance.size, np.int64)
    for k in range(distance.size):
        at = k
        while at > 0 and near[at - 1] > distance[k]:
            near[at] = near[at - 1]
            at -= 1
        near[at] = distance[k]
        total = 0
        for q in range(k + 1):
            taken[q] = near[q] if q < many else max(near[q], taken[q - many] + apart)
            total += taken[q]
        sums[k] = total
    return sums
