"""The judged answer under objective S, whose schedules are orders."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from gaus_jax.base.clock import Clock
from gaus_jax.base.interrupt import INTERRUPTS
from gaus_jax.base.settings import Settings
from gaus_jax.core.problem import Problem
from gaus_jax.core.result import Result
from gaus_jax.core.schedule import Schedule
from gaus_jax.model.judge import judge
from gaus_jax.model.resolve import resolve
from gaus_jax.ordering import search as ordering
from gaus_jax.rounds import Reporter
from gaus_jax.task import PROMISED, own_seed


def ordered(
    problem: Problem,
    settings: Settings,
    seed: int,
    clock: Clock,
    given: Schedule | None,
    report: Reporter,
    about: Mapping[str, Any],
    interrupted: bool = False,
) -> Result:
    """Prepare, bound, search and judge one problem; an interrupt ends the search.

    Or has ended it before it begins: ``interrupted``.
    """
    objective, frame = resolve(settings.objective, problem)
    task = ordering.prepare(problem, objective, frame, own_seed(problem, seed), given, clock)
    try:
        if not interrupted:
            ordering.bound(task, settings, clock)
            ordering.search(task, settings, clock, report)
    except KeyboardInterrupt:
        interrupted = True  # the best so far is an answer
    interrupted |= INTERRUPTS.asked
    with clock.stage("verify"):
        bound = objective.weights["footprint"] * task.lower_bound
        how = {"lower_bound": bound, "trace": tuple(task.trace), **about}
        result = judge(problem, task.best, objective, **how)
    result = replace(result, timings=dict.fromkeys(PROMISED, 0.0) | clock.timings)
    return result.cut_short() if interrupted else result
