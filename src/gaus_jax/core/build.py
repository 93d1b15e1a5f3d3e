"""Problems from plain arrays, and with other limits."""

import math
import operator
from collections.abc import Mapping, Sequence
from dataclasses import replace
from numbers import Real
from typing import Any, SupportsIndex

import numpy as np

from gaus_jax.base.errors import InputError
from gaus_jax.core.checks import edge_ends
from gaus_jax.core.problem import Problem


def with_limits(problem: Problem, limits: Mapping[str, float]) -> Problem:
    """The same problem with other limits of some classes, units.

    Raises:
        InputError: an unknown class, or a limit that is negative or no number.
    """
    if not limits:
        return problem
    limit = problem.limit.copy()
    for name, units in limits.items():
        if name not in problem.classes:
            known = ", ".join(problem.classes) or "none"
            raise InputError(
                f"{problem.name}: a limit for class '{name}', which it lacks; its classes: {known}"
            )
        limit[problem.classes.index(name)] = _units(problem, name, units)
    return replace(problem, limit=limit)


def _units(problem: Problem, name: str, units: Any) -> float:
    """A limit as it came from a file or a command line, as a number."""
    try:
        number = float(units) if isinstance(units, Real) else math.nan
    except OverflowError:  # of a whole number beyond all floats
        number = math.nan
    if isinstance(units, bool) or not number >= 0:
        raise InputError(
            f"{problem.name}: the limit of class '{name}' is {str(units)[:40]!r}; it must be a "
            f"number of at least 0"
        )
    return number


def make_problem(
    nodes: SupportsIndex | Sequence[str],
    edges: Any = (),
    *,
    name: str = "problem",
    latency: Any = 1,
    size: Any = 1,
    output: Any = False,
    workspace: Any = 0,
    classes: Sequence[str] = ("op",),
    class_cost: Any = 1,
    limit: Any = np.inf,
    uses: Any = None,
    delay: Any = 0,
    distance: Any = 0,
    weight: Any = 1,
    is_data: Any = True,
) -> Problem:
    """Build a problem from plain arrays and scalars, which are broadcast to their axis.

    Args:
        nodes: the ids, or a number N of nodes, of any whole type, that are then named
            ``0 .. N-1``.
        edges: (E, 2) node indices (producer, consumer).
        name: what messages and results call the problem.
        latency: (N,) or scalar, cycles.
        size: (N,) or scalar, bits or bytes.
        output: (N,) or scalar, bool.
        workspace: (N,) or scalar, bytes that a node needs while it runs (objective S alone).
        classes: (R,) names of the resource classes.
        class_cost: (R,) or scalar, cost of a unit.
        limit: (R,) or scalar, units available.
        uses: coordinate arrays ``(node, class, demand, occupancy)``, each (U,) or scalar; else
            every node uses one unit of the first class for one cycle.
        delay: (E,) or scalar, cycles.
        distance: (E,) or scalar, iterations.
        weight: (E,) or scalar, communication weight.
        is_data: (E,) or scalar, False for order edges.

    Raises:
        InputError: a number of nodes below 0; and see `Problem`.
    """
    ids = _ids(name, nodes)
    ends = edge_ends(name, edges)
    if uses is None:
        uses = (np.arange(len(ids)), 0, 1, 1) if classes else ([], [], [], [])
    total = max((np.size(part) for part in uses if np.ndim(part)), default=1)
    spread = [_broadcast(part, total) for part in uses]
    count, arcs, kinds = len(ids), len(ends), len(classes)
    return Problem(
        name=name,
        ids=ids,
        latency=_broadcast(latency, count),
        size=_broadcast(size, count),
        output=_broadcast(output, count),
        workspace=_broadcast(workspace, count),
        classes=tuple(classes),
        class_cost=_broadcast(class_cost, kinds),
        limit=_broadcast(limit, kinds),
        use_node=spread[0],
        use_class=spread[1],
        use_demand=spread[2],
        use_occupancy=spread[3],
        tail=ends[:, 0],
        head=ends[:, 1],
        delay=_broadcast(delay, arcs),
        distance=_broadcast(distance, arcs),
        weight=_broadcast(weight, arcs),
        is_data=_broadcast(is_data, arcs),
    )


def _ids(name: str, nodes: SupportsIndex | Sequence[str]) -> tuple[str, ...]:
    """The ids that are given, or as many numbers."""
    try:
        count = operator.index(nodes)  # type: ignore[arg-type]
    except TypeError:
        return tuple(nodes)  # type: ignore[arg-type]
    if count < 0:
        raise InputError(f"{name}: {count} nodes; there must be at least 0, or give their ids")
    return tuple(str(i) for i in range(count))


def _broadcast(values: Any, count: int) -> np.ndarray:
    array = np.asarray(values)
    return np.full(count, array) if array.ndim == 0 else array
