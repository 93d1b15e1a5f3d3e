"""Modulo scheduling as a system of difference constraints (Canis, Brown, Anderson 2014).

"Modulo SDC scheduling with recurrence minimization in high-level synthesis", FPL 2014, after Zhang
and Liu, "SDC-based modulo scheduling for pipeline synthesis", ICCAD 2013. The starts are the least
solution of the dependences, which longest paths give without an LP, as the sum of starts is what is
minimised. One by one the nodes that use limited units are fixed to their start, if it is free.
"""

import heapq
from collections.abc import Callable

import numpy as np

from gaus_jax.core.problem import Problem
from gaus_jax.core.recurrence import pushed_later_at
from gaus_jax.core.reservation import add, fits, nearest_free, remove, reservations
from gaus_jax.core.window import Window

RATIO = 6  # tries a node


def modulo_sdc(
    problem: Problem,
    window: Window,
    *,
    limit: np.ndarray | None = None,
    seed: int = 0,
    ratio: int = RATIO,
    expired: Callable[[], bool] = lambda: False,
) -> np.ndarray | None:
    """Fix the most urgent node to its start; where that is taken, ask for the next free one.

    Where the system then has no solution the node goes to where it has not been and those that
    it collides with are freed (the backtracking of the paper). We go to the next free step at once,
    not one step at a time.

    Args:
        problem: the graph.
        window: its windows, at an II.
        limit: (R,) units available in place of the problem's own.
        seed: of no use, as nothing is drawn.
        ratio: tries for each node that uses limited units.
        expired: asked before each try; True ends the attempt.
    """
    system = _System(problem, window, limit)
    users = np.flatnonzero(np.diff(system.table.first))
    urgent = [(int(window.alap[i]), int(problem.rank[i]), int(i)) for i in users]
    heapq.heapify(urgent)
    for _ in range(ratio * users.size):
        if not urgent or expired():
            break
        entry = heapq.heappop(urgent)
        node = entry[-1]
        if system.fixed[node]:
            continue
        if system.fix(node):
            continue
        if not system.postpone(node):
            for freed in system.force(node):
                heapq.heappush(
                    urgent, (int(window.alap[freed]), int(problem.rank[freed]), int(freed))
                )
        if not system.fixed[node]:
            heapq.heappush(urgent, entry)
    return system.start if system.fixed[users].all() else None


class _System:
    """The least starts under lower bounds, with some nodes fixed.

    No bound is above the node's ALAP, so that no start is.
    """

    def __init__(self, problem: Problem, window: Window, limit: np.ndarray | None) -> None:
        assert window.ii is not None, "modulo scheduling needs an II"
        self.problem, self.window, self.ii = problem, window, window.ii
        self.table = reservations(problem, window, limit)
        self.low = window.asap.copy()  # (N,) int64, lower bounds
        self.start = window.asap.copy()  # (N,) int64, the least solution
        self.fixed = np.zeros(problem.nodes, bool)
        self.last = np.full(problem.nodes, -1, np.int64)

    def fix(self, node: int) -> bool:
        """Fix a node to its start if that is free."""
        if not fits(self.table, node, self.start[node]):
            return False
        add(self.table, node, self.start[node])
        self.fixed[node] = True
        self.low[node] = self.last[node] = self.start[node]
        return True

    def postpone(self, node: int) -> bool:
        """Ask a node for the next free start, if the system then has a solution."""
        begin, end = self.start[node] + 1, self.window.alap[node]
        step = nearest_free(self.table, node, begin, end, float(begin))
        if step < 0:
            return False
        low = self.low.copy()
        low[node] = step
        pushed = pushed_later_at(self.problem, self.ii, low)
        if self._broken(pushed).size:
            return False
        self.low, self.start = low, pushed
        return True

    def force(self, node: int) -> list[int]:
        """Fix a node to where it has not been last, and free all whom that disturbs."""
        first, final = self.window.asap[node], self.window.alap[node]
        step = max(first, self.last[node] + 1)
        step = first if step > final else step
        self.low[node] = step
        freed = self._collisions(node, step)
        for other in freed:
            self._free(other)
        self.low[~self.fixed] = self.window.asap[~self.fixed]
        self.low[node] = step
        while True:  # at the latest with none fixed there is a solution
            pushed = pushed_later_at(self.problem, self.ii, self.low)
            broken = self._broken(pushed)
            if broken.size == 0 and pushed[node] == step:
                break
            broken = broken if broken.size else np.flatnonzero(self.fixed)
            for other in broken.tolist():
                self._free(other)
                freed.append(other)
        self.start = pushed
        self.fix(node)
        return freed

    def _broken(self, pushed: np.ndarray) -> np.ndarray:
        return np.flatnonzero(self.fixed & (pushed != self.low))

    def _free(self, node: int) -> None:
        remove(self.table, node, self.low[node])
        self.fixed[node] = False
        self.low[node] = self.window.asap[node]

    def _collisions(self, node: int, step: int) -> list[int]:
        """Fixed nodes in the slots that a node would take at a step, the later ones first."""
        found: list[int] = []
        table = self.table
        for e in range(table.first[node], table.first[node + 1]):
            r, slot = table.kind[e], (step + table.offset[e]) % self.ii
            free = table.room[r] - table.usage[r, slot] - table.amount[e]
            at = table.top[r, slot]
            while at >= 0:
                if table.owner[at] in found:
                    free += table.amount[at]
                at = table.below[at]
            at = table.top[r, slot]
            while at >= 0 and free < 0:
                if table.owner[at] not in found:
                    found.append(int(table.owner[at]))
                    free += table.amount[at]
                at = table.below[at]
        return found
