"""Rules that make an order of execution, as entries of the table of baselines."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gaus_jax.base.registry import table
from gaus_jax.baselines.baseline import Attempt
from gaus_jax.baselines.sequence.orders import (
    FEWEST,
    READERS,
    breadth_first,
    depth_first,
    greedy,
    heavy_first,
    post_order,
)
from gaus_jax.core.problem import Problem
from gaus_jax.core.schedule import Schedule
from gaus_jax.core.sequence import Flow, by_priority, flow, starts
from gaus_jax.core.window import Window
from gaus_jax.model.objective import Objective


def sequential_only(name: str, objective: Objective) -> str:
    """Why a maker of orders cannot run, in a sentence; empty where it can."""
    if objective.sequential:
        return ""
    return f"{name} makes orders of one node a step, as objective S asks for"


@dataclass(frozen=True)
class Rule:
    """A rule that makes one order at once."""

    name: str
    order: Callable[[Flow], np.ndarray]  # (N,) int64, nodes by step
    sequential = True

    def supports(self, problem: Problem, objective: Objective) -> str:
        """Objective S alone."""
        return sequential_only(self.name, objective)

    def schedule(self, problem: Problem, window: Window) -> Schedule:
        """The order as a schedule."""
        return Schedule(starts(self.order(flow(problem))), window.depth)

    def run(self, attempt: Attempt) -> None:
        """Offer the one order."""
        with attempt.clock.stage("legalise"):
            start = self.schedule(attempt.problem, attempt.window).start
        attempt.offer(start)


@dataclass(frozen=True)
class Least:
    """The best of several rules."""

    name: str
    rules: tuple[Rule, ...]
    sequential = True

    def supports(self, problem: Problem, objective: Objective) -> str:
        """Objective S alone."""
        return sequential_only(self.name, objective)

    def run(self, attempt: Attempt) -> None:
        """Offer the order of each."""
        for rule in self.rules:
            rule.run(attempt)


def program_order(flow: Flow) -> np.ndarray:
    """The file's own order; where that is not topological, the nearest that is."""
    return by_priority(flow, np.arange(flow.nodes, dtype=float))


# From the descriptions in XLA's memory scheduler: its default takes the best of the three.
XLA = (
    Rule("xla_list", lambda flow: greedy(flow, READERS)),
    Rule("xla_depth_first", lambda flow: post_order(flow, heavy_first(flow))),
    Rule("xla_post_order", post_order),
)
RULES = table(
    "rule of order",
    Rule("program_order", program_order),
    Rule("breadth_first", breadth_first),
    Rule("depth_first", depth_first),
    Rule("greedy_memory", lambda flow: greedy(flow, FEWEST)),
    *XLA,
)
