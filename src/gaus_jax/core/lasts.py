"""Which consumers of a value can be its last one."""

from typing import NamedTuple

import numpy as np

from gaus_jax.core.problem import Problem
from gaus_jax.core.profile import Lifetime, edges_in_force
from gaus_jax.core.window import Window


class Ends(NamedTuple):
    """Who ends each value's life; values that live to the last step, or never, have no pair.

    At an II a consumer reads ``k II`` steps after its own start. What all consumers of a value have
    in common of that are whole copies of it, alive in every slot. (A buffer that is an output ends
    with the depth here, though at an II a consumer may read it later still.)
    """

    held: np.ndarray  # (N,) bool, values that take memory at all
    value: np.ndarray  # (Q,) int64, ascending: `consumer` may be the last one of `value`
    consumer: np.ndarray  # (Q,) int64
    latest: np.ndarray  # (N,) int64, the greatest ASAP of a value's consumers, shifted; -1: none
    shift: np.ndarray  # (Q,) int64, steps after the consumer's start, beyond the copies
    copies: np.ndarray  # (N,) int64, of a value in every slot whatever the schedule


def possible_lasts(problem: Problem, window: Window, lifetime: Lifetime) -> Ends:
    """Pairs of a value and a consumer that no other consumer is certain to follow or meet."""
    value, consumer, distance = _consumers(problem, lifetime, window.ii)
    held = np.zeros(problem.nodes, bool)
    held[value] = True
    kept = problem.output & (lifetime == "buffer")
    held |= kept
    ends = ~kept[value]
    value, consumer, distance = value[ends], consumer[ends], distance[ends]
    copies = np.full(problem.nodes, np.iinfo(np.int64).max)
    np.minimum.at(copies, value, distance)
    copies[copies == np.iinfo(np.int64).max] = 0
    shift = (distance - copies[value]) * (window.ii or 0)
    latest = np.full(problem.nodes, -1, np.int64)
    np.maximum.at(latest, value, window.asap[consumer] + shift)
    return Ends(held, *_rivals(window, value, consumer, shift, latest), copies)


def _consumers(
    problem: Problem, lifetime: Lifetime, ii: int | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pairs (value, consumer) of sized values, sorted, each once, with the greatest distance.

    A buffer is held in its producer's own step too, as if the producer consumed it.
    """
    edges = edges_in_force(problem, ii)
    edges = edges[problem.is_data[edges] & (problem.size[problem.tail[edges]] > 0)]
    value, consumer, distance = problem.tail[edges], problem.head[edges], problem.distance[edges]
    if lifetime == "buffer":
        idle = np.setdiff1d(np.flatnonzero(problem.size > 0), value)
        value, consumer = np.concatenate([value, idle]), np.concatenate([consumer, idle])
        distance = np.concatenate([distance, np.zeros_like(idle)])
    rank = np.lexsort((-distance, consumer, value))
    value, consumer, distance = value[rank], consumer[rank], distance[rank]
    first = np.ones(value.size, bool)
    first[1:] = (np.diff(value) != 0) | (np.diff(consumer) != 0)
    return value[first], consumer[first], distance[first]


def _rivals(
    window: Window,
    value: np.ndarray,
    consumer: np.ndarray,
    shift: np.ndarray,
    latest: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Drop consumers that read no later than another one must: keep the latest and its rivals."""
    floor = latest[value]
    last = window.alap[consumer] + shift
    # The one that must read last: of those with the greatest ASAP, the greatest ALAP.
    rank = np.lexsort((-last, window.asap[consumer] + shift < floor, value))
    value, consumer, shift = value[rank], consumer[rank], shift[rank]
    first = np.diff(value, prepend=-1) != 0
    keep = first | (last[rank] > floor[rank])
    return value[keep], consumer[keep], latest, shift[keep]
