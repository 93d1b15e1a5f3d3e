"""Schedules that are optimal in a linear stand-in of the objective."""

from collections.abc import Callable

import numpy as np

from gaus_jax.baselines.baseline import Attempt, Baseline, warmed
from gaus_jax.baselines.list_best import offer_ends
from gaus_jax.core.cone import project, round_within
from gaus_jax.core.problem import Problem
from gaus_jax.core.safe import safe
from gaus_jax.linear.lifetimes import mean_live, total_lifetime
from gaus_jax.linear.network import Network, communication, dual_value, solve
from gaus_jax.model.objective import Objective

THRESHOLDS = 8


class CommunicationLP:
    """``min sum_e w_e (s_j - s_i)``, what a practitioner takes for A on circuits.

    Of an objective with other terms in it only the share of communication is optimal; its least
    value is a bound of the whole all the same.
    """

    name = "communication_lp"

    def supports(self, problem: Problem, objective: Objective) -> str:
        """Anything: the least communication is a schedule for any objective."""
        return ""

    def run(self, attempt: Attempt) -> None:
        """Offer the optimum if there is time for it, and its value as a bound."""
        weight = attempt.objective.weights.get("communication", 0.0)
        value, scale = _run(self, attempt, lambda: communication(attempt.problem, attempt.window))
        attempt.bound(weight * safe(value, attempt.problem.weight, scale))


class LifetimeLP:
    """``min sum_i m_i (lifetime of i)``, what a practitioner takes for the peak of memory.

    All memory-time lies in a known number of steps, one of which holds the mean at least.
    """

    name = "lifetime_lp"

    def supports(self, problem: Problem, objective: Objective) -> str:
        """Anything: the least lifetimes are a schedule for any objective."""
        return ""

    def run(self, attempt: Attempt) -> None:
        """Offer the optimum if there is time for it, and the mean over the steps as a bound."""
        problem, frame, lifetime = attempt.problem, attempt.window, attempt.objective.lifetime
        value, scale = _run(self, attempt, lambda: total_lifetime(problem, frame, lifetime))
        mean = mean_live(problem, frame, lifetime, value, scale)
        attempt.bound(attempt.objective.weights.get("peak_live", 0.0) * mean)


def _run(baseline: Baseline, attempt: Attempt, build: Callable[[], Network]) -> tuple[float, float]:
    """Offer ASAP and ALAP, then the network's optimum; its dual value and the value's scale."""
    with attempt.clock.stage("compile"):
        warmed(baseline)
    with attempt.clock.stage("optimise"):
        offer_ends(attempt)
        network = build()
        found = solve(network, attempt.clock.left())
        if found.point is not None:
            _offer_roundings(attempt, found.point[: attempt.problem.nodes])
        return dual_value(network, found.price)


def _offer_roundings(attempt: Attempt, point: np.ndarray) -> None:
    """Legal schedules at a point: itself where it is a vertex, else roundings of its projection."""
    problem, frame = attempt.problem, attempt.window
    projected = project(problem, frame, point)
    for k in range(THRESHOLDS):
        attempt.offer(round_within(problem, projected, (k + 0.5) / THRESHOLDS))
        if attempt.clock.expired():
            return
