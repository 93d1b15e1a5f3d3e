"""Every legal schedule of a tiny graph, and the best of them: no solver may be better."""

import math
from collections.abc import Callable, Iterator
from typing import Any

from tests import reference


def schedules(
    problem: Any, depth: int, ii: int | None = None, most: int = 1_000_000
) -> Iterator[list[int]]:
    """All schedules that keep dependence and latency, node by node in topological order.

    A branch is cut as soon as an edge between two placed nodes is broken.

    Raises:
        ValueError: the windows from ASAP to ALAP leave more than `most` combinations.
    """
    first, last = reference.asap(problem, ii), reference.alap(problem, depth, ii)
    if first is None or last is None:
        return
    windows = [range(lo, hi + 1) for lo, hi in zip(first, last, strict=True)]
    combinations = math.prod(len(window) for window in windows)
    if combinations > most:
        raise ValueError(
            f"{problem.name}: up to {combinations} schedules within {depth} steps are too many to "
            f"enumerate (limit {most}); take a smaller graph or depth"
        )
    edges = reference.edges_in_force(problem, ii)
    start: dict[int, int] = {}

    def place(rest: list[int]) -> Iterator[list[int]]:
        if not rest:
            yield [start[i] for i in range(len(problem.ids))]
            return
        node = rest[0]
        for step in windows[node]:
            start[node] = step
            if all(
                start[e.head] + e.shift >= start[e.tail] + e.gap
                for e in edges
                if node in (e.tail, e.head) and e.tail in start and e.head in start
            ):
                yield from place(rest[1:])
            del start[node]

    yield from place(topological(problem))


def orders(problem: Any) -> Iterator[list[int]]:
    """The steps of the nodes in every order of one node a step."""
    edges = reference.edges_in_force(problem, None)
    nodes = len(problem.ids)

    def extend(listed: list[int]) -> Iterator[list[int]]:
        if len(listed) == nodes:
            yield [listed.index(i) for i in range(nodes)]
        for node in range(nodes):
            ready = all(e.tail in listed for e in edges if e.head == node)
            if ready and node not in listed:
                yield from extend([*listed, node])

    yield from extend([])


def topological(problem: Any) -> list[int]:
    """Nodes by repeated search for one with every producer at distance 0 already listed."""
    edges = reference.edges_in_force(problem, None)
    order: list[int] = []
    while len(order) < len(problem.ids):
        for node in range(len(problem.ids)):
            ready = all(e.tail in order for e in edges if e.head == node)
            if ready and node not in order:
                order.append(node)
    return order


def optimum(
    problem: Any,
    depth: int,
    cost: Callable[[list[int]], float],
    ii: int | None = None,
    most: int = 1_000_000,
) -> tuple[float, list[int]] | None:
    """The least finite cost and the first schedule that has it; None where there is none."""
    best = None
    for start in schedules(problem, depth, ii, most):
        found = cost(start)
        if found < (math.inf if best is None else best[0]):
            best = (found, start)
    return best
