"""The bound under limits: never above the optimum, tight where one reason decides."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaus_jax.base.errors import InfeasibleError
from gaus_jax.bounds.limited import exclusive, latency_bound
from gaus_jax.core.build import make_problem
from gaus_jax.core.serial import scheduled, serial_plan
from gaus_jax.core.window import asap_length
from tests import brute
from tests.serial import keeps
from tests.strategies import problems


def optimum(problem) -> int:
    """By enumeration; the serial schedule is long enough."""
    _, most = scheduled(serial_plan(problem), np.zeros(problem.nodes))
    for depth in range(asap_length(problem), most):
        if any(keeps(problem, start) for start in brute.schedules(problem, depth)):
            return depth
    return most


@settings(max_examples=60)
@given(
    problem=problems(max_nodes=4, max_edges=4, limited=True),
    unit=st.sampled_from([1.0, 0.1, 1 / 3]),
)
def test_the_bound_is_never_above_the_optimum(problem, unit):
    problem = replace(problem, use_demand=problem.use_demand * unit, limit=problem.limit * unit)
    best = optimum(problem)
    bound = latency_bound(problem)
    assert asap_length(problem) <= bound <= best
    assert asap_length(problem) <= latency_bound(problem, seconds=0.0) <= best
    free = latency_bound(problem, np.full(len(problem.classes), np.inf))
    assert free == asap_length(problem)


def test_energy_fills_the_steps():
    # Seven cycles of work and two units; then a head of 3 and a tail of 2 steps around them.
    assert latency_bound(make_problem(7, limit=2)) == 4
    edges = [(7, i) for i in range(7)] + [(i, 8) for i in range(7)]
    around = make_problem(9, edges, latency=[1] * 7 + [3, 2], limit=2, uses=(range(7), 0, 1, 1))
    assert latency_bound(around) == 3 + 4 + 2
    tenths = make_problem(7, limit=0.2, uses=(range(7), 0, 0.1, 1))
    assert latency_bound(tenths) == 4


def test_units_that_stay_blocked_beyond_the_end_do_not_count():
    # Blocked for 5 cycles each, one after the other; the last one's cycles lie beyond the end.
    problem = make_problem(3, limit=1, uses=(range(3), 0, 1, 5))
    assert latency_bound(problem) == optimum(problem) == 11


def test_nodes_that_exclude_each_other_are_put_in_order():
    # Both need the only unit in the middle; 2 units of 3 each exclude one another too.
    problem = make_problem(
        4, [(0, 1), (2, 3)], latency=[2, 3, 4, 3], limit=3, uses=([1, 3], 0, 2, 3)
    )
    pairs = exclusive(serial_plan(problem))
    assert [x.tolist() for x in pairs] == [[3], [1], [3], [3]]
    assert latency_bound(problem) == optimum(problem) == 8


def test_what_is_blocked_for_certain_pushes_others_away():
    # Two critical nodes block a unit each of three in steps 1 .. 5 of 7, so that node 3, of two
    # units for two cycles, waits for both: with either of them alone it would fit.
    problem = make_problem(
        5,
        [(0, 1), (1, 2), (0, 4), (4, 2)],
        latency=[1, 5, 1, 2, 5],
        limit=3,
        uses=([1, 3, 4], 0, [1, 2, 1], [5, 2, 5]),
    )
    assert exclusive(serial_plan(problem)).first.size == 0
    assert latency_bound(problem) == optimum(problem) == 8


def test_a_node_beyond_a_limit_has_no_schedule():
    with pytest.raises(InfeasibleError, match="node 0 asks for 3"):
        latency_bound(make_problem(1, limit=2, uses=(0, 0, 3, 1)))
