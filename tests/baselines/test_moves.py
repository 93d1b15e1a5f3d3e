"""Moves of single nodes: legal, and their cost and energy exact after any number of them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gaus_jax.baselines.moves.anneal import anneal, probe
from gaus_jax.baselines.moves.climb import climb, first_round
from gaus_jax.baselines.moves.kernel import (
    COMMUNICATION,
    COST,
    ENERGY,
    LEAST,
    free_steps,
    rescale,
)
from gaus_jax.baselines.moves.plan import Plan
from gaus_jax.baselines.moves.state import begin, best_start
from gaus_jax.core.build import make_problem
from gaus_jax.core.profile import LIFETIMES, horizon
from gaus_jax.core.window import window
from tests import reference
from tests.strategies import scheduled

TERMS = ("peak_usage", "communication", "peak_live", "latency")
WEIGHTS = st.sampled_from(
    [(2, 1, 0, 0), (0, 0, 1, 0), (1, 0.5, 3, 2), (0, 1, 0, 0), (0, 0, 0, 1), (0, 1, 0, 4)]
)
SEED = st.integers(0, 10**6)


def exact(problem, start, depth, lifetime, weights) -> float:
    return (
        weights[0] * reference.peak_usage(problem, start)
        + weights[1] * reference.communication(problem, start)
        + weights[2] * reference.peak_live(problem, start, depth, lifetime)
        + weights[3] * reference.latency(problem, start)
    )


def energy(problem, start, depth, lifetime, weights, power) -> float:
    """The same with power means over the steps in place of peaks."""

    def mean(amounts) -> float:
        return sum(a**power for a in amounts) ** (1 / power)

    steps = max(depth, reference.busy_until(problem, start))
    usage = reference.usage(problem, start, steps)
    live = reference.live(problem, start, depth, lifetime)
    return (
        weights[0] * sum(c * mean(usage[r]) for r, c in enumerate(problem.class_cost))
        + weights[1] * reference.communication(problem, start)
        + weights[2] * mean(live)
        + weights[3] * reference.latency(problem, start)
    )


def begun(case, lifetime, weights, seed):
    problem, start, depth = case
    frame = window(problem, depth)
    named = dict(zip(TERMS, map(float, weights), strict=True))
    plan = Plan.of(problem, frame, named, lifetime)
    steps = max(horizon(problem, depth), depth) + 1
    return plan, begin(plan, np.array(start, np.int64), steps, seed)


def check(case, state, lifetime, weights, power):
    """Everything that is carried along is what the oracle says of the starts reached."""
    problem, start, depth = case
    here = state.start.tolist()
    assert reference.legal(problem, here, depth)
    assert not state.shift.any()
    # Costs leave out a constant: what they say of the first schedule less what the oracle says.
    constant = (
        exact(problem, start, depth, lifetime, weights)
        - begun(case, lifetime, weights, 0)[1].cost[COST]
    )
    assert state.cost[COST] + constant == pytest.approx(
        exact(problem, here, depth, lifetime, weights)
    )
    fixed = weights[1] * (reference.communication(problem, here)) - state.cost[COMMUNICATION]
    assert state.cost[ENERGY] + fixed == pytest.approx(
        energy(problem, here, depth, lifetime, weights, power)
    )
    best = best_start(state).tolist()
    assert reference.legal(problem, best, depth)
    assert state.cost[LEAST] + constant == pytest.approx(
        exact(problem, best, depth, lifetime, weights)
    )
    assert state.cost[LEAST] <= state.cost[COST] + 1e-9


@pytest.mark.parametrize("lifetime", LIFETIMES)
@given(
    case=scheduled(max_nodes=8, min_nodes=1),
    weights=WEIGHTS,
    seed=SEED,
    heat=st.sampled_from([1e-9, 1, 1e9]),
)
def test_annealing_carries_exact_costs(lifetime, case, weights, seed, heat):
    plan, state = begun(case, lifetime, weights, seed)
    if plan.movable.size:
        anneal(plan, state, 2, float(heat), 300)
    else:
        rescale(plan, state, 2)
    check(case, state, lifetime, weights, 4)


@pytest.mark.parametrize("lifetime", LIFETIMES)
@given(case=scheduled(max_nodes=8, min_nodes=1), weights=WEIGHTS, seed=SEED)
def test_local_search_carries_exact_costs_and_never_rises(lifetime, case, weights, seed):
    plan, state = begun(case, lifetime, weights, seed)
    if not plan.movable.size:
        return
    turn = first_round(plan, seed)
    rescale(plan, state, 2)
    least = state.cost[ENERGY]
    for looks in (1, 5, 200):
        climb(plan, state, turn, 2, 2, looks)
        check(case, state, lifetime, weights, 4)
        assert turn.before[0] == np.inf or turn.before[0] <= least * (1 + 1e-9) + 1e-9
        least = min(least, turn.before[0])


@given(case=scheduled(max_nodes=8, min_nodes=2), seed=SEED)
def test_probing_moves_nothing(case, seed):
    plan, state = begun(case, "buffer", (1, 1, 1, 1), seed)
    if not plan.movable.size:
        return
    before = [np.copy(part) for part in (state.start, state.profile, state.last, state.finishing)]
    assert probe(plan, state, 3, 100) >= 0
    after = (state.start, state.profile, state.last, state.finishing)
    for old, new in zip(before, after, strict=True):
        np.testing.assert_array_equal(old, new)


def test_neighbours_leave_what_is_free():
    # 0 -> 1 -> 2 with latency 2 and a delay of 1 before the last, in ten steps.
    problem = make_problem(3, [(0, 1), (1, 2)], latency=2, delay=[0, 1])
    plan = Plan.of(problem, window(problem, 10), {"communication": 1.0}, "register")
    start = np.array([1, 4, 8])
    assert [free_steps(plan, start, i) for i in range(3)] == [(0, 2), (3, 5), (7, 8)]


def test_the_best_outlives_a_full_journal():
    # Hot moves fill the journal many times over after the best has been seen.
    crowd = make_problem(6)
    plan = Plan.of(crowd, window(crowd, 6), {"peak_usage": 1.0}, "register")
    state = begin(plan, np.zeros(6, np.int64), 7, 3)
    rescale(plan, state, 2)
    for heat in (1e-9, 1e9, 1e9, 1e9, 1e-9, 1e9):
        anneal(plan, state, 2, heat, 5 * state.journal.shape[0])
        assert sorted(best_start(state).tolist()) == list(range(6))
    assert state.cost[LEAST] == 1
