"""Refinement: legal, never worse, deterministic, its profiles exact at every moment."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaus_jax.core.build import make_problem
from gaus_jax.core.profile import LIFETIMES, horizon
from gaus_jax.core.schedule import Schedule
from gaus_jax.core.window import asap_length, window
from gaus_jax.legalise.cooling import Heat
from gaus_jax.legalise.drag import drag
from gaus_jax.legalise.moves import probe, run
from gaus_jax.legalise.plan import MOST, MovePlan, begin
from gaus_jax.legalise.refine import SUPPORTED, refine
from tests import reference
from tests.strategies import scheduled

FACTORS = st.sampled_from([(2.0, 1.0, 0.0), (0.0, 0.0, 1.0), (1.0, 1.0, 1.0), (0.0, 1.0, 0.0)])
SEED = st.integers(0, 10**6)


def exact(problem, start, depth, lifetime, factors) -> float:
    parts = (
        reference.peak_usage(problem, start),
        reference.communication(problem, start),
        reference.peak_live(problem, start, depth, lifetime),
    )
    return sum(f * p for f, p in zip(factors, parts, strict=True))


def walked(case, lifetime, factors, moves, seed, hot=1.0):
    """The state after some moves, or None where nothing can move."""
    problem, start, depth = case
    frame = window(problem, depth)
    if not (frame.mobility > 0).any():
        return None
    memory_only = factors[0] == factors[1] == 0
    plan = MovePlan.of(problem, frame, lifetime, memory_only=memory_only, beyond=0.3)
    steps = horizon(problem, depth) + 1
    state = begin(plan, np.array(start, np.int64), np.array(factors), steps, seed)
    run(plan, state, 3, hot, hot / 10, moves)
    return state


@pytest.mark.parametrize("lifetime", LIFETIMES)
@given(case=scheduled(max_nodes=8), factors=FACTORS, seed=SEED, moves=st.integers(1, 300))
def test_incremental_profiles_are_exact(lifetime, case, factors, seed, moves):
    problem, _, depth = case
    state = walked(case, lifetime, factors, moves, seed)
    if state is None:
        return
    here = state.start.tolist()
    assert reference.legal(problem, here, depth)
    assert not state.shift.any()
    steps = state.live.size
    if factors[0]:
        usage = reference.usage(problem, here, steps)
        for r, row in usage.items():
            np.testing.assert_allclose(state.usage[r], row, atol=1e-9)
    if factors[2]:
        live = reference.live(problem, here, depth, lifetime)
        np.testing.assert_allclose(state.live[:depth], live, atol=1e-9)
        np.testing.assert_allclose(state.live[depth:], 0, atol=1e-9)
    assert state.communication[0] == pytest.approx(reference.communication(problem, here))


@pytest.mark.parametrize("lifetime", LIFETIMES)
@given(case=scheduled(max_nodes=8), factors=FACTORS, seed=SEED)
def test_the_best_point_has_the_best_cost(lifetime, case, factors, seed):
    problem, start, depth = case
    state = walked(case, lifetime, factors, 200, seed)
    if state is None:
        return
    best = state.best.tolist()
    assert reference.legal(problem, best, depth)
    assert state.best_cost[0] == pytest.approx(exact(problem, best, depth, lifetime, factors))
    ends = (start, state.start.tolist())
    assert state.best_cost[0] <= 1e-9 + min(
        exact(problem, s, depth, lifetime, factors) for s in ends
    )


@given(case=scheduled(max_nodes=8, min_nodes=2), seed=SEED)
def test_probing_moves_nothing(case, seed):
    problem, start, depth = case
    frame = window(problem, depth)
    if not (frame.mobility > 0).any():
        return
    plan = MovePlan.of(problem, frame, "buffer", memory_only=False, beyond=0.3)
    state = begin(plan, np.array(start, np.int64), np.ones(3), horizon(problem, depth) + 1, seed)
    before = [np.copy(part) for part in (state.start, state.usage, state.live, state.last)]
    assert probe(plan, state, 3, 100) >= 0
    after = (state.start, state.usage, state.live, state.last)
    for old, new in zip(before, after, strict=True):
        np.testing.assert_allclose(old, new, atol=1e-9)


def refined(problem, start, depth, lifetime, factors, seed, **options):
    return refine(
        problem,
        window(problem, depth),
        Schedule(start, depth),
        weights=dict(zip(SUPPORTED, factors, strict=True)),
        lifetime=lifetime,
        cost=lambda s: exact(problem, s.start.tolist(), depth, lifetime, factors),
        moves=options.pop("moves", 400),
        seed=seed,
        **options,
    )


@settings(max_examples=12)
@pytest.mark.parametrize("lifetime", LIFETIMES)
@given(
    case=scheduled(max_nodes=8), factors=FACTORS, seed=SEED, heat=st.sampled_from([0.0, 0.3, 9.0])
)
def test_never_worse_always_legal_the_same_by_seed(lifetime, case, factors, seed, heat):
    problem, start, depth = case
    args = (problem, start, depth, lifetime, factors, seed)
    found, again = (refined(*args, heat=Heat(heat=heat)) for _ in range(2))
    here = found.start.tolist()
    assert here == again.start.tolist()
    assert reference.legal(problem, here, depth)
    old = exact(problem, start, depth, lifetime, factors)
    assert exact(problem, here, depth, lifetime, factors) <= old


def test_a_crowd_is_spread_out():
    crowd = make_problem(6)
    found = refined(crowd, [0] * 6, 6, "register", (1.0, 0.0, 0.0), 1, moves=3000)
    assert sorted(found.start.tolist()) == list(range(6))


def test_a_term_without_moves_counts_in_the_comparison():
    # Latency forbids what the peak would like.
    crowd = make_problem(4)
    found = refine(
        crowd,
        window(crowd, 4),
        Schedule([0] * 4, 4),
        weights={"peak_usage": 1.0, "latency": 10.0},
        lifetime="register",
        cost=lambda s: 10 * reference.latency(crowd, s.start.tolist()),
        moves=500,
        seed=0,
    )
    assert found.start.tolist() == [0] * 4


@pytest.mark.parametrize("options", [{"moves": 0}, {"seconds": 0.0}, {"expired": lambda: True}])
def test_without_moves_or_time_the_schedule_stays(options):
    crowd = make_problem(6)
    found = refined(crowd, [0] * 6, 6, "register", (1.0, 0.0, 0.0), 1, **options)
    assert found.start.tolist() == [0] * 6


def test_graphs_without_edges_share_the_compiled_moves():
    def kinds(problem):
        frame = window(problem, asap_length(problem) + 2)
        plan = MovePlan.of(problem, frame, "register", memory_only=False, beyond=0.3)
        state = begin(plan, frame.asap, np.ones(3), frame.depth + 1, 0)
        return [part.dtype for part in (plan.pull, *state)]

    assert kinds(make_problem(2)) == kinds(make_problem(2, [(0, 1)]))


@given(case=scheduled(max_nodes=10))
def test_followers_never_cost_memory_and_stay_legal(case):
    problem, start, depth = case
    frame = window(problem, depth)
    plan = MovePlan.of(problem, frame, "register", memory_only=True, beyond=0.3)
    state = begin(plan, np.array(start, np.int64), np.array([0.0, 0.0, 1.0]), depth + 9, 0)
    after = state.start.tolist()
    assert reference.legal(problem, after, depth)
    assert reference.peak_live(problem, after, depth, "register") <= reference.peak_live(
        problem, start, depth, "register"
    )


def test_a_source_and_a_sink_wait_at_their_neighbours():
    # a source, a chain of two and a sink, with room for four steps: source just before the chain
    # and sink just after it, wherever the chain is.
    problem = make_problem(4, [(0, 1), (1, 2), (2, 3)])
    frame = window(problem, 8)
    plan = MovePlan.of(problem, frame, "register", memory_only=True, beyond=1.0)
    assert plan.movable.tolist() == [1, 2]
    state = begin(plan, np.array([0, 3, 4, 7]), np.array([0.0, 0.0, 1.0]), 9, 0)
    assert state.start.tolist() == [2, 3, 4, 5]
    run(plan, state, 3, 10.0, 10.0, 500)
    source, first, second, sink = state.start
    assert (source, sink) == (first - 1, second + 1)


@pytest.mark.parametrize(("beyond", "most"), [(0.0, 1), (1.0, 3)])
def test_moves_drag_what_is_in_their_way(beyond, most):
    # A chain of three with a step of slack: hemmed in, it goes node by node or as a whole.
    problem = make_problem(3, [(0, 1), (1, 2)])
    frame = window(problem, 4)
    plan = MovePlan.of(problem, frame, "register", memory_only=False, beyond=beyond)
    state = begin(plan, np.array([0, 1, 2]), np.ones(3), 5, 1)
    together = 0
    for _ in range(60):
        before = state.start.copy()
        run(plan, state, 3, 1e9, 1e9, 1)
        assert reference.legal(problem, state.start.tolist(), 4)
        assert (state.target == -1).all()
        together = max(together, int((state.start != before).sum()))
    assert together == most


@pytest.mark.parametrize(("nodes", "dragged"), [(MOST, MOST), (MOST + 1, 0)])
def test_a_move_that_drags_too_many_is_given_up(nodes, dragged):
    problem = make_problem(nodes, [(i, i + 1) for i in range(nodes - 1)])
    frame = window(problem, nodes + 1)
    plan = MovePlan.of(problem, frame, "register", memory_only=False, beyond=1.0)
    state = begin(plan, frame.asap, np.ones(3), nodes + 2, 1)
    assert drag(plan, state, 0, 1, False) == dragged
    assert (state.target >= 0).sum() == dragged


def test_problems_of_several_classes_share_the_compiled_moves():
    # Took 8 s of compilation in a first solve of two classes: their usage was a strided view.
    several = make_problem(2, [(0, 1)], classes=("mul", "add"), uses=([0, 1], [0, 1], 1, 1))
    frame = window(several, 4)
    plan = MovePlan.of(several, frame, "register", memory_only=False, beyond=0.3)
    state = begin(plan, frame.asap, np.ones(3), 5, 0)
    assert state.usage.shape[0] == 2
    assert state.usage.flags.c_contiguous
