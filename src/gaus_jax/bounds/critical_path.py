"""Critical path."""

import numpy as np

from gaus_jax.bounds.bound import Relaxation
from gaus_jax.core.problem import Problem
from gaus_jax.core.profile import Lifetime
from gaus_jax.core.window import Window


class CriticalPath:
    """No schedule is shorter than the ASAP length."""

    name = "critical_path"
    term = "latency"

    def relax(
        self, problem: Problem, window: Window, lifetime: Lifetime, seconds: float
    ) -> Relaxation:
        """``max_i (ASAP_i + max(l_i, 1))``, steps."""
        return Relaxation(float(np.max(window.asap + problem.duration, initial=0)))
