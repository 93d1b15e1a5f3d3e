"""Legal schedules near means."""

import jax
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import gaus_jax as gj
from gaus_jax.base.errors import InputError, SettingsError
from gaus_jax.core.cone import push_forward
from gaus_jax.embed import legalise, relaxation
from gaus_jax.model.resolve import resolve
from tests import reference
from tests.strategies import problems, scheduled
from tests.tensors import random_wired

ODD = st.sampled_from([np.nan, np.inf, -np.inf, -1e9, 1e9])
MEAN = st.one_of(st.floats(-5, 40), ODD)


@st.composite
def with_means(draw: st.DrawFn, **options):
    problem = draw(problems(loop_carried=True, workspace=True, **options))
    count = problem.nodes
    return problem, np.array(draw(st.lists(MEAN, min_size=count, max_size=count)))


@given(with_means(max_nodes=8), st.sampled_from(["A", "B", "D"]), st.sampled_from(["1", "1.7"]))
def test_a_schedule_keeps_dependences_and_depth_whatever_the_means(case, name, kappa):
    problem, means = case
    asked = gj.ObjectiveSettings(name=name, kappa=kappa)
    schedule = legalise(problem, asked, means)
    depth = reference.depth(problem, kappa)
    assert reference.legal(problem, schedule.start.tolist(), depth)
    assert schedule.depth == depth
    assert gj.verify(problem, schedule, resolve(asked, problem)[0]) == ()
    again = legalise(problem, asked, means)
    np.testing.assert_array_equal(again.start, schedule.start)


@given(with_means(max_nodes=8))
def test_without_a_bound_the_depth_is_the_length(case):
    problem, means = case
    schedule = legalise(problem, "D", means)
    assert schedule.depth == reference.latency(problem, schedule.start.tolist())
    assert reference.legal(problem, schedule.start.tolist(), schedule.depth)


@given(with_means(max_nodes=8))
def test_an_order_is_legal_whatever_the_means(case):
    problem, means = case
    problem = gj.make_problem(
        problem.nodes,
        np.stack([problem.tail[problem.forward], problem.head[problem.forward]], axis=1),
    )
    schedule = legalise(problem, "S", means)
    assert not reference.order_violations(problem, schedule.start.tolist())


@given(scheduled(max_nodes=8), st.sampled_from(["A", "B"]))
def test_legal_starts_cost_no_more_afterwards(case, name):
    problem, start, depth = case
    asked = gj.ObjectiveSettings(name=name, depth=depth)
    found, _ = resolve(asked, problem)
    schedule = legalise(problem, asked, start)
    given_cost = found.exact(problem, gj.Schedule(np.array(start, np.int64), depth))
    assert found.exact(problem, schedule) <= given_cost


@pytest.mark.parametrize("name", ["A", "B"])
def test_the_objective_decides_among_the_roundings(name):
    problem = gj.generate("sparse", 40)
    asked = gj.ObjectiveSettings(name=name, kappa="2")
    found, frame = resolve(asked, problem)
    gains = []
    for seed in range(6):
        means = np.random.default_rng(seed).uniform(frame.asap, frame.alap)
        plain = push_forward(problem, np.round(means).astype(np.int64))
        cost = found.exact(problem, legalise(problem, asked, means))
        gains.append(found.exact(problem, gj.Schedule(plain, frame.depth)) - cost)
    assert min(gains) >= 0
    assert max(gains) > 0


def test_a_legal_order_stays():
    problem = random_wired(20, 1)
    start = legalise(problem, "S", np.zeros(20)).start
    np.testing.assert_array_equal(legalise(problem, "S", start).start, start)


@pytest.mark.parametrize("name", ["A", "B", "S"])
def test_a_descent_leads_to_a_cheaper_schedule(name):
    problem = gj.generate("sparse", 40)
    asked = gj.ObjectiveSettings(name=name, kappa=None if name == "S" else "1.5")
    relaxed, data = relaxation(problem, asked)
    first = relaxed.init(data)
    descend = jax.jit(
        lambda state: jax.lax.scan(lambda s, _: relaxed.step(data, s), state, length=150)[0]
    )
    found, _ = resolve(asked, problem)
    costs = [
        found.exact(problem, legalise(problem, asked, relaxed.extract(state)))
        for state in (first, descend(first))
    ]
    assert costs[1] < costs[0]


def test_means_that_do_not_fit_are_told():
    problem = random_wired(5, 0)
    with pytest.raises(InputError, match=r"shape \(8,\) for 5 nodes; of padded ones give means"):
        legalise(problem, "B", np.zeros(8))
    with pytest.raises(SettingsError, match="overlaps iterations"):
        legalise(problem, "C", np.zeros(5))
