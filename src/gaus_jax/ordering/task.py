"""A problem whose order of execution is searched."""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from gaus_jax.core.problem import Problem
from gaus_jax.core.schedule import Schedule
from gaus_jax.core.sequence import Flow, footprints, starts
from gaus_jax.core.window import Window
from gaus_jax.model.objective import Objective


class Order(NamedTuple):
    """An order of execution and its peak."""

    nodes: np.ndarray  # (N,) int64, nodes by step
    peak: float  # bytes


@dataclass
class OrderTask:
    """One problem under search, and the best orders seen."""

    problem: Problem
    objective: Objective
    window: Window  # the steps that a node can have
    flow: Flow
    seed: int
    pool: list[Order] = field(default_factory=list)  # those to start from, the best first
    lower_bound: float = 0.0  # bytes
    trace: list[tuple[float, float]] = field(default_factory=list)  # seconds, cost

    @property
    def best(self) -> Schedule:
        """The order of least peak, as a schedule."""
        return Schedule(starts(self.pool[0].nodes), self.problem.nodes)

    @property
    def solved(self) -> bool:
        """Whether nothing better can be found."""
        return self.pool[0].peak <= self.lower_bound

    def offer(self, nodes: np.ndarray, seconds: float) -> float:
        """Put an order into the pool, which keeps one of each peak; its peak, bytes."""
        found = Order(nodes, float(footprints(self.flow, nodes).max(initial=0.0)))
        if not self.pool or found.peak < self.pool[0].peak:
            self.trace.append((seconds, self.objective.weights["footprint"] * found.peak))
        if all(found.peak != order.peak for order in self.pool):
            self.pool = sorted([*self.pool, found], key=lambda order: order.peak)
        return found.peak
