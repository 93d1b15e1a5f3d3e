"""What decides whether an II is possible where nothing bounds the latency: recurrences and slots.

An edge between different strongly connected components can always be kept by starting its head so
many whole turns of II later, which changes no slot. What is left are the edges within components,
and there a node that is held fast gives every other one of its component a window.
"""

from dataclasses import replace

import numpy as np

from gaus_jax.core.graph import strong_components
from gaus_jax.core.problem import Problem
from gaus_jax.core.recurrence import pushed_earlier_at, pushed_later_at
from gaus_jax.core.window import Window

OF_NODES = ("latency", "size", "output", "workspace")
OF_EDGES = ("tail", "head", "delay", "distance", "weight", "is_data")
OF_USES = ("use_node", "use_class", "use_demand", "use_occupancy")
FAR = 2**45  # steps; beyond any path


def components(problem: Problem) -> list[np.ndarray]:
    """The nodes of each strongly connected component of several, (n,) int64.

    A node by itself is left out, also one with an edge to itself: MinII says all of that edge.
    """
    part = strong_components(problem.nodes, problem.tail, problem.head)
    order = np.argsort(part, kind="stable")
    count = np.bincount(part, minlength=1) if problem.nodes else np.zeros(0, np.int64)
    return [nodes for nodes in np.split(order, np.cumsum(count)[:-1]) if nodes.size > 1]


def within_components(problem: Problem) -> Problem:
    """The same nodes with the edges alone that lie within strongly connected components."""
    part = strong_components(problem.nodes, problem.tail, problem.head)
    keep = part[problem.tail] == part[problem.head]
    return replace(problem, **{name: getattr(problem, name)[keep] for name in OF_EDGES})


def part(problem: Problem, nodes: np.ndarray) -> Problem:
    """Some of the nodes, (n,) int64, with the edges and the uses among them."""
    place = np.full(problem.nodes, -1, np.int64)
    place[nodes] = np.arange(nodes.size)
    edge = np.flatnonzero((place[problem.tail] >= 0) & (place[problem.head] >= 0))
    use = np.flatnonzero(place[problem.use_node] >= 0)
    parts = {name: getattr(problem, name)[nodes] for name in OF_NODES}
    parts |= {name: getattr(problem, name)[edge] for name in OF_EDGES}
    parts |= {name: getattr(problem, name)[use] for name in OF_USES}
    for name in ("tail", "head", "use_node"):
        parts[name] = place[parts[name]]
    return replace(problem, ids=tuple(problem.ids[i] for i in nodes), **parts)


def anchored(problem: Problem, ii: int, anchors: np.ndarray, turns: int = 0) -> Window:
    """The windows, at an II, that nodes leave to their components when they are held fast.

    Args:
        problem: with edges within components alone.
        ii: an interval of at least RecMII.
        anchors: (C,) int64, one node of each component that matters; all others are anchors of
            their own.
        turns: an anchor starts in ``0 .. turns``, steps.

    Returns:
        Windows relative to the anchors; starts may be negative, as only slots and distances count.
    """
    free = np.ones(problem.nodes, bool)
    for nodes in components(problem):
        free[nodes] = False
    free[anchors] = True
    low = pushed_later_at(problem, ii, np.where(free, 0, -FAR))
    high = pushed_earlier_at(problem, ii, np.where(free, turns, FAR))
    return Window(low, high, int(high.max(initial=0)) + 1, ii)
