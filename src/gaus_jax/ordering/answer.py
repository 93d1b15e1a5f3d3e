"""The judged answer under objective S, whose schedules are orders."""

import contextlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from gaus_jax.base.clock import Clock
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
) -> Result:
    """Prepare, bound, search and judge one problem; an interrupt ends the search."""
    objective, frame = resolve(settings.objective, problem)
    task = ordering.prepare(problem, objective, frame, own_seed(problem, seed), given, clock)
    with contextlib.suppress(KeyboardInterrupt):  # the best so far is an answer
        ordering.bound(task, settings, clock)
        ordering.search(task, settings, clock, report)
    with clock.stage("verify"):
        bound = objective.weights["footprint"] * task.lower_bound
        how = {"lower_bound": bound, "trace": tuple(task.trace), **about}
        result = judge(problem, task.best, objective, **how)
    return replace(result, timings=dict.fromkeys(PROMISED, 0.0) | clock.timings)
