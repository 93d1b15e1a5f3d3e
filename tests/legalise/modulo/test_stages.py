"""Starts for given slots: found where brute force finds any, else a path or cycle that says why."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaus_jax.core.build import make_problem
from gaus_jax.core.window import window
from gaus_jax.legalise.modulo.stages import with_slots
from tests import brute, reference
from tests.strategies import pipelined

SEED = st.integers(0, 10**6)


@settings(max_examples=60)
@given(pipelined(max_nodes=4, max_edges=6), SEED)
def test_stages_are_found_wherever_there_are_any(case, seed):
    problem, _, depth, ii = case
    frame = window(problem, depth, ii)
    slot = np.random.default_rng(seed).integers(0, ii, problem.nodes)
    found = with_slots(problem, frame, slot)
    exists = [
        start
        for start in brute.schedules(problem, depth, ii)
        if all(s % ii == m for s, m in zip(start, slot.tolist(), strict=True))
    ]
    assert (found.start is None) == (not exists)
    if exists:
        # Without means it is the least of them all.
        assert found.start.tolist() == np.min(exists, axis=0).tolist()
        assert found.conflict == ()
    for tail, head in itertools.pairwise(found.conflict):
        assert problem.head[tail] == problem.tail[head]


@given(pipelined(min_nodes=1), SEED)
def test_slots_of_a_schedule_are_kept_and_means_that_fit_are_met(case, seed):
    problem, start, depth, ii = case
    start = np.array(start, np.int64)
    frame = window(problem, depth, ii)
    assert with_slots(problem, frame, start % ii, start.astype(float)).start.tolist() == (
        start.tolist()
    )
    mean = np.random.default_rng(seed).uniform(-5, depth + 5, problem.nodes)
    found = with_slots(problem, frame, start % ii, mean).start
    assert (found % ii == start % ii).all()
    assert reference.legal(problem, found.tolist(), depth, ii)


def test_a_cycle_without_stages_is_named():
    # a -> b -> a takes 4 cycles of the 5 there are; b cannot be before a in the turn.
    loop = make_problem(["a", "b", "c"], [(2, 0), (0, 1), (1, 0)], latency=2, distance=[0, 0, 1])
    frame = window(loop, 40, 5)
    assert with_slots(loop, frame, np.array([0, 2, 1])).start is not None
    found = with_slots(loop, frame, np.array([0, 1, 1]))
    assert found.start is None
    assert sorted(found.conflict) == [1, 2]


def test_a_path_that_is_too_long_for_the_depth_is_named():
    chain = make_problem(["a", "b", "c"], [(0, 1), (1, 2)])
    assert with_slots(chain, window(chain, 6, 5), np.array([0, 1, 2])).start is not None
    found = with_slots(chain, window(chain, 6, 5), np.array([2, 1, 2]))
    assert found.start is None
    assert set(found.conflict) <= {0, 1}


def test_slots_ask_for_an_ii():
    chain = make_problem(2, [(0, 1)])
    with pytest.raises(ValueError, match="slots are those of an II"):
        with_slots(chain, window(chain, 4), np.zeros(2, np.int64))
