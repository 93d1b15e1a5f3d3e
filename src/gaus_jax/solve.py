"""The line, for one problem and for a batch: problems in, judged schedules out."""

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple, overload

import jax
import numpy as np

from gaus_jax.base.clock import Clock
from gaus_jax.base.errors import InfeasibleError, InputError, NotFoundError, SettingsError
from gaus_jax.base.settings import ObjectiveSettings, Settings, as_dict, override
from gaus_jax.baselines import CONSTRUCTIVE
from gaus_jax.bounds import BOUNDS, IMMEDIATE
from gaus_jax.bounds.bound import lower_bound
from gaus_jax.core.problem import Problem, with_limits
from gaus_jax.core.result import Result
from gaus_jax.core.schedule import Schedule
from gaus_jax.core.window import Window
from gaus_jax.footprint import fitted
from gaus_jax.interval import automatic, least_interval
from gaus_jax.legalise.legalise import legalise
from gaus_jax.legalise.warm import warm_limited_kernels
from gaus_jax.linear.time_indexed import TERMS
from gaus_jax.model.judge import judge, no_schedule
from gaus_jax.model.objective import Objective, constraint_names, resolve
from gaus_jax.model.verify import verify
from gaus_jax.ordering import search as ordering
from gaus_jax.relax.pack import flatten, shape_of
from gaus_jax.rounds import Reporter, check_names, search
from gaus_jax.task import Task

BOUND_SHARE = 0.1  # of the seconds, for bounds before the search
PROMISED = ("load", "compile", "optimise", "legalise")  # stages that every result times


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
    problem, the settings and the key alone, not on what it is solved with, unless a time limit
    cuts the search short. Problems of one padded shape run side by side; a time limit is per
    problem. An interrupt (Ctrl-C) ends the search and returns what was found.

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
    results = _solve_all(problems, every, _seed(key), given, report, loaded, alone)
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
    return _solve_all([problem] * len(every), every, _seed(key), None, report, 0.0, True)


def _check(settings: Settings) -> None:
    """Raise `SettingsError` for what no problem could be solved with."""
    if jax.dtypes.canonicalize_dtype(settings.precision) != settings.precision:
        raise SettingsError(
            f"precision {settings.precision} is switched off in JAX; wrap the call in "
            f"jax.enable_x64(True), or set JAX_ENABLE_X64=1"
        )
    check_names(settings, {*CONSTRUCTIVE, *BOUNDS, "given"})


class _Job(NamedTuple):
    """One problem on its way: its place in the answer, its search and its clock."""

    place: int
    task: Task
    clock: Clock


def _solve_all(
    problems,
    every: Sequence[Settings],
    seed: int,
    given,
    report: Reporter,
    loaded: float,
    alone: bool,
) -> list[Result]:
    """One settings for each problem; they differ in the objective at most."""
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
                results[index] = _ordered(problem, *how)
                continue
            task = _prepare(problem, every[index], seed, clock, given)
        except (InfeasibleError, InputError) as error:
            if alone and isinstance(error, InputError):
                raise  # a caller's mistake; among several it costs the others nothing
            status = "failed" if isinstance(error, NotFoundError) else "infeasible"
            about = (every[index].objective.name, str(error), status)
            results[index] = no_schedule(problem, *about, **abouts[index])
            continue
        try:
            if not interrupted:
                _bound(task, settings, clock)
        except KeyboardInterrupt:
            interrupted = True  # the best so far is an answer, of the problems to come too
        kind = (shape_of(task.graph), task.objective.terms, task.objective.constraints)
        groups.setdefault(kind, []).append(_Job(index, task, clock))
    for (shape, *_), jobs in groups.items():
        clock, reason = _group_clock(jobs, settings), ""
        try:
            if not interrupted and not all(job.task.solved for job in jobs):
                chosen = fitted(settings, shape, len(jobs))
                search([job.task for job in jobs], shape, chosen, clock, report)
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
    return [results[index] for index in range(len(problems))]


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
            _begun_early(job.task),
            job.task.objective,
            lower_bound=job.task.lower_bound,
            interval=job.task.about,
            trace=tuple(job.task.trace),
            **about,
        )
    shared = {stage: seconds / count for stage, seconds in clock.timings.items()}
    timings = dict.fromkeys(PROMISED, 0.0) | job.clock.timings | shared
    return replace(result, timings=timings)


