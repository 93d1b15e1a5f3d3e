"""The line, for one problem and for a batch: problems in, judged schedules out."""

from collections.abc import Sequence
from typing import Any, overload

import jax
import numpy as np

from gaus_jax.base.clock import Clock
from gaus_jax.base.errors import InfeasibleError, InputError, SettingsError
from gaus_jax.base.settings import ObjectiveSettings, Settings, as_dict, override
from gaus_jax.baselines import BASELINES
from gaus_jax.bounds import BOUNDS
from gaus_jax.bounds.bound import lower_bound
from gaus_jax.core.problem import Problem
from gaus_jax.core.result import Result
from gaus_jax.core.schedule import Schedule
from gaus_jax.legalise.legalise import legalise
from gaus_jax.model.judge import judge, no_schedule
from gaus_jax.model.objective import Objective, resolve
from gaus_jax.model.verify import verify
from gaus_jax.relax.pack import flatten, shape_of
from gaus_jax.rounds import Reporter, Task, check_names, search

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
    if jax.dtypes.canonicalize_dtype(settings.precision) != settings.precision:
        raise SettingsError(
            f"precision {settings.precision} is switched off in JAX; wrap the call in "
            f"jax.enable_x64(True), or set JAX_ENABLE_X64=1"
        )
    check_names(settings)
    problems = [problem] if isinstance(problem, Problem) else list(problem)
    report = report or (lambda progress: None)
    results = _solve_all(problems, settings, _seed(key), given, report, loaded)
    return results[0] if isinstance(problem, Problem) else results


def _solve_all(
    problems, settings: Settings, seed: int, given, report: Reporter, loaded: float
) -> list[Result]:
    results: dict[int, Result] = {}
    groups: dict[Any, list[tuple[int, Task]]] = {}
    clocks: dict[int, Clock] = {}
    about = {"settings": as_dict(settings), "seed": seed}
    interrupted = False
    for index, problem in enumerate(problems):
        spent = {"load": loaded / len(problems)}
        clock = clocks[index] = Clock(settings.time_limit, settings.wall, spent)
        try:
            task = _prepare(problem, settings, seed, clock, given)
        except (InfeasibleError, InputError) as error:
            if isinstance(error, InputError) and len(problems) == 1:
                raise  # a caller's mistake; among several it costs the others nothing
            name = settings.objective.name
            results[index] = no_schedule(problem, name, str(error), **about)
            continue
        try:
            if not interrupted:
                _bound(task, settings, clock)
        except KeyboardInterrupt:
            interrupted = True  # the best so far is an answer, of the problems to come too
        kind = (shape_of(task.graph), task.objective.terms, task.objective.constraints)
        groups.setdefault(kind, []).append((index, task))
    for (shape, *_), members in groups.items():
        tasks = [task for _, task in members]
        limit = None if settings.time_limit is None else settings.time_limit * len(tasks)
        prepared = sum(sum(clocks[index].timings.values()) for index, _ in members)
        wall = None if settings.wall is None else settings.wall * len(tasks) - prepared
        clock = Clock(limit, wall)
        try:
            if not interrupted and not all(task.solved for task in tasks):
                search(tasks, shape, settings, clock, report)
        except KeyboardInterrupt:
            interrupted = True
        shared = {stage: seconds / len(tasks) for stage, seconds in clock.timings.items()}
        for index, task in members:
            with clocks[index].stage("verify"):
                timings = dict.fromkeys(PROMISED, 0.0) | clocks[index].timings | shared
                result = _judged(task, timings, about)
            result.timings["verify"] = clocks[index].timings["verify"]  # type: ignore[index]
            results[index] = result
    return [results[index] for index in range(len(problems))]


def _prepare(
    problem: Problem, settings: Settings, seed: int, clock: Clock, given: Schedule | None
) -> Task:
    """Windows, baselines and arrays of one problem."""
    objective, frame = resolve(settings.objective, problem)
    with clock.stage("pack"):
        weights = list(objective.weights.values())
        graph, free = flatten(problem, frame, objective.lifetime, weights)
    with clock.stage("baselines"):
        hints = {b.name: b.schedule(problem, frame) for b in BASELINES.values()}
        if given is not None:
            hints["given"] = _legal(problem, given, objective)
    own = int(np.random.default_rng([seed, int(problem.sha256[:12], 16)]).integers(2**31))
    task = Task(problem, objective, frame, graph, free, hints, own, 0.0, hints["asap"])
    for schedule in hints.values():
        task.offer(schedule, 0.0)
    return task


def _bound(task: Task, settings: Settings, clock: Clock) -> None:
    """Bound the task from below; the points that bounds are found at become hints."""
    seconds = min(settings.bound_limit, 0.3 * clock.wall_left())
    with clock.stage("bound"):
        task.lower_bound, points = lower_bound(
            BOUNDS.values(),
            task.problem,
            task.window,
            task.objective.weights,
            task.objective.lifetime,
            lambda: seconds - clock.of("bound"),
        )
        for name, start in points.items():
            task.hints[name] = legalise(task.problem, task.window, start, cost=task.cost)
            task.offer(task.hints[name], 0.0)


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


def _judged(task: Task, timings: dict[str, float], about: dict[str, Any]) -> Result:
    return judge(
        task.problem,
        task.best,
        task.objective,
        lower_bound=task.lower_bound,
        timings=timings,
        trace=tuple(task.trace),
        **about,
    )


def _seed(key: jax.Array | int) -> int:
    """An integer seed of at least 0 from a key; equal keys give equal seeds."""
    if isinstance(key, int | np.integer):
        return int(key) % 2**63
    words = np.asarray(jax.random.key_data(key), np.uint64).reshape(-1)
    return int(np.random.default_rng(words).integers(2**31))
