"""Resource limits by naive loops, and the serial scheme restated."""

from typing import Any

import numpy as np

from tests import reference


def keeps(problem: Any, start: list[int], limit: Any = None) -> bool:
    """Whether dependences and limits hold, the limits of fractions to a billionth."""
    limit = problem.limit if limit is None else limit
    used = reference.usage(problem, start, reference.busy_until(problem, start))
    within = all(u <= limit[r] * (1 + 1e-9) for r, row in used.items() for u in row)
    return within and reference.legal(problem, start, None)


def naive_order(problem: Any, priority: Any) -> list[int]:
    """Again and again the least of priority and topological place whose producers are listed."""
    edges = reference.edges_in_force(problem, None)
    order: list[int] = []
    while len(order) < problem.nodes:
        free = [
            i
            for i in range(problem.nodes)
            if i not in order and all(e.tail in order for e in edges if e.head == i)
        ]
        order.append(min(free, key=lambda i: (priority[i], problem.rank[i])))
    return order


def naive_schedule(problem: Any, order: list[int]) -> list[int]:
    """Each node at the first step at which the nodes so far keep all limits."""
    edges = reference.edges_in_force(problem, None)
    start: dict[int, int] = {}
    for node in order:
        start[node] = max([0, *(start[e.tail] + e.gap for e in edges if e.head == node)])
        while _over(problem, start):
            start[node] += 1
    return [start[i] for i in range(problem.nodes)]


def _over(problem: Any, start: dict[int, int]) -> bool:
    used: dict[tuple[int, int], float] = {}
    for u in range(len(problem.use_node)):
        node, r = int(problem.use_node[u]), int(problem.use_class[u])
        for d in range(int(problem.use_occupancy[u]) if node in start else 0):
            at = (r, start[node] + d)
            used[at] = used.get(at, 0.0) + float(problem.use_demand[u])
    return any(amount > problem.limit[r] * (1 + 1e-9) for (r, _), amount in used.items())


def priorities(problem: Any, seed: int) -> np.ndarray:
    """Random, with many equals."""
    return np.random.default_rng(seed).integers(0, 4, problem.nodes).astype(float)
