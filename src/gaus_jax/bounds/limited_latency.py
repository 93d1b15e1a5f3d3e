"""Latency under resource limits."""

from collections.abc import Mapping

from gaus_jax.bounds.bound import Relaxation
from gaus_jax.bounds.limited import latency_bound
from gaus_jax.core.problem import Problem
from gaus_jax.core.profile import Lifetime
from gaus_jax.core.window import Window

SECONDS = 5.0  # at most


class LimitedLatency:
    """The greatest depth that windows and energy of the limited classes rule out, and one."""

    name = "limited_latency"
    terms = ("latency",)
    rests_on = frozenset({"limits", "no ii"})

    def relax(
        self,
        problem: Problem,
        window: Window,
        weights: Mapping[str, float],
        lifetime: Lifetime,
        seconds: float,
    ) -> Relaxation:
        """See `latency_bound`."""
        length = latency_bound(problem, seconds=min(seconds, SECONDS))
        return Relaxation(weights["latency"] * float(length))
