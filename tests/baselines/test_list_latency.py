"""List schedules under limits: legal, one for each rule and direction."""

import numpy as np
from hypothesis import given

from gaus_jax.baselines.list_latency import (
    RULES,
    followers,
    list_schedules,
    longest_ways,
    shortest_list,
    slack,
    work,
)
from gaus_jax.core.build import make_problem
from gaus_jax.core.serial import serial_plan
from gaus_jax.core.window import asap_length, window
from tests import reference
from tests.serial import keeps
from tests.strategies import problems


@given(problem=problems(min_nodes=1, max_nodes=8, limited=True, loop_carried=True))
def test_list_schedules_are_legal_and_the_best_is_the_shortest(problem):
    lengths = {}
    for name, start in list_schedules(problem):
        assert keeps(problem, start.tolist())
        assert start.min() == 0
        lengths[name] = reference.latency(problem, start.tolist())
    assert len(lengths) == 2 * len(RULES)
    best = shortest_list(problem)
    assert reference.latency(problem, best.tolist()) == min(lengths.values())


@given(problem=problems(max_nodes=10))
def test_rules_are_what_they_say(problem):
    plan = serial_plan(problem)
    ways = longest_ways(plan)
    frame = window(problem, asap_length(problem))
    np.testing.assert_array_equal(slack(plan, ways) + frame.depth, frame.mobility)
    edges = reference.edges_in_force(problem, None)
    for i in range(problem.nodes):
        after, size = {i}, 0
        while len(after) > size:
            size = len(after)
            after |= {e.head for e in edges if e.tail in after}
        assert -followers(plan, ways)[i] == len(after) - 1


def test_work_is_in_shares_of_the_limits():
    problem = make_problem(
        3,
        classes=("x", "y"),
        limit=[4, 2],
        uses=([0, 1, 2, 2], [0, 1, 0, 1], [3, 2, 2, 1], [2, 1, 1, 3]),
    )
    plan = serial_plan(problem)
    assert work(plan, longest_ways(plan)).tolist() == [-1.5, -1.0, -2.0]


def test_limits_may_be_given():
    problem = make_problem(6)
    assert shortest_list(problem).tolist() == [0] * 6
    assert sorted(shortest_list(problem, np.array([2])).tolist()) == [0, 0, 1, 1, 2, 2]
