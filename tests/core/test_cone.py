"""Projection and roundings: they keep the cone and the windows, whatever the means."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gaus_jax.core.build import make_problem
from gaus_jax.core.cone import project, push_backward, push_forward, round_within
from gaus_jax.core.window import asap_length, window
from gaus_jax.legalise.legalise import legalise
from gaus_jax.legalise.place import place
from tests import reference
from tests.strategies import problems

ODD = [np.nan, np.inf, -np.inf, 1e300, -1e300, 0.5, 2.5]


@st.composite
def cases(draw, odd: bool = False):
    """A problem, its windows under some slack, and means of any kind."""
    problem = draw(problems(max_nodes=8, max_edges=12, loop_carried=True))
    frame = window(problem, asap_length(problem) + draw(st.integers(0, 5)))
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    mean = rng.uniform(-3, frame.depth + 3, problem.nodes)
    if odd:
        pick = rng.random(problem.nodes) < 0.5
        mean[pick] = rng.choice(ODD, int(pick.sum()))
    return problem, frame, mean


def in_cone(problem, start) -> bool:
    return all(
        start[e.head] >= start[e.tail] + e.gap - 1e-9
        for e in reference.edges_in_force(problem, None)
    )


@given(cases())
def test_projection_keeps_the_cone_and_the_windows(case):
    problem, frame, mean = case
    found = project(problem, frame, mean)
    assert in_cone(problem, found)
    assert (found >= frame.asap - 1e-9).all()
    assert (found <= frame.alap + 1e-9).all()


@given(cases())
def test_projection_leaves_legal_starts_alone(case):
    problem, frame, mean = case
    legal = push_forward(problem, np.clip(mean, frame.asap, frame.alap))
    np.testing.assert_allclose(project(problem, frame, legal), legal, atol=1e-9)


@given(cases())
def test_pushes_are_the_least(case):
    problem, frame, mean = case
    inside = np.clip(mean, frame.asap, frame.alap)
    later, earlier = push_forward(problem, inside), push_backward(problem, inside)
    assert in_cone(problem, later)
    assert in_cone(problem, earlier)
    edges = reference.edges_in_force(problem, None)
    for i in range(problem.nodes):
        needs = [later[e.tail] + e.gap for e in edges if e.head == i]
        assert later[i] == pytest.approx(max([inside[i], *needs]))
        needs = [earlier[e.head] - e.gap for e in edges if e.tail == i]
        assert earlier[i] == pytest.approx(min([inside[i], *needs]))


@given(cases(), st.sampled_from([0.0, 0.0625, 0.5, 0.9375]))
def test_roundings_of_a_projection_are_legal_and_near_it(case, threshold):
    problem, frame, mean = case
    projected = project(problem, frame, mean)
    found = round_within(problem, projected, threshold)
    assert reference.legal(problem, found.tolist(), frame.depth)
    assert (np.abs(found - projected) <= 1).all()


@given(cases(), st.sampled_from([0.0, 2.0, 100.0]))
def test_placement_is_legal(case, spread):
    problem, frame, mean = case
    found = place(problem, frame, project(problem, frame, mean), spread)
    assert reference.legal(problem, found.tolist(), frame.depth)


@given(cases(odd=True))
def test_legalise_is_legal_for_any_means(case):
    problem, frame, mean = case

    def cost(schedule):
        assert reference.legal(problem, schedule.start.tolist(), frame.depth)
        return reference.communication(problem, schedule.start.tolist())

    found = legalise(problem, frame, mean, cost=cost)
    assert reference.legal(problem, found.start.tolist(), frame.depth)


@given(cases())
def test_legalise_takes_the_cheapest_and_keeps_a_legal_schedule(case):
    problem, frame, mean = case
    seen = []

    def cost(schedule):
        seen.append(reference.communication(problem, schedule.start.tolist()))
        return seen[-1]

    found = legalise(problem, frame, mean, cost=cost, thresholds=3)
    assert reference.communication(problem, found.start.tolist()) == min(seen)
    start = round_within(problem, project(problem, frame, mean), 0.5)
    kept = legalise(
        problem, frame, start.astype(float), cost=lambda s: np.abs(s.start - start).sum()
    )
    assert kept.start.tolist() == start.tolist()


def test_placement_puts_a_producer_before_its_chained_consumer():
    # 1 -> 0 in no time, both wanted in step 1, and step 0 is taken by 2.
    chained = make_problem(3, [(1, 0)], latency=0)
    assert place(chained, window(chained, 3), np.array([1.0, 1.0, 0.0])).tolist() == [2, 1, 0]


def test_placement_spreads_equal_means_over_the_least_loaded_steps():
    # Three free nodes all at step 1 of 3: one goes to each step.
    free = make_problem(3)
    frame = window(free, 3)
    assert sorted(place(free, frame, np.full(3, 1.0)).tolist()) == [0, 1, 2]


def test_a_cycle_without_slack_may_be_pushed_from_any_means():
    loop = make_problem(3, [(0, 1), (1, 2), (2, 0)], latency=[1, 2, 4], distance=[0, 0, 1])
    frame = window(loop, 40, 7)
    for mean in np.random.default_rng(0).uniform(0, 33, (300, 3)):
        found = project(loop, frame, mean)
        assert found[1] >= found[0] + 1
        assert found[2] >= found[1] + 2
        assert found[0] + 7 >= found[2] + 4
