"""Moves under limits, at an II and without: exact, legal, never worse, the same by seed."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaus_jax.core.build import make_problem
from gaus_jax.core.profile import LIFETIMES
from gaus_jax.core.schedule import Schedule
from gaus_jax.core.window import window
from gaus_jax.legalise.cooling import Heat
from gaus_jax.legalise.limited import moves as moves_module
from gaus_jax.legalise.limited.drag import ITSELF, drag, take
from gaus_jax.legalise.limited.moves import probe, run
from gaus_jax.legalise.limited.plan import TERMS, LimitedPlan
from gaus_jax.legalise.limited.propose import _by_periods
from gaus_jax.legalise.limited.refine import refine_limited
from gaus_jax.legalise.limited.state import MOST, begin
from tests import reference
from tests.strategies import pipelined, scheduled

FACTORS = st.sampled_from(
    [(0.0, 0.0, 1.0, 0.0), (2.0, 1.0, 0.0, 0.0), (0.0, 0.0, 0.0, 1.0), (1.0, 2.0, 3.0, 1.0)]
)
SEED = st.integers(0, 10**6)


@st.composite
def cases(draw, **options):
    """A problem, a legal start list, a depth, an II or None, and limits that the start keeps."""
    if draw(st.booleans()):
        problem, start, depth, ii = draw(pipelined(max_nodes=8, **options))
        used = reference.modulo_usage(problem, start, ii)
    else:
        problem, start, depth = draw(scheduled(max_nodes=8, loop_carried=True, **options))
        ii = None
        used = reference.usage(problem, start, reference.busy_until(problem, start))
    room = draw(st.lists(st.sampled_from([0, 0, 1, np.inf]), min_size=3, max_size=3))
    limit = [max(row, default=0.0) + room[r] for r, row in used.items()]
    return problem, start, depth, ii, np.array(limit, float)


def within(problem, start, depth, ii, limit) -> bool:
    if ii is None:
        used = reference.usage(problem, start, reference.busy_until(problem, start))
    else:
        used = reference.modulo_usage(problem, start, ii)
    fits = all(max(row, default=0.0) <= limit[r] for r, row in used.items())
    return fits and reference.legal(problem, start, depth, ii)


def exact(problem, start, depth, ii, lifetime, factors) -> float:
    parts = (
        reference.peak_usage(problem, start),
        reference.communication(problem, start, ii),
        reference.peak_live(problem, start, depth, lifetime, ii),
        reference.latency(problem, start),
    )
    return sum(f * p for f, p in zip(factors, parts, strict=True))


def walked(case, lifetime, factors, moves, seed, hot=3.0):
    """The plan and its state after some moves."""
    problem, start, depth, ii, limit = case
    weights = dict(zip(TERMS, factors, strict=True))
    plan = LimitedPlan.of(problem, window(problem, depth, ii), limit, weights, lifetime)
    state = begin(plan, np.array(start, np.int64), seed)
    run(plan, state, 3, hot, hot / 10, moves)
    return plan, state


def assert_exact(case, lifetime, factors, plan, state):
    problem, _, depth, ii, limit = case
    here = state.start.tolist()
    assert within(problem, here, depth, ii, limit)
    assert not state.shift.any()
    assert not state.way.any()
    assert (state.target == -1).all()
    usage = reference.usage(problem, here, state.profile.shape[1])
    period = plan.period
    taken = usage if ii is None else reference.modulo_usage(problem, here, ii)
    for r in range(limit.size):
        priced = factors[0] * problem.class_cost[r] > 0
        np.testing.assert_allclose(state.profile[r], usage[r] if priced else 0.0, atol=1e-9)
        capped = np.isfinite(limit[r])
        np.testing.assert_allclose(state.table[r], taken[r][:period] if capped else 0.0, atol=1e-9)
    live = reference.live(problem, here, depth, lifetime, ii) if factors[2] else []
    np.testing.assert_allclose(state.profile[-1, : len(live)], live, atol=1e-9)
    np.testing.assert_allclose(state.profile[-1, len(live) :], 0.0, atol=1e-9)
    np.testing.assert_allclose(state.peak, state.profile.max(axis=1, initial=0), atol=1e-9)
    cost = exact(problem, here, depth, ii, lifetime, factors)
    assert state.cost[0] == pytest.approx(cost, abs=1e-9)
    ends = [start + length for start, length in zip(here, problem.duration, strict=True)]
    if factors[3]:
        assert state.finishing.tolist() == np.bincount(ends, minlength=state.late.size).tolist()


@settings(max_examples=60)
@pytest.mark.parametrize("lifetime", LIFETIMES)
@given(case=cases(), factors=FACTORS, seed=SEED, moves=st.integers(1, 400))
def test_incremental_profiles_are_exact(lifetime, case, factors, seed, moves):
    plan, state = walked(case, lifetime, factors, moves, seed)
    assert_exact(case, lifetime, factors, plan, state)


@settings(max_examples=30)
@pytest.mark.parametrize("lifetime", LIFETIMES)
@given(case=cases(), factors=FACTORS, seed=SEED)
def test_the_best_point_has_the_best_cost(lifetime, case, factors, seed):
    problem, start, depth, ii, limit = case
    _, state = walked(case, lifetime, factors, 200, seed)
    best = state.best.tolist()
    assert within(problem, best, depth, ii, limit)
    cost = exact(problem, best, depth, ii, lifetime, factors)
    assert state.cost[1] == pytest.approx(cost, abs=1e-9)
    for other in (start, state.start.tolist()):
        assert cost <= 1e-9 + exact(problem, other, depth, ii, lifetime, factors)


@settings(max_examples=20)
@given(case=cases(min_nodes=2), seed=SEED, pieces=st.integers(1, 50))
def test_where_moves_are_cut_by_the_clock_they_are_the_same(case, seed, pieces):
    whole, parts = [], []
    for found, cut in ((whole, 10**9), (parts, pieces)):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(moves_module, "paced", lambda count, expired=None, c=cut: cuts(count, c))
            plan, state = walked(case, "register", (1.0, 0.0, 1.0, 1.0), 150, seed)
            found += [*state.start, *state.best, state.cost[0], probe(plan, state, 3, 100)]
    assert whole == parts


def cuts(count, size):
    return [(begin, min(count, begin + size)) for begin in range(0, count, size)]


def test_moves_end_when_the_time_is_up():
    # One move of a value that lives for thousands of turns takes as long as thousands of others.
    frame = window(make_problem(3, [(0, 1), (1, 2)]), 9)
    plan = LimitedPlan.of(make_problem(3), frame, np.full(1, np.inf), {"peak_live": 1.0}, "buffer")
    state = begin(plan, np.array([0, 1, 2]), 0)
    asked = []
    run(plan, state, 3, 1.0, 0.1, 10**12, lambda: bool(asked.append(0)) or len(asked) > 3)
    assert len(asked) == 4


@given(case=cases(min_nodes=2), lifetime=st.sampled_from(LIFETIMES), seed=SEED)
def test_probing_moves_nothing(case, lifetime, seed):
    problem, start, depth, ii, limit = case
    frame, ones = window(problem, depth, ii), dict.fromkeys(TERMS, 1.0)
    plan = LimitedPlan.of(problem, frame, limit, ones, lifetime)
    state = begin(plan, np.array(start, np.int64), seed)
    assert probe(plan, state, 3, 100) >= 0
    assert state.start.tolist() == start
    assert_exact(case, lifetime, (1.0, 1.0, 1.0, 1.0), plan, state)


def refined(case, lifetime, factors, seed, **options):
    problem, start, depth, ii, limit = case
    return refine_limited(
        problem,
        window(problem, depth, ii),
        Schedule(start, depth, ii),
        limit=limit,
        weights=dict(zip(TERMS, factors, strict=True)),
        lifetime=lifetime,
        cost=lambda s: exact(problem, s.start.tolist(), depth, ii, lifetime, factors),
        moves=options.pop("moves", 300),
        seed=seed,
        **options,
    )


@settings(max_examples=20)
@pytest.mark.parametrize("lifetime", LIFETIMES)
@given(case=cases(), factors=FACTORS, seed=SEED, heat=st.sampled_from([0.0, 0.3, 9.0]))
def test_never_worse_always_legal_the_same_by_seed(lifetime, case, factors, seed, heat):
    problem, start, depth, ii, limit = case
    found, again = (refined(case, lifetime, factors, seed, heat=Heat(heat=heat)) for _ in range(2))
    here = found.start.tolist()
    assert here == again.start.tolist()
    assert found.ii == ii
    assert within(problem, here, depth, ii, limit)
    old = exact(problem, start, depth, ii, lifetime, factors)
    assert exact(problem, here, depth, ii, lifetime, factors) <= old + 1e-9


MEMORY, LATENCY = (0.0, 0.0, 1.0, 0.0), (0.0, 0.0, 0.0, 1.0)


@pytest.mark.parametrize("options", [{"moves": 0}, {"seconds": 0.0}, {"expired": lambda: True}])
def test_without_moves_or_time_the_schedule_stays(options):
    case = make_problem(4), [3, 2, 1, 4], 6, None, np.array([1.0])
    assert refined(case, "register", LATENCY, 1, **options).start.tolist() == [3, 2, 1, 4]


@pytest.mark.parametrize("ii", [None, 8])
def test_latency_goes_down_to_what_the_units_allow(ii):
    # Six nodes on two units: three steps, with or without an II.
    case = make_problem(6), [0, 2, 3, 5, 6, 7], 8, ii, np.array([2.0])
    assert reference.latency(case[0], refined(case, "register", LATENCY, 0).start.tolist()) == 3


def test_full_units_are_exchanged():
    # Two chains on one unit, every slot taken: only exchanges lead from interleaved to nested.
    chains = make_problem(4, [(0, 1), (2, 3)], uses=(np.arange(4), 0, 1, 1))
    case = chains, [0, 2, 1, 3], 4, 4, np.array([1.0])
    found = refined(case, "register", MEMORY, 0)
    assert reference.peak_live(chains, found.start.tolist(), 4, "register", 4) == 1
    assert sorted(found.start % 4) == [0, 1, 2, 3]


def test_a_value_goes_to_the_stage_of_its_reader():
    # II 2, the slots are full: the producer can only come nearer by whole periods.
    pair = make_problem(2, [(0, 1)])
    case = pair, [0, 7], 8, 2, np.array([1.0])
    found = refined(case, "register", MEMORY, 0)
    assert found.start[1] - found.start[0] == 1


def test_a_node_goes_by_a_whole_period():
    pair = make_problem(2, [(0, 1)])
    frame = window(pair, 8, 2)
    plan = LimitedPlan.of(pair, frame, np.array([1.0]), {"peak_live": 1.0}, "register")
    state = begin(plan, np.array([2, 7]), 0)
    assert _by_periods(plan, state, 0)
    assert state.target[0] in (0, 4)
    assert state.tally[2] == 1


def test_what_moves_do_not_know_counts_in_the_comparison():
    case = make_problem(4), [3, 2, 1, 4], 6, None, np.array([1.0])
    problem, start, depth, ii, limit = case
    found = refine_limited(
        problem,
        window(problem, depth, ii),
        Schedule(start, depth, ii),
        limit=limit,
        weights={"latency": 1.0},
        lifetime="register",
        cost=lambda s: float(np.any(s.start != start)),
        moves=300,
        seed=0,
    )
    assert found.start.tolist() == start


def test_a_recurrence_goes_as_a_whole():
    # A tight recurrence of two nodes far behind its source, on a unit of its own.
    loop = make_problem(3, [(0, 1), (1, 2), (2, 1)], distance=[0, 0, 1])
    frame = window(loop, 12, 2)
    plan = LimitedPlan.of(loop, frame, np.array([np.inf]), {"peak_live": 1.0}, "register")
    state = begin(plan, np.array([0, 8, 9]), 0)
    take(plan, state, 2, 7, ITSELF)
    assert drag(plan, state)
    assert state.tally[2] == 2
    assert state.target[1] == 6


@pytest.mark.parametrize(("nodes", "dragged"), [(MOST, MOST), (MOST + 1, 0)])
def test_a_move_that_drags_too_many_is_given_up(nodes, dragged):
    problem = make_problem(nodes, [(i, i + 1) for i in range(nodes - 1)])
    frame = window(problem, nodes + 1)
    plan = LimitedPlan.of(problem, frame, np.array([1.0]), {"latency": 1.0}, "register")
    state = begin(plan, frame.asap, 1)
    before = state.table.copy()
    take(plan, state, 0, 1, ITSELF)
    assert drag(plan, state) == (dragged > 0)
    assert state.tally[2] == dragged
    if not dragged:
        np.testing.assert_array_equal(state.table, before)
        assert not state.way.any()


def test_problems_of_any_shape_share_the_compiled_moves():
    several = make_problem(2, [(0, 1)], classes=("mul", "add"), uses=([0, 1], [0, 1], 1, 1))
    bare = make_problem(2, classes=())

    def kinds(problem, ii):
        limit = np.full(len(problem.classes), 1.0)
        frame = window(problem, 4, ii)
        plan = LimitedPlan.of(problem, frame, limit, {"latency": 1.0}, "buffer")
        parts = [*plan, *begin(plan, frame.asap, 0)]
        flat = [p for part in parts for p in (part if isinstance(part, tuple) else (part,))]
        return [getattr(p, "dtype", type(p)) for p in flat], all(
            p.flags.c_contiguous for p in flat if isinstance(p, np.ndarray)
        )

    assert kinds(several, 2) == kinds(bare, None) == kinds(several, None)
    assert kinds(bare, 3)[1]
