"""The exact memory of an order: live bytes in each step (FORMULATIONS, objective S)."""

import numpy as np

from gaus_jax.core.problem import Problem
from gaus_jax.core.profile import live
from gaus_jax.core.schedule import Schedule


def positions(order: np.ndarray) -> np.ndarray:
    """The step of each node in an order of them; (N,) int64."""
    step = np.empty(len(order), np.int64)
    step[order] = np.arange(len(order))
    return step


def timeline(problem: Problem, order: np.ndarray) -> np.ndarray:
    """Bytes live in each step, the workspace of the step's node included; (N,) float64."""
    schedule = Schedule(start=positions(order), depth=problem.nodes)
    return live(problem, schedule, "buffer") + problem.workspace[order]


def peak(problem: Problem, order: np.ndarray) -> float:
    """The most bytes live in any step of an order."""
    return float(timeline(problem, order).max(initial=0.0))


def program_peak(problem: Problem) -> float:
    """The peak of the program's own order."""
    return peak(problem, np.arange(problem.nodes))
