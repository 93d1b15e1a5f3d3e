"""Serial placement: what a naive loop over steps finds, forward and in the mirror image."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gaus_jax.base.errors import InfeasibleError, InputError
from gaus_jax.core.build import make_problem
from gaus_jax.core.serial import (
    earliest_fit,
    latest_fit,
    mirrored,
    scheduled,
    serial_order,
    serial_plan,
)
from tests import reference
from tests.serial import keeps, naive_order, naive_schedule, priorities
from tests.strategies import problems

INF = float("inf")
SEED = st.integers(0, 10**6)


@given(
    problem=problems(max_nodes=8, limited=True, loop_carried=True),
    seed=SEED,
    unit=st.sampled_from([1.0, 0.1, 1 / 3]),
)
def test_each_node_goes_to_the_first_step_that_dependences_and_limits_allow(problem, seed, unit):
    problem = replace(problem, use_demand=problem.use_demand * unit, limit=problem.limit * unit)
    priority = priorities(problem, seed)
    plan = serial_plan(problem)
    order = serial_order(plan, priority)
    assert order.tolist() == naive_order(problem, priority)
    start, length = scheduled(plan, priority)
    assert start.tolist() == naive_schedule(problem, order.tolist())
    assert length == reference.latency(problem, start.tolist())
    assert keeps(problem, start.tolist())
    assert start.max(initial=0) <= plan.steps


@given(problem=problems(max_nodes=8, limited=True), seed=SEED)
def test_a_schedule_of_the_mirror_image_is_one_backward(problem, seed):
    back = mirrored(serial_plan(problem))
    start, length = scheduled(back, priorities(problem, seed))
    assert start.max(initial=0) <= back.steps
    turned = length - problem.duration - start
    assert keeps(problem, turned.tolist())
    assert turned.min(initial=0) >= 0
    # Nothing could go a step later by itself, as all are packed to the end.
    for i in range(problem.nodes):
        later = turned.copy()
        later[i] += 1
        assert later[i] + problem.duration[i] > length or not keeps(problem, later.tolist())


@given(problem=problems(max_nodes=8, limited=True))
def test_the_mirror_image_of_the_mirror_image_is_the_problem(problem):
    plan = serial_plan(problem)
    twice = mirrored(mirrored(plan))
    for one, two in zip((plan.before, plan.after), (twice.before, twice.after), strict=True):
        np.testing.assert_array_equal(one.reach, two.reach)
        np.testing.assert_array_equal(one.node, two.node)
    np.testing.assert_array_equal(plan.rank, twice.rank)
    np.testing.assert_array_equal(plan.end - plan.begin, twice.end - twice.begin)


@given(problem=problems(max_nodes=6, limited=True, min_nodes=2), seed=SEED)
def test_the_first_and_the_last_step_that_fit(problem, seed):
    plan = serial_plan(problem)
    draw = np.random.default_rng(seed)
    load = plan.load(20)
    load[:] = draw.integers(0, 3, load.shape)
    load[:, -plan.width - 2 :] = 0
    for node in range(problem.nodes):
        pieces = range(plan.first[node], plan.first[node + 1])
        fits = [
            all(
                load[plan.row[p], d] + plan.amount[p] <= plan.limit[plan.row[p]]
                for p in pieces
                for d in range(step + plan.begin[p], step + plan.end[p])
            )
            for step in range(load.shape[1] - plan.width)
        ]
        low, high = sorted(draw.integers(0, len(fits) - 1, 2).tolist())
        assert earliest_fit(plan, load, node, low) == fits.index(True, low)
        last = [step for step in range(low, high + 1) if fits[step]]
        found = latest_fit(plan, load, node, high, low)
        assert found == last[-1] if last else found < low


def test_uses_of_one_class_by_one_node_add_up():
    # Node 0 blocks 2 + 1 units for a cycle and then 1 for two more; node 1 needs 2 for one cycle.
    problem = make_problem(2, limit=3, uses=([0, 0, 0, 1], 0, [1, 2, 0, 2], [3, 1, 9, 1]))
    plan = serial_plan(problem)
    assert list(zip(plan.begin, plan.end, plan.amount, strict=True))[:2] == [(0, 1, 3), (1, 3, 1)]
    assert scheduled(plan, np.array([0.0, 1.0]))[0].tolist() == [0, 1]
    assert scheduled(plan, np.array([1.0, 0.0]))[0].tolist() == [1, 0]


def test_classes_that_cannot_bind_are_left_out():
    problem = make_problem(3, classes=("x", "y"), uses=([0, 1, 2], [0, 0, 1], 1, 1), limit=[2, 0.5])
    with pytest.raises(InfeasibleError, match="node 2 asks for 1 of class y, whose limit"):
        serial_plan(problem)
    assert serial_plan(problem, np.array([1, 1])).limit.tolist() == [1]
    assert serial_plan(problem, np.array([INF, 1])).limit.size == 0
    idle = make_problem(1, uses=(0, 0, 5, 0), limit=1)
    assert serial_plan(idle).limit.size == 0  # an occupancy of 0 blocks nothing


def test_tenths_add_up_as_decimals():
    # 0.1 + 0.2 is above 0.3 in floats; four of them make two steps.
    problem = make_problem(4, uses=(range(4), 0, [0.1, 0.2, 0.1, 0.2], 1), limit=0.3)
    assert scheduled(serial_plan(problem), np.arange(4.0))[0].tolist() == [0, 0, 1, 1]
    thirds = make_problem(6, uses=(range(6), 0, 1 / 3, 1), limit=1)
    assert scheduled(serial_plan(thirds), np.arange(6.0))[1] == 2
    more = make_problem(2, uses=(range(2), 0, 0.5 + 1e-6, 1), limit=1)
    assert scheduled(serial_plan(more), np.arange(2.0))[1] == 2


@pytest.mark.parametrize("limit", [[1.0, 2.0], [-1.0], [np.nan]])
def test_bad_limits_are_refused(limit):
    with pytest.raises(InputError, match="it must be 1 numbers >= 0"):
        serial_plan(make_problem(2), np.array(limit))


def test_a_load_beyond_memory_is_refused():
    problem = make_problem(2, latency=10**9, uses=(range(2), 0, 1, 1), limit=1)
    with pytest.raises(InputError, match="coarser unit"):
        serial_plan(problem).load()
