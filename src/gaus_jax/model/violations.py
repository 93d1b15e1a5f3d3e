"""What a schedule breaks of an objective that is given as `gaus_jax.solve` takes it."""

from dataclasses import replace

from gaus_jax.base.settings import ObjectiveSettings, Settings, under
from gaus_jax.core.build import with_limits
from gaus_jax.core.problem import Problem
from gaus_jax.core.result import Violation
from gaus_jax.core.schedule import Schedule
from gaus_jax.model.objective import Objective, automatic
from gaus_jax.model.resolve import resolve
from gaus_jax.model.verify import verify as broken


def verify(
    problem: Problem,
    schedule: Schedule,
    objective: str | ObjectiveSettings | Objective | None = None,
    settings: Settings = Settings(),  # noqa: B008 (frozen)
) -> tuple[Violation, ...]:
    """Every violation of an objective's constraints, both sides in numbers; empty if legal.

    Args:
        problem: what is scheduled.
        schedule: its integer starts. Where the objective takes the least initiation interval that
            is found, as C does, the schedule's own is meant.
        objective: a preset's name or its settings, by default the one in ``settings``; or what
            `gaus_jax.model.resolve.resolve` made of them for this problem.
        settings: as of the solve.

    Raises:
        SettingsError: an unknown name in the objective.
        InfeasibleError: no schedule can be legal.
        InputError: limits for a class that the problem lacks, or a depth beyond what profiles can
            hold.
    """
    if isinstance(objective, Objective):
        return broken(problem, schedule, objective)
    asked = under(settings, objective).objective
    if automatic(asked) and schedule.ii is not None:
        asked = replace(asked, ii=schedule.ii)
    problem = with_limits(problem, asked.limits)
    resolved, _ = resolve(asked, problem)
    return broken(problem, schedule, resolved)
