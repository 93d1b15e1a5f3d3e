"""Network programmes: optima of brute force, duals that bound, on time."""

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaus_jax.base.settings import ObjectiveSettings
from gaus_jax.baselines import BASELINES, list_best
from gaus_jax.core.build import make_problem
from gaus_jax.core.profile import LIFETIMES
from gaus_jax.core.window import asap_length, window
from gaus_jax.instances.random import layered, workload
from gaus_jax.linear import simplex
from gaus_jax.linear.lifetimes import held_steps, total_lifetime
from gaus_jax.linear.network import communication, dual_value, solve
from gaus_jax.solve import solve as search
from tests import brute, reference
from tests.baselines.attempts import run
from tests.strategies import problems


def memory_time(problem, start, depth, lifetime) -> float:
    return sum(reference.live(problem, start, depth, lifetime))


@settings(max_examples=30)
@pytest.mark.parametrize("lifetime", LIFETIMES)
@given(problem=problems(max_nodes=5, max_edges=7, loop_carried=True), slack=st.integers(0, 2))
def test_least_lifetimes_are_those_of_brute_force(lifetime, problem, slack):
    depth = asap_length(problem) + slack
    network = total_lifetime(problem, window(problem, depth), lifetime)
    best, _ = brute.optimum(problem, depth, lambda s: memory_time(problem, s, depth, lifetime))
    found = solve(network, 10.0)
    assert found.point is not None
    assert network.cost @ found.point + network.constant == pytest.approx(best, abs=1e-6)
    start = np.round(found.point[: problem.nodes]).astype(int).tolist()
    np.testing.assert_allclose(start, found.point[: problem.nodes], atol=1e-6)
    assert memory_time(problem, start, depth, lifetime) == pytest.approx(best)
    value, scale = dual_value(network, found.price)
    assert best - 1e-6 * (1 + scale) <= value <= best + 1e-9 * (1 + scale)


@settings(max_examples=30)
@given(problem=problems(max_nodes=4, max_edges=5, loop_carried=True), slack=st.integers(0, 2))
def test_least_communication_at_an_ii_is_that_of_brute_force(problem, slack):
    ii = max(1, reference.recurrence_ii(problem)) + 1
    depth = asap_length(problem, ii) + slack
    network = communication(problem, window(problem, depth, ii))
    cost = lambda s: reference.communication(problem, s, ii)  # noqa: E731
    best, _ = brute.optimum(problem, depth, cost, ii)
    found = solve(network, 10.0)
    assert found.point is not None
    assert network.cost @ found.point + network.constant == pytest.approx(best, abs=1e-6)
    value, scale = dual_value(network, found.price)
    assert best - 1e-6 * (1 + scale) <= value <= best + 1e-9 * (1 + scale)


@given(
    problem=problems(max_nodes=5, max_edges=7),
    slack=st.integers(0, 2),
    prices=st.lists(st.floats(0, 9), min_size=40, max_size=40),
)
def test_any_multipliers_give_a_bound(problem, slack, prices):
    depth = asap_length(problem) + slack
    frame = window(problem, depth)
    for network, cost in (
        (communication(problem, frame), lambda s: reference.communication(problem, s)),
        (
            total_lifetime(problem, frame, "buffer"),
            lambda s: memory_time(problem, s, depth, "buffer"),
        ),
    ):
        best, _ = brute.optimum(problem, depth, cost)
        value, scale = dual_value(network, np.array(prices[: network.tail.size]))
        assert value <= best + 1e-9 * (1 + scale)


@given(problem=problems(max_nodes=5, max_edges=7), slack=st.integers(0, 3))
@pytest.mark.parametrize("lifetime", LIFETIMES)
def test_only_the_steps_counted_hold_anything(lifetime, problem, slack):
    depth = asap_length(problem) + slack
    steps = held_steps(problem, window(problem, depth), lifetime)
    for start in brute.schedules(problem, depth):
        live = reference.live(problem, start, depth, lifetime)
        assert not any(live[: depth - steps])


def test_the_baselines_reach_the_optimum_of_their_programme():
    problem = layered(40, 6, 2)
    a = run("communication_lp", problem, name="A", ratio=0.0, kappa="1.5")
    assert a.best_cost == a.lower_bound > 0
    b = run("lifetime_lp", problem, name="B", kappa="1.5")
    network = total_lifetime(problem, b.window, "register")
    found = solve(network, 10.0)
    assert found.point is not None
    total = network.cost @ found.point + network.constant
    assert b.lower_bound == np.ceil(total / (b.window.depth - 1) - 1e-6)
    start = np.round(found.point[:40]).astype(int).tolist()
    peak = reference.peak_live(problem, start, b.window.depth, "register")
    assert b.lower_bound <= b.best_cost <= peak


def test_bounds_are_only_of_what_the_objective_weighs():
    problem = layered(40, 6, 2)
    assert run("communication_lp", problem, name="B").lower_bound == 0
    assert run("lifetime_lp", problem, name="A").lower_bound == 0
    double = run(
        "communication_lp", problem, name="mine", weights={"communication": 2.0, "latency": 1.0}
    )
    single = run("communication_lp", problem, name="A", ratio=0.0)
    assert double.lower_bound == 2 * single.lower_bound > 0


def test_a_solver_that_is_stopped_says_nothing_wrong():
    deep = layered(8_000, 800, 0)
    network = communication(deep, window(deep, 1_000))
    began = time.perf_counter()
    found = solve(network, 0.05)
    assert time.perf_counter() - began < 0.3
    value, _ = dual_value(network, found.price)
    full = solve(network, 60.0)
    assert full.point is not None
    assert value <= network.cost @ full.point + 1e-6
    assert set(BASELINES) >= {"communication_lp", "lifetime_lp"}


def test_fractions_that_cancel_prove_nothing_above_the_optimum():
    # 0.3 - 0.2 - 0.1 leaves something of a float: without an allowance a bound of 8e-17 above 0.
    problem = make_problem(
        5,
        [(0, 1), (1, 2), (1, 3), (1, 4)],
        latency=[3, 0, 1, 1, 1],
        weight=[0.0, 0.3, 0.2, 0.1],
    )
    found = search(problem, ObjectiveSettings(name="mine", weights={"communication": 1.0}))
    assert found.lower_bound == 0
    network = communication(problem, window(problem, 6))
    value, scale = dual_value(network, solve(network, 10.0).price)
    assert value - 1e-9 * scale <= 0


def test_a_large_network_is_looked_at_often(monkeypatch):
    calls, pivot = [], simplex._pivot
    monkeypatch.setattr(simplex, "_pivot", lambda *own: calls.append(own[2]) or pivot(*own))
    monkeypatch.setattr(simplex, "WORK", 10_000)
    network = communication(layered(300, 30, 1), window(layered(300, 30, 1), 60))
    solve(network, 10.0)
    assert max(calls) <= 10_000 / (network.tail.size + 900)


def test_without_a_limit_a_programme_is_not_a_list_search(monkeypatch):
    monkeypatch.setattr(list_best, "lists", None)
    assert run("communication_lp", workload(60, 2.0, 0), name="A", kappa="1.5").best is not None
