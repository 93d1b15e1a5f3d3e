"""The line, for one problem and for a batch: problems in, judged schedules out."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, NamedTuple, overload

import jax
import numpy as np

from gaus_jax.base.clock import Clock
from gaus_jax.base.errors import InfeasibleError, InputError, NotFoundError, SettingsError
from gaus_jax.base.interrupt import INTERRUPTS
from gaus_jax.base.settings import ObjectiveSettings, Settings, as_dict, override
from gaus_jax.core.problem import Problem
from gaus_jax.core.result import Result
from gaus_jax.core.schedule import Schedule
from gaus_jax.explain import SECONDS, relief
from gaus_jax.footprint import fitted
from gaus_jax.model.judge import judge, no_schedule
from gaus_jax.model.objective import constraint_names
from gaus_jax.ordering.answer import ordered
from gaus_jax.prepare import HINTS, begun_early, bound_below, prepare, seed_of
from gaus_jax.registers import within_registers
from gaus_jax.relax.pack import Shape, shape_of
from gaus_jax.rounds import Reporter, check_names, lockstep, search
from gaus_jax.task import PROMISED, Task


@overload
def solve(
    problem: Problem,
    objective: str | ObjectiveSettings | None = None,
    settings: Settings = ...,
    *,
    key: jax.Array | int = 0,
    given: Schedule | None = None,
    report: Reporter | None = None,
    loaded: float = 0.0,
) -> Result: ...
@overload
def solve(
    problem: Sequence[Problem],
    objective: str | ObjectiveSettings | None = None,
    settings: Settings = ...,
    *,
    key: jax.Array | int = 0,
    given: Schedule | None = None,
    report: Reporter | None = None,
    loaded: float = 0.0,
) -> list[Result]: ...
def solve(
    problem: Problem | Sequence[Problem],
    objective: str | ObjectiveSettings | None = None,
    settings: Settings = Settings(),  # noqa: B008 (frozen)
    *,
    key: jax.Array | int = 0,
    given: Schedule | None = None,
    report: Reporter | None = None,
    loaded: float = 0.0,
) -> Any:
    """Find a legal schedule of low cost for one problem, or for each of several.

    The answer is the best legal schedule seen, those of the baselines included. It depends on the
    problem, the settings and the key, unless a time limit cuts the search short. Problems of one
    padded shape run side by side, in a program compiled for their number: its sums may differ from
    another's in their last bits. A time limit is per problem. An interrupt (Ctrl-C) ends the search
    and returns what was found.

    Args:
        problem: one problem, or a sequence of them.
        objective: a preset's name or its settings; by default the one in ``settings``.
        settings: everything else that the answer depends on.
        key: a JAX key or an integer seed.
        given: a legal schedule to start from, for the start named "given" and as an incumbent.
        report: called after every round.
        loaded: seconds that loading took, recorded with the others and counted against the wall.

    Returns:
        A `Result`, or a list of them in the order of the problems. A problem that no schedule can
        satisfy gives one of status "infeasible", with the reason.

    Raises:
        SettingsError: an unknown name in the settings, or a precision that JAX has switched off.
        InputError: of a single problem, its given schedule is not legal or its depth beyond
            what profiles can hold; among several it is that problem's result.
    """
    if isinstance(objective, str):
        settings = override(settings, {"objective": {"name": objective}}, "objective")
    elif objective is not None:
        settings = override(settings, {"objective": as_dict(objective)}, "objective")
    _check(settings)
    problems = [problem] if isinstance(problem, Problem) else list(problem)
    report = report or (lambda progress: None)
    alone = isinstance(problem, Problem)
    every = [settings] * len(problems)
    if settings.objective.register_limit is not None:

        def one(problem: Problem) -> Result:
            def again(own: Settings, start: Schedule | None) -> tuple[Result, bool]:
                given = [problem], [own], seed_of(key), start, report, loaded, True
                results, interrupted = _solve_all(*given)
                return results[0], interrupted

            return within_registers(problem, settings, again, given)

        results = [one(problem) for problem in problems]
    else:
        results, _ = _solve_all(problems, every, seed_of(key), given, report, loaded, alone)
    return results[0] if alone else results


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
    _check(settings)
    count = max(1, len(ratios))
    limits = {
        name: None if value is None else value / count
        for name, value in (("time_limit", settings.time_limit), ("wall", settings.wall))
    }
    every = [
        replace(settings, objective=replace(settings.objective, ratio=float(ratio)), **limits)
        for ratio in ratios
    ]
    report = report or (lambda progress: None)
    return _solve_all([problem] * len(every), every, seed_of(key), None, report, 0.0, True)[0]


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
        _check(own)
    prepared: dict[Any, Task | InfeasibleError] = {}
    groups: dict[Any, list[_Job]] = {}
    for place, (own, seed) in enumerate(zip(every, seeds, strict=True)):
        known = repr(own.objective), own.bound_limit, seed
        if known not in prepared:
            prepared[known] = _ready(problem, own, seed)
        found = prepared[known]
        if isinstance(found, InfeasibleError):
            yield place, _without(problem, found, own, seed, Clock())
            continue
        kind = (_kind(found), lockstep(own))
        groups.setdefault(kind, []).append(_Job(place, _copied(found), Clock()))
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
                yield job.place, _finished(job, clock, len(chunk), about)


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


def _check(settings: Settings) -> None:
    """Raise `SettingsError` for what no problem could be solved with."""
    if jax.dtypes.canonicalize_dtype(settings.precision) != settings.precision:
        raise SettingsError(
            f"precision {settings.precision} is switched off in JAX; wrap the call in "
            f"jax.enable_x64(True), or set JAX_ENABLE_X64=1"
        )
    check_names(settings, HINTS)


class _Job(NamedTuple):
    """One problem on its way: its place in the answer, its search and its clock."""

    place: int
    task: Task
    clock: Clock


@INTERRUPTS.watched()
def _solve_all(
    problems,
    every: Sequence[Settings],
    seed: int,
    given,
    report: Reporter,
    loaded: float,
    alone: bool,
) -> tuple[list[Result], bool]:
    """One settings for each problem; they differ in the objective at most.

    And whether an interrupt ended the search.
    """
    settings = every[0] if every else Settings()
    abouts = [{"settings": as_dict(own), "seed": seed} for own in every]
    results: dict[int, Result] = {}
    groups: dict[Any, list[_Job]] = {}
    interrupted = False
    for index, problem in enumerate(problems):
        clock = Clock(settings.time_limit, settings.wall, {"load": loaded / len(problems)})
        try:
            if "sequence" in constraint_names(every[index].objective):
                how = every[index], seed, clock, given, report, abouts[index]
                results[index] = ordered(problem, *how)
                continue
            task, ended = prepare(problem, every[index], seed, clock, given)
            interrupted |= ended
        except (InfeasibleError, InputError) as error:
            if alone and isinstance(error, InputError):
                raise  # a caller's mistake; among several it costs the others nothing
            results[index] = _without(problem, error, every[index], seed, clock)
            continue
        try:
            if not interrupted:
                bound_below(task, settings, clock)
        except KeyboardInterrupt:
            interrupted = True  # the best so far is an answer, of the problems to come too
        interrupted |= INTERRUPTS.asked  # also where a library has swallowed it
        groups.setdefault(_kind(task), []).append(_Job(index, task, clock))
    for (shape, *_), jobs in groups.items():
        clock, reason = _group_clock(jobs, settings), ""
        try:
            if not interrupted and not all(job.task.solved for job in jobs):
                chosen = fitted(settings, shape, len(jobs))
                search([job.task for job in jobs], shape, [chosen] * len(jobs), clock, report)
        except SettingsError as error:  # of the memory that these would take
            if alone:
                raise
            reason = f"no search: {error}"
        except KeyboardInterrupt:
            interrupted = True
        except (MemoryError, RuntimeError) as error:  # of the device, as a rule its memory
            reason = f"the search ended early: {error}"
        for job in jobs:
            about = abouts[job.place] | {"reason": reason}
            results[job.place] = _finished(job, clock, len(jobs), about)
    ended = interrupted or INTERRUPTS.asked
    return [results[index] for index in range(len(problems))], ended


def _explained(problem: Problem, settings: Settings, error: Exception, clock: Clock) -> str:
    """Why there is no schedule, and what would do."""
    if not isinstance(error, InfeasibleError):
        return str(error)
    more = relief(problem, settings.objective, max(0.0, min(SECONDS, clock.wall_left())))
    return f"{error}; {more}" if more else str(error)


def _kind(task: Task) -> tuple[Shape, Any, Any]:
    """What problems that are searched side by side share."""
    return shape_of(task.graph), task.objective.terms, task.objective.constraints


def _without(
    problem: Problem, error: Exception, settings: Settings, seed: int, clock: Clock
) -> Result:
    """The result of a problem that cannot be searched, with the reason."""
    status = "failed" if isinstance(error, NotFoundError) else "infeasible"
    about = {"settings": as_dict(settings), "seed": seed}
    reason = _explained(problem, settings, error, clock)
    return no_schedule(problem, settings.objective.name, reason, status, **about)


def _group_clock(jobs: list[_Job], settings: Settings) -> Clock:
    """The limits of a group are those of its problems together, less what these have used."""
    # Limited: the search begins with the points of bounds, and with what is legal under limits.
    spent = {s: sum(job.clock.of(s) for job in jobs) for s in ("bound", "legalise")}
    prepared = sum(sum(job.clock.timings.values()) for job in jobs) - sum(spent.values())
    limit = None if settings.time_limit is None else settings.time_limit * len(jobs)
    wall = None if settings.wall is None else settings.wall * len(jobs) - prepared
    return Clock(limit, wall, {stage: seconds for stage, seconds in spent.items() if seconds})


def _finished(job: _Job, clock: Clock, count: int, about: dict[str, Any]) -> Result:
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
    shared = {stage: seconds / count for stage, seconds in clock.timings.items()}
    timings = dict.fromkeys(PROMISED, 0.0) | job.clock.timings | shared
    return replace(result, timings=timings)
