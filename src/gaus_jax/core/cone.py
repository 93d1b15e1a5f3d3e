"""Projection onto the dependence cone, and the roundings that keep to it."""

import numpy as np

from gaus_jax.core.graph import pushed_earlier, pushed_later
from gaus_jax.core.problem import Problem
from gaus_jax.core.recurrence import pushed_earlier_at, pushed_later_at
from gaus_jax.core.window import Window

GRAIN = 2.0**20  # of a step: sums of starts and reaches are exact in float64


def project(problem: Problem, window: Window, mean: np.ndarray) -> np.ndarray:
    """Real starts that keep every dependence and window, near the means; (N,) float64, steps.

    The mean of the least push forward and the least push backward. Both lie in the convex cone
    ``s_j >= s_i + l_i + delta_e``, so their mean does.
    """
    inside = np.clip(mean, window.asap, window.alap)
    if window.ii is not None:  # multiples, or rounding would make a cycle without slack positive
        inside = np.round(inside.astype(float) * GRAIN) / GRAIN
    forward = push_forward(problem, inside, window.ii)
    return (forward + push_backward(problem, inside, window.ii)) / 2


def push_forward(problem: Problem, start: np.ndarray, ii: int | None = None) -> np.ndarray:
    """The least later starts that keep every dependence; of the dtype given."""
    if ii is not None:
        return pushed_later_at(problem, ii, start)
    into = problem.incoming
    return pushed_later(problem.order, *into, problem.tail, problem.reach, start)


def push_backward(problem: Problem, start: np.ndarray, ii: int | None = None) -> np.ndarray:
    """The least earlier starts that keep every dependence; of the dtype given."""
    if ii is not None:
        return pushed_earlier_at(problem, ii, start)
    out = problem.outgoing
    return pushed_earlier(problem.order, *out, problem.head, problem.reach, start)


def round_within(
    problem: Problem, projected: np.ndarray, threshold: float, ii: int | None = None
) -> np.ndarray:
    """``floor(s + theta)``, which keeps every dependence that ``s`` keeps; (N,) int64.

    Reaches are whole: ``s_j >= s_i + reach`` implies the same of the floors. The final push only
    mends what float rounding may have broken.
    """
    return push_forward(problem, np.floor(projected + threshold).astype(np.int64), ii)
