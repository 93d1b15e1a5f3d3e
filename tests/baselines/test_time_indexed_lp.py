"""The time-indexed programme by HiGHS: its bound, its refusals, and a limit that holds."""

import time

import pytest

from gaus_jax.base.clock import Clock
from gaus_jax.base.settings import ObjectiveSettings
from gaus_jax.baselines import Attempt
from gaus_jax.baselines.time_indexed_lp import TimeIndexedLP
from gaus_jax.bounds import BOUNDS
from gaus_jax.instances import generate
from gaus_jax.linear.highs import highs
from gaus_jax.model.resolve import resolve
from tests import reference


def attempt(problem, name: str = "B", seconds: float = 30.0, **more) -> Attempt:
    objective, frame = resolve(ObjectiveSettings(name=name, **more), problem)
    return Attempt(problem, objective, frame, Clock(seconds))


@pytest.mark.parametrize("name", ["A", "B"])
def test_it_proves_what_the_first_order_method_climbs_to(name):
    problem = generate("dense", 60, seed=2)
    run = attempt(problem, name, kappa="1.5")
    TimeIndexedLP().run(run)
    assert run.best is not None
    assert reference.legal(problem, run.best.start.tolist(), run.window.depth)
    climbed = BOUNDS["time_indexed"].relax(
        problem, run.window, run.objective.weights, run.objective.lifetime, 20.0
    )
    assert run.lower_bound <= run.best_cost
    assert run.lower_bound == pytest.approx(climbed.value, rel=2e-3)
    assert run.best_cost < run.trace[0][1]  # a rounding is better than ASAP


def test_a_late_solver_is_ended():
    problem = generate("dense", 3000, seed=0)
    run = attempt(problem, seconds=0.5, kappa="1.5")
    began = time.perf_counter()
    TimeIndexedLP().run(run)
    assert time.perf_counter() - began < 8.0  # seconds of a busy machine; alone it takes minutes
    assert run.clock.used() < 1.5
    assert run.best is not None
    assert run.lower_bound == 0


def test_what_it_cannot_do_is_said():
    problem = generate("dense", 60, seed=2)
    objective, _ = resolve(ObjectiveSettings(weights={"latency": 1.0, "peak_live": 1.0}), problem)
    assert "latency" in TimeIndexedLP().supports(problem, objective)
    objective, _ = resolve(ObjectiveSettings(name="B", kappa="1.5"), problem)
    assert TimeIndexedLP().supports(problem, objective) == ""
    assert "more than the 10" in TimeIndexedLP(most=10).supports(problem, objective)


def test_no_optimum_is_none():
    with highs() as solver:
        assert solver.solve(5.0, c=[1.0], A_ub=[[1.0]], b_ub=[-1.0], bounds=[(0, 1)]) is None
    with highs() as solver:
        assert solver.solve(0.0, c=[1.0]) is None
