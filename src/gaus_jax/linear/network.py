"""Linear programmes under difference constraints: the duals of flows in a network."""

from typing import NamedTuple

import numpy as np

from gaus_jax.core.problem import Problem
from gaus_jax.core.profile import edges_in_force
from gaus_jax.core.recurrence import reach_at
from gaus_jax.core.window import Window
from gaus_jax.linear.simplex import simplex

ROUNDING = 1e-5  # of what cancels: `safe` takes a billionth off, many times what floats round


class Network(NamedTuple):
    """``min cost x + constant`` over ``low <= x <= high`` and ``x_head >= x_tail + reach``.

    The constraint matrix is a network's: with whole bounds and reaches every vertex is whole, so
    the linear optimum is that of integers too. The first N variables are the starts of the nodes;
    there may be others.
    """

    cost: np.ndarray  # (V,) float64
    tail: np.ndarray  # (C,) int64, variables
    head: np.ndarray  # (C,) int64, variables
    reach: np.ndarray  # (C,) int64, steps
    low: np.ndarray  # (V,) int64, steps
    high: np.ndarray  # (V,) int64, steps
    constant: float = 0.0


class Found(NamedTuple):
    """What a solver stopped at."""

    price: np.ndarray  # (C,) float64, multipliers of the constraints, at least 0
    point: np.ndarray | None  # (V,) float64, whole steps; None: not in time


def dependences(problem: Problem, window: Window) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Tail, head and reach of the edges that can bind; at the II of the window all edges count."""
    edges = edges_in_force(problem, window.ii)
    tail, head = problem.tail[edges], problem.head[edges]
    reach = reach_at(problem, window.ii)[edges]
    binds = (window.alap[tail] + reach > window.asap[head]) & (tail != head)
    return tail[binds], head[binds], reach[binds]


def communication(problem: Problem, window: Window) -> Network:
    """The least communication, ``sum_e w_e (s_j + k_e II - s_i)``."""
    edges = edges_in_force(problem, window.ii)
    weight, pull = problem.weight[edges], np.zeros(problem.nodes)
    np.add.at(pull, problem.head[edges], weight)
    np.subtract.at(pull, problem.tail[edges], weight)
    carried = float(np.sum(weight * problem.distance[edges]) * (window.ii or 0))
    return Network(pull, *dependences(problem, window), window.asap, window.alap, carried)


def solve(network: Network, seconds: float) -> Found:
    """Multipliers, and an optimal vertex if time suffices.

    Where it does not, the multipliers are those of the last basis: each gives a bound, and no
    later one a lower.
    """
    if seconds <= 0:
        return Found(np.zeros(network.tail.size), None)
    price, point = simplex(*network[:6], seconds)
    return Found(price, None if point is None else point * 1.0)


def dual_value(network: Network, price: np.ndarray) -> tuple[float, float]:
    """A lower bound from any multipliers ``y >= 0``, however early the solver stopped.

        ``sum_e y_e reach_e + sum_i min(r_i low_i, r_i high_i) + constant``,
        ``r_i = cost_i + sum_(e out of i) y_e - sum_(e into i) y_e``

    Returns:
        The value, and the magnitude of the sums that made it. What cancels in a slope counts a
        little too: sums of fractions leave something of it.
    """
    slope = network.cost.copy()
    np.add.at(slope, network.tail, price)
    np.subtract.at(slope, network.head, price)
    parts = np.minimum(slope * network.low, slope * network.high)
    cancelled = np.abs(network.cost)
    np.add.at(cancelled, network.tail, price)
    np.add.at(cancelled, network.head, price)
    scale = np.abs(price) @ np.abs(network.reach)
    scale += (np.abs(slope) + ROUNDING * cancelled) @ np.maximum(network.high, 1)
    value = float(price @ network.reach + parts.sum()) + network.constant
    return value, float(scale) + abs(network.constant)
