"""The least communication of all: a linear programme, the dual of a flow."""

from collections.abc import Mapping

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array

from gaus_jax.bounds.bound import Relaxation, safe
from gaus_jax.core.problem import Problem
from gaus_jax.core.profile import Lifetime
from gaus_jax.core.window import Window


class CommunicationFlow:
    """``min sum_i c_i s_i`` over starts in their windows that keep the dependences.

    The constraint matrix is a network's, so the linear optimum is that of integers too. What is
    reported is not the solver's optimum but the dual value of its multipliers ``y >= 0``,

        ``sum_e y_e reach_e + sum_i min(r_i ASAP_i, r_i ALAP_i)``,
        ``r_i = c_i + sum_(e out of i) y_e - sum_(e into i) y_e``,

    which is a lower bound for any such ``y``, however early the solver stopped.
    """

    name = "communication_flow"
    terms = ("communication",)

    def relax(
        self,
        problem: Problem,
        window: Window,
        weights: Mapping[str, float],
        lifetime: Lifetime,
        seconds: float,
    ) -> Relaxation:
        """The bound, in weighted steps, and the starts that the solver stopped at."""
        forward = np.flatnonzero(problem.distance == 0)
        tail, head, reach = (a[forward] for a in (problem.tail, problem.head, problem.reach))
        binds = window.alap[tail] + reach > window.asap[head]
        tail, head, reach = tail[binds], head[binds], reach[binds]
        price, start = _solve(problem.pull, tail, head, reach, window, seconds)
        slope = problem.pull.copy()
        np.add.at(slope, tail, price)
        np.subtract.at(slope, head, price)
        parts = np.minimum(slope * window.asap, slope * window.alap)
        value = float(price @ reach + parts.sum())
        scale = float(np.abs(price) @ reach + np.abs(slope) @ np.maximum(window.alap, 1))
        points = None if start is None else start[None]
        return Relaxation(weights["communication"] * safe(value, problem.weight, scale), points)


def _solve(
    pull, tail, head, reach, window: Window, seconds: float
) -> tuple[np.ndarray, np.ndarray | None]:
    """The multipliers of the dependences, 0 where the solver gave none, and the starts."""
    count = tail.size
    if count == 0 or seconds <= 0 or not pull.any():
        return np.zeros(count), None
    row = np.arange(count)
    matrix = csr_array(
        (
            np.concatenate([np.ones(count), -np.ones(count)]),
            (np.concatenate([row, row]), np.concatenate([tail, head])),
        ),
        shape=(count, pull.size),
    )
    found = linprog(
        pull,
        A_ub=matrix,
        b_ub=-reach,
        bounds=np.stack([window.asap, window.alap], axis=1),
        method="highs",
        options={"time_limit": float(seconds)},
    )
    marginals = None if found.ineqlin is None else found.ineqlin.marginals
    if marginals is None or np.size(marginals) != count:
        return np.zeros(count), found.x
    return np.maximum(-np.nan_to_num(np.asarray(marginals, float)), 0.0), found.x
