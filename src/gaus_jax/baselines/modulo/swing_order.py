"""The order in which swing modulo scheduling places nodes (Llosa et al. 1996, section 4.2).

Recurrences come first, the most critical of them before the others, each along with the nodes on
paths between it and those before it. Within such a set the order swings between upward and downward
sweeps, so that a node seldom has both producers and consumers among the nodes before it.
"""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from gaus_jax.core.graph import longest_from_sources, pushed_earlier, strong_components
from gaus_jax.core.problem import Problem
from gaus_jax.core.recurrence import recurrence_ii
from gaus_jax.core.window import asap_length, window


def swing_order(problem: Problem) -> np.ndarray:
    """All nodes, (N,) int64, in the order in which they are placed."""
    before, after = _neighbours(problem.head, problem.tail), _neighbours(problem.tail, problem.head)
    component = strong_components(problem.nodes, problem.tail, problem.head)
    acyclic = _acyclic(problem, component)
    depth, height = _levels(acyclic)
    mobility = window(acyclic, asap_length(acyclic)).mobility
    order: list[int] = []
    listed = set(order)
    for members in _sets(problem, component, before, after):
        _sweep(members, order, listed, before, after, depth, height, mobility)
    return np.array(order, np.int64)


def _acyclic(problem: Problem, component: np.ndarray) -> Problem:
    """The graph without the edges that close a recurrence; the other loop-carried ones stay."""
    kept = (problem.distance == 0) | (component[problem.tail] != component[problem.head])
    forward = _with_edges(problem, kept)
    return replace(forward, distance=np.zeros_like(forward.distance))


def _levels(problem: Problem) -> tuple[np.ndarray, np.ndarray]:
    """Length of the longest path to and from each node; the edges count where lengths are equal.

    A node of latency 0 would else have the depth of its consumer, and the order could take it for
    the later one of the two.
    """
    reach = problem.reach * (problem.nodes + 1) + 1
    depth = longest_from_sources(problem.order, *problem.incoming, problem.tail, reach)
    ends = np.zeros(problem.nodes, np.int64)
    left = pushed_earlier(problem.order, *problem.outgoing, problem.head, reach, ends)
    return depth, -left


def _neighbours(key: np.ndarray, other: np.ndarray) -> dict[int, set[int]]:
    found: dict[int, set[int]] = {}
    for a, b in zip(key.tolist(), other.tolist(), strict=True):
        if a != b:
            found.setdefault(a, set()).add(b)
    return found


def _sets(problem: Problem, component: np.ndarray, before: dict, after: dict) -> Iterable[set[int]]:
    """Recurrences by falling RecMII with what is between them; then all else."""
    gone: set[int] = set()
    for members in _recurrences(problem, component):
        fresh = members | (
            (_reached(gone, after) & _reached(members, before))
            | (_reached(gone, before) & _reached(members, after))
        )
        fresh -= gone
        if fresh:
            yield fresh
        gone |= fresh
    rest = set(range(problem.nodes)) - gone
    if rest:
        yield rest


def _recurrences(problem: Problem, component: np.ndarray) -> list[set[int]]:
    """Strong components with a cycle, the one of the greatest RecMII first."""
    inside = component[problem.tail] == component[problem.head]
    found = []
    for c in np.unique(component[problem.tail[inside]]).tolist():
        mine = inside & (component[problem.tail] == c)
        found.append((-recurrence_ii(_with_edges(problem, mine))[0], c))
    return [set(np.flatnonzero(component == c).tolist()) for _, c in sorted(found)]


def _with_edges(problem: Problem, kept: np.ndarray) -> Problem:
    """The same nodes with some of the edges."""
    names = ("tail", "head", "delay", "distance", "weight", "is_data")
    return replace(problem, **{name: getattr(problem, name)[kept] for name in names})


def _reached(sources: set[int], next_of: dict[int, set[int]]) -> set[int]:
    """All nodes that a path from one of the sources leads to."""
    seen: set[int] = set()
    stack = list(sources)
    while stack:
        for node in next_of.get(stack.pop(), ()):
            if node not in seen:
                seen.add(node)
                stack.append(node)
    return seen


def _sweep(
    members: set[int],
    order: list[int],
    listed: set[int],
    before: dict,
    after: dict,
    depth: np.ndarray,
    height: np.ndarray,
    mobility: np.ndarray,
) -> None:
    """Append a set to the order, upward along producers and downward along consumers in turn."""
    left = set(members)

    def take(upward: bool) -> None:
        """One sweep over the nodes next to those listed."""
        neighbours, away = (before, after) if upward else (after, before)
        key = depth if upward else height
        open_ = {i for i in left if any(j in listed for j in away.get(i, ()))}
        while open_:
            node = max(open_, key=lambda i: (key[i], -mobility[i], -i))
            order.append(node)
            listed.add(node)
            left.discard(node)
            open_.discard(node)
            open_ |= neighbours.get(node, set()) & left

    upward = any(j in listed for i in left for j in after.get(i, ()))
    while left:
        count = len(left)
        take(upward)
        take(not upward)
        if len(left) == count:  # nobody in the set is next to those listed: begin anew
            node = max(left, key=lambda i: (depth[i], -i))
            order.append(node)
            listed.add(node)
            left.discard(node)
