"""The solver as a method: what its seconds hold."""

from gaus_jax.base.settings import ObjectiveSettings
from gaus_jax.bench.solver import Solver
from gaus_jax.instances.random import workload


def test_a_short_run_uses_the_gradient_that_the_brief_one_compiled():
    method, about = Solver(set=("optimise.steps=40",)), ObjectiveSettings(name="B", kappa="2")
    problem = workload(30, 1.5, 0)
    method.warm(problem, about, 0.5)
    ran = method.run(problem, about, 2.0, 0)
    assert ran.result.timings["optimise"] > 0
