"""A problem under search."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gaus_jax.core.problem import Problem
from gaus_jax.core.schedule import Schedule
from gaus_jax.core.window import Window
from gaus_jax.model.objective import Objective
from gaus_jax.relax.packed import Graph

PROMISED = ("load", "compile", "optimise", "legalise")  # stages that every result times


def own_seed(problem: Problem, seed: int) -> int:
    """A problem's own seed, by its content: not by what it is solved with."""
    return int(np.random.default_rng([seed, int(problem.sha256[:12], 16)]).integers(2**31))


@dataclass
class Task:
    """One problem under search, and the best schedule seen."""

    problem: Problem
    objective: Objective
    window: Window
    graph: Graph
    free: np.ndarray  # (F,) int64, the nodes that are variables
    hints: dict[str, Schedule]
    seed: int
    lower_bound: float
    other_bound: float  # of the terms that the time-indexed relaxation leaves out
    best: Schedule
    best_cost: float = np.inf
    about: dict[str, Any] = field(default_factory=dict)  # what a result says beyond its costs
    trace: list[tuple[float, float]] = field(default_factory=list)

    def cost(self, schedule: Schedule) -> float:
        """The exact objective."""
        return self.objective.exact(self.problem, schedule)

    def offer(self, schedule: Schedule, seconds: float) -> float:
        """Keep a legal schedule if it is the best so far; returns its cost."""
        cost = self.cost(schedule)
        if cost < self.best_cost:
            self.best, self.best_cost = schedule, cost
            self.trace.append((seconds, cost))
        return cost

    @property
    def solved(self) -> bool:
        """Whether nothing better can be found."""
        return self.free.size == 0 or self.best_cost <= self.lower_bound
