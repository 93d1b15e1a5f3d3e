"""Exact profiles against the oracle, with and without an initiation interval."""

import pytest
from hypothesis import given

from gaus_jax.core.profile import LIFETIMES, horizon, lifetimes, live, usage
from gaus_jax.core.schedule import Schedule
from tests import reference
from tests.strategies import pipelined, scheduled


def rows(found) -> dict[int, list[float]]:
    return {r: row.tolist() for r, row in enumerate(found)}


@given(scheduled())
def test_usage_of_each_step(case):
    problem, start, depth = case
    found = usage(problem, Schedule(start, depth))
    assert rows(found) == reference.usage(problem, start, found.shape[1])
    assert reference.busy_until(problem, start) <= found.shape[1]
    assert found.shape[1] >= horizon(problem, depth) >= depth


@given(pipelined())
def test_usage_is_that_of_one_iteration_whatever_the_interval(case):
    problem, start, depth, ii = case
    found = usage(problem, Schedule(start, depth, ii))
    assert rows(found) == reference.usage(problem, start, found.shape[1])


@pytest.mark.parametrize("lifetime", LIFETIMES)
@given(case=scheduled(loop_carried=True))
def test_live_of_each_step(lifetime, case):
    problem, start, depth = case
    found = live(problem, Schedule(start, depth), lifetime)
    assert found.tolist() == reference.live(problem, start, depth, lifetime)


@pytest.mark.parametrize("lifetime", LIFETIMES)
@given(case=pipelined())
def test_live_of_each_slot(lifetime, case):
    problem, start, depth, ii = case
    found = live(problem, Schedule(start, depth, ii), lifetime)
    assert found.tolist() == reference.live(problem, start, depth, lifetime, ii)


@pytest.mark.parametrize("lifetime", LIFETIMES)
@given(case=pipelined())
def test_each_value_is_held_as_long_as_the_oracle_holds_it(lifetime, case):
    problem, start, depth, ii = case
    found = lifetimes(problem, Schedule(start, depth, ii), lifetime)
    for i in range(problem.nodes):
        held = reference.held(problem, start, i, depth, lifetime, ii)
        assert found.death[i] - found.birth[i] == len(held)
        assert not held or found.birth[i] == held[0]


def test_lifetimes_are_those_of_the_oracle():
    assert LIFETIMES == reference.LIFETIMES
