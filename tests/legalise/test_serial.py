"""Schedules under limits: legal, said to fit only where they do, near what they should be near."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gaus_jax.core.build import make_problem
from gaus_jax.core.window import asap_length, window
from gaus_jax.legalise.serial import earliest, justify, latest, near
from tests import reference
from tests.serial import keeps, priorities
from tests.strategies import problems, scheduled

SEED = st.integers(0, 10**6)

LIMITED = problems(min_nodes=1, max_nodes=8, limited=True, loop_carried=True)


def ends(problem, start) -> int:
    return reference.latency(problem, start.tolist())


@given(problem=LIMITED, seed=SEED, slack=st.integers(0, 3))
def test_earliest_and_latest_keep_limits_and_know_whether_they_fit(problem, seed, slack):
    depth = asap_length(problem) + slack
    priority = priorities(problem, seed)
    for build in (earliest, latest):
        found = build(problem, priority, depth=depth)
        start = found.start
        assert found.fits == reference.legal(problem, start.tolist(), depth)
        shifted = start - start.min()
        assert keeps(problem, shifted.tolist())
        free = build(problem, priority).start
        assert free.min() == 0
        assert ends(problem, free) == ends(problem, shifted)
        assert build(problem, priority, np.full(len(problem.classes), np.inf), depth).fits


@given(problem=LIMITED, seed=SEED)
def test_justification_makes_no_schedule_longer(problem, seed):
    start = earliest(problem, priorities(problem, seed)).start
    for packed in (start, start * 3 + 2):
        assert keeps(problem, packed.tolist())
        found = justify(problem, packed)
        assert keeps(problem, found.tolist())
        assert ends(problem, found) <= ends(problem, packed)
        assert found.min() == 0


def test_justification_closes_a_gap():
    # The chain of 0 and 1 waits for both others, though it is the longest way.
    problem = make_problem(
        4, [(0, 1)], latency=[2, 3, 3, 2], limit=2, uses=(range(4), 0, [1, 1, 1, 1], [2, 3, 3, 2])
    )
    start = earliest(problem, np.array([2.0, 3.0, 0.0, 1.0])).start
    assert ends(problem, start) == 7
    found = justify(problem, start)
    assert ends(problem, found) == 5


@given(case=scheduled(max_nodes=8, limited=True, max_slack=8), seed=SEED)
def test_near_keeps_limits_and_knows_whether_it_fits(case, seed):
    problem, start, depth = case
    mean = np.array(start) + np.random.default_rng(seed).normal(0, 1.0, len(start))
    found = near(problem, window(problem, depth), mean)
    assert keeps(problem, found.start.tolist())
    assert found.fits == (ends(problem, found.start) <= depth)


@given(case=scheduled(max_nodes=8, max_slack=8))
def test_near_leaves_a_schedule_that_keeps_the_limits_as_it_is(case):
    problem, start, depth = case
    peaks = reference.usage(problem, start, reference.busy_until(problem, start))
    limit = np.array([max(row, default=0.0) for row in peaks.values()])
    found = near(problem, window(problem, depth), np.array(start, float), limit)
    assert found.fits
    assert found.start.tolist() == start


def test_near_takes_the_nearest_step_that_is_free():
    # Five nodes of one unit want step 3.2 of eight: 3, 4, 2, 5 and 1.
    problem = make_problem(5, limit=1)
    found = near(problem, window(problem, 8), np.full(5, 3.2))
    assert found.start.tolist() == [3, 4, 2, 5, 1]
    # What is not finite goes to the middle.
    assert near(problem, window(problem, 8), np.full(5, np.nan)).start.tolist()[0] == 3


def test_near_is_repaired_where_the_means_leave_no_room():
    # Node 1 at step 1 leaves node 0, of two steps, none of its own in three. Node 2 needs nothing,
    # and keeps its mean all the same.
    problem = make_problem(3, latency=[2, 1, 1], limit=1, uses=([0, 1], 0, 1, [2, 1]))
    found = near(problem, window(problem, 3), np.array([1.0, 0.9, 2.0]))
    assert found.fits
    assert found.start.tolist() == [1, 0, 2]


def test_near_says_where_the_depth_cannot_be_kept():
    problem = make_problem(5, limit=1)
    found = near(problem, window(problem, 4), np.zeros(5))
    assert not found.fits
    assert sorted(found.start.tolist()) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("build", [earliest, latest])
def test_equal_priorities_go_by_topological_order(build):
    problem = make_problem(3, limit=1)
    assert build(problem, np.zeros(3)).start.tolist() == [0, 1, 2]


def test_priorities_decide_who_goes_first_and_who_goes_last():
    problem = make_problem(3, limit=1)
    for build in (earliest, latest):
        assert build(problem, np.array([2.0, 0.0, 1.0])).start.tolist() == [2, 0, 1]


def test_near_leaves_out_what_there_is_no_time_for():
    # Twenty pairs and one unit: near their means the sources leave the others no step.
    problem = make_problem(40, np.arange(40).reshape(20, 2), limit=1)
    frame, goal = window(problem, 60), np.tile([58.0, 59.0], 20)
    late = [lambda: True, iter([False, True, True]).__next__, lambda: False]
    found = [near(problem, frame, goal, expired=expired) for expired in late]
    for one in found:
        assert one.fits
        assert keeps(problem, one.start.tolist())
    assert [one.start.max() for one in found] == [39, 39, 59]


def test_near_without_time_does_not_repair():
    problem = make_problem(40, limit=1)
    tight = window(problem, 39)
    asked = []
    found = near(problem, tight, np.zeros(40), expired=lambda: bool(asked.append(1)) or True)
    assert not found.fits
    assert len(asked) < 8
