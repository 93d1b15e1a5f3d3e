"""Objective S in a batch: an order of execution, searched on a host thread by moves alone."""

from dataclasses import replace
from typing import Any

from gaus_jax.base.batch import BatchSettings
from gaus_jax.base.clock import Clock
from gaus_jax.base.settings import ObjectiveSettings, OptimiseSettings, SearchSettings, Settings
from gaus_jax.bounds import IMMEDIATE
from gaus_jax.bounds.bound import UNTIMED, lower_bound
from gaus_jax.core.problem import Problem
from gaus_jax.core.result import Result
from gaus_jax.model.judge import judge
from gaus_jax.model.resolve import resolve
from gaus_jax.ordering.search import HEATS, prepare, search
from gaus_jax.task import PROMISED, own_seed


def ordered_by_count(
    problem: Problem,
    asked: ObjectiveSettings,
    settings: BatchSettings,
    seed: int,
    clock: Clock,
    about: dict[str, Any],
) -> Result:
    """The judged order that rules, an exact search of small graphs and moves find.

    Budgets are counts, so that the answer does not depend on the clock: the batch's moves, shared
    by the refinements of one round.

    Raises:
        SettingsError: what an order has no place for, such as a depth.
        InputError: an edge with a delay.
    """
    objective, frame = resolve(asked, problem)
    task = prepare(problem, objective, frame, own_seed(problem, seed), None, clock)
    with clock.stage("bound"):
        given = IMMEDIATE.values(), problem, frame, {"footprint": 1.0}, "buffer"
        task.lower_bound, _ = lower_bound(*given, lambda: UNTIMED, objective.facts)  # type: ignore[arg-type]
    sweeps = min(settings.legalise.sweeps, settings.most_moves / max(1, problem.nodes))
    how = Settings(
        objective=asked,
        rounds=1,
        optimise=OptimiseSettings(steps=0),
        legalise=replace(settings.legalise, sweeps=sweeps / len(HEATS)),
        search=SearchSettings(threads=1),
    )
    search(task, how, clock, lambda progress: None)
    with clock.stage("verify"):
        bound = objective.weights["footprint"] * task.lower_bound
        result = judge(problem, task.best, objective, lower_bound=bound, **about)
    return replace(result, timings=dict.fromkeys(PROMISED, 0.0) | clock.timings)
