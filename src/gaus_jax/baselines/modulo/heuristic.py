"""Heuristic modulo schedulers as baselines, with and without a programme for registers."""

from collections.abc import Callable
from dataclasses import dataclass

from gaus_jax.baselines.baseline import Attempt, warmed
from gaus_jax.baselines.modulo.reach import polish, reach
from gaus_jax.core.least_ii import Method
from gaus_jax.core.problem import Problem
from gaus_jax.model.objective import Objective


@dataclass(frozen=True, kw_only=True)
class Heuristic:
    """One scheduler at the least II that it reaches, or at the one asked for.

    What it lacks is a sense of registers: with ``lifetimes`` the slots that it finds are kept, and
    the stages are those of least total lifetime, an exact network programme.
    """

    name: str
    method: Callable[[Attempt], Method]
    lifetimes: bool = False
    limited = True

    def supports(self, problem: Problem, objective: Objective) -> str:
        """Pipelined loops."""
        return needs_interval(self.name, objective)

    def run(self, attempt: Attempt) -> None:
        """Offer one schedule, and perhaps a polished one."""
        with attempt.clock.stage("compile"):
            warmed(self)
        with attempt.clock.stage("legalise"):
            found = reach(attempt, [self.method(attempt)])
        with attempt.clock.stage("optimise"):
            if found and self.lifetimes:
                polish(attempt)


def needs_interval(name: str, objective: Objective) -> str:
    """A refusal of what is not pipelined; empty where it is."""
    return "" if objective.ii is not None else f"{name} needs an initiation interval; give ii"
