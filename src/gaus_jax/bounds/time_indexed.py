"""The time-indexed linear relaxation: usage, communication and memory together."""

import time
from collections.abc import Mapping

import numpy as np

from gaus_jax.bounds.bound import PLAIN, Relaxation, safe
from gaus_jax.core.problem import Problem
from gaus_jax.core.profile import Lifetime
from gaus_jax.core.window import Window
from gaus_jax.linear.climb import Climb
from gaus_jax.linear.time_indexed import TERMS


class TimeIndexed:
    """Prices of steps by a first-order method; a bound whenever it stops, at any size.

    See `gaus_jax.linear.time_indexed` for the relaxation and `gaus_jax.linear.first_order` for the
    bound of its prices.
    """

    name = "time_indexed"
    terms = TERMS
    rests_on = PLAIN

    def relax(
        self,
        problem: Problem,
        window: Window,
        weights: Mapping[str, float],
        lifetime: Lifetime,
        seconds: float,
    ) -> Relaxation:
        """The bound, and the roundings of the points on the way to it."""
        until = time.perf_counter() + seconds
        climb = Climb(problem, window, weights, lifetime)
        while not climb.done and time.perf_counter() < until:
            climb.advance(lambda: until - time.perf_counter())
        starts = np.concatenate(climb.found).astype(float) if climb.found else None
        return Relaxation(proved(problem, weights, climb.value, climb.scale), starts)


def proved(problem: Problem, weights: Mapping[str, float], value: float, scale: float) -> float:
    """A bound on the safe side; whole where memory alone is counted, in whole sizes.

    Args:
        problem: the graph.
        weights: factor of each term.
        value: the bound up to rounding.
        scale: the magnitude of the sums that made it.
    """
    if set(weights) != {"peak_live"}:
        return max(0.0, value - 1e-9 * scale)
    factor = weights["peak_live"]
    return factor * safe(value / factor, problem.size, scale / factor)
