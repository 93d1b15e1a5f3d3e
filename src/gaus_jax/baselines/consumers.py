"""Who reads each value."""

import numpy as np

from gaus_jax.core.problem import Problem


def consumers(problem: Problem) -> list[list[int]]:
    """The heads of each node's data edges of distance 0, each once, in ascending order."""
    edges = np.flatnonzero(problem.is_data & (problem.distance == 0))
    pairs = np.unique(np.stack([problem.tail[edges], problem.head[edges]], axis=1), axis=0)
    readers: list[list[int]] = [[] for _ in range(problem.nodes)]
    for tail, head in pairs.tolist():
        readers[tail].append(head)
    return readers
