"""The trade-off between resources and communication: one graph under many ratios."""

from collections.abc import Sequence
from typing import NamedTuple

import jax
import numpy as np

from gaus_jax.base.errors import SettingsError
from gaus_jax.base.settings import Settings
from gaus_jax.core.problem import Problem
from gaus_jax.core.result import Result
from gaus_jax.model.resolve import resolve
from gaus_jax.rounds import Reporter
from gaus_jax.variants import solve_ratios

OCTAVES = 10.0  # of ratios, with the balanced one in the middle


class Front(NamedTuple):
    """Schedules of which none is better in both terms, and what the ratios prove."""

    points: list[Result]  # by falling peak usage, rising communication
    tried: list[Result]  # of every ratio, in their order

    @staticmethod
    def terms(result: Result) -> tuple[float, float]:
        """Peak usage and communication of a result."""
        terms = result.objective["terms"]
        return terms["peak_usage"], terms["communication"]


def front(
    problem: Problem,
    count: int,
    settings: Settings,
    *,
    key: jax.Array | int = 0,
    report: Reporter | None = None,
) -> Front:
    """Solve A for ``count`` ratios side by side, and keep what no other schedule dominates.

    The ratios are the one of the settings times powers of two evenly from ``-OCTAVES / 2`` to
    ``OCTAVES / 2``. The time limit is for all of them together.

    Raises:
        SettingsError: the objective is not A, or as `check_front` or `solve`.
        InfeasibleError: no schedule is within the depth.
    """
    check_front(count, settings)
    objective, _ = resolve(settings.objective, problem)
    every = ratios(objective.ratio or 1.0, count)  # balanced is 0 where there are no edges
    tried = solve_ratios(problem, every, settings, key=key, report=report)
    return Front(undominated(tried), tried)


def check_front(count: int, settings: Settings) -> None:
    """Raise `SettingsError` for a front of no ratios, or of ratios around 0."""
    if count < 1:
        raise SettingsError(f"a front of {count} ratios is none; ask for at least 1")
    if settings.objective.ratio == 0:
        raise SettingsError(
            "the ratios of a front are the one asked for times powers of two, and it is 0; give "
            "one above 0, or balanced"
        )


def ratios(middle: float, count: int) -> list[float]:
    """``count`` ratios in geometric progression around the middle one."""
    exponents = np.linspace(-OCTAVES / 2, OCTAVES / 2, count) if count > 1 else np.zeros(1)
    return (middle * 2.0**exponents).tolist()


def undominated(results: Sequence[Result]) -> list[Result]:
    """Those that no other equals or betters in both terms; of equals the first."""
    legal = [r for r in results if r.legal]
    ranked = sorted(legal, key=Front.terms)
    kept: list[Result] = []
    for result in ranked:
        if not kept or Front.terms(result)[1] < Front.terms(kept[-1])[1]:
            kept.append(result)
    return kept[::-1]