def _ordered(
    problem: Problem,
    settings: Settings,
    seed: int,
    clock: Clock,
    given: Schedule | None,
    report: Reporter,
    about: Mapping[str, Any],
) -> Result:
    """The judged answer under objective S, whose schedules are orders."""
    objective, frame = resolve(settings.objective, problem)
    task = ordering.prepare(problem, objective, frame, _own(problem, seed), given, clock)
    with contextlib.suppress(KeyboardInterrupt):  # the best so far is an answer
        ordering.bound(task, settings, clock)
        ordering.search(task, settings, clock, report)
    with clock.stage("verify"):
        bound = objective.weights["footprint"] * task.lower_bound
        how = {"lower_bound": bound, "trace": tuple(task.trace), **about}
        result = judge(problem, task.best, objective, **how)
    return replace(result, timings=dict.fromkeys(PROMISED, 0.0) | clock.timings)


def _own(problem: Problem, seed: int) -> int:
    """A problem's own seed."""
    return int(np.random.default_rng([seed, int(problem.sha256[:12], 16)]).integers(2**31))


def _begun_early(task: Task) -> Schedule:
    """The best schedule; where nothing bounds the latency, without whole intervals before it."""
    ii, start = task.objective.ii, task.best.start
    if ii is None or task.objective.bounded or start.size == 0:
        return task.best
    return Schedule(start - int(start.min()) // ii * ii, task.best.depth, ii)


def _prepare(
    problem: Problem, settings: Settings, seed: int, clock: Clock, given: Schedule | None
) -> Task:
    """Windows, baselines and arrays of one problem, at the least II that is found feasible."""
    problem = with_limits(problem, settings.objective.limits)
    own = _own(problem, seed)
    if not automatic(settings.objective):
        objective, frame = resolve(settings.objective, problem)
        if not objective.limited:
            return _task(problem, objective, frame, own, clock, given)
    with clock.stage("compile"):
        warm_limited_kernels()
    with clock.stage("legalise"):
        found = least_interval(problem, settings.objective, own, clock, given)
    task = _task(problem, found.objective, found.window, own, clock, None, found.hints)
    task.about = found.about
    return task


def _task(
    problem: Problem,
    objective: Objective,
    frame: Window,
    seed: int,
    clock: Clock,
    given: Schedule | None,
    hints: Mapping[str, Schedule] | None = None,
) -> Task:
    """The arrays of one problem; without hints, the baselines that heed dependences alone."""
    with clock.stage("pack"):
        weights = list(objective.weights.values())
        graph, free = flatten(problem, frame, objective.lifetime, weights)
    hints = dict(hints or {})
    if not hints:
        with clock.stage("baselines"):
            hints = {b.name: b.schedule(problem, frame) for b in CONSTRUCTIVE.values()}
            if given is not None:
                hints["given"] = _legal(problem, given, objective)
    first = next(iter(hints.values()))
    task = Task(problem, objective, frame, graph, free, hints, seed, 0.0, 0.0, first)
    for schedule in hints.values():
        task.offer(schedule, 0.0)
    return task


def _bound(task: Task, settings: Settings, clock: Clock) -> None:
    """Bound the task from below; the points that bounds are found at become hints."""
    seconds = min(settings.bound_limit, BOUND_SHARE * clock.left())
    weights = task.objective.weights
    with clock.stage("bound"):
        given = IMMEDIATE.values(), task.problem, task.window
        how = task.objective.lifetime, lambda: seconds - clock.of("bound")
        facts = task.objective.facts
        task.lower_bound, points = lower_bound(*given, weights, *how, facts)
        others = {term: weight for term, weight in weights.items() if term not in TERMS}
        task.other_bound, _ = lower_bound(*given, others, *how, facts)
        if task.objective.limited:
            return  # the points heed no limits
        for name, starts in points.items():
            near = (
                legalise(task.problem, task.window, s, cost=task.cost, thresholds=1) for s in starts
            )
            task.hints[name] = min(near, key=task.cost)
            task.offer(task.hints[name], clock.used())


def _legal(problem: Problem, given: Schedule, objective: Objective) -> Schedule:
    """The given starts under the objective's depth; an `InputError` where they are not legal."""
    schedule = Schedule(given.start, objective.depth)
    violations = verify(problem, schedule, objective)
    if violations:
        raise InputError(
            f"{problem.name}: the given schedule is not legal: {violations[0]}; mend it, or leave "
            f"it out"
        )
    return schedule


def _seed(key: jax.Array | int) -> int:
    """An integer seed of at least 0 from a key; equal keys give equal seeds."""
    if isinstance(key, int | np.integer):
        return int(key) % 2**63
    words = np.asarray(jax.random.key_data(key), np.uint64).reshape(-1)
    return int(np.random.default_rng(words).integers(2**31))
