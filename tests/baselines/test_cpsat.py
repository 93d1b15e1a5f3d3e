"""CP-SAT proves what brute force finds, in both encodings."""

import math
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gaus_jax
from gaus_jax.base.clock import Clock
from gaus_jax.base.errors import MissingExtraError
from gaus_jax.base.settings import ObjectiveSettings
from gaus_jax.baselines import BASELINES, Attempt
from gaus_jax.baselines.whole import whole
from gaus_jax.core.build import make_problem
from gaus_jax.core.profile import LIFETIMES
from gaus_jax.core.schedule import Schedule
from gaus_jax.core.window import asap_length
from gaus_jax.model.resolve import resolve
from tests import brute
from tests.strategies import problems

ENCODINGS = ("cpsat_interval", "cpsat_step")
MIXES = {
    "A": {"peak_usage": "ratio", "communication": 1.0},
    "B": {"peak_live": 1.0},
    "latency": {"latency": 1.0, "peak_usage": 0.25},
    "all": {"peak_usage": 0.3, "communication": 1 / 3, "peak_live": 2.0, "latency": 0.7},
}


def attempted(name, problem, depth, seconds=20.0, **objective) -> Attempt:
    resolved, frame = resolve(ObjectiveSettings(depth=depth, **objective), problem)
    attempt = Attempt(problem, resolved, frame, Clock(seconds))
    BASELINES[name].run(attempt)
    return attempt


@settings(max_examples=12)
@pytest.mark.parametrize("mix", MIXES)
@pytest.mark.parametrize("lifetime", LIFETIMES)
@given(
    problem=problems(max_nodes=5, max_edges=8, loop_carried=True),
    slack=st.integers(0, 3),
    unit=st.sampled_from([1, 0.1, math.pi]),
)
def test_both_encodings_prove_the_brute_force_optimum(lifetime, mix, problem, slack, unit):
    problem = scaled(problem, unit)
    depth = asap_length(problem) + slack
    for name in ENCODINGS:
        found = attempted(name, problem, depth, lifetime=lifetime, weights=MIXES[mix])
        best, _ = brute.optimum(
            problem,
            depth,
            lambda s: found.objective.exact(problem, Schedule(np.array(s, np.int64), depth)),  # noqa: B023
        )
        assert found.best_cost == pytest.approx(best, rel=1e-9)
        # Amounts that are no fractions are rounded down, and the bound with them.
        assert found.lower_bound <= best
        assert found.lower_bound == pytest.approx(best, rel=1e-6 if unit == math.pi else 1e-9)


def scaled(problem, unit):
    return make_problem(
        problem.nodes,
        np.stack([problem.tail, problem.head], axis=1),
        latency=problem.latency,
        size=problem.size * unit,
        output=problem.output,
        classes=problem.classes,
        class_cost=problem.class_cost,
        uses=(
            problem.use_node,
            problem.use_class,
            problem.use_demand * unit,
            problem.use_occupancy,
        ),
        delay=problem.delay,
        distance=problem.distance,
        weight=problem.weight,
        is_data=problem.is_data,
    )


@pytest.mark.parametrize(
    ("amounts", "most", "numbers", "factor"),
    [
        ([3.0, 0.0, 5.0], 8, [3, 0, 5], 1),
        ([0.5, 1 / 3], 100, [3, 2], 6),
        ([math.pi], 100, [50], 16),
        ([5.0, 3.0], 7, [2, 1], 0.5),
        ([], 7, [], 1),
        ([0.0], 7, [0], 1),
    ],
)
def test_whole_numbers_are_rounded_down(amounts, most, numbers, factor):
    assert whole(amounts, most) == (numbers, factor)


def test_whole_numbers_count_as_often_as_they_are_taken():
    assert whole([0.5, 0.25], 100, [1, 2]) == ([2, 1], 4)
    assert whole([4.0, 2.0], 10, [1, 4]) == ([2, 1], 0.5)


@pytest.mark.parametrize("name", ENCODINGS)
def test_without_ortools(monkeypatch, name):
    monkeypatch.setitem(sys.modules, "ortools.sat.python", None)
    with pytest.raises(MissingExtraError, match=r"gaus-jax\[baselines\]"):
        attempted(name, make_problem(2), 2)


@pytest.mark.parametrize("name", ENCODINGS)
def test_without_time_the_hint_is_the_answer(name):
    found = attempted(name, make_problem(4), 4, seconds=0.0)
    assert found.best is not None
    assert found.lower_bound == 0


def test_too_many_literals_are_refused(bench):
    problem = gaus_jax.load(bench / "epfl" / "div.aig")
    objective, _ = resolve(ObjectiveSettings(name="A"), problem)
    assert "would take 4,481,236 literals" in BASELINES["cpsat_step"].supports(problem, objective)


@pytest.mark.slow
@pytest.mark.parametrize("objective", ["A", "B"])
@pytest.mark.parametrize("name", ENCODINGS)
def test_the_time_limit_holds(bench, name, objective):
    problem = gaus_jax.load(bench / "rw" / "rand_graph_5000_1.gml")
    found = attempted(name, problem, None, seconds=5.0, name=objective)
    assert found.clock.used() < 5.5
    assert len(found.trace) > 1
