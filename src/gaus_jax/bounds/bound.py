"""The interface of a bound, and how bounds of terms make a bound of an objective."""

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple, Protocol

import numpy as np

from gaus_jax.core.problem import Problem
from gaus_jax.core.profile import Lifetime
from gaus_jax.core.safe import safe as safe
from gaus_jax.core.window import Window


class Relaxation(NamedTuple):
    """A bound, and the point of the relaxed problem that it was found at."""

    value: float
    start: np.ndarray | None = None  # (N,) float64, steps, perhaps not quite legal; None: no point


class Bound(Protocol):
    """A valid lower bound on one term over all legal schedules under the window's depth."""

    @property
    def name(self) -> str:
        """What settings call it."""
        ...

    @property
    def term(self) -> str:
        """The term that it bounds."""
        ...

    def relax(
        self, problem: Problem, window: Window, lifetime: Lifetime, seconds: float
    ) -> Relaxation:
        """The bound; weaker, never wrong, where time runs out."""
        ...


def lower_bound(
    bounds: Iterable[Bound],
    problem: Problem,
    window: Window,
    weights: Mapping[str, float],
    lifetime: Lifetime,
    remaining: Callable[[], float],
) -> tuple[float, dict[str, np.ndarray]]:
    """``sum_t weight_t max(bounds of t)``: each term at least its bound, all at once or not.

    Args:
        bounds: of any terms; those of terms without weight are not computed.
        problem: the graph.
        window: its windows.
        weights: factor of each term, at least 0; a term without any bound counts as 0.
        lifetime: of the values.
        remaining: seconds left, asked before each.

    Returns:
        The bound of the objective, and the points of those bounds that have one, by name.
    """
    points: dict[str, np.ndarray] = {}
    best = dict.fromkeys(weights, 0.0)
    for bound in bounds:
        if weights.get(bound.term, 0.0) > 0:
            found = bound.relax(problem, window, lifetime, remaining())
            best[bound.term] = max(best[bound.term], found.value)
            if found.start is not None:
                points[bound.name] = found.start
    return sum(weights[term] * value for term, value in best.items()), points
