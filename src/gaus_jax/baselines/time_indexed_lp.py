"""The time-indexed linear programme by a general solver, rounded by thresholds."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array, vstack

from gaus_jax.baselines.baseline import Attempt
from gaus_jax.core.cone import push_forward
from gaus_jax.core.problem import Problem
from gaus_jax.core.window import window
from gaus_jax.linear.highs import Highs, highs
from gaus_jax.linear.prices import proved
from gaus_jax.linear.time_indexed import TERMS, TimeIndexed, build, size, thresholds
from gaus_jax.model.objective import Objective

CUTS = (np.arange(64) + 0.5) / 64


@dataclass(frozen=True)
class TimeIndexedLP:
    """HiGHS on ``gaus_jax.linear.time_indexed``; every cut of its optimum is a legal schedule.

    What a practitioner would write: the strongest linear relaxation, a general solver, and the best
    of many roundings. Where time runs out there is no point, and the ASAP schedule is the answer.
    """

    method: str = "highs-ipm"  # faster here than the simplex methods, from a thousand nodes on
    most: int = 2_000_000  # variables

    @property
    def name(self) -> str:
        """What settings and tables call it."""
        return "time_indexed_lp"

    def supports(self, problem: Problem, objective: Objective) -> str:
        """Terms that the relaxation has, and windows that are not too wide for a matrix."""
        others = [t for t, w in objective.weights.items() if w > 0 and t not in TERMS]
        if others:
            return f"the time-indexed programme has no term {', '.join(others)}"
        count = size(window(problem, objective.depth))
        if count > self.most:
            return f"{count} variables are more than the {self.most} that HiGHS is given"
        return ""

    def run(self, attempt: Attempt) -> None:
        """Solve, prove the bound by the multipliers, and offer every rounding."""
        attempt.offer(attempt.window.asap)
        with ExitStack() as stack:
            with attempt.clock.stage("compile"):
                solver = stack.enter_context(highs())
            with attempt.clock.stage("optimise"):
                objective = attempt.objective
                parts = attempt.problem, attempt.window
                model = build(*parts, objective.weights, objective.lifetime)
                found = self._solved(model, solver, attempt.clock.left)
        if found is None:
            return
        point, price, multiplier = found
        value, scale = proved(model, price, multiplier)
        attempt.bound(value - 1e-9 * scale)
        with attempt.clock.stage("legalise"):
            starts = thresholds(model, point, CUTS)
        for start in starts:
            if attempt.clock.expired():
                break
            with attempt.clock.stage("legalise"):
                attempt.offer(push_forward(attempt.problem, start))

    def _solved(
        self, model: TimeIndexed, solver: Highs, left: Callable[[], float]
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
        """The optimum, the prices of the peaks' rows and the multipliers; None: no optimum."""
        if model.variables == 0:
            return np.zeros(0), np.zeros(model.base.size), np.zeros(int(model.row[-1]))
        rows, side = _matrix(model)
        count, peaks = model.variables, model.peak_weight.size
        found = solver.solve(
            left(),
            c=np.concatenate([model.slope, model.peak_weight]),
            A_ub=rows,
            b_ub=side,
            bounds=np.array([(0.0, 1.0)] * count + [(0.0, np.inf)] * peaks),
            method=self.method,
        )
        if found is None:
            return None
        point, marginals = found
        price = np.maximum(-np.nan_to_num(marginals), 0.0)
        split = int(model.row[-1])
        return point[:count], price[split:], price[:split]


def _matrix(model: TimeIndexed) -> tuple[csr_array, np.ndarray]:
    """Comparisons, then peak rows, over the variables and one more for each peak."""
    count, peaks, split = model.variables, model.peak_weight.size, int(model.row[-1])
    length = np.diff(model.row)
    within = np.arange(split) - np.repeat(model.row[:-1], length)
    index = np.arange(split)
    less, more = np.repeat(model.less, length) + within, np.repeat(model.more, length) + within
    one = np.ones(split)
    order = csr_array(
        (np.concatenate([one, -one]), (np.concatenate([index] * 2), np.concatenate([less, more]))),
        shape=(split, count + peaks),
    )
    size = model.part_size
    within = np.arange(size.sum()) - np.repeat(np.cumsum(size) - size, size)
    peak = np.repeat(np.arange(peaks), np.diff(model.peak))
    height = model.base.size
    above = csr_array(
        (
            np.concatenate([np.repeat(model.amount, size), -np.ones(height)]),
            (
                np.concatenate([np.repeat(model.part_row, size) + within, np.arange(height)]),
                np.concatenate([np.repeat(model.part, size) + within, count + peak]),
            ),
        ),
        shape=(height, count + peaks),
    )
    return csr_array(vstack([order, above])), np.concatenate([np.zeros(split), -model.base])
