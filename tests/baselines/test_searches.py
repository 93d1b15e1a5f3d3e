"""The searches: on time, the same by seed, never worse than where they start."""

import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from gaus_jax.base.clock import Clock
from gaus_jax.base.settings import ObjectiveSettings
from gaus_jax.baselines import BASELINES
from gaus_jax.baselines.baseline import refusal
from gaus_jax.baselines.moves.abreast import APART, abreast
from gaus_jax.core.build import make_problem
from gaus_jax.instances.random import layered, workload
from gaus_jax.model.resolve import resolve
from tests import reference
from tests.baselines.attempts import attempt, run

SEARCHES = ("annealing", "local_search")
ON_TIME = (*SEARCHES, "force_directed", "list_best", "communication_lp", "lifetime_lp")


@pytest.mark.parametrize("name", ON_TIME)
@pytest.mark.parametrize("objective", ["A", "B"])
def test_time_limits_hold_on_deep_graphs(name, objective):
    # Each would take seconds to minutes; a limit is missed by one look at the clock at most.
    deep = layered(12_000, 1_500, 0)
    run(name, make_problem(2, [(0, 1)]), name=objective)  # compiles
    made = attempt(deep, Clock(0.4), name=objective, kappa="1.2")
    began = time.perf_counter()
    BASELINES[name].run(made)
    assert time.perf_counter() - began < 0.4 + 0.25  # of slack for a busy machine
    assert made.best is not None
    assert reference.legal(deep, made.best.start.tolist(), made.window.depth)


@pytest.mark.parametrize("name", SEARCHES)
def test_without_a_limit_the_seed_decides(name):
    problem = workload(200, 3.0, 1)
    found = [run(name, problem, seed=seed, name="B").best for seed in (3, 3, 4)]
    one, again, other = (schedule.start.tolist() for schedule in found if schedule)
    assert one == again
    assert one != other


@pytest.mark.parametrize("name", SEARCHES)
def test_two_searches_run_at_once_and_the_better_one_answers(name):
    problem, both = workload(120, 3.0, 2), BASELINES[name]
    better = set()
    for seed in range(6):
        costs = []
        for own in (seed, seed + APART):
            alone = attempt(problem, seed=own, name="B")
            replace(both, chains=1).run(alone)
            costs.append(alone.best_cost)
        assert run(name, problem, seed=seed, name="B").best_cost == min(costs)
        better.add(costs[1] < costs[0])
    assert len(better) == 2  # now the first, now the second


def test_a_search_that_fails_ends_the_others():
    def search(seed: int, halted: Callable[[], bool]) -> None:
        if seed == 5:
            raise ValueError("no")
        while not halted():
            time.sleep(0.001)

    with pytest.raises(ValueError, match="no"):
        abreast(search, 5, 2)


@pytest.mark.parametrize("name", SEARCHES)
@pytest.mark.parametrize("objective", ["A", "B"])
def test_searches_improve_on_lists(name, objective):
    problem = workload(120, 2.0, 0)
    lists = run("list_best", problem, name=objective).best_cost
    made = run(name, problem, name=objective)
    assert made.best_cost < 0.98 * lists
    costs = [cost for _, cost in made.trace]
    assert costs == sorted(costs, reverse=True)


@pytest.mark.parametrize("name", SEARCHES)
def test_progress_is_handed_in_on_the_way(name):
    run(name, make_problem(2, [(0, 1)]), name="A")  # compiles
    made = run(name, layered(8_000, 200, 0), Clock(0.5), name="A", kappa="1.5")
    assert sum(0.05 < seconds < 0.48 for seconds, _ in made.trace) >= 3


@pytest.mark.parametrize("name", SEARCHES)
def test_a_latency_of_ones_own_is_weighed(name):
    # Six units and a step, three and two, two and three: 6 + 2, 3 + 4, 2 + 6.
    made = run(
        name,
        make_problem(6),
        name="mine",
        weights={"peak_usage": 1.0, "latency": 2.0},
        depth=6,
    )
    assert made.best is not None
    assert made.best_cost == 7
    assert reference.latency(make_problem(6), made.best.start.tolist()) == 2


def unlimited() -> list[str]:
    """The baselines for objectives without limits and orders."""
    objective, _ = resolve(ObjectiveSettings(name="B"), make_problem(2))
    return [n for n, b in BASELINES.items() if not refusal(b, make_problem(2), objective)]


@pytest.mark.parametrize("name", unlimited())
def test_nothing_to_move_is_the_only_schedule(name):
    chain = make_problem(3, [(0, 1), (1, 2)])
    for objective in ("A", "B"):
        made = run(name, chain, Clock(0.1), name=objective)
        assert made.best is not None
        assert made.best.start.tolist() == [0, 1, 2]
    empty = run(name, make_problem(0), Clock(0.1), name="B")
    assert empty.best is not None
    assert empty.best_cost == 0
