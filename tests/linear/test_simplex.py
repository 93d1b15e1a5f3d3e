"""The network simplex method against a library's solver, on what it may meet."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog

from gaus_jax.core.window import asap_length, window
from gaus_jax.instances.random import layered
from gaus_jax.linear import simplex as module
from gaus_jax.linear.network import communication, dual_value, solve
from gaus_jax.linear.simplex import simplex


def programme(rng, variables: int, arcs: int, fractions: bool):
    """One that some point fulfils; many equal costs and reaches, so that bases are degenerate."""
    point = rng.integers(0, 6, variables)
    tail, head = rng.integers(0, variables, (2, arcs))
    reach = point[head] - point[tail] - rng.integers(0, 3, arcs)
    cost = rng.integers(-3, 4, variables) * (0.1 if fractions else 1.0)
    low, high = point - rng.integers(0, 4, variables), point + rng.integers(0, 4, variables)
    return cost, tail, head, reach, low, high


@given(
    seed=st.integers(0, 2**31),
    variables=st.integers(1, 30),
    density=st.floats(0, 4),
    fractions=st.booleans(),
)
def test_the_optimum_is_that_of_highs(seed, variables, density, fractions):
    rng = np.random.default_rng(seed)
    cost, tail, head, reach, low, high = programme(
        rng, variables, int(density * variables), fractions
    )
    price, point = simplex(cost, tail, head, reach, low, high, 10.0)
    matrix = np.zeros((tail.size, variables))
    np.add.at(matrix, (np.arange(tail.size), tail), 1.0)
    np.subtract.at(matrix, (np.arange(tail.size), head), 1.0)
    rows = {"A_ub": matrix, "b_ub": -reach} if tail.size else {}
    expected = linprog(cost, bounds=np.stack([low, high], axis=1), **rows)
    assert point is not None
    assert (low <= point).all()
    assert (point <= high).all()
    assert (point[head] >= point[tail] + reach)[head != tail].all()
    assert cost @ point == pytest.approx(expected.fun, abs=1e-9)
    # Multipliers prove it: no worse than complementary slackness asks for.
    assert (price >= 0).all()
    slope = cost.copy()
    np.add.at(slope, tail, price)
    np.subtract.at(slope, head, price)
    value = price @ reach + np.minimum(slope * low, slope * high).sum()
    assert value == pytest.approx(expected.fun, abs=1e-9)


def test_each_basis_bounds_and_none_less_than_the_one_before(monkeypatch):
    problem = layered(300, 30, 1)
    network = communication(problem, window(problem, 2 * asap_length(problem)))
    best = network.cost @ solve(network, 10.0).point
    monkeypatch.setattr(module, "MOST", 0)  # no second look at the clock
    values = []
    for pivots in range(1, 2_000, 20):
        monkeypatch.setattr(module, "PIVOTS", pivots)
        price, point = simplex(*network[:6], 10.0)
        values.append(dual_value(network, price)[0])
    assert values == sorted(values)
    assert values[0] < values[5] < best
    assert point is not None
    assert values[-1] == best


def test_no_time_leaves_multipliers_of_a_bound():
    problem = layered(3_000, 300, 1)
    network = communication(problem, window(problem, 2 * asap_length(problem)))
    price, point = simplex(*network[:6], 0.0)
    assert point is None
    assert dual_value(network, price)[0] <= network.cost @ solve(network, 10.0).point


def test_constraints_that_contradict_each_other_have_no_point():
    two, one = np.array([0, 1]), np.array([1, 0])
    wide = np.array([9, 9])
    price, point = simplex(np.array([1.0, -1.0]), two, one, np.array([1, 0]), 0 * wide, wide, 5.0)
    assert point is None
    assert (price >= 0).all()
