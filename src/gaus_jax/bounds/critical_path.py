"""Critical path."""

from collections.abc import Mapping

import numpy as np

from gaus_jax.bounds.bound import Relaxation
from gaus_jax.core.problem import Problem
from gaus_jax.core.profile import Lifetime
from gaus_jax.core.window import Window


class CriticalPath:
    """No schedule is shorter than the ASAP length."""

    name = "critical_path"
    terms = ("latency",)
    rests_on: frozenset[str] = frozenset()

    def relax(
        self,
        problem: Problem,
        window: Window,
        weights: Mapping[str, float],
        lifetime: Lifetime,
        seconds: float,
    ) -> Relaxation:
        """``max_i (ASAP_i + max(l_i, 1))``, steps."""
        length = np.max(window.asap + problem.duration, initial=0)
        return Relaxation(weights["latency"] * float(length))
