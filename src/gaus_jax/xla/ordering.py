"""A program's order of least memory: objective S from where the program's own order stands."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from gaus_jax.base.settings import ObjectiveSettings, Settings
from gaus_jax.core.problem import Problem
from gaus_jax.core.schedule import Schedule
from gaus_jax.core.sequence import flow, footprints, starts
from gaus_jax.solve import solve


class Order(NamedTuple):
    """An order of a program's nodes and what it takes."""

    nodes: np.ndarray  # (N,) int64, nodes by step
    before: float  # bytes, peak in the program's own order
    after: float  # bytes, peak in this one; never more
    bound: float  # bytes, which no order can go below


def order(problem: Problem, settings: Settings, key: int = 0, share: float = 1.0) -> Order:
    """The best order found, the program's own where nothing is better.

    Args:
        problem: nodes in the program's order, which is topological.
        settings: of the search; its objective is S whatever it says.
        key: seed.
        share: of the seconds that the settings allow.

    Raises:
        SettingsError: see `gaus_jax.solve.solve`.
    """
    own = np.arange(problem.nodes)
    before = peak(problem, own)
    if before == 0 or problem.nodes < 2:
        return Order(own, before, before, before)
    seconds = {
        name: None if value is None else value * share
        for name, value in (("time_limit", settings.time_limit), ("wall", settings.wall))
    }
    asked = replace(settings, objective=ObjectiveSettings(name="S"), **seconds)
    result = solve(problem, settings=asked, key=key, given=Schedule(own, problem.nodes))
    if result.schedule is None or result.value >= before:
        return Order(own, before, before, min(result.lower_bound, before))
    return Order(starts(result.schedule.start), before, result.value, result.lower_bound)


def timeline(problem: Problem, nodes: np.ndarray) -> np.ndarray:
    """Bytes in use in each step of an order, the workspace of its node included; (N,) float64."""
    return footprints(flow(problem), np.asarray(nodes, np.int64))


def peak(problem: Problem, nodes: np.ndarray | None = None) -> float:
    """The most bytes in use in any step of an order; by default the program's own."""
    chosen = np.arange(problem.nodes) if nodes is None else nodes
    return float(timeline(problem, chosen).max(initial=0.0))
