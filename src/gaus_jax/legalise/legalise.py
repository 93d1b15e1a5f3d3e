"""Round the means, repair, and keep the cheapest."""

from collections.abc import Callable, Iterator

import numpy as np

from gaus_jax.core.cone import project, push_backward, push_forward, round_within
from gaus_jax.core.problem import Problem
from gaus_jax.core.schedule import Schedule
from gaus_jax.core.window import Window
from gaus_jax.legalise.place import place


def legalise(
    problem: Problem,
    window: Window,
    mean: np.ndarray,
    *,
    cost: Callable[[Schedule], float],
    thresholds: int = 8,
) -> Schedule:
    """The cheapest of several legal schedules near the means; always legal.

    Args:
        problem: the graph.
        window: its windows under the depth.
        mean: (N,) float64, steps; what is not finite counts as the middle of its window.
        cost: the exact objective.
        thresholds: how many roundings of the projected means to try.
    """
    schedules = (
        Schedule(s, window.depth, window.ii) for s in _candidates(problem, window, mean, thresholds)
    )
    return min(schedules, key=cost)


def _candidates(
    problem: Problem, window: Window, mean: np.ndarray, thresholds: int
) -> Iterator[np.ndarray]:
    middle = (window.asap + window.alap) / 2
    inside = np.clip(np.where(np.isfinite(mean), mean, middle), window.asap, window.alap)
    rounded = np.round(inside).astype(np.int64)
    yield push_forward(problem, rounded, window.ii)
    yield push_backward(problem, rounded, window.ii)
    projected = project(problem, window, inside)
    for k in range(thresholds):
        yield round_within(problem, projected, (k + 0.5) / thresholds, window.ii)
    if window.ii is None:
        yield place(problem, window, projected)
