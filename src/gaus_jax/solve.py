"""The line, for one problem and for a batch: problems in, judged schedules out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple, overload

import jax
import numpy as np

from gaus_jax.base.clock import Clock
from gaus_jax.base.errors import InfeasibleError, InputError, NotFoundError, SettingsError
from gaus_jax.base.settings import ObjectiveSettings, Settings, as_dict, override
from gaus_jax.baselines import CONSTRUCTIVE
from gaus_jax.baselines.list_best import lists
from gaus_jax.bounds import BOUNDS, IMMEDIATE
from gaus_jax.bounds.bound import lower_bound
from gaus_jax.bounds.warm import warm_bounds
from gaus_jax.core.problem import Problem, with_limits
from gaus_jax.core.result import Result
from gaus_jax.core.schedule import Schedule
from gaus_jax.core.window import Window
from gaus_jax.explain import SECONDS, relief
from gaus_jax.footprint import fitted
from gaus_jax.interval import automatic, least_interval
from gaus_jax.legalise.legalise import legalise
from gaus_jax.legalise.warm import warm_limited_kernels
from gaus_jax.linear.time_indexed import TERMS
from gaus_jax.model.judge import judge, no_schedule
from gaus_jax.model.objective import Objective, resolve
from gaus_jax.model.verify import verify
from gaus_jax.registers import within_registers
from gaus_jax.relax.pack import Shape, flatten, shape_of
from gaus_jax.rounds import Reporter, check_names, lockstep, search
from gaus_jax.task import Task

BOUND_SHARE = 0.1  # of the seconds, for bounds before the search
LIST_BEST = "list_best"  # the hint that is the best of them
LIST_SHARE = 0.02  # of the seconds, for list schedules before it
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
    if settings.objective.register_limit is not None:

        def one(problem: Problem) -> Result:
            def again(own: Settings, start: Schedule | None) -> tuple[Result, bool]:
                given = [problem], [own], _seed(key), start, report, loaded, True
                results, interrupted = _solve_all(*given)
                return results[0], interrupted

            return within_registers(problem, settings, again, given)

        results = [one(problem) for problem in problems]
    else:
        results, _ = _solve_all(problems, every, _seed(key), given, report, loaded, alone)
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
    return _solve_all([problem] * len(every), every, _seed(key), None, report, 0.0, True)[0]


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
        task, interrupted = _prepare(problem, settings, seed, clock, None)
    except InfeasibleError as error:
        return error
    if interrupted:
        raise KeyboardInterrupt
    _bound(task, settings, clock)
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
    check_names(settings, {*CONSTRUCTIVE, *BOUNDS, LIST_BEST, "given"})


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
            task, ended = _prepare(problem, every[index], seed, clock, given)
            interrupted |= ended
        except (InfeasibleError, InputError) as error:
            if alone and isinstance(error, InputError):
                raise  # a caller's mistake; among several it costs the others nothing
            results[index] = _without(problem, error, every[index], seed, clock)
            continue
        try:
            if not interrupted:
                _bound(task, settings, clock)
        except KeyboardInterrupt:
            interrupted = True  # the best so far is an answer, of the problems to come too
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
    return [results[index] for index in range(len(problems))], interrupted


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


def _begun_early(task: Task) -> Schedule:
    """The best schedule; where nothing bounds the latency, without whole intervals before it."""
    ii, start = task.objective.ii, task.best.start
    if ii is None or task.objective.bounded or start.size == 0:
        return task.best
    return Schedule(start - int(start.min()) // ii * ii, task.best.depth, ii)


def _prepare(
    problem: Problem, settings: Settings, seed: int, clock: Clock, given: Schedule | None
) -> tuple[Task, bool]:
    """Windows, baselines and arrays of one problem, at the least II that is found feasible.

    And whether an interrupt ended that.
    """
    problem = with_limits(problem, settings.objective.limits)
    own = int(np.random.default_rng([seed, int(problem.sha256[:12], 16)]).integers(2**31))
    if not automatic(settings.objective):
        objective, frame = resolve(settings.objective, problem)
        if not objective.limited:
            return _task(problem, objective, frame, own, clock, given), False
    with clock.stage("compile"):
        warm_limited_kernels()
        warm_bounds()
    with clock.stage("legalise"):
        found = least_interval(problem, settings, own, clock, given)
    task = _task(problem, found.objective, found.window, own, clock, None, found.hints)
    task.about = found.about
    return task, found.interrupted


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
    plain = not hints
    if plain:
        with clock.stage("baselines"):
            hints = {b.name: b.schedule(problem, frame) for b in CONSTRUCTIVE.values()}
            if given is not None:
                hints["given"] = _legal(problem, given, objective)
    first = next(iter(hints.values()))
    task = Task(problem, objective, frame, graph, free, hints, seed, 0.0, 0.0, first)
    for schedule in hints.values():
        task.offer(schedule, 0.0)
    if plain and free.size:
        _offer_lists(task, clock)
    return task


def _offer_lists(task: Task, clock: Clock) -> None:
    """List schedules under many priorities; the best of them is a hint."""
    memory = task.objective.weights.get("peak_live", 0.0) > 0
    found, cost = task.hints["list"], task.cost(task.hints["list"])
    until = (1 - LIST_SHARE) * clock.left()
    with clock.stage("legalise"):
        for build in lists(task.problem, task.window, memory):
            if clock.limited and clock.left() < until:
                break
            schedule = Schedule(build(), task.window.depth)
            if (own := task.offer(schedule, clock.used())) < cost:
                found, cost = schedule, own
    task.hints[LIST_BEST] = found


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
