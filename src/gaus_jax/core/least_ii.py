"""The least II at which a scheduler succeeds, whatever the scheduler."""

from collections.abc import Callable
from typing import NamedTuple, Protocol

import numpy as np

from gaus_jax.base.errors import InfeasibleError
from gaus_jax.core.problem import Problem
from gaus_jax.core.recurrence import MinII, min_ii
from gaus_jax.core.reservation import check_alone
from gaus_jax.core.window import Window, asap_length, window

TURNS = 16  # of II, beyond the ASAP length


class Method(Protocol):
    """A modulo scheduler."""

    def __call__(
        self, problem: Problem, window: Window, *, limit: np.ndarray | None = None, seed: int = 0
    ) -> np.ndarray | None:
        """Starts at the window's II, (N,) int64, that keep dependences, windows and limits.

        None where none were found, which need not mean that there are none.
        """
        ...


class Reached(NamedTuple):
    """The least II at which a method found a schedule."""

    ii: int
    start: np.ndarray  # (N,) int64, steps
    window: Window
    least: MinII  # which no method can be below


def generous(problem: Problem, ii: int) -> int:
    """A depth that hardly binds: the ASAP length and 16 turns of II more."""
    return asap_length(problem, ii) + TURNS * ii


def least_ii(
    problem: Problem,
    method: Method,
    *,
    limit: np.ndarray | None = None,
    depth: Callable[[Problem, int], int] = generous,
    most: int | None = None,
    seed: int = 0,
) -> Reached | None:
    """Try one II after the other, from MinII up.

    Args:
        problem: the graph.
        method: what is tried.
        limit: (R,) units available in place of the problem's own.
        depth: of a problem at an II.
        most: the last II to try; by default that of running one node after the other.
        seed: handed on.

    Raises:
        InfeasibleError: a node takes more of a class than there is, at any II.
    """
    check_alone(problem, None, limit)
    least = min_ii(problem, limit)
    for ii in range(least.value, (one_by_one(problem) if most is None else most) + 1):
        try:
            check_alone(problem, ii, limit)
        except InfeasibleError:  # it fits at a longer II
            continue
        frame = window(problem, depth(problem, ii), ii)
        start = method(problem, frame, limit=limit, seed=seed)
        if start is not None:
            return Reached(ii, start, frame, least)
    return None


def one_by_one(problem: Problem) -> int:
    """An II at which an iteration is over, its blocked units too, before the next begins."""
    took = problem.duration.copy()
    np.maximum.at(took, problem.use_node, problem.use_occupancy)
    return max(1, int(took.sum() + problem.delay.sum()))
