"""A climb up the time-indexed bound: coarse steps first, finer ones while there is time."""

from collections.abc import Callable, Mapping

import numpy as np

from gaus_jax.core.problem import Problem
from gaus_jax.core.profile import Lifetime
from gaus_jax.core.window import Window
from gaus_jax.linear.first_order import FirstOrder
from gaus_jax.linear.time_indexed import TERMS, build, size, thresholds

FIRST_SIZE = 200_000  # node variables at the first stride, of memory alone
FINER = 4  # from one stride to the next
BYTES = 120  # of a node variable, its rows included
MOST_SIZE = 8_000_000  # node variables at any stride
MOST_ITERATIONS = 20_000  # of one stride
STALL = 1e-5  # of the bound: what less than this is gained counts as nothing
STILL = 1e-4  # of the first residual: below it the method has converged
KEPT = 4  # looks whose roundings are kept
CALM = 1e-3  # of the bound: once two looks gain no more, branching gains sooner
PATIENCE = 2  # looks without progress before a finer stride
SOON = 500  # iterations before which no progress means nothing
EARLY = 250  # and before which it is not calm
CHUNK = 10_000_000  # variables and rows of the iterations between two looks at the time
CUTS = np.arange(1, 12) / 12  # at which a point is rounded


class Climb:
    """The best bound so far, and the starts that its points round to.

    Args:
        problem: the graph.
        window: its windows.
        weights: factor of each term; those that the relaxation lacks count as 0.
        lifetime: of the values.
        most: node variables at any stride; about 120 bytes each, their rows included.
    """

    def __init__(
        self,
        problem: Problem,
        window: Window,
        weights: Mapping[str, float],
        lifetime: Lifetime,
        most: int = MOST_SIZE,
    ) -> None:
        self.parts = problem, window, weights, lifetime
        self.value = 0.0
        self.scale = 0.0
        self.found: list[np.ndarray] = []  # (C, N) int64 each, steps, newest last
        self._strides = _strides(window, weights, most)
        self._method: FirstOrder | None = None
        self._still = 0
        self._gains = np.inf, np.inf  # of the last two looks

    @property
    def calm(self) -> FirstOrder | None:
        """The method at every step, once it gains little; None before, and at coarser strides."""
        method = self._method
        if method is None or self._strides or method.model.stride > 1:
            return None
        if method.model.variables == 0:
            return None
        little = method.iterations > EARLY and max(self._gains) <= CALM * abs(self.value)
        return method if little or self.done else None

    @property
    def done(self) -> bool:
        """Whether nothing more is to be gained."""
        return not self._strides and (self._method is None or self._still >= PATIENCE)

    @property
    def stride(self) -> int | None:
        """Steps from one variable to the next, of the relaxation climbed last."""
        return self._method.model.stride if self._method else None

    def advance(self, left: Callable[[], float] = lambda: np.inf) -> None:
        """Run to the next look at the bound, or until no seconds are left."""
        if self.done:
            return
        if self._method is None or self._still >= PATIENCE:
            model = build(*self.parts, self._strides.pop(0))
            self._method, self._still = FirstOrder(model, self._method), 0
        method = self._method
        work = method.model.variables + int(method.model.row[-1])
        chunk = max(1, CHUNK // max(work, 1))
        target = max(20, method.iterations // 2)
        while target > 0 and left() > 0:
            method.advance(min(chunk, target))
            target -= chunk
        self._look(method)

    def _look(self, method: FirstOrder) -> None:
        """Measure the bound, round the point, and see whether there is progress."""
        dual = method.dual()
        gain = dual.value - self.value
        self._gains = self._gains[1], max(gain, 0.0)
        if gain > 0:
            self.value, self.scale = dual.value, dual.scale
        calm = method.residual <= STILL * method.first_residual
        idle = gain <= STALL * self.value and method.iterations > SOON
        self._still = self._still + 1 if idle or calm else 0
        if method.iterations >= MOST_ITERATIONS or method.model.variables == 0:
            self._still = PATIENCE
        self.found = [*self.found[1 - KEPT :], thresholds(method.model, method.started(), CUTS)]


def _strides(window: Window, weights: Mapping[str, float], most: int) -> list[int]:
    """Strides from coarse to fine; a stride other than 1 bounds memory alone."""
    alone = weights.get("peak_live", 0.0) > 0 and not any(
        weights.get(term, 0.0) > 0 for term in TERMS if term != "peak_live"
    )
    if not alone:
        return [1] if size(window) <= most else []
    strides = [1]
    while size(window, strides[0]) > min(FIRST_SIZE, most) and strides[0] < window.depth:
        strides.insert(0, strides[0] * FINER)
    return [g for g in strides if size(window, g) <= most]
