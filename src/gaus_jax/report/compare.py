"""One table: the baselines, the solver and the bound on each of several graphs."""

import time
from collections.abc import Callable, Iterable
from dataclasses import replace

from gaus_jax.base.settings import Settings
from gaus_jax.baselines import CONSTRUCTIVE
from gaus_jax.core.build import with_limits
from gaus_jax.core.problem import Problem
from gaus_jax.core.result import Result
from gaus_jax.importers import load
from gaus_jax.instances import recipe
from gaus_jax.model.judge import judge
from gaus_jax.model.resolve import resolve
from gaus_jax.report.summary import table
from gaus_jax.solve import solve

HEADER = ("instance", "nodes", "D", *CONSTRUCTIVE, "GauS", "bound", "gap", "seconds", "legal")


def open_graph(name: str, resources: str | None = None) -> Problem:
    """A graph file, or ``KIND:SIZE[:SEED]`` for a constructed one.

    Raises:
        InputError: neither a file that can be read nor a kind with a whole size.
    """
    made = recipe(name)
    return made.problem() if made else load(name, resources=resources)


def compare(
    problems: Iterable[Problem],
    settings: Settings,
    seed: int = 0,
    report: Callable[[Result], object] = lambda result: None,
) -> tuple[str, bool]:
    """Solve each problem and measure the baselines on it.

    Returns:
        The table, and whether every answer is legal and no worse than the baselines.
    """
    rows, good = [], True
    for problem in problems:
        began = time.perf_counter()
        result = solve([problem], settings=settings, key=seed)[0]
        seconds = time.perf_counter() - began
        report(result)
        if result.schedule is None:
            rows.append(
                (problem.name, f"{problem.nodes}", *["-"] * (len(HEADER) - 3), result.status)
            )
            good = False
            continue
        costs = _baselines(problem, settings, result.schedule.ii)
        gap = "-" if result.gap is None else f"{100 * result.gap:.1f} %"
        good &= result.legal and result.value <= min(costs.values(), default=result.value)
        rows.append(
            (
                problem.name,
                f"{problem.nodes}",
                f"{result.schedule.depth}",
                *(f"{costs[name]:.7g}" if name in costs else "-" for name in CONSTRUCTIVE),
                f"{result.value:.7g}",
                f"{result.lower_bound:.7g}",
                gap,
                f"{seconds:.1f}",
                "yes" if result.legal else "NO",
            )
        )
    return table(HEADER, rows), good


def _baselines(problem: Problem, settings: Settings, ii: int | None) -> dict[str, float]:
    """The costs of those constructive schedules that are legal at the same interval."""
    asked = settings.objective if ii is None else replace(settings.objective, ii=ii)
    problem = with_limits(problem, asked.limits)
    objective, frame = resolve(asked, problem)
    rules = {} if objective.sequential else CONSTRUCTIVE  # which make no orders
    every = {b.name: b.schedule(problem, frame) for b in rules.values()}
    judged = {name: judge(problem, schedule, objective) for name, schedule in every.items()}
    return {name: result.value for name, result in judged.items() if result.legal}
