"""Which consumers of a value can be its last one."""

from typing import NamedTuple

import numpy as np

from gaus_jax.core.problem import Problem
from gaus_jax.core.profile import Lifetime
from gaus_jax.core.window import Window


class Ends(NamedTuple):
    """Who ends each value's life; values that live to the last step, or never, have no pair."""

    held: np.ndarray  # (N,) bool, values that take memory at all
    value: np.ndarray  # (Q,) int64, ascending: `consumer` may be the last one of `value`
    consumer: np.ndarray  # (Q,) int64
    latest: np.ndarray  # (N,) int64, the greatest ASAP of a value's consumers; -1: none


def possible_lasts(problem: Problem, window: Window, lifetime: Lifetime) -> Ends:
    """Pairs of a value and a consumer that no other consumer is certain to follow or meet."""
    value, consumer = _consumers(problem, lifetime)
    held = np.zeros(problem.nodes, bool)
    held[value] = True
    kept = problem.output & (lifetime == "buffer")
    held |= kept
    value, consumer = value[~kept[value]], consumer[~kept[value]]
    latest = np.full(problem.nodes, -1, np.int64)
    np.maximum.at(latest, value, window.asap[consumer])
    return Ends(held, *_rivals(window, value, consumer, latest), latest)


def _consumers(problem: Problem, lifetime: Lifetime) -> tuple[np.ndarray, np.ndarray]:
    """Pairs (value, consumer) of sized values, sorted, each once.

    A buffer is held in its producer's own step too, as if the producer consumed it.
    """
    edges = problem.is_data & (problem.distance == 0) & (problem.size[problem.tail] > 0)
    pairs = np.stack([problem.tail[edges], problem.head[edges]], axis=1)
    if lifetime == "buffer":
        idle = np.flatnonzero(problem.size > 0)
        idle = np.setdiff1d(idle, pairs[:, 0])
        pairs = np.concatenate([pairs, np.stack([idle, idle], axis=1)])
    key = np.unique(pairs[:, 0] * np.int64(max(problem.nodes, 1)) + pairs[:, 1])
    return key // max(problem.nodes, 1), key % max(problem.nodes, 1)


def _rivals(
    window: Window, value: np.ndarray, consumer: np.ndarray, latest: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Drop consumers that start no later than another one must: keep the latest and its rivals."""
    floor = latest[value]
    # The one that must start last: of those with the greatest ASAP, the greatest ALAP.
    rank = np.lexsort((-window.alap[consumer], window.asap[consumer] < floor, value))
    value, consumer, floor = value[rank], consumer[rank], floor[rank]
    first = np.diff(value, prepend=-1) != 0
    keep = first | (window.alap[consumer] > floor)
    return value[keep], consumer[keep]
