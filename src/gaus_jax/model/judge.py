"""The only maker of results: verify a schedule, then measure it."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from gaus_jax.base.errors import UnsoundBoundError
from gaus_jax.core.problem import Problem
from gaus_jax.core.result import Result, Status
from gaus_jax.core.schedule import Schedule
from gaus_jax.model.objective import MOST_STEPS, Objective
from gaus_jax.model.verify import verify

TOLERANCE = 1e-9  # relative; sums of fractional amounts are only exact to rounding


def judge(
    problem: Problem,
    schedule: Schedule,
    objective: Objective,
    *,
    lower_bound: float = 0.0,
    interval: Mapping[str, Any] | None = None,
    **about: Any,
) -> Result:
    """Verify a schedule and apply the exact faces to its integers.

    Args:
        problem: the problem as its file says it.
        schedule: integer starts, from wherever; judged under the objective's depth.
        objective: the resolved objective.
        interval: what is known of the initiation interval (min_ii, ii_proved), for the record.
        lower_bound: no legal schedule costs less; a legal one that meets it is optimal.
        about: timings, settings, seed and trace, passed on as they are.

    Raises:
        UnsoundBoundError: a legal schedule beats the bound, so the bound is wrong.
    """
    schedule = objective.framed(problem, schedule)
    violations = verify(problem, schedule, objective)
    inside = bool(np.all((schedule.start >= 0) & (schedule.start <= MOST_STEPS)))
    measurable = schedule.start.size == problem.nodes and inside
    terms = objective.exact_terms(problem, schedule) if measurable else {}
    value = sum(objective.weights[name] * terms[name] for name in terms) if terms else float("inf")
    slack = TOLERANCE * abs(value)
    if not violations and value < lower_bound - slack:
        raise UnsoundBoundError(
            f"{problem.name}: cost {value} is below its lower bound {lower_bound}: "
            f"the bound is wrong, please report it"
        )
    status: Status = "illegal" if violations else "feasible"
    if not violations and value <= lower_bound + slack:
        status = "optimal"
    return Result(
        problem=describe(problem, schedule.ii),
        ids=problem.ids,
        schedule=schedule,
        objective={
            "name": objective.name,
            "value": value,
            "terms": terms,
            "weights": dict(objective.weights),
            "lifetime": objective.lifetime,
            **(interval or {}),
        },
        lower_bound=min(lower_bound, value),
        status=status,
        violations=violations,
        **about,
    )


def no_schedule(
    problem: Problem, objective: str, reason: str, status: Status = "infeasible", **about: Any
) -> Result:
    """The outcome of a problem that has no legal schedule, or for which none was found."""
    return Result(
        problem=describe(problem),
        ids=problem.ids,
        schedule=None,
        objective={"name": objective, "value": float("inf"), "terms": {}, "weights": {}},
        lower_bound=0.0,
        status=status,
        reason=reason,
        **about,
    )


def describe(problem: Problem, ii: int | None = None) -> Mapping[str, Any]:
    """What a result says of its problem."""
    return {
        "name": problem.name,
        "sha256": problem.sha256,
        "nodes": problem.nodes,
        "edges": problem.edges,
        "left_out": problem.loop_carried if ii is None else 0,
    }
