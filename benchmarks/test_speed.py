"""Speed of the parts that every solve goes through (pytest-benchmark; `nox -s bench`)."""

import jax.numpy as jnp
import pytest

from gaus_jax import ObjectiveSettings, Schedule, load, save
from gaus_jax.instances.random import layered
from gaus_jax.legalise.legalise import legalise
from gaus_jax.legalise.refine import refine
from gaus_jax.model.resolve import resolve
from gaus_jax.relax.flatten import flatten
from gaus_jax.relax.pack import pack, shape_of

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def case():
    problem = layered(20_000, 1_000, 0)
    objective, frame = resolve(ObjectiveSettings(name="B"), problem)
    return problem, objective, frame


def test_read(benchmark, case, tmp_path):
    save(case[0], tmp_path / "graph.gml")
    assert benchmark(load, tmp_path / "graph.gml").nodes == 20_000


def test_pack(benchmark, case):
    problem, objective, frame = case

    def run():
        graph, free = flatten(problem, frame, objective.lifetime, [1.0])
        return pack([graph], [free], shape_of(graph), jnp.float32)

    assert benchmark(run).graph.low.shape[0] == 1


def test_legalise(benchmark, case):
    problem, objective, frame = case
    middle = (frame.asap + frame.alap) / 2
    found = benchmark(
        legalise, problem, frame, middle, cost=lambda s: objective.exact(problem, s), thresholds=8
    )
    assert found.start.size == problem.nodes


def test_refine(benchmark, case):
    problem, objective, frame = case
    start = Schedule(frame.asap, frame.depth)
    cost = lambda s: objective.exact(problem, s)  # noqa: E731
    options = {"weights": objective.weights, "lifetime": "register", "moves": 200_000, "seed": 0}
    found = benchmark.pedantic(
        lambda: refine(problem, frame, start, cost=cost, **options), rounds=3, warmup_rounds=1
    )
    assert cost(found) <= cost(start)
