"""List scheduling for least resources under a latency bound (De Micheli, LIST_R)."""

import numpy as np
from numba import njit

from gaus_jax.baselines.baseline import Immediate
from gaus_jax.core.problem import Problem
from gaus_jax.core.profile import horizon
from gaus_jax.core.schedule import Schedule
from gaus_jax.core.window import Window


class ListScheduling(Immediate):
    """Step by step the most urgent ready nodes, as many as the units at hand allow.

    Units start at what the total work needs. A node whose latest start has come is placed in any
    case, and units grow to what it takes; others wait where they would not fit.
    """

    name = "list"

    def schedule(self, problem: Problem, window: Window) -> Schedule:
        """Priority by ALAP, then by the greater demand, then by topological order."""
        work = np.zeros(max(1, len(problem.classes)))
        np.add.at(work, problem.use_class, problem.use_demand * problem.use_occupancy)
        demand = np.bincount(problem.use_node, problem.use_demand, problem.nodes)
        priority = np.empty(problem.nodes, np.int64)
        priority[np.lexsort((problem.rank, -demand, window.alap))] = np.arange(problem.nodes)
        first, use = problem.uses
        start = _list(
            *problem.outgoing,
            problem.head,
            problem.reach,
            np.diff(problem.incoming.first),
            window.alap,
            window.depth,
            priority,
            first,
            problem.use_class[use],
            problem.use_demand[use],
            problem.use_occupancy[use],
            np.ceil(work / max(window.depth, 1)),
            np.zeros((work.size, horizon(problem, window.depth) + 1)),
        )
        return Schedule(start, window.depth)


@njit(cache=True)
def _list(
    first, edge, head, reach, missing, alap, depth, priority,
    use_first, use_class, use_demand, use_occupancy, units, load,
):  # fmt: skip
    count = missing.size
    start = np.zeros(count, np.int64)
    ready_at = np.zeros(count, np.int64)
    # Nodes whose producers are placed wait in the list of the step at which they are ready.
    bucket = np.full(depth + 1, -1, np.int64)
    chain = np.full(count, -1, np.int64)
    for i in range(count):
        if missing[i] == 0:
            chain[i] = bucket[0]
            bucket[0] = i
    by_priority = np.empty(count, np.int64)
    for i in range(count):
        by_priority[priority[i]] = i
    waiting, queue = np.empty(count, np.int64), np.empty(count, np.int64)  # ranks, ascending
    held = 0  # so many wait
    for step in range(depth):
        again = True
        while again:  # a node of latency 0 may make others ready in the same step
            again = False
            total = _joined(waiting[:held], bucket[step], chain, priority, queue)
            bucket[step] = -1
            held = 0
            for rank in queue[:total]:
                i = by_priority[rank]
                fits = True
                for u in range(use_first[i], use_first[i + 1]):
                    for d in range(step, step + use_occupancy[u]):
                        if load[use_class[u], d] + use_demand[u] > units[use_class[u]]:
                            fits = False
                            break
                if not fits and alap[i] > step:
                    waiting[held] = rank
                    held += 1
                    continue
                start[i] = step
                for u in range(use_first[i], use_first[i + 1]):
                    r = use_class[u]
                    for d in range(step, step + use_occupancy[u]):
                        load[r, d] += use_demand[u]
                        units[r] = max(units[r], load[r, d])
                for at in range(first[i], first[i + 1]):
                    j = head[edge[at]]
                    ready_at[j] = max(ready_at[j], step + reach[edge[at]])
                    missing[j] -= 1
                    if missing[j] == 0:
                        chain[j] = bucket[ready_at[j]]
                        bucket[ready_at[j]] = j
                        again = again or ready_at[j] == step
    return start


@njit(cache=True)
def _joined(waiting, node, chain, priority, queue):
    """Merge the ranks of a chain of new nodes with those waiting; how many there are."""
    total = 0
    while node >= 0:
        queue[total] = priority[node]
        total += 1
        node = chain[node]
    fresh = np.sort(queue[:total])
    total, a, b = 0, 0, 0
    while a < waiting.size or b < fresh.size:
        if b == fresh.size or (a < waiting.size and waiting[a] < fresh[b]):
            queue[total] = waiting[a]
            a += 1
        else:
            queue[total] = fresh[b]
            b += 1
        total += 1
    return total
