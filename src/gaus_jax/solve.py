"""The line, for one problem and for a batch: problems in, judged schedules out."""

import os
from collections.abc import Iterable, Sequence
from typing import Any, overload

import jax

from gaus_jax.base.clock import Clock
from gaus_jax.base.errors import InfeasibleError, InputError, SettingsError
from gaus_jax.base.interrupt import INTERRUPTS
from gaus_jax.base.settings import ObjectiveSettings, Settings, as_dict, under
from gaus_jax.core.problem import Problem
from gaus_jax.core.result import Result
from gaus_jax.core.schedule import Schedule
from gaus_jax.footprint import fitted
from gaus_jax.jobs import Job, check, finished, group_clock, kind, merged, without
from gaus_jax.model.objective import constraint_names
from gaus_jax.ordering.answer import ordered
from gaus_jax.prepare import bound_below, prepare, seed_of
from gaus_jax.registers import within_registers
from gaus_jax.relax.pack import Shape
from gaus_jax.rounds import Reporter, search


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
@INTERRUPTS.watched()
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
    and returns what was found, of ``interrupted`` results: a loop over graphs of one's own ends by
    ``if result.interrupted: break``.

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
            what profiles can hold; among several it is that problem's result. What is given is
            no problem, such as the path of one.
        UnsoundBoundError: a schedule costs less than its lower bound: an error of this package.
    """
    settings = under(settings, objective)
    check(settings)
    problems = _problems(problem)
    report = report or (lambda progress: None)
    alone = isinstance(problem, Problem)
    every = [settings] * len(problems)
    if settings.objective.register_limit is not None:

        def one(problem: Problem) -> Result:
            def again(own: Settings, start: Schedule | None) -> Result:
                return solve_all([problem], [own], seed_of(key), start, report, loaded, True)[0]

            return within_registers(problem, settings, again, given)

        results = [one(problem) for problem in problems]
    else:
        results = solve_all(problems, every, seed_of(key), given, report, loaded, alone)
    return results[0] if alone else results


def _problems(given: Any) -> list[Problem]:
    """One problem or several; an `InputError` for anything else."""
    several = isinstance(given, Iterable) and not isinstance(given, str | os.PathLike)
    problems: list[Any] = list(given) if several else [given]
    for entry in problems:
        if not isinstance(entry, Problem):
            what = repr(entry) if isinstance(entry, str | os.PathLike) else type(entry).__name__
            raise InputError(f"expected a problem, got {what}; read a file with gaus_jax.load")
    return problems


@INTERRUPTS.watched()
def solve_all(
    problems,
    every: Sequence[Settings],
    seed: int,
    given,
    report: Reporter,
    loaded: float,
    alone: bool,
    together: bool = False,
) -> list[Result]:
    """`solve` under a settings for each problem; they differ in the objective and limits at most.

    With ``together`` problems of different padded sizes run side by side too, in the greatest.
    """
    settings = every[0] if every else Settings()
    abouts = [{"settings": as_dict(own), "seed": seed} for own in every]
    results: dict[int, Result] = {}
    groups: dict[Any, list[Job]] = {}
    interrupted = False
    for index, problem in enumerate(problems):
        clock = Clock(settings.time_limit, settings.wall, {"load": loaded / len(problems)})
        try:
            if "sequence" in constraint_names(every[index].objective):
                how = every[index], seed, clock, given, report, abouts[index]
                try:
                    results[index] = ordered(problem, *how, interrupted)
                except KeyboardInterrupt:  # once more, in brief: others have orders already
                    results[index] = ordered(problem, *how, True)
                interrupted |= results[index].interrupted
                continue
            how = every[index], seed, clock, given
            try:
                task, ended = prepare(problem, *how)
            except KeyboardInterrupt:  # once more, in brief: others have schedules already
                ended = True
                task, _ = prepare(problem, *how)
            interrupted |= ended
        except (InfeasibleError, InputError) as error:
            if alone and isinstance(error, InputError):
                raise  # a caller's mistake; among several it costs the others nothing
            results[index] = without(problem, error, every[index], seed, clock)
            continue
        try:
            if not interrupted:
                bound_below(task, settings, clock)
        except KeyboardInterrupt:
            interrupted = True  # the best so far is an answer, of the problems to come too
        interrupted |= INTERRUPTS.asked  # also where a library has swallowed it
        groups.setdefault(kind(task), []).append(Job(index, task, clock))
    for (shape, *_), jobs in (merged(groups) if together else groups).items():
        clock, reason = group_clock(jobs, settings), ""
        if not interrupted and not all(job.task.solved for job in jobs):
            reason, interrupted = _searched(jobs, shape, settings, clock, report, alone)
        interrupted |= INTERRUPTS.asked
        for job in jobs:
            found = finished(job, clock, len(jobs), abouts[job.place] | {"reason": reason})
            results[job.place] = found.cut_short() if interrupted else found
    return [results[index] for index in range(len(problems))]


def _searched(
    jobs: list[Job], shape: Shape, settings: Settings, clock: Clock, report: Reporter, alone: bool
) -> tuple[str, bool]:
    """Search a group; why that ended early, and whether an interrupt ended it."""
    try:
        chosen = fitted(settings, shape, len(jobs))
        search([job.task for job in jobs], shape, [chosen] * len(jobs), clock, report)
    except SettingsError as error:  # of the memory that these would take
        if alone:
            raise
        return f"no search: {error}", False
    except KeyboardInterrupt:
        return "", True
    except (MemoryError, RuntimeError) as error:  # of the device, as a rule its memory
        return f"the search ended early: {error}", False
    return "", False
