"""Modulo schedulers to compare with: legal by the oracle, never below MinII, small answers."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaus_jax.base.errors import InfeasibleError
from gaus_jax.baselines.modulo import iterative_modulo, modulo_sdc, swing_modulo
from gaus_jax.baselines.modulo.swing_order import swing_order
from gaus_jax.core.build import make_problem
from gaus_jax.core.least_ii import generous, least_ii
from gaus_jax.core.recurrence import min_ii
from gaus_jax.core.window import asap_length, window
from gaus_jax.instances.loops import biquad, dot_product, lms
from tests import brute, reference
from tests.limited import exists, fit_alone, legal, tight
from tests.strategies import pipelined, problems

METHODS = {"iterative": iterative_modulo, "swing": swing_modulo, "sdc": modulo_sdc}
every = pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)


@every
@settings(max_examples=150)
@given(case=pipelined(max_slack=20, max_nodes=10))
def test_schedules_are_legal_and_repeatable(method, case):
    problem, _, depth, ii = case
    problem = tight(problem, ii)
    if not fit_alone(problem, ii):
        return
    frame = window(problem, depth, ii)
    start, again = method(problem, frame), method(problem, frame)
    assert (start is None) == (again is None)
    if start is not None:
        assert legal(problem, start, depth, ii)
        assert start.tolist() == again.tolist()


@every
@settings(max_examples=40)
@given(case=pipelined(max_nodes=4, max_edges=6, max_slack=3))
def test_none_is_found_where_there_is_none(method, case):
    problem, _, depth, ii = case
    problem = tight(problem, ii)
    if not fit_alone(problem, ii):
        return
    possible = exists(brute.schedules(problem, depth, ii), problem, ii)
    assert possible or method(problem, window(problem, depth, ii)) is None


@every
@given(problem=problems(max_nodes=7, loop_carried=True, limited=True))
def test_the_least_ii_is_reached_from_min_ii_up(method, problem):
    found = least_ii(problem, method)
    if found is None:  # none but swing scheduling may fail at an II that is long enough for all
        assert method is swing_modulo
        return
    assert found.ii >= reference.min_ii(problem) == found.least.value
    assert found.window.ii == found.ii
    assert legal(problem, found.start, generous(problem, found.ii), found.ii)
    assert least_ii(problem, method, most=found.ii - 1) is None


@every
@pytest.mark.parametrize("loop", [biquad(3), dot_product(4)], ids=lambda p: p.name)
def test_small_loops_reach_min_ii(method, loop):
    assert least_ii(loop, method).ii == min_ii(loop).value


@every
@pytest.mark.parametrize("loop", [biquad(4), lms(4), lms(9)], ids=lambda p: p.name)
def test_schedules_of_hard_loops_are_legal(method, loop):
    """Long recurrences through shared units: here fixed nodes have to give way."""
    found = 0
    for ii in range(min_ii(loop).value, min_ii(loop).value + 6):
        for slack in (0, 2, ii, 16 * ii):
            depth = asap_length(loop, ii) + slack
            start = method(loop, window(loop, depth, ii))
            assert start is None or legal(loop, start, depth, ii)
            found += start is not None
    assert found > 0 or method is swing_modulo


@every
def test_limits_of_the_caller_count(method):
    problem = make_problem(6, limit=3)
    assert least_ii(problem, method).ii == 2
    alone = least_ii(problem, method, limit=np.array([1.0]))
    assert alone.ii == 6
    assert sorted(alone.start % 6) == list(range(6))
    with pytest.raises(InfeasibleError, match="node 0 alone takes 1"):
        least_ii(problem, method, limit=np.array([0.5]))


@given(problems(loop_carried=True))
def test_the_swing_order_lists_every_node_once(problem):
    assert sorted(swing_order(problem).tolist()) == list(range(problem.nodes))


def test_the_swing_order_begins_with_the_critical_recurrence():
    # 3 -> 4 -> 3 takes 6 cycles an iteration, 1 -> 1 takes one; 0 and 2 are around them.
    edges = [(0, 1), (1, 1), (1, 2), (3, 4), (4, 3), (2, 4)]
    loop = make_problem(5, edges, latency=[1, 1, 1, 3, 3], distance=[0, 1, 0, 0, 1, 0])
    assert set(swing_order(loop)[:2].tolist()) == {3, 4}
    # then the way from the other recurrence to this one
    assert set(swing_order(loop)[2:4].tolist()) == {1, 2}
    assert swing_order(loop)[4] == 0


@pytest.mark.parametrize("chained", [False, True])
@settings(max_examples=60)
@given(problem=problems(max_nodes=10))
def test_the_swing_order_keeps_to_one_side(chained, problem):
    """Without recurrences no node comes when both producers and consumers of it are listed."""
    if chained:  # all nodes of a path are equally deep
        nothing = np.zeros_like(problem.delay)
        problem = replace(problem, latency=np.zeros_like(problem.latency), delay=nothing)
    listed: set[int] = set()
    edges = list(zip(problem.tail.tolist(), problem.head.tolist(), strict=True))
    for node in swing_order(problem).tolist():
        before = any(head == node and tail in listed for tail, head in edges)
        after = any(tail == node and head in listed for tail, head in edges)
        assert not (before and after)
        listed.add(node)


@given(st.integers(1, 5), st.integers(1, 5))
def test_units_are_shared_to_the_last_slot(count, units):
    problem = make_problem(count, limit=units)
    for method in METHODS.values():
        assert least_ii(problem, method).ii == -(-count // units)
