"""The window of each node: its earliest and latest start, and the slack between them."""

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np

from gaus_jax.base.errors import InfeasibleError
from gaus_jax.core.graph import longest_from_sources, pushed_earlier
from gaus_jax.core.problem import Problem
from gaus_jax.core.recurrence import pushed_earlier_at, pushed_later_at, reach_at


@dataclass(frozen=True, eq=False)
class Window:
    """``[ASAP, ALAP]`` of every node under a depth; loop-carried edges bind at an II alone."""

    asap: np.ndarray  # (N,) int64, steps
    alap: np.ndarray  # (N,) int64, steps
    depth: int  # D, steps
    ii: int | None = None  # II, cycles

    @cached_property
    def mobility(self) -> np.ndarray:
        """``ALAP - ASAP``; (N,) int64, steps."""
        return self.alap - self.asap


def asap(problem: Problem, ii: int | None = None) -> np.ndarray:
    """The earliest start of each node without resource limits; (N,) int64, steps.

    Raises:
        InfeasibleError: the II is below RecMII.
    """
    if ii is not None:
        return pushed_later_at(problem, ii, np.zeros(problem.nodes, np.int64))
    into = problem.incoming
    return longest_from_sources(problem.order, *into, problem.tail, problem.reach)


def asap_length(problem: Problem, ii: int | None = None) -> int:
    """``D_min = max_i (ASAP_i + max(l_i, 1))``, the least depth; 0 for the empty graph."""
    return int(np.max(asap(problem, ii) + problem.duration, initial=0))


def alap(problem: Problem, depth: int, ii: int | None = None) -> np.ndarray:
    """The latest start of each node under ``depth``; (N,) int64, negative where infeasible."""
    latest = depth - problem.duration
    if ii is not None:
        return pushed_earlier_at(problem, ii, latest)
    out = problem.outgoing
    return pushed_earlier(problem.order, *out, problem.head, problem.reach, latest)


def scaled_depth(length: int, kappa: str | float | Fraction) -> int:
    """``D = ceil(kappa * D_min)`` in exact decimals: ``1.1 * 50`` is 55."""
    return -int(-(Fraction(str(kappa)) * length) // 1)


def window(problem: Problem, depth: int, ii: int | None = None) -> Window:
    """The window of every node under ``depth``, at an II with the loop-carried edges.

    Raises:
        InfeasibleError: the depth is below the ASAP length; names it and a critical path. Or the
            II is below RecMII; names a cycle.
    """
    earliest = asap(problem, ii)
    least = int(np.max(earliest + problem.duration, initial=0))
    if depth < least:
        path = _shortened([problem.ids[i] for i in critical_path(problem, earliest, ii)])
        where = "" if ii is None else f" at initiation interval {ii}"
        raise InfeasibleError(
            f"{problem.name}: depth {depth} is below the least feasible depth {least}{where}; "
            f"critical path: {' -> '.join(path)}"
        )
    return Window(earliest, alap(problem, depth, ii), depth, ii)


def critical_path(problem: Problem, earliest: np.ndarray, ii: int | None = None) -> list[int]:
    """The nodes of one longest path, first to last."""
    if problem.nodes == 0:
        return []
    last = int(np.argmax(earliest + problem.duration))
    into = problem.incoming if ii is None else problem.entering
    reach = reach_at(problem, ii)
    # Breadth first over tight edges: at RecMII those of a critical cycle are tight too.
    after = {last: -1}
    queue, node = [last], last
    for node in queue:
        if earliest[node] == 0:
            break
        edges = into.item[into.first[node] : into.first[node + 1]]
        tight = earliest[problem.tail[edges]] + reach[edges] == earliest[node]
        for before in problem.tail[edges[tight]].tolist():
            if before not in after:
                after[before] = node
                queue.append(before)
    path = [node]
    while after[path[-1]] >= 0:
        path.append(after[path[-1]])
    return path


def _shortened(names: list[str], most: int = 12) -> list[str]:
    if len(names) <= most:
        return names
    return [*names[: most // 2], f"({len(names) - most} more)", *names[-most // 2 :]]
