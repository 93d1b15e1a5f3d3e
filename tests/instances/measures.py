"""Plain measures of a problem that several tests compare with published numbers."""

from collections import Counter

import numpy as np

from gaus_jax.core.problem import Problem


def critical_path(problem: Problem) -> int:
    """Cycles of the longest path over the edges of distance 0, the last node's latency included."""
    start = np.zeros(problem.nodes, np.int64)
    for node in problem.order:
        for e in range(problem.incoming.first[node], problem.incoming.first[node + 1]):
            edge = problem.incoming.item[e]
            start[node] = max(start[node], start[problem.tail[edge]] + problem.reach[edge])
    return int((start + problem.duration).max())


def recurrence_bound(problem: Problem, most: int = 100) -> int:
    """RecMII: the least interval at which no cycle of edges asks for more (Bellman-Ford)."""
    for interval in range(most):
        start = np.zeros(problem.nodes)
        for _ in range(problem.nodes + 1):
            before = start.copy()
            need = before[problem.tail] + problem.reach - interval * problem.distance
            np.maximum.at(start, problem.head, need)
            if (start == before).all():
                return interval
    raise AssertionError(f"{problem.name}: no interval below {most}")


def kinds(problem: Problem) -> dict[str, int]:
    """How many operations there are of each kind."""
    return dict(Counter(i.rstrip("0123456789") for i in problem.ids))
