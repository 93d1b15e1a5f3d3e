"""Parts of the steps: exact and legal like moves over all of them, and strangers to each other."""

import numpy as np
import pytest

import gaus_jax.legalise.parts as parts
from gaus_jax.core.build import make_problem
from gaus_jax.core.problem import Problem
from gaus_jax.core.profile import LIFETIMES, horizon
from gaus_jax.core.window import asap_length, window
from gaus_jax.legalise.moves import run_within
from gaus_jax.legalise.parts import Parted, part_count
from gaus_jax.legalise.plan import MovePlan, MoveState, Part, begin
from tests import reference

FACTORS = [(2.0, 1.0, 0.0), (0.0, 0.0, 1.0), (1.0, 1.0, 1.0)]


@pytest.fixture(autouse=True)
def small_parts(monkeypatch):
    monkeypatch.setattr(parts, "PART_NODES", 40)
    monkeypatch.setattr(parts, "LEAST_STEPS", 3)


def ladder(seed: int) -> Problem:
    """Two hundred nodes in some hundred steps, of all latencies, delays and occupancies."""
    rng = np.random.default_rng(seed)
    nodes, edges = 200, 330
    tail = rng.integers(0, nodes - 1, edges)
    head = np.minimum(tail + rng.integers(1, 9, edges), nodes - 1)
    users = rng.integers(0, nodes, 250)
    return make_problem(
        nodes,
        np.stack([tail, head], axis=1),
        latency=rng.integers(0, 4, nodes),
        size=rng.integers(0, 5, nodes),
        output=rng.random(nodes) < 0.05,
        classes=("mul", "add"),
        uses=(users, rng.integers(0, 2, 250), rng.integers(0, 3, 250), rng.integers(0, 4, 250)),
        delay=rng.integers(0, 3, edges),
        weight=rng.integers(0, 4, edges),
        is_data=rng.random(edges) < 0.9,
    )


def at_hand(problem: Problem, lifetime, factors, seed: int) -> tuple[MovePlan, MoveState, int]:
    depth = int(1.3 * asap_length(problem))
    frame = window(problem, depth)
    memory_only = factors[0] == factors[1] == 0
    plan = MovePlan.of(problem, frame, lifetime, memory_only=memory_only, beyond=0.3)
    steps = horizon(problem, depth) + 1
    return plan, begin(plan, frame.asap, np.array(factors), steps, seed), depth


@pytest.mark.parametrize("abreast", [1, 2, 3])
@pytest.mark.parametrize("lifetime", LIFETIMES)
@pytest.mark.parametrize("factors", FACTORS)
def test_profiles_stay_exact_and_schedules_legal(factors, lifetime, abreast):
    problem = ladder(abreast)
    plan, state, depth = at_hand(problem, lifetime, factors, 7)
    before, first = state.start.copy(), None
    parted = Parted(plan, state, abreast)
    for turn in range(30):
        parted.run(3, 3.0, 1.0, 300)
        first = state.start.copy() if turn == 0 else first
    here = state.start.tolist()
    assert first is not None
    assert (first != before).any()
    assert (first == before).any()  # outside the parts
    assert reference.legal(problem, here, depth)
    for r, row in reference.usage(problem, here, state.live.size).items():
        if factors[0]:
            np.testing.assert_allclose(state.usage[r], row, atol=1e-9)
    if factors[2]:
        live = reference.live(problem, here, depth, lifetime)
        np.testing.assert_allclose(state.live[:depth], live, atol=1e-9)
    assert state.communication[0] == pytest.approx(reference.communication(problem, here))
    assert (state.target == -1).all()
    assert (state.low == plan.asap).all()
    assert (state.high == plan.alap).all()
    best = state.best.tolist()
    assert reference.legal(problem, best, depth)
    terms = (reference.peak_usage, reference.communication)
    cost = sum(f * term(problem, best) for f, term in zip(factors, terms, strict=False))
    cost += factors[2] * reference.peak_live(problem, best, depth, lifetime)
    assert state.best_cost[0] == pytest.approx(cost)


@pytest.mark.parametrize("lifetime", LIFETIMES)
@pytest.mark.parametrize("seed", range(6))
def test_parts_abreast_do_not_see_each_other(lifetime, seed, monkeypatch):
    """Whichever runs first, the schedule is the same: they may as well run at once."""
    found = []
    for backwards in (False, True):
        plan, state, _ = at_hand(ladder(seed), lifetime, FACTORS[seed % 3], seed)
        monkeypatch.setattr(parts, "ThreadPoolExecutor", Serial if backwards else LateSerial)
        parted = Parted(plan, state, 3)
        for _ in range(20):
            parted.run(3, 3.0, 1.0, 300)
        found.append((state.start.tolist(), state.best.tolist(), state.live.tolist()))
    assert found[0] == found[1]


class Serial:
    """Runs what is submitted at once, before the caller's own part."""

    def __init__(self, threads: int) -> None:
        self.threads = threads

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None

    def submit(self, call):
        call()
        return Over(lambda: None)


class LateSerial(Serial):
    """Runs it when its result is asked for, after the caller's own part."""

    def submit(self, call):
        return Over(call)


class Over:
    def __init__(self, call) -> None:
        self.result = call


def test_a_part_leaves_all_else_as_it_is():
    plan, state, _ = at_hand(ladder(3), "register", FACTORS[1], 1)
    parted = Parted(plan, state, 1)
    for _ in range(10):
        before = state.start.copy()
        (_, span, _), *_ = parted._parts(500)
        worker = parted._workers[0]._replace(span=span)
        sums, scale = parts.measured(plan, state, 3)
        inside = (before >= span[0]) & (before < span[1])
        nodes = plan.movable[inside[plan.movable]]
        run_within(plan, worker, Part(nodes, span, 500, sums, scale), 3, 9.0, 9.0)
        assert (state.start[~inside] == before[~inside]).all()
        assert (state.start[inside] >= span[0]).all()
        assert (state.start[inside] < span[1]).all()
        parts._confine(plan, state, span, None)


def test_only_large_and_long_schedules_are_split():
    plan, *_ = at_hand(ladder(0), "register", FACTORS[1], 0)
    assert part_count(plan, 1) > 2
    assert part_count(plan, 2) >= 3  # one more than are worked on
    assert part_count(plan._replace(movable=plan.movable[:30]), 2) == 1  # too few nodes
    assert part_count(plan._replace(depth=12), 2) == 1  # too short
