"""Stages for fixed slots, against every choice of stages."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings

from gaus_jax.core.build import make_problem
from gaus_jax.core.profile import LIFETIMES
from gaus_jax.core.window import window
from gaus_jax.linear.lifetimes import total_lifetime
from gaus_jax.linear.network import solve
from gaus_jax.linear.stages import least_lifetimes, staged
from tests import brute, reference
from tests.strategies import pipelined


def every_staging(problem, start, depth, ii):
    """All legal starts in the slots of a schedule."""
    frame = window(problem, depth, ii)
    steps = [
        [s for s in range(low, high + 1) if s % ii == here % ii]
        for low, high, here in zip(frame.asap, frame.alap, start, strict=True)
    ]
    for found in itertools.product(*steps):
        if not reference.dependence_violations(problem, list(found), ii):
            yield list(found)


def memory_time(problem, start, depth, lifetime, ii):
    return sum(reference.live(problem, start, depth, lifetime, ii))


CASES = pipelined(max_nodes=5, max_edges=7, max_slack=5)


@settings(max_examples=60)
@pytest.mark.parametrize("lifetime", LIFETIMES)
@given(case=CASES)
def test_stages_of_least_lifetime_are_those_of_brute_force(lifetime, case):
    problem, start, depth, ii = case
    frame = window(problem, depth, ii)
    choices = list(every_staging(problem, start, depth, ii))
    best = min(memory_time(problem, s, depth, lifetime, ii) for s in choices)
    found = least_lifetimes(problem, frame, np.array(start), lifetime, 10.0)
    assert found is not None
    assert found.tolist() in choices
    assert memory_time(problem, found.tolist(), depth, lifetime, ii) == best


@settings(max_examples=40)
@pytest.mark.parametrize("lifetime", LIFETIMES)
@given(case=CASES)
def test_memory_time_is_linear_in_stages_and_last_reads(lifetime, case):
    problem, start, depth, ii = case
    model = staged(problem, window(problem, depth, ii), np.array(start), lifetime)
    net = model.network
    point = net.low.copy()
    point[: problem.nodes] = (np.array(start) - model.slot) // ii
    assert (net.low <= net.high).all()
    for _ in range(2):  # tops are as low as nodes let them be
        ready = point[net.tail] + net.reach
        tops = net.head >= problem.nodes
        np.maximum.at(point, net.head[tops], ready[tops])
    assert (point[net.head] >= point[net.tail] + net.reach).all()
    total = memory_time(problem, start, depth, lifetime, ii)
    assert net.cost @ point + net.constant == pytest.approx(total)


@settings(max_examples=40)
@pytest.mark.parametrize("lifetime", LIFETIMES)
@given(case=pipelined(max_nodes=4, max_edges=5, max_slack=3))
def test_least_lifetimes_at_an_ii_are_those_of_brute_force(lifetime, case):
    problem, _, depth, ii = case
    cost = lambda s: memory_time(problem, s, depth, lifetime, ii)  # noqa: E731
    best = brute.optimum(problem, depth, cost, ii)
    frame = window(problem, depth, ii)
    network = total_lifetime(problem, frame, lifetime)
    point = solve(network, 10.0).point
    assert point is not None
    assert best is not None
    found = point[: problem.nodes].astype(int)
    assert network.cost @ point + network.constant == pytest.approx(best[0], abs=1e-6)
    assert not reference.dependence_violations(problem, found.tolist(), ii)
    assert cost(found.tolist()) == best[0]


def test_without_time_there_is_no_start():
    pair = make_problem(2, [(0, 1)])
    frame = window(pair, 8, 2)
    assert least_lifetimes(pair, frame, np.array([0, 7]), "register", 0.0) is None
    found = least_lifetimes(pair, frame, np.array([0, 7]), "register", 9.0)
    assert found is not None
    assert found[1] - found[0] == 1
