"""Refutations of intervals: never of one that brute force finds possible."""

import numpy as np
import pytest
from hypothesis import given, settings

from gaus_jax.bounds.interval import Refuter
from gaus_jax.core.build import make_problem
from gaus_jax.core.window import window
from gaus_jax.instances.loops import lms
from tests import brute, reference
from tests.limited import fit_alone, tight
from tests.strategies import pipelined


@settings(max_examples=60)
@given(pipelined(max_nodes=4, max_edges=6, max_slack=3))
def test_no_interval_is_refuted_that_brute_force_finds_possible(case):
    problem, _, depth, ii = case
    problem = tight(problem, ii)
    cost = lambda s: 1e999 if reference.resource_violations(problem, s, ii) else 0.0  # noqa: E731
    if not fit_alone(problem, ii) or brute.optimum(problem, depth, cost, ii) is None:
        return
    refuter = Refuter(problem)
    assert not refuter.refutes(ii)
    assert not refuter.refutes(ii, window(problem, depth, ii))


@pytest.mark.parametrize(("taps", "refuted"), [(4, [10]), (8, [11, 12, 13])])
def test_recurrences_whose_nodes_wait_for_each_other(taps, refuted):
    refuter = Refuter(lms(taps))
    assert [ii for ii in range(refuted[0], refuted[0] + 6) if refuter.refutes(ii)] == refuted


def test_whatever_no_interval_can_be():
    loop = make_problem(2, [(0, 1), (1, 0)], latency=3, distance=[0, 1])
    assert Refuter(loop).refutes(5)
    assert not Refuter(loop).refutes(6)
    long = make_problem(1, limit=1, uses=(0, 0, 1, 4))
    assert Refuter(long).refutes(3)
    assert not Refuter(long).refutes(4)


def test_windows_of_a_depth_refute_too():
    # Three on one unit within two steps, at an interval that has room for them.
    three = make_problem(3, limit=1)
    assert Refuter(three).refutes(3, window(three, 2, 3))
    assert not Refuter(three).refutes(3, window(three, 3, 3))
    assert not Refuter(three).refutes(3)


def test_out_of_time_nothing_is_refuted():
    assert not Refuter(lms(4), lambda: True).refutes(10)
    assert np.all([Refuter(lms(4), lambda: False).refutes(10)])
