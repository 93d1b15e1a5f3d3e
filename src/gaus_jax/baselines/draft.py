"""A CP-SAT model in the making."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from gaus_jax.baselines.whole import whole
from gaus_jax.core.problem import Problem
from gaus_jax.core.profile import edges_in_force
from gaus_jax.core.schedule import Schedule
from gaus_jax.core.window import Window
from gaus_jax.model.objective import Objective

GREATEST = 2**58  # of sums, as the solver counts in int64
ROUNDED = 2**32  # of sums of amounts that are no fractions; leaves 2^26 to their coefficients
SHRINK = 1e-11  # relative; more than all float roundings together add to a bound


class Draft:
    """Variables with their hints, and an objective ``sum_q c_q x_q`` of whole ``x_q >= 0``.

    Amounts and coefficients are only ever rounded down, so that the model's optimum, scaled back,
    stays a lower bound on the objective.

    Args:
        cp_model: the module of the solver.
        problem: the graph.
        objective: what to minimise.
        window: the windows of the starts.
        hint: (N,) int64, steps; a legal schedule.
    """

    def __init__(
        self,
        cp_model: Any,
        problem: Problem,
        objective: Objective,
        window: Window,
        hint: np.ndarray,
    ) -> None:
        self.model = cp_model.CpModel()
        self.weighted_sum = cp_model.LinearExpr.weighted_sum  # (expressions, numbers)
        self.problem, self.objective, self.window = problem, objective, window
        self.hint = Schedule(hint, window.depth)
        # (solution: values of all variables) -> (N,) int64, steps; set by an encoding
        self.starts: Callable[[np.ndarray], np.ndarray] = lambda solution: solution
        self._cost: list[tuple[float, Any, int]] = []  # c_q, x_q, the most that x_q can be
        self._scale = 1.0
        self._exact = True

    def weight(self, term: str) -> float:
        """The factor of a term in the objective."""
        return self.objective.weights.get(term, 0.0)

    def integer(self, low: int, high: int, hint: int) -> Any:
        """A new integer variable."""
        variable = self.model.new_int_var(low, high, "")
        self.model.add_hint(variable, min(hint, high))
        return variable

    def boolean(self, hint: bool) -> Any:
        """A new Boolean variable."""
        variable = self.model.new_bool_var("")
        self.model.add_hint(variable, hint)
        return variable

    def amounts(self, values: np.ndarray) -> tuple[list[int], float]:
        """Amounts as whole numbers, and the factor that makes them; sums over all steps fit."""
        steps = self.window.depth + int(self.problem.use_occupancy.max(initial=0)) + 1
        found = whole(values.tolist(), GREATEST // steps, rounded=ROUNDED)
        self._exact &= found.factor == 1.0
        return found.numbers, found.factor

    def peak(self, weight: float, numbers: list[int], factor: float, hint: float) -> Any:
        """A variable, from 0 to the sum of whole amounts, for their weighted peak."""
        peak = self.integer(0, sum(numbers), math.ceil(hint * factor))
        self.charge(weight / factor, peak, sum(numbers))
        return peak

    def charge(self, coefficient: float, variable: Any, most: int) -> None:
        """Minimise a whole number from 0 to ``most`` along with the rest."""
        self._cost.append((coefficient, variable, most))

    def pull(self) -> tuple[list[int], float]:
        """Communication per step of each start in whole numbers, and the factor that makes them."""
        edges = edges_in_force(self.problem, None)
        numbers, factor = self.amounts(self.problem.weight[edges])
        pull = np.zeros(self.problem.nodes, np.int64)
        np.add.at(pull, self.problem.head[edges], numbers)
        np.subtract.at(pull, self.problem.tail[edges], numbers)
        return pull.tolist(), factor

    def minimise(self) -> None:
        """Give the model its objective."""
        if not self._cost:
            return
        coefficients, variables, counts = zip(*self._cost, strict=True)
        found = whole(coefficients, GREATEST, counts)
        self._scale = found.factor
        self._exact &= found.factor == 1.0
        self.model.minimize(self.weighted_sum(variables, found.numbers))

    def bound(self, value: float) -> float:
        """A lower bound of the model as one of the objective."""
        value = max(0.0, value)
        safe = value if self._exact and value < 2**53 else value * (1 - SHRINK)
        return safe / self._scale
