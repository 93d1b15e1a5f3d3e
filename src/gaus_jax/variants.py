"""One problem under several ratios or settings: many searches side by side in one program."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import jax
import numpy as np

from gaus_jax.base.clock import Clock
from gaus_jax.base.errors import InfeasibleError, SettingsError
from gaus_jax.base.settings import ObjectiveSettings, Settings, as_dict, under
from gaus_jax.core.problem import Problem
from gaus_jax.core.result import Result
from gaus_jax.jobs import Job, check, finished, kind, without
from gaus_jax.prepare import bound_below, prepare, seed_of
from gaus_jax.rounds import Reporter, lockstep, search
from gaus_jax.solve import solve_all
from gaus_jax.task import Task


def solve_ratios(
    problem: Problem,
    ratios: Sequence[float],
    settings: Settings,
    *,
    key: jax.Array | int = 0,
    report: Reporter | None = None,
) -> list[Result]:
    """One problem under several ratios of A at once, as `solve` would each; a `Result` for each.

    The searches run side by side in one compiled program. The time limit is for all together.

    Raises:
        SettingsError: the objective is not A, or as `solve`.
    """
    if settings.objective.name != "A" or settings.objective.weights:
        raise SettingsError("a front over ratios is of objective A; leave weights out")
    every = _sharing(settings, [{"ratio": float(ratio)} for ratio in ratios])
    report = report or (lambda progress: None)
    return solve_all([problem] * len(every), every, seed_of(key), None, report, 0.0, True)


def solve_intervals(
    problem: Problem,
    intervals: Sequence[int],
    settings: Settings = Settings(),  # noqa: B008 (frozen)
    *,
    objective: str | ObjectiveSettings | None = None,
    key: jax.Array | int = 0,
    report: Reporter | None = None,
) -> list[Result]:
    """One loop at several initiation intervals at once: registers (or any cost) against II.

    The intervals are lanes of one compiled program, padded to the steps of the longest. The time
    limit is for all together.

    Args:
        problem: one loop.
        intervals: II, cycles, each at least 1.
        settings: of all; C takes the place of A, which settings have by default.
        objective: a preset's name or its settings, A too; by default the one in ``settings``.
        key: a JAX key or an integer seed.
        report: called after every round.

    Returns:
        A `Result` for each interval; of status "infeasible" or "failed", with the reason, where
        there is no schedule at it or none was found.

    Raises:
        SettingsError: as `solve`, or an interval that is none.
    """
    asked = settings.objective
    if objective is None and asked.name == ObjectiveSettings().name and not asked.weights:
        settings = replace(settings, objective=replace(asked, name="C"))
    settings = under(settings, objective)
    every = _sharing(settings, [{"ii": ii} for ii in intervals])
    report = report or (lambda progress: None)
    given = [problem] * len(every), every, seed_of(key), None, report, 0.0, True
    return solve_all(*given, together=True)


def _sharing(settings: Settings, objectives: Sequence[Mapping[str, Any]]) -> list[Settings]:
    """The settings under each objective, and for each an equal share of the time."""
    check(settings)
    count = max(1, len(objectives))
    limits = {
        name: None if value is None else value / count
        for name, value in (("time_limit", settings.time_limit), ("wall", settings.wall))
    }
    return [
        replace(settings, objective=replace(settings.objective, **own), **limits)
        for own in objectives
    ]


def solve_settings(
    problem: Problem,
    every: Sequence[Settings],
    seeds: Sequence[int],
    *,
    side_by_side: int = 16,
    report: Reporter | None = None,
) -> Iterator[tuple[int, Result]]:
    """One problem under many settings, as `solve` does under each; what is done is given at once.

    Settings of one `lockstep` run side by side in one compiled program; windows, baselines and
    bounds are found once for all. Settings without limits of time and memory, or answers differ
    from those of separate runs.

    Args:
        problem: one problem.
        every: settings.
        seeds: one for each of them.
        side_by_side: so many at a time. Programs are compiled for this number, and answers depend
            on it by their rounding; on which settings are side by side they do not.
        report: called after every round; what it raises ends the work.

    Yields:
        The place in ``every``, and the `Result`. An interrupt is raised: a search that is cut short
        gives none.

    Raises:
        SettingsError: as `solve`.
        InputError: the depth of the problem is beyond what profiles can hold.
    """
    report = report or (lambda progress: None)
    for own in every:
        check(own)
    prepared: dict[Any, Task | InfeasibleError] = {}
    groups: dict[Any, list[Job]] = {}
    for place, (own, seed) in enumerate(zip(every, seeds, strict=True)):
        # All that `prepare` and `bound_below` read where no seconds are counted.
        known = repr(own.objective), own.bound_limit, own.proof_share, seed
        if known not in prepared:
            prepared[known] = _ready(problem, own, seed)
        found = prepared[known]
        if isinstance(found, InfeasibleError):
            yield place, without(problem, found, own, seed, Clock())
            continue
        alike = (kind(found), lockstep(own))
        groups.setdefault(alike, []).append(Job(place, _copied(found), Clock()))
    for ((shape, *_), _), jobs in groups.items():
        for first in range(0, len(jobs), side_by_side):
            chunk, clock = jobs[first : first + side_by_side], Clock()
            chosen = [every[job.place] for job in chunk]
            if not all(job.task.solved for job in chunk):
                # Equal numbers of problems, equal programs: the rest of the lanes are idle.
                spare = [_idle(chunk[0].task) for _ in range(side_by_side - len(chunk))]
                tasks = [job.task for job in chunk] + spare
                search(tasks, shape, chosen + chosen[:1] * len(spare), clock, report)
            for job, own in zip(chunk, chosen, strict=True):
                about = {"settings": as_dict(own), "seed": seeds[job.place]}
                yield job.place, finished(job, clock, len(chunk), about)


def _ready(problem: Problem, settings: Settings, seed: int) -> Task | InfeasibleError:
    """A problem before its search, or why there is none."""
    clock = Clock()
    try:
        task, interrupted = prepare(problem, settings, seed, clock, None)
    except InfeasibleError as error:
        return error
    if interrupted:
        raise KeyboardInterrupt
    bound_below(task, settings, clock)
    return task


def _copied(task: Task) -> Task:
    """A task of the same arrays, that a search may change for itself."""
    own = {"hints": dict(task.hints), "about": dict(task.about), "trace": list(task.trace)}
    return replace(task, **own)


def _idle(task: Task) -> Task:
    """A task that no search has anything to do for."""
    return replace(_copied(task), lower_bound=np.inf)
