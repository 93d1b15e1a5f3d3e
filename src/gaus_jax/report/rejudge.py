"""A recorded schedule, verified and measured anew under the objective that its file states."""

from dataclasses import replace
from typing import Any

from gaus_jax.base.settings import Settings, override
from gaus_jax.core.build import with_limits
from gaus_jax.core.problem import Problem
from gaus_jax.core.result import Result
from gaus_jax.core.schedule import Schedule
from gaus_jax.model.judge import judge
from gaus_jax.model.objective import OBJECTIVES
from gaus_jax.model.resolve import resolve
from gaus_jax.report.result_file import Recorded


def claimed(schedule: Schedule, objective: str | None = None) -> Recorded:
    """A schedule alone as a claim: of C at its II, or of D; an objective without II drops its II.

    Files of schedules always have an II; where iterations do not overlap it is a long one.
    """
    pipelined = objective in OBJECTIVES and OBJECTIVES[objective].pipelined if objective else True
    if not pipelined:
        schedule = replace(schedule, ii=None)
    name = objective or ("D" if schedule.ii is None else "C")
    return Recorded(schedule, {"name": name}, None, {})


def rejudged(
    problem: Problem,
    claim: Recorded,
    *,
    objective: str | None = None,
    depth: int | None = None,
    lifetime: str | None = None,
    where: str = "result",
) -> Result:
    """What the schedule is worth by the problem's own arrays.

    Args:
        problem: as its file says it; limits that the solve put in its place are put again.
        claim: what the result file states.
        objective: in place of the one stated.
        depth: in place of the schedule's own.
        lifetime: in place of the one stated.
        where: the file, for messages.

    Raises:
        SettingsError: the file states an objective that there is none of.
        InputError: limits for a class that the problem lacks.
    """
    stated = claim.objective
    name = objective or str(stated.get("name", "A"))
    preset = OBJECTIVES[name] if name in OBJECTIVES else None  # noqa: SIM401 (a table raises)
    asked: dict[str, Any] = {"name": name, "limits": claim.limits, "ii": claim.schedule.ii}
    asked["depth"] = claim.schedule.depth if depth is None else depth
    asked["lifetime"] = lifetime or str(stated.get("lifetime", "register"))
    asked["register_limit"] = claim.register_limit
    weights = stated.get("weights")
    # Of a preset the numbers may be stated, and a weight on latency beside them.
    if isinstance(weights, dict) and (
        preset is None or {*weights, "latency"} == {*preset.weights, "latency"}
    ):
        asked["weights"] = weights
        asked["constraints"] = preset.constraints if preset else ()
    if claim.constraints and objective is None:
        asked["constraints"] = claim.constraints
    problem = with_limits(problem, claim.limits)
    found, _ = resolve(override(Settings().objective, asked, where), problem)
    return judge(problem, claim.schedule, replace(found, name=name))
