"""Every baseline is legal; every bound is below the brute-force optimum."""

import itertools
import time
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaus_jax.base.clock import Clock
from gaus_jax.base.settings import ObjectiveSettings
from gaus_jax.baselines import BASELINES, CONSTRUCTIVE, Attempt
from gaus_jax.baselines.baseline import refusal
from gaus_jax.bounds import BOUNDS
from gaus_jax.bounds.bound import lower_bound, safe
from gaus_jax.core.build import make_problem
from gaus_jax.core.profile import LIFETIMES
from gaus_jax.core.schedule import Schedule
from gaus_jax.core.window import asap_length, window
from gaus_jax.model.objective import OBJECTIVES
from gaus_jax.model.resolve import resolve
from tests import brute, reference
from tests.strategies import problems

# term -> (problem, start, depth, lifetime) -> the oracle's value
TERM = {
    "footprint": lambda p, s, d, life: reference.footprint(p, s, d, life),
    "communication": lambda p, s, d, life: reference.communication(p, s),
    "latency": lambda p, s, d, life: reference.latency(p, s),
    "peak_live": lambda p, s, d, life: reference.peak_live(p, s, d, life),
    "peak_usage": lambda p, s, d, life: reference.peak_usage(p, s),
}


@pytest.mark.parametrize("baseline", CONSTRUCTIVE)
@given(problem=problems(loop_carried=True), slack=st.integers(0, 6))
def test_baselines_are_legal(baseline, problem, slack):
    depth = asap_length(problem) + slack
    found = CONSTRUCTIVE[baseline].schedule(problem, window(problem, depth))
    assert found.depth == depth
    assert reference.legal(problem, found.start.tolist(), depth)


@settings(max_examples=10, deadline=None)
@pytest.mark.parametrize("name", OBJECTIVES)
@pytest.mark.parametrize("baseline", BASELINES)
@given(problem=problems(max_nodes=6, max_edges=8), slack=st.integers(0, 3))
def test_runs_are_legal_and_never_below_the_optimum(baseline, name, problem, slack):
    depth = asap_length(problem) + slack
    sequential = "sequence" in OBJECTIVES[name].constraints
    if sequential:
        problem = replace(problem, delay=np.zeros_like(problem.delay))
        depth = problem.nodes
    objective, frame = resolve(ObjectiveSettings(name=name, depth=depth), problem)
    entry = BASELINES[baseline]
    if refusal(entry, problem, objective):
        return
    attempt = Attempt(problem, objective, frame, Clock(0.05))
    entry.run(attempt)
    every = brute.orders(problem) if sequential else brute.schedules(problem, depth)
    best = min(objective.exact(problem, Schedule(np.array(s, np.int64), depth)) for s in every)
    assert attempt.best is not None
    if sequential:
        assert not reference.order_violations(problem, attempt.best.start.tolist())
    else:
        assert reference.legal(problem, attempt.best.start.tolist(), depth)
    assert attempt.best_cost == objective.exact(problem, attempt.best) >= best
    assert attempt.lower_bound <= best * (1 + 1e-9)


def test_list_scheduling_levels_what_asap_piles_up():
    # Six nodes in six steps, of two classes: one unit of each is enough.
    free = make_problem(6, classes=("x", "y"), uses=(range(6), [0, 0, 0, 1, 1, 1], 1, 2))
    frame = window(free, 6)
    found = CONSTRUCTIVE["list"].schedule(free, frame).start.tolist()
    assert reference.peak_usage(free, found) == 2
    assert reference.peak_usage(free, frame.asap.tolist()) == 6


@settings(max_examples=30)
@pytest.mark.parametrize("lifetime", LIFETIMES)
@given(problem=problems(max_nodes=4, max_edges=5), slack=st.integers(0, 3))
def test_bounds_are_below_the_optimum(lifetime, problem, slack):
    depth = asap_length(problem) + slack
    frame = window(problem, depth)
    every = list(itertools.islice(brute.schedules(problem, depth), 3000))
    for name, bound in BOUNDS.items():
        if "ii" in bound.rests_on:  # of loops: tests/bounds
            continue
        for weights in ({t: 0.7 + 0.1 * k for k, t in enumerate(bound.terms)}, {bound.terms[0]: 3}):
            best = min(
                sum(w * TERM[t](problem, s, depth, lifetime) for t, w in weights.items())
                for s in every
            )
            for seconds in (10.0, 0.0):
                found = bound.relax(problem, frame, weights, lifetime, seconds).value
                assert 0 <= found <= best + 1e-9, (name, weights, seconds)


