"""Exact profiles of a schedule: resource usage in each step, live values in each step or slot."""

from typing import Literal, NamedTuple, get_args

import numpy as np

from gaus_jax.core.problem import Problem
from gaus_jax.core.schedule import Schedule

Lifetime = Literal["register", "buffer"]
LIFETIMES: tuple[str, ...] = get_args(Lifetime)


class Lifetimes(NamedTuple):
    """The steps ``birth <= d < death`` in which each value is held; empty where equal."""

    birth: np.ndarray  # (N,) int64, steps
    death: np.ndarray  # (N,) int64, steps, exclusive


def edges_in_force(problem: Problem, ii: int | None) -> np.ndarray:
    """Indices of the edges that bind: all at a given II, else those of distance 0; (E',) int64."""
    return problem.forward if ii is None else np.arange(problem.edges)


def horizon(problem: Problem, depth: int) -> int:
    """Steps in which anything can be occupied: units may stay blocked beyond the depth."""
    overhang = problem.use_occupancy - problem.duration[problem.use_node]
    return depth + int(np.max(overhang, initial=0))


def usage(problem: Problem, schedule: Schedule) -> np.ndarray:
    """``usage_r(d) = sum_i a_ir [s_i <= d < s_i + o_ir]`` of one iteration.

    Returns:
        (R, T) float64, units; T is the horizon.
    """
    begin = schedule.start[problem.use_node]
    length = int(np.max(begin + problem.use_occupancy, initial=0))
    steps = max(horizon(problem, schedule.depth), length)
    rows = np.zeros((len(problem.classes), steps))
    for r in range(len(problem.classes)):
        mine = problem.use_class == r
        ends = begin[mine] + problem.use_occupancy[mine]
        rows[r] = _held(begin[mine], ends, problem.use_demand[mine], steps)
    return rows


def birth_delay(problem: Problem, lifetime: Lifetime) -> np.ndarray:
    """Steps from a node's start to the first step that may hold its value; (N,) int64."""
    return problem.duration if lifetime == "register" else np.zeros_like(problem.duration)


def readers(problem: Problem) -> tuple[np.ndarray, np.ndarray]:
    """Each value and each node that reads it in its own iteration, once; two (P,) int64."""
    data = problem.is_data & (problem.distance == 0)
    pairs = np.unique(problem.tail[data] * max(problem.nodes, 1) + problem.head[data])
    return np.divmod(pairs, max(problem.nodes, 1))


def lifetimes(problem: Problem, schedule: Schedule, lifetime: Lifetime) -> Lifetimes:
    """When each value is held; FORMULATIONS, "Lifetimes".

    Under `register` a value is held after its producer finished, up to its last consumer's start;
    under `buffer` from its producer's start, an output to the last step.
    """
    start = schedule.start
    edges = edges_in_force(problem, schedule.ii)
    edges = edges[problem.is_data[edges]]
    last = np.full(problem.nodes, -1, np.int64)
    shift = problem.distance[edges] * (schedule.ii or 0)
    np.maximum.at(last, problem.tail[edges], start[problem.head[edges]] + shift)
    birth = start + birth_delay(problem, lifetime)
    if lifetime == "register":
        return Lifetimes(birth, np.maximum(birth, last + 1))
    death = np.maximum(last, start) + 1
    death[problem.output] = np.maximum(death[problem.output], schedule.depth)
    return Lifetimes(birth, death)


def live(problem: Problem, schedule: Schedule, lifetime: Lifetime) -> np.ndarray:
    """``live(d) = sum_i m_i [value of i is held in d]``, folded by slot where there is an II.

    A value that is held for longer than II counts once for every copy alive.

    Returns:
        (T,) float64, bits or bytes; T is the depth, or the II.
    """
    birth, death = lifetimes(problem, schedule, lifetime)
    steps = schedule.ii or max(schedule.depth, int(np.max(death, initial=0)))
    return _held(birth, death, problem.size, steps, schedule.ii)


def _held(birth, death, amount, steps: int, ii: int | None = None) -> np.ndarray:
    """Sum of amounts over half-open intervals, by step or, where ``ii`` is given, by slot."""
    if ii is None:
        change = np.bincount(birth, amount, steps + 1) - np.bincount(death, amount, steps + 1)
        return np.cumsum(change)[:steps]
    copies, rest = np.divmod(death - birth, ii)
    first = birth % ii
    change = np.bincount(first, amount, 2 * ii) - np.bincount(first + rest, amount, 2 * ii)
    unfolded = np.cumsum(change)
    return unfolded[:ii] + unfolded[ii:] + float(amount @ copies)
