"""Baselines for loops and limits: legal by the oracle, never below brute force, ending on time."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaus_jax.base.clock import Clock
from gaus_jax.base.settings import ObjectiveSettings
from gaus_jax.baselines import BASELINES, Attempt
from gaus_jax.baselines.baseline import refusal
from gaus_jax.core.build import make_problem
from gaus_jax.instances.loops import biquad, lms
from gaus_jax.model.resolve import resolve
from tests import brute, reference
from tests.limited import fit_alone, legal, tight
from tests.strategies import pipelined, problems

LIMITED = [name for name, entry in BASELINES.items() if getattr(entry, "limited", False)]
LOOP = make_problem(2, [(0, 1), (1, 0)], distance=[0, 1], limit=1)


def able(objective: str) -> list[str]:
    """The baselines that do not refuse a loop of two nodes."""
    asked, _ = resolve(ObjectiveSettings(name=objective), LOOP)
    return [name for name in LIMITED if not refusal(BASELINES[name], LOOP, asked)]


C, D = able("C"), able("D")


def attempted(baseline, problem, asked, seconds=0.1, free=False):
    """A run of a baseline; with `free` it looks for its own II."""
    objective, frame = resolve(asked, problem)
    attempt = Attempt(problem, objective, frame, Clock(seconds), asked=asked if free else None)
    BASELINES[baseline].run(attempt)
    return attempt


def test_the_rivals_are_listed():
    heuristics = {"iterative_modulo", "swing_modulo", "modulo_sdc"}
    polished = {"iterative_modulo_lp", "modulo_sdc_lp"}
    assert set(C) == heuristics | polished | {"modulo_annealing", "cpsat_modulo"}
    assert set(D) == {"list_latency", "cpsat_latency"}


@pytest.mark.parametrize("lifetime", reference.LIFETIMES)
@pytest.mark.parametrize("baseline", C)
@settings(max_examples=10, deadline=None)
@given(case=pipelined(max_nodes=5, max_edges=6, max_slack=3))
def test_at_an_interval_no_loop_is_better_than_brute_force(baseline, lifetime, case):
    problem, _, depth, ii = case
    problem = tight(problem, ii)
    if not fit_alone(problem, ii):
        return
    asked = ObjectiveSettings(name="C", ii=ii, depth=depth, lifetime=lifetime)
    made = attempted(baseline, problem, asked)
    measure = lambda s: (  # noqa: E731
        math.inf
        if reference.resource_violations(problem, s, ii)
        else reference.objective_C(problem, s, depth, ii, lifetime)
    )
    best = brute.optimum(problem, depth, measure, ii)
    assert made.objective.ii == ii
    if made.best is not None:
        assert made.best.ii == ii
        assert legal(problem, made.best.start, depth, ii)
        assert made.best_cost == measure(made.best.start.tolist()) >= best[0]
    if best is not None:
        assert made.lower_bound <= best[0] * (1 + 1e-9)


@pytest.mark.parametrize("baseline", C)
@settings(max_examples=15, deadline=None)
@given(problem=problems(max_nodes=6, loop_carried=True, limited=True))
def test_a_loop_is_legal_at_the_interval_that_a_baseline_reaches(baseline, problem):
    made = attempted(baseline, problem, ObjectiveSettings(name="C"), free=True)
    ii = made.objective.ii
    assert ii >= reference.min_ii(problem)
    if made.best is None:
        assert baseline == "swing_modulo"  # the others cannot fail where nothing overlaps
        return
    start = made.best.start
    assert legal(problem, start, made.best.depth, ii)
    assert made.best_cost == reference.objective_C(problem, start.tolist(), made.best.depth, ii)
    assert made.trace[-1][1] == made.best_cost


@pytest.mark.parametrize("baseline", D)
@settings(max_examples=20, deadline=None)
@given(problem=problems(max_nodes=5, max_edges=6, limited=True))
def test_no_latency_is_below_brute_force(baseline, problem):
    made = attempted(baseline, problem, ObjectiveSettings(name="D"))
    assert made.best is not None
    start = made.best.start.tolist()
    length = reference.latency(problem, start)
    assert reference.legal(problem, start, length)
    assert not reference.resource_violations(problem, start)
    measure = lambda s: (  # noqa: E731
        math.inf if reference.resource_violations(problem, s) else reference.latency(problem, s)
    )
    best, _ = brute.optimum(problem, length, measure)
    assert made.best_cost == length >= best
    assert made.lower_bound <= best
    if baseline == "cpsat_latency" and problem.nodes:
        assert made.best_cost == best


@pytest.mark.parametrize("baseline", C)
def test_an_easy_loop_is_scheduled_at_min_ii(baseline):
    made = attempted(baseline, biquad(3), ObjectiveSettings(name="C"), free=True)
    assert made.best is not None
    assert made.best.ii == made.objective.ii == reference.min_ii(biquad(3))


@pytest.mark.parametrize("baseline", D)
def test_units_are_shared(baseline):
    made = attempted(baseline, make_problem(6, limit=2), ObjectiveSettings(name="D"), seconds=0.5)
    assert made.best_cost == 3
    assert not reference.resource_violations(make_problem(6, limit=2), made.best.start.tolist())


def crowd(nodes: int):
    """Many nodes of several steps, each a unit of a few, in a few long chains."""
    edges = [(i, i + 7) for i in range(nodes - 7)]
    return make_problem(nodes, edges, latency=3, limit=3, uses=(range(nodes), 0, 1, 2))


@pytest.mark.parametrize(
    ("baseline", "objective"), [*((n, "C") for n in C), *((n, "D") for n in D)]
)
def test_the_limit_of_time_holds(baseline, objective):
    problem = lms(120) if objective == "C" else crowd(1500)
    asked = ObjectiveSettings(name=objective)
    made = attempted(baseline, problem, asked, seconds=0.4, free=objective == "C")
    assert made.clock.used() < 0.4 + 0.6  # other work on the machine


@pytest.mark.parametrize("baseline", ["modulo_annealing", "cpsat_modulo"])
def test_a_search_has_fewer_registers_than_where_it_begins(baseline):
    loop = lms(6)
    asked = ObjectiveSettings(name="C")
    first = attempted("iterative_modulo", loop, asked, free=True)
    made = attempted(baseline, loop, asked, seconds=0.5, free=True)
    assert made.objective.ii <= first.objective.ii
    assert made.objective.ii < first.objective.ii or made.best_cost < first.best_cost


def test_the_lifetimes_of_a_heuristic_are_made_least():
    loop = biquad(12)
    asked = ObjectiveSettings(name="C")
    plain = attempted("iterative_modulo", loop, asked, free=True)
    made = attempted("iterative_modulo_lp", loop, asked, free=True)
    assert made.objective.ii == plain.objective.ii
    slots = plain.best.start % plain.objective.ii
    assert (made.best.start % made.objective.ii).tolist() == slots.tolist()
    assert made.best_cost < plain.best_cost


@given(st.integers(1, 3))
def test_an_interval_that_is_asked_for_is_kept(more):
    loop = lms(4)  # reaches 11
    made = attempted("iterative_modulo", loop, ObjectiveSettings(name="C", ii=11 + more))
    assert made.best.ii == 11 + more
    assert attempted("iterative_modulo", loop, ObjectiveSettings(name="C", ii=10)).best is None


@pytest.mark.parametrize(
    ("baseline", "objective", "message"),
    [
        ("iterative_modulo", "D", "iterative_modulo needs an initiation interval"),
        ("modulo_annealing", "D", "moves for peak_live alone"),
        ("cpsat_modulo", "D", "cpsat_modulo encodes peak_live alone"),
        ("list_latency", "C", "list_latency knows no initiation interval"),
        ("list_latency", "B", "neither a limit nor the latency asks for"),
        ("cpsat_latency", "A", "cpsat_latency encodes latency alone"),
        ("annealing", "C", "knows neither resource limits nor an initiation interval"),
    ],
)
def test_refusals(baseline, objective, message):
    asked, _ = resolve(ObjectiveSettings(name=objective), LOOP)
    assert message in refusal(BASELINES[baseline], LOOP, asked)