def test_every_bounded_term_has_an_oracle():
    assert {term for bound in BOUNDS.values() for term in bound.terms} <= set(TERM)


def value(
    name: str, problem, depth: int, lifetime: str = "register", seconds: float = 10.0
) -> float:
    weights = {BOUNDS[name].terms[0]: 1.0}
    return BOUNDS[name].relax(problem, window(problem, depth), weights, lifetime, seconds).value


def test_the_flow_is_tight():
    # a feeds b and c, both feed d, with a step of room; whatever moves, weights 1, 5, 2, 1 ask
    # for spans 2 + 5 * 1 + 2 * 1 + 1 * 2 at least: b follows a and c precedes d at once.
    problem = make_problem(
        4, [(0, 1), (0, 2), (1, 3), (2, 3)], weight=[5, 1, 1, 2], latency=[1, 1, 2, 1]
    )
    best, _ = brute.optimum(problem, 6, lambda s: reference.communication(problem, s))
    assert value("communication_flow", problem, 6) == best == 5 * 1 + 1 * 1 + 1 * 2 + 2 * 2


@settings(max_examples=15)
@given(problem=problems(max_nodes=5, max_edges=7), slack=st.integers(0, 2))
def test_the_flow_is_the_least_communication(problem, slack):
    depth = asap_length(problem) + slack
    best, _ = brute.optimum(problem, depth, lambda s: reference.communication(problem, s))
    assert value("communication_flow", problem, depth) == best


def test_usage_is_tight_where_work_fills_the_steps():
    # Seven cycles of work in three steps: 3 units at least. Costs count per class.
    free = make_problem(7)
    assert value("usage_energy", free, 3) == 3
    dear = make_problem(
        4, classes=("x", "y"), class_cost=[2, 3], uses=(range(4), [0, 0, 0, 1], 1, 1)
    )
    assert value("usage_energy", dear, 2) == 2 * 2 + 3
    # Four cycles within a window of six steps: step 2 and 3 are taken for certain.
    long = make_problem(2, latency=4, uses=(range(2), 0, [1, 2], 4))
    assert value("usage_energy", long, 6) == 3
    # Fractions are not rounded up.
    half = make_problem(2, uses=(range(2), 0, 0.75, 1))
    assert value("usage_energy", half, 2) == pytest.approx(0.75, abs=1e-6)


def test_without_time_usage_is_the_mean_over_all_steps():
    assert value("usage_energy", make_problem(7), 3, seconds=0.0) == 3
    short = make_problem(2, latency=4, uses=([0], 0, 9, 2))  # two cycles among steps 0 to 3
    assert value("usage_energy", short, 6, seconds=0) == 5  # 4.5, and units are whole


def test_usage_counts_the_busiest_interval_alone():
    # Three nodes that must all fit in the first two of many steps.
    tail = [(i, 3) for i in range(3)] + [(i, i + 1) for i in range(3, 8)]
    assert value("usage_energy", make_problem(9, tail), 8) == 2


def test_lifetimes_are_tight():
    # p is read three steps on at the earliest: held in steps 1 .. 3, where q's value joins in.
    chain = make_problem(["p", "q", "r", "s"], [(0, 1), (1, 2), (2, 3), (0, 3)], size=[4, 1, 2, 9])
    assert value("lifetime_energy", chain, 4) == 4 + 2
    assert value("lifetime_energy", chain, 4, "buffer") == 4 + 2 + 9
    # Three values of one step each and three steps to put them in.
    free = make_problem(3, size=2)
    assert value("lifetime_energy", free, 3) == 0
    assert value("lifetime_energy", free, 3, "buffer") == 2
    assert value("lifetime_energy", make_problem(4, size=2), 2, "buffer") == 4
    # Outputs last to the end.
    assert value("lifetime_energy", make_problem(3, size=2, output=True), 3, "buffer") == 6


