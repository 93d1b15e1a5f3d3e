"""The independent check: what a schedule breaks, found from the problem's own arrays."""

from gaus_jax.core.problem import Problem
from gaus_jax.core.result import Violation
from gaus_jax.core.schedule import Schedule
from gaus_jax.model.objective import Objective


def verify(problem: Problem, schedule: Schedule, objective: Objective) -> tuple[Violation, ...]:
    """Every violation of the objective's constraints, both sides in numbers; empty if legal.

    The depth and the II that bind are the objective's, whatever the schedule says of its own.
    """
    if schedule.start.size != problem.nodes:
        message = f"{schedule.start.size} starts for {problem.nodes} nodes"
        return (Violation("shape", message),)
    schedule = objective.framed(problem, schedule)
    found = [v for c in objective.constraints for v in c.violations(problem, schedule)]
    return tuple(found)
