"""What loop-carried edges and limits ask of the initiation interval; longest paths at an II.

At an II an edge asks for ``s_j - s_i >= l_i + delta_e - k_e II``. A cycle whose sum of these is
positive can never be satisfied.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from gaus_jax.base.errors import InfeasibleError
from gaus_jax.core.problem import Problem

ENOUGH = 2**60  # cycles; more than all edges of a graph reach together, and sums stay below 2**63


class MinII(NamedTuple):
    """The least initiation interval by recurrences and by resources, and who asks for it."""

    recurrence: int  # RecMII, cycles; 0 where no cycle asks for anything
    resource: int  # ResMII, cycles; 0 where nothing that is limited is used
    cycle: tuple[int, ...]  # the edges of a critical cycle, in order; empty without one
    critical: int | None  # the class that asks for ResMII; None without one

    @property
    def value(self) -> int:
        """``max(1, RecMII, ResMII)``."""
        return max(1, self.recurrence, self.resource)


def reach_at(problem: Problem, ii: int | None) -> np.ndarray:
    """``l_i + delta_e - k_e II`` of each edge; (E,) int64, cycles; without II the reach alone.

    An iteration so far ahead that no edge can ask for anything is not counted further.
    """
    if ii is None:
        return problem.reach
    return problem.reach - np.minimum(problem.distance, ENOUGH // max(ii, 1)) * ii


def min_ii(problem: Problem, limit: np.ndarray | None = None) -> MinII:
    """The least II that recurrences and resources allow, each with its witness.

    Args:
        problem: the graph.
        limit: (R,) units available in place of the problem's own.

    Raises:
        InfeasibleError: a class is used of which there is none.
    """
    recurrence, cycle = recurrence_ii(problem)
    resource, critical = resource_ii(problem, limit)
    return MinII(recurrence, resource, cycle, critical)


def recurrence_ii(problem: Problem) -> tuple[int, tuple[int, ...]]:
    """``RecMII = max over cycles ceil(sum (l + delta) / sum k)``, and the edges of such a cycle.

    From II = 0 on, a cycle that is still positive raises II to its own ratio, until there is none:
    each step is exact and the last cycle found is critical.
    """
    ii, critical = 0, ()
    while cycle := positive_cycle(problem, ii):
        total, turns = problem.reach[list(cycle)].sum(), problem.distance[list(cycle)].sum()
        ii, critical = int(-(-total // turns)), cycle
    return ii, critical


def resource_ii(problem: Problem, limit: np.ndarray | None = None) -> tuple[int, int | None]:
    """``ResMII = max_r ceil(sum_i a_ir o_ir / C_r)``, and the class that asks for it.

    Raises:
        InfeasibleError: a class is used of which there is none.
    """
    limit = problem.limit if limit is None else limit
    work = problem.work
    most, critical = 0, None
    for r in np.flatnonzero((work > 0) & np.isfinite(limit)):
        if limit[r] == 0:
            raise InfeasibleError(
                f"{problem.name}: the limit of class {problem.classes[r]} is 0, but it is used; "
                f"raise it to at least 1"
            )
        # Fractional demands: a rounding error must not ask for a cycle more.
        needed = int(np.ceil(work[r] / limit[r] * (1 - 1e-12)))
        if needed > most:
            most, critical = needed, int(r)
    return most, critical


def positive_cycle(problem: Problem, ii: int) -> tuple[int, ...]:
    """The edges, in order, of a cycle that this II breaks; empty where there is none."""
    _, cycle = _longest(problem, ii, np.zeros(problem.nodes, np.int64))
    return cycle


def pushed_later_at(problem: Problem, ii: int, start: np.ndarray) -> np.ndarray:
    """The least ``s >= start`` that keeps every dependence at an II; of the dtype given.

    Raises:
        InfeasibleError: the II is below RecMII; names a cycle and the least II.
    """
    found, cycle = _longest(problem, ii, start)
    if cycle:
        raise InfeasibleError(_impossible(problem, ii, cycle))
    return found


def pushed_earlier_at(problem: Problem, ii: int, start: np.ndarray) -> np.ndarray:
    """The greatest ``s <= start`` that keeps every dependence at an II; of the dtype given.

    Raises:
        InfeasibleError: the II is below RecMII; names a cycle and the least II.
    """
    reach = reach_at(problem, ii)
    out = problem.leaving
    turned, parent = -start, np.full(problem.nodes, -1, np.int64)
    node = _relax(problem.order[::-1], *out, problem.head, reach, turned, parent)
    if node >= 0:
        raise InfeasibleError(_impossible(problem, ii, _walk(parent, problem.head, node)))
    return -turned


def witness(problem: Problem, least: MinII) -> str:
    """Who asks for MinII, as the end of a sentence: ``the recurrence a -> b -> a ... allows``."""
    if least.recurrence >= least.resource and least.cycle:
        return f"the recurrence {cycle_text(problem, least.cycle)} allows"
    if least.critical is None:
        return "is possible"
    name, units = problem.classes[least.critical], problem.limit[least.critical]
    return f"the {units:g} units of class {name} allow"


def cycle_text(problem: Problem, cycle: tuple[int, ...]) -> str:
    """``a -> b -> a (12 cycles over distance 1)``."""
    names = [problem.ids[problem.tail[e]] for e in cycle]
    shown = names if len(names) <= 12 else [*names[:6], f"({len(names) - 12} more)", *names[-6:]]
    total, turns = problem.reach[list(cycle)].sum(), problem.distance[list(cycle)].sum()
    return f"{' -> '.join([*shown, names[0]])} ({total} cycles over distance {turns})"


def _impossible(problem: Problem, ii: int, cycle: tuple[int, ...]) -> str:
    least, _ = recurrence_ii(problem)
    return (
        f"{problem.name}: initiation interval {ii} is below {least}, the least that the "
        f"recurrences allow: {cycle_text(problem, cycle)}; raise it"
    )


def _longest(problem: Problem, ii: int, start: np.ndarray) -> tuple[np.ndarray, tuple[int, ...]]:
    """Longest paths from all nodes at their starts, or a positive cycle."""
    found, parent = start.copy(), np.full(problem.nodes, -1, np.int64)
    reach, into = reach_at(problem, ii), problem.entering
    node = _relax(problem.order, *into, problem.tail, reach, found, parent)
    return found, () if node < 0 else _walk(parent, problem.tail, node)[::-1]


def _walk(parent: np.ndarray, end: np.ndarray, node: int) -> tuple[int, ...]:
    """The edges of the cycle of parents that a node lies on, against the direction of search."""
    cycle, here = [], node
    while True:
        edge = int(parent[here])
        cycle.append(edge)
        here = int(end[edge])
        if here == node:
            return tuple(cycle)


@njit(cache=True)
def _relax(order, first, edge, end, reach, start, parent):
    """Bellman-Ford in place, a topological sweep at a time; a node of a positive cycle, or -1."""
    seen = np.zeros(order.size, np.int64)
    while True:
        changed = False
        for node in order:
            for at in range(first[node], first[node + 1]):
                e = edge[at]
                ready = start[end[e]] + reach[e]
                if ready > start[node]:
                    start[node] = ready
                    parent[node] = e
                    changed = True
        if not changed:
            return -1
        # A positive cycle shows, sooner or later, as a cycle of parents, and only it does.
        seen[:] = -1
        for root in range(order.size):
            here = root
            while parent[here] >= 0 and seen[here] == -1:
                seen[here] = root
                here = end[parent[here]]
            if parent[here] >= 0 and seen[here] == root:
                return here
