"""Who reads each value, and how much later than its own iteration."""

from typing import NamedTuple

import numpy as np

from gaus_jax.core.problem import Problem
from gaus_jax.core.profile import Lifetime, edges_in_force


class Reads(NamedTuple):
    """Pairs: node ``consumer`` reads ``value`` in step ``s_consumer + shift``."""

    value: np.ndarray  # (Q,) int64, ascending
    consumer: np.ndarray  # (Q,) int64
    shift: np.ndarray  # (Q,) int64, steps, k II


def reads(problem: Problem, ii: int | None, lifetime: Lifetime) -> Reads:
    """The reads of all values of any size; each pair once, in its latest iteration.

    A buffer that nothing reads is held in its producer's own step, as if the producer read it.
    Where something reads it that is implied.
    """
    edges = edges_in_force(problem, ii)
    edges = edges[problem.is_data[edges]]
    value, consumer = problem.tail[edges], problem.head[edges]
    shift = problem.distance[edges] * (ii or 0)
    if lifetime == "buffer":
        idle = np.setdiff1d(np.arange(problem.nodes), value)
        value, consumer = np.append(value, idle), np.append(consumer, idle)
        shift = np.append(shift, np.zeros_like(idle))
    order = np.lexsort((-shift, consumer, value))
    value, consumer, shift = value[order], consumer[order], shift[order]
    # Repeats come after the farthest of their pair.
    repeated = (np.diff(value, prepend=-1) == 0) & (np.diff(consumer, prepend=-1) == 0)
    keep = ~repeated & (problem.size[value] > 0)
    return Reads(value[keep], consumer[keep], shift[keep])
