"""As soon and as late as possible."""

from gaus_jax.baselines.baseline import Immediate
from gaus_jax.core.problem import Problem
from gaus_jax.core.schedule import Schedule
from gaus_jax.core.window import Window


class Asap(Immediate):
    """Every node at its earliest start."""

    name = "asap"

    def schedule(self, problem: Problem, window: Window) -> Schedule:
        """The window's left ends."""
        return Schedule(window.asap, window.depth)


class Alap(Immediate):
    """Every node at its latest start."""

    name = "alap"

    def schedule(self, problem: Problem, window: Window) -> Schedule:
        """The window's right ends."""
        return Schedule(window.alap, window.depth)
