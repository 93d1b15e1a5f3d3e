"""Earliest and latest starts, depth and critical path against the oracle."""

import itertools
import re
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gaus_jax.base.errors import InfeasibleError
from gaus_jax.core.build import make_problem
from gaus_jax.core.window import alap, asap, asap_length, critical_path, scaled_depth, window
from tests import reference
from tests.strategies import problems, scheduled


@given(problems(loop_carried=True), st.integers(0, 4))
def test_windows_are_those_of_the_oracle(problem, slack):
    least = reference.depth(problem, 1)
    found = window(problem, least + slack)
    assert asap_length(problem) == least
    assert found.asap.tolist() == asap(problem).tolist() == reference.asap(problem)
    assert found.alap.tolist() == reference.alap(problem, least + slack)
    assert (found.mobility >= 0).all()
    if problem.nodes:
        # At D_min itself the critical path has no slack; each further step is everybody's.
        assert found.mobility.min() == slack


@given(problems(min_nodes=1))
def test_a_depth_below_the_least_names_it_and_a_critical_path(problem):
    least = reference.depth(problem, 1)
    with pytest.raises(InfeasibleError, match=f"depth {least - 1} is below .* depth {least};"):
        window(problem, least - 1)
    assert reference.alap(problem, least - 1) is None


@given(problems(min_nodes=1))
def test_the_critical_path_is_tight_from_step_0_to_the_end(problem):
    path = critical_path(problem, asap(problem))
    reached = 0
    for tail, head in itertools.pairwise(path):
        gaps = [e.gap for e in reference.edges_in_force(problem, None) if e[1:3] == (tail, head)]
        reached += max(gaps)
    assert reached + reference.duration(problem, path[-1]) == reference.depth(problem, 1)


def test_a_long_critical_path_is_shortened():
    chain = make_problem(20, [(i, i + 1) for i in range(19)])
    with pytest.raises(InfeasibleError, match=re.escape("4 -> 5 -> (8 more) -> 14 -> 15")):
        window(chain, 19)


@given(st.integers(0, 400), st.decimals(1, 4, places=3))
def test_depth_is_an_exact_decimal(length, kappa):
    node = make_problem(1, latency=max(length, 1))
    for form in (kappa, str(kappa), float(kappa)):
        assert scaled_depth(max(length, 1), form) == reference.depth(node, form)


def test_depth_does_not_round_up_by_a_float():
    assert [scaled_depth(50, k) for k in ("1.1", 1.1, Decimal("1.1"))] == [55] * 3
    assert scaled_depth(50, "1.11") == 56


@given(scheduled())
def test_alap_below_the_least_depth_turns_negative(case):
    problem, _, _ = case
    least = reference.depth(problem, 1)
    assert problem.nodes == 0 or np.min(alap(problem, least - 1)) == -1
