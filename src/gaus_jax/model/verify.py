"""The independent check: what a schedule breaks, found from the problem's own arrays."""

import numpy as np

from gaus_jax.base.errors import InputError
from gaus_jax.core.problem import Problem
from gaus_jax.core.profile import live
from gaus_jax.core.result import Violation
from gaus_jax.core.schedule import Schedule
from gaus_jax.model.objective import MOST_STEPS, Objective


def verify(problem: Problem, schedule: Schedule, objective: Objective) -> tuple[Violation, ...]:
    """Every violation of the objective's constraints, both sides in numbers; empty if legal.

    The depth and the II that bind are the objective's, whatever the schedule says of its own.
    """
    if schedule.start.size != problem.nodes:
        message = f"{schedule.start.size} starts for {problem.nodes} nodes"
        return (Violation("shape", message),)
    schedule = objective.framed(problem, schedule)
    start, constraints = schedule.start, objective.constraints
    found = [
        Violation("range", f"node {problem.ids[i]}: step {start[i]} is beyond {MOST_STEPS}")
        for i in np.flatnonzero(start > MOST_STEPS)
    ]
    if all(c.name != "latency" for c in constraints):  # which says it of its own
        found += [
            Violation("range", f"node {problem.ids[i]}: starts at {start[i]}, first step is 0")
            for i in np.flatnonzero(start < 0)
        ]
    if found or np.any(start < 0):  # profiles over such steps cannot be held
        constraints = tuple(c for c in constraints if not c.profiled)
    found += [v for c in constraints for v in c.violations(problem, schedule)]
    return (*found, *_registers(problem, schedule, objective))


def legal(problem: Problem, given: Schedule, objective: Objective) -> Schedule:
    """A user's schedule under the objective's depth and II.

    Raises:
        InputError: it is not legal; names the first violation.
    """
    schedule = objective.framed(problem, given)
    violations = verify(problem, schedule, objective)
    if violations:
        raise InputError(
            f"{problem.name}: the given schedule is not legal: {violations[0]}; mend it, or leave "
            f"it out"
        )
    return schedule


def _registers(problem: Problem, schedule: Schedule, objective: Objective) -> list[Violation]:
    """The fullest slot, where it holds more than the limit."""
    limit = objective.register_limit
    if limit is None or np.any(schedule.start < 0) or np.any(schedule.start > MOST_STEPS):
        return []
    rows = live(problem, schedule, objective.lifetime)
    slot = int(np.argmax(rows)) if rows.size else 0
    if rows.max(initial=0) <= limit * (1 + 1e-9):
        return []
    what = f"{rows[slot]:g} alive in slot {slot}, limit is {limit:g}"
    return [Violation("registers", what)]
