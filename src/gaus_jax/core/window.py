"""The window of each node: its earliest and latest start, and the slack between them."""

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np

from gaus_jax.base.errors import InfeasibleError
from gaus_jax.core.graph import longest_from_sources, pushed_earlier
from gaus_jax.core.problem import Problem


@dataclass(frozen=True, eq=False)
class Window:
    """``[ASAP, ALAP]`` of every node under a depth, loop-carried edges left out."""

    asap: np.ndarray  # (N,) int64, steps
    alap: np.ndarray  # (N,) int64, steps
    depth: int  # D, steps

    @cached_property
    def mobility(self) -> np.ndarray:
        """``ALAP - ASAP``; (N,) int64, steps."""
        return self.alap - self.asap


def asap(problem: Problem) -> np.ndarray:
    """The earliest start of each node without resource limits; (N,) int64, steps."""
    into = problem.incoming
    return longest_from_sources(problem.order, *into, problem.tail, problem.reach)


def asap_length(problem: Problem) -> int:
    """``D_min = max_i (ASAP_i + max(l_i, 1))``, the least depth; 0 for the empty graph."""
    return int(np.max(asap(problem) + problem.duration, initial=0))


def alap(problem: Problem, depth: int) -> np.ndarray:
    """The latest start of each node under ``depth``; (N,) int64, negative where infeasible."""
    latest = depth - problem.duration
    out = problem.outgoing
    return pushed_earlier(problem.order, *out, problem.head, problem.reach, latest)


def scaled_depth(length: int, kappa: str | float | Fraction) -> int:
    """``D = ceil(kappa * D_min)`` in exact decimals: ``1.1 * 50`` is 55."""
    return -int(-(Fraction(str(kappa)) * length) // 1)


def window(problem: Problem, depth: int) -> Window:
    """The window of every node under ``depth``.

    Raises:
        InfeasibleError: the depth is below the ASAP length; names it and a critical path.
    """
    earliest = asap(problem)
    least = int(np.max(earliest + problem.duration, initial=0))
    if depth < least:
        path = " -> ".join(_shortened([problem.ids[i] for i in critical_path(problem, earliest)]))
        raise InfeasibleError(
            f"{problem.name}: depth {depth} is below the least feasible depth {least}; "
            f"critical path: {path}"
        )
    return Window(earliest, alap(problem, depth), depth)


def critical_path(problem: Problem, earliest: np.ndarray) -> list[int]:
    """The nodes of one longest path, first to last."""
    if problem.nodes == 0:
        return []
    node = int(np.argmax(earliest + problem.duration))
    path = [node]
    into = problem.incoming
    while earliest[node] > 0:
        edges = into.item[into.first[node] : into.first[node + 1]]
        tight = earliest[problem.tail[edges]] + problem.reach[edges] == earliest[node]
        node = int(problem.tail[edges[tight][0]])
        path.append(node)
    return path[::-1]


def _shortened(names: list[str], most: int = 12) -> list[str]:
    if len(names) <= most:
        return names
    return [*names[: most // 2], f"({len(names) - most} more)", *names[-most // 2 :]]