def test_the_least_lifetimes_are_a_mean_and_a_schedule():
    # Three values of 2 and one step between three steps: 6 in the two steps that can hold any.
    pairs = make_problem(6, [(0, 1), (2, 3), (4, 5)], size=2)
    assert value("lifetime_flow", pairs, 3) == 3
    frame = window(pairs, 3)
    found = BOUNDS["lifetime_flow"].relax(pairs, frame, {"peak_live": 1.0}, "register", 10.0)
    assert found.starts is not None
    (start,) = found.starts
    assert np.diff(start)[::2].tolist() == [1, 1, 1]
    assert value("lifetime_flow", pairs, 3, seconds=0.0) <= 3
    # A graph may know limits that are not to be kept.
    assert value("lifetime_flow", replace(pairs, limit=np.ones(pairs.limit.size)), 3) == 3


def test_the_critical_path_is_the_least_latency():
    assert value("critical_path", make_problem(3, [(0, 1), (1, 2)], latency=2), 9) == 6


def test_bounds_of_terms_add_up_by_weight():
    problem = make_problem(3, [(0, 1), (1, 2)], latency=2)
    found = lower_bound(
        BOUNDS.values(),
        problem,
        window(problem, 7),
        {"latency": 2.0, "communication": 0.5, "peak_usage": 0.0, "peak_live": 10.0},
        "register",
        lambda: 1.0,
    )
    value, points = found
    assert value == 2 * 6 + 0.5 * 4 + 10 * 1
    assert set(points) == {"communication_flow", "lifetime_flow", "time_indexed"}
    np.testing.assert_allclose(np.diff(points["communication_flow"]), 2, atol=1e-6)


@pytest.mark.parametrize("size", [3e9, 2.0**50])
def test_cuts_of_whole_amounts_lose_nothing_however_many(size):
    # Three values between two nodes, in bytes of billions.
    wide = make_problem(5, [(0, i) for i in (1, 2, 3)] + [(i, 4) for i in (1, 2, 3)], size=size)
    assert value("step_live", wide, 3) == 3 * size
    assert value("cut_live", wide, 3) == 3 * size


@pytest.mark.parametrize(
    ("value", "amounts", "wanted"),
    [(2.0, [1, 3], 2), (2.0 + 1e-12, [1, 3], 2), (2.01, [1, 3], 3), (-4.0, [1], 0), (1.99, [], 2)],
)
def test_whole_bounds_are_rounded_to_the_safe_side(value, amounts, wanted):
    assert safe(value, np.array(amounts, float), 10.0) == wanted


def test_fractional_bounds_lose_what_rounding_may_have_added():
    found = safe(2.25, np.array([0.25]), 1e6)
    assert 2.248 < found < 2.25


def test_energy_is_left_out_where_there_is_no_time_for_it():
    # Seven nodes that must fit in the first two of 10,002 steps, before a chain.
    first = [(i, 7) for i in range(7)]
    problem = make_problem(10_007, first + [(i, i + 1) for i in range(7, 10_006)])
    frame = window(problem, 10_002)
    energy = BOUNDS["usage_energy"]
    bounds = [
        energy.relax(problem, frame, {"peak_usage": 1.0}, "register", s).value for s in (10.0, 1e-3)
    ]
    assert bounds == [4, 2]


def test_list_scheduling_of_many_waiting_nodes_does_not_sort_them_at_every_step():
    # 30,000 nodes that wait for a unit, up to 500 steps: took 10 s when all were sorted each step.
    problem = make_problem(30_500, [(30_000 + i, 30_001 + i) for i in range(499)])
    frame = window(problem, 500)
    CONSTRUCTIVE["list"].schedule(make_problem(2, [(0, 1)]), window(make_problem(2), 2))  # compiles
    began = time.perf_counter()
    found = CONSTRUCTIVE["list"].schedule(problem, frame)
    assert time.perf_counter() - began < 3
    assert np.bincount(found.start, minlength=500).max() == 61
