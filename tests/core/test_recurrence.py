"""RecMII, ResMII, their witnesses, and windows at an II, against the oracle."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gaus_jax.base.errors import InfeasibleError
from gaus_jax.core.build import make_problem
from gaus_jax.core.recurrence import (
    min_ii,
    pushed_earlier_at,
    pushed_later_at,
    recurrence_ii,
    resource_ii,
)
from gaus_jax.core.window import asap_length, critical_path, window
from tests import reference
from tests.strategies import problems

LOOPS = problems(max_nodes=6, loop_carried=True)


@given(LOOPS)
def test_recmii_is_that_of_the_enumerated_cycles_and_its_cycle_asks_for_it(problem):
    found, cycle = recurrence_ii(problem)
    assert found == reference.recurrence_ii(problem)
    assert bool(cycle) == (found > 0)
    if cycle:
        edges = list(cycle)
        assert (problem.head[edges] == np.roll(problem.tail[edges], -1)).all()
        work, turns = problem.reach[edges].sum(), problem.distance[edges].sum()
        assert math.ceil(work / turns) == found


@given(LOOPS, st.lists(st.integers(0, 3), min_size=3, max_size=3))
def test_resmii_is_that_of_the_oracle(problem, limits):
    given_limits = np.array((limits * 3)[: len(problem.classes)], float)
    limited = make_problem(
        problem.ids,
        np.stack([problem.tail, problem.head], axis=1),
        latency=problem.latency,
        classes=problem.classes,
        limit=given_limits,
        uses=(problem.use_node, problem.use_class, problem.use_demand, problem.use_occupancy),
        distance=problem.distance,
        delay=problem.delay,
    )
    expected = reference.resource_ii(limited)
    if expected == math.inf:
        with pytest.raises(InfeasibleError, match="is 0, but it is used"):
            resource_ii(limited)
        return
    found, critical = resource_ii(limited)
    assert found == expected == resource_ii(problem, given_limits)[0]
    assert (critical is None) == (found == 0)
    assert min_ii(limited).value == reference.min_ii(limited)


@given(LOOPS, st.integers(0, 6), st.integers(0, 3))
def test_windows_at_an_ii_are_those_of_the_oracle(problem, more, slack):
    ii = max(1, reference.recurrence_ii(problem)) + more
    least = reference.depth(problem, 1, ii)
    found = window(problem, least + slack, ii)
    assert asap_length(problem, ii) == least
    assert found.asap.tolist() == reference.asap(problem, ii)
    assert found.alap.tolist() == reference.alap(problem, least + slack, ii)
    assert found.ii == ii


@given(LOOPS)
def test_an_ii_below_recmii_names_a_cycle_and_the_least_ii(problem):
    least = reference.recurrence_ii(problem)
    assume(least > 1)
    with pytest.raises(InfeasibleError, match=rf"interval {least - 1} is below {least}, .* -> "):
        window(problem, 10**6, least - 1)
    latest = np.full(problem.nodes, 10**6)
    with pytest.raises(InfeasibleError, match=rf"below {least}, "):
        pushed_earlier_at(problem, least - 1, latest)


@given(LOOPS, st.data())
def test_pushes_at_an_ii_are_the_nearest_starts_that_keep_every_dependence(problem, data):
    ii = max(1, reference.recurrence_ii(problem))
    start = np.array(
        data.draw(st.lists(st.integers(0, 9), min_size=problem.nodes, max_size=problem.nodes)),
        np.int64,
    )
    for pushed in (pushed_later_at(problem, ii, start), pushed_earlier_at(problem, ii, start)):
        assert not reference.dependence_violations(problem, pushed.tolist(), ii)
    later, earlier = pushed_later_at(problem, ii, start), pushed_earlier_at(problem, ii, start)
    assert (later >= start).all()
    assert (earlier <= start).all()
    if not reference.dependence_violations(problem, start.tolist(), ii):
        assert later.tolist() == earlier.tolist() == start.tolist()
    for node in np.flatnonzero(later > start):  # not one step less would do
        less = later.copy()
        less[node] -= 1
        assert reference.dependence_violations(problem, less.tolist(), ii)


def test_the_critical_path_at_an_ii_leaves_a_critical_cycle():
    # b and c wait for each other at every II from 4 on; a makes them late.
    edges = [("a", "b"), ("b", "c"), ("c", "b")]
    ends = [("abc".index(t), "abc".index(h)) for t, h in edges]
    loop = make_problem(list("abc"), ends, latency=[3, 2, 2], distance=[0, 0, 1])
    assert recurrence_ii(loop) == (4, (1, 2)) or recurrence_ii(loop) == (4, (2, 1))
    frame = window(loop, 7, 4)
    assert critical_path(loop, frame.asap, 4) == [0, 1, 2]
    with pytest.raises(InfeasibleError, match=r"depth 6 .* depth 7 at .* 4; .*: a -> b -> c"):
        window(loop, 6, 4)


def test_distances_beyond_any_schedule_do_not_wrap():
    # 2 ** 40 iterations of 2 ** 24 cycles are 2 ** 64 of them.
    far = make_problem(2, [(0, 0), (1, 1)], latency=[2**24, 1], distance=[1, 2**40])
    assert recurrence_ii(far) == (2**24, (0,))
    assert pushed_later_at(far, 2**24, np.zeros(2, np.int64)).tolist() == [0, 0]
