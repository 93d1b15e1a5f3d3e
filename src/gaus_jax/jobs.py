"""One problem on its way through a solve: what is checked first, shared, and judged at the end."""

from dataclasses import replace
from typing import Any, NamedTuple

import jax

from gaus_jax.base.clock import Clock
from gaus_jax.base.errors import InfeasibleError, NotFoundError, SettingsError
from gaus_jax.base.settings import Settings, as_dict
from gaus_jax.core.problem import Problem
from gaus_jax.core.result import Result
from gaus_jax.explain import SECONDS, relief
from gaus_jax.model.judge import judge, no_schedule
from gaus_jax.prepare import HINTS, begun_early
from gaus_jax.relax.pack import Shape, roomiest, shape_of
from gaus_jax.rounds import check_names
from gaus_jax.task import PROMISED, Task

COMMON = ("bound", "legalise")  # stages before the search that count as part of it


class Job(NamedTuple):
    """One problem on its way: its place in the answer, its search and its clock."""

    place: int
    task: Task
    clock: Clock


def check(settings: Settings) -> None:
    """Raise `SettingsError` for what no problem could be solved with."""
    if jax.dtypes.canonicalize_dtype(settings.precision) != settings.precision:
        raise SettingsError(
            f"precision {settings.precision} is switched off in JAX; wrap the call in "
            f"jax.enable_x64(True), or set JAX_ENABLE_X64=1"
        )
    check_names(settings, HINTS)


def _explained(problem: Problem, settings: Settings, error: Exception, clock: Clock) -> str:
    """Why there is no schedule, and what would do."""
    if not isinstance(error, InfeasibleError):
        return str(error)
    more = relief(problem, settings.objective, max(0.0, min(SECONDS, clock.wall_left())))
    return f"{error}; {more}" if more else str(error)


def kind(task: Task) -> tuple[Shape, Any, Any]:
    """What problems that are searched side by side share."""
    return shape_of(task.graph), task.objective.terms, task.objective.constraints


def merged(groups: dict[Any, list[Job]]) -> dict[Any, list[Job]]:
    """Groups by `kind` that differ in padded sizes alone, as one that has room for all of them."""
    found: dict[Any, list[Job]] = {}
    shapes: dict[Any, list[Shape]] = {}
    for (shape, *rest), jobs in groups.items():
        key = (shape.spans, shape.folds, *rest)
        shapes.setdefault(key, []).append(shape)
        found.setdefault(key, []).extend(jobs)
    return {(roomiest(shapes[key]), *key[2:]): jobs for key, jobs in found.items()}


def without(
    problem: Problem, error: Exception, settings: Settings, seed: int, clock: Clock
) -> Result:
    """The result of a problem that cannot be searched, with the reason."""
    status = "failed" if isinstance(error, NotFoundError) else "infeasible"
    about = {"settings": as_dict(settings), "seed": seed, "timings": dict(clock.timings)}
    reason = _explained(problem, settings, error, clock)
    return no_schedule(problem, settings.objective.name, reason, status, **about)


def group_clock(jobs: list[Job], settings: Settings) -> Clock:
    """The limits of a group are those of its problems together, less what these have used."""
    # Limited: the search begins with the points of bounds, and with what is legal under limits.
    spent = {s: sum(job.clock.of(s) for job in jobs) for s in COMMON}
    prepared = sum(sum(job.clock.timings.values()) for job in jobs) - sum(spent.values())
    limit = None if settings.time_limit is None else settings.time_limit * len(jobs)
    wall = None if settings.wall is None else settings.wall * len(jobs) - prepared
    return Clock(limit, wall, {stage: seconds for stage, seconds in spent.items() if seconds})


def finished(job: Job, clock: Clock, count: int, about: dict[str, Any]) -> Result:
    """The judged answer, with its own seconds and its share of the group's."""
    with job.clock.stage("verify"):
        result = judge(
            job.task.problem,
            begun_early(job.task),
            job.task.objective,
            lower_bound=job.task.lower_bound,
            interval=job.task.about,
            trace=tuple(job.task.trace),
            **about,
        )
    own = {s: seconds for s, seconds in job.clock.timings.items() if s not in COMMON}
    timings = dict.fromkeys(PROMISED, 0.0) | own
    for stage, seconds in clock.timings.items():  # the group's clock went on from the common ones
        timings[stage] = timings.get(stage, 0.0) + seconds / count
    return replace(result, timings=timings)
