"""The least communication of all: a linear programme, the dual of a flow."""

from collections.abc import Mapping

from gaus_jax.bounds.bound import PLAIN, Relaxation, safe
from gaus_jax.core.problem import Problem
from gaus_jax.core.profile import Lifetime
from gaus_jax.core.window import Window
from gaus_jax.linear.network import communication, dual_value, solve


class CommunicationFlow:
    """``min sum_i c_i s_i`` over starts in their windows that keep the dependences.

    What is reported is not the solver's optimum but the dual value of its multipliers, which is a
    lower bound however early the solver stopped.
    """

    name = "communication_flow"
    terms = ("communication",)
    rests_on = PLAIN

    def relax(
        self,
        problem: Problem,
        window: Window,
        weights: Mapping[str, float],
        lifetime: Lifetime,
        seconds: float,
    ) -> Relaxation:
        """The bound, in weighted steps, and the starts that the solver stopped at."""
        network = communication(problem, window)
        found = solve(network, seconds if network.cost.any() else 0.0)
        value, scale = dual_value(network, found.price)
        points = None if found.point is None else found.point[None]
        return Relaxation(weights["communication"] * safe(value, problem.weight, scale), points)
