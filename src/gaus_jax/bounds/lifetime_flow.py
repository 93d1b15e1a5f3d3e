"""The least total lifetime of all values: a linear programme, the dual of a flow."""

from collections.abc import Mapping

from gaus_jax.bounds.bound import PLAIN, Relaxation
from gaus_jax.core.problem import Problem
from gaus_jax.core.profile import Lifetime
from gaus_jax.core.window import Window
from gaus_jax.linear.lifetimes import mean_live, total_lifetime
from gaus_jax.linear.network import dual_value, solve


class LifetimeFlow:
    """``min sum_i m_i (lifetime of i)`` over the steps that can hold anything: a mean.

    As a bound it is weak where there is slack. Its starts are worth more: in long circuits they
    are close together, which neither list schedules nor a gradient of few steps come to.
    """

    name = "lifetime_flow"
    terms = ("peak_live",)
    rests_on = PLAIN

    def relax(
        self,
        problem: Problem,
        window: Window,
        weights: Mapping[str, float],
        lifetime: Lifetime,
        seconds: float,
    ) -> Relaxation:
        """The bound, in bits or bytes, and the starts, which heed no limits."""
        network = total_lifetime(problem, window, lifetime)
        found = solve(network, seconds if network.cost.any() else 0.0)
        held = mean_live(problem, window, lifetime, *dual_value(network, found.price))
        points = None if found.point is None else found.point[None, : problem.nodes]
        return Relaxation(weights["peak_live"] * held, points)
