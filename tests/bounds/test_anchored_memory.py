"""Bounds of loops by their recurrences: never above brute force, and far above the mean."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaus_jax.bounds.anchored_memory import anchored_bound, narrow_bound
from gaus_jax.bounds.limited_memory import endless
from gaus_jax.bounds.loop_memory import mean_bound
from gaus_jax.core.build import make_problem
from gaus_jax.core.profile import LIFETIMES
from gaus_jax.core.window import asap_length, window
from tests import brute, reference


@st.composite
def rings(draw):
    """A recurrence through most nodes, and a few edges more; one class of few units."""
    nodes = draw(st.integers(3, 5))
    ring = draw(st.integers(2, nodes))
    ends = [(i, i + 1) for i in range(ring - 1)] + [(ring - 1, 0)]
    distance = [0] * (ring - 1) + [draw(st.integers(1, 2))]
    for _ in range(draw(st.integers(0, 4))):
        tail, head = draw(st.integers(0, nodes - 1)), draw(st.integers(0, nodes - 1))
        if tail != head:
            ends.append((tail, head))
            distance.append(0 if tail < head else draw(st.integers(1, 2)))
    small = st.integers(0, 2)
    return make_problem(
        nodes,
        ends,
        latency=draw(st.lists(small, min_size=nodes, max_size=nodes)),
        size=draw(st.lists(st.integers(0, 3), min_size=nodes, max_size=nodes)),
        output=draw(st.lists(st.booleans(), min_size=nodes, max_size=nodes)),
        is_data=draw(st.lists(st.booleans(), min_size=len(ends), max_size=len(ends))),
        distance=distance,
        uses=(np.arange(nodes), 0, 1, draw(st.integers(1, 2))),
        limit=draw(st.integers(1, 3)),
    )


def least_peak(problem, depth, lifetime, ii) -> float:
    def cost(start):
        if reference.resource_violations(problem, start, ii):
            return math.inf
        return reference.peak_live(problem, start, depth, lifetime, ii)

    found = brute.optimum(problem, depth, cost, ii)
    return math.inf if found is None else found[0]


@settings(max_examples=150)
@pytest.mark.parametrize("lifetime", LIFETIMES)
@given(problem=rings(), more=st.integers(0, 2), slack=st.integers(0, 3))
def test_no_bound_is_above_the_optimum(lifetime, problem, more, slack):
    ii = max(1, reference.recurrence_ii(problem)) + more
    best = least_peak(problem, asap_length(problem, ii) + slack, lifetime, ii)
    if best < math.inf:
        frame = endless(problem, ii)
        assert anchored_bound(problem, frame, problem.limit, lifetime, 60.0) <= best
        near = window(problem, asap_length(problem, ii) + slack, ii)
        assert narrow_bound(problem, near, problem.limit, lifetime, 60.0) <= best


def bundle(ii: int):
    """A recurrence without slack that reads two values of each other iteration at once."""
    # 0 -> 1 -> 2 -> 3 -> 0 takes II; 4 and 5 hang between 0 and 3 and live as long as they may.
    ends = [(0, 1), (1, 2), (2, 3), (3, 0), (0, 4), (0, 5), (4, 3), (5, 3)]
    distance = [0, 0, 0, 1, 0, 0, 0, 0]
    return make_problem(6, ends, latency=[1, 1, ii - 3, 1, 1, 1], distance=distance)


def test_what_must_be_alive_at_once_counts():
    problem, ii = bundle(8), 8
    frame = endless(problem, ii)
    unlimited = problem.limit
    best = least_peak(problem, asap_length(problem, ii) + 1, "register", ii)
    found = anchored_bound(problem, frame, unlimited, "register", 60.0)
    assert mean_bound(problem, frame, unlimited, "register", 60.0) < found <= best


def test_values_of_no_recurrence_are_room_beside():
    # Eight values that live a cycle each, in four slots, beside a ring that holds one in each.
    ends = [(0, 1), (1, 0), *((2 + k, 10) for k in range(8))]
    distance = [0, 1, *[0] * 8]
    problem = make_problem(11, ends, latency=[2, 2, *[1] * 9], distance=distance)
    frame = endless(problem, 4)
    found = anchored_bound(problem, frame, problem.limit, "register", 60.0)
    assert found >= mean_bound(problem, frame, problem.limit, "register", 60.0) > 2


def test_without_time_nothing_is_proved():
    problem = bundle(8)
    assert anchored_bound(problem, endless(problem, 8), problem.limit, "register", 0.0) == 0.0
