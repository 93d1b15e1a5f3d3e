"""A large neighbourhood of a schedule, searched by the linear relaxation."""

from collections.abc import Callable, Mapping

import numpy as np

from gaus_jax.core.cone import push_backward, push_forward
from gaus_jax.core.problem import Problem
from gaus_jax.core.profile import Lifetime
from gaus_jax.core.window import Window
from gaus_jax.linear.first_order import FirstOrder
from gaus_jax.linear.time_indexed import build, size, thresholds

CUTS = np.arange(1, 12) / 12  # at which the point is rounded
NOISE = 0.1  # of the logarithms of the amounts: another optimum each time
CHUNK = 10_000_000  # variables and rows of the iterations between two looks at the time


def narrowed(
    problem: Problem, window: Window, start: np.ndarray, width: int, loose: np.ndarray
) -> Window:
    """Windows of at most ``width`` steps on either side of legal starts, but of loose nodes.

    Args:
        problem: the graph.
        window: the windows that these lie within.
        start: (N,) int64, legal starts.
        width: steps.
        loose: (N,) bool, nodes that may move as far as the others let them.
    """
    early = np.where(loose, window.asap, np.maximum(window.asap, start - width))
    late = np.where(loose, window.alap, np.minimum(window.alap, start + width))
    return Window(push_forward(problem, early), push_backward(problem, late), window.depth)


def reshaped(
    problem: Problem,
    window: Window,
    weights: Mapping[str, float],
    lifetime: Lifetime,
    iterations: int,
    rng: np.random.Generator,
    expired: Callable[[], bool] = lambda: False,
    most: float = np.inf,
) -> np.ndarray:
    """Roundings of a point on the way to the optimum of slightly other amounts.

    Early points lie within the optimal face's surroundings, not at a vertex, and round better.

    Returns:
        (C, N) int64, legal starts; none where there are more than ``most`` node variables.
    """
    if not 0 < size(window) <= most:
        return np.zeros((0, problem.nodes), np.int64)
    model = build(problem, window, weights, lifetime)
    factor = np.exp(NOISE * rng.standard_normal(model.amount.size))
    method = FirstOrder(model._replace(amount=model.amount * factor))
    chunk = max(1, CHUNK // (model.variables + int(model.row[-1])))
    while method.iterations < iterations and not expired():
        method.advance(min(chunk, iterations - method.iterations))
    found = thresholds(model, method.started(), CUTS)
    return np.stack([push_forward(problem, np.maximum(start, window.asap)) for start in found])
