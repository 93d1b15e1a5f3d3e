"""Hypothesis strategies: random small problems, and random legal schedules of them."""

from typing import Any

from hypothesis import strategies as st

from gaus_jax.core.build import make_problem
from gaus_jax.core.problem import Problem
from tests import reference

INFINITE = float("inf")


def _many(draw: st.DrawFn, count: int, low: int, high: int) -> list[int]:
    return draw(st.lists(st.integers(low, high), min_size=count, max_size=count))


@st.composite
def problems(
    draw: st.DrawFn,
    *,
    min_nodes: int = 0,
    max_nodes: int = 12,
    max_edges: int = 20,
    loop_carried: bool = False,
    limited: bool = False,
    workspace: bool = False,
) -> Problem:
    """A random problem, with chained zeros, delays, order edges and parallel edges.

    Node order is no topological order. With `loop_carried` up to five edges of distance 1 to 3 are
    added, self-loops among them. With `limited` a class may have a limit, which then fits its most
    demanding node, so that some schedule keeps it (given enough steps, and an II above the longest
    occupancy). With `workspace` nodes have one of 0 to 4.
    """
    nodes = draw(st.integers(min_nodes, max_nodes))
    order = draw(st.permutations(range(nodes)))
    ends: list[tuple[int, int]] = []
    if nodes >= 2:
        pair = st.tuples(st.integers(0, nodes - 2), st.integers(1, nodes - 1))
        ends = [
            (order[min(a, b - 1)], order[max(a + 1, b)])
            for a, b in draw(st.lists(pair, max_size=max_edges))
        ]
    distance = [0] * len(ends)
    if loop_carried and nodes:
        node = st.integers(0, nodes - 1)
        back = draw(st.lists(st.tuples(node, node, st.integers(1, 3)), max_size=5))
        ends += [(a, b) for a, b, _ in back]
        distance += [k for _, _, k in back]
    edges = len(ends)
    classes, uses, limit = draw(_resources(nodes, limited))
    return make_problem(
        nodes,
        ends,
        latency=_many(draw, nodes, 0, 3),
        size=_many(draw, nodes, 0, 5),
        output=draw(st.lists(st.booleans(), min_size=nodes, max_size=nodes)),
        workspace=_many(draw, nodes, 0, 4) if workspace else 0,
        classes=classes,
        class_cost=_many(draw, len(classes), 0, 3),
        limit=limit,
        uses=uses,
        delay=_many(draw, edges, 0, 2),
        distance=distance,
        weight=_many(draw, edges, 0, 4),
        is_data=draw(st.lists(st.booleans(), min_size=edges, max_size=edges)),
    )


@st.composite
def _resources(draw: st.DrawFn, nodes: int, limited: bool) -> Any:
    """Classes, uses as coordinate lists, limits; a node may use a class twice, or none."""
    kinds = draw(st.integers(0, 3))
    uses: list[tuple[int, int, int, int]] = []
    if nodes and kinds:
        use = st.tuples(
            st.integers(0, nodes - 1),
            st.integers(0, kinds - 1),
            st.integers(0, 3),
            st.integers(0, 4),
        )
        uses = draw(st.lists(use, max_size=2 * nodes))
    limit = [INFINITE] * kinds
    for r in range(kinds):
        if limited and draw(st.booleans()):
            demands = [sum(a for i, c, a, _ in uses if (i, c) == (n, r)) for n in range(nodes)]
            limit[r] = max(demands, default=0) + draw(st.integers(0, 3))
    columns = [list(column) for column in zip(*uses, strict=True)] if uses else [[], [], [], []]
    return tuple(f"r{r}" for r in range(kinds)), columns, limit


def _tighten(problem: Problem, ii: int | None, low: list[int], high: list[int]) -> None:
    """Shrink the windows until every step left in one is part of some legal schedule."""
    edges = reference.edges_in_force(problem, ii)
    changed = True
    while changed:
        changed = False
        for edge in edges:
            need = edge.gap - edge.shift
            if low[edge.head] < low[edge.tail] + need:
                low[edge.head] = low[edge.tail] + need
                changed = True
            if high[edge.tail] > high[edge.head] - need:
                high[edge.tail] = high[edge.head] - need
                changed = True


def _draw_start(draw: st.DrawFn, problem: Problem, depth: int, ii: int | None) -> list[int]:
    """Place the nodes in topological order, each within what the placed ones leave it."""
    low = [0] * problem.nodes
    high = [depth - int(d) for d in problem.duration]
    _tighten(problem, ii, low, high)
    for node in problem.order.tolist():
        low[node] = high[node] = draw(st.integers(low[node], high[node]))
        _tighten(problem, ii, low, high)
    return low


@st.composite
def scheduled(
    draw: st.DrawFn, *, max_slack: int = 4, **options: Any
) -> tuple[Problem, list[int], int]:
    """A problem, a legal start list and its depth, up to `max_slack` above ``D_min``.

    Non-pipelined; resource limits are not kept. `options` are those of `problems`.
    """
    problem = draw(problems(**options))
    depth = _shortest(problem, None) + draw(st.integers(0, max_slack))
    return problem, _draw_start(draw, problem, depth, None), depth


@st.composite
def pipelined(
    draw: st.DrawFn, *, max_slack: int = 4, loop_carried: bool = True, **options: Any
) -> tuple[Problem, list[int], int, int]:
    """As `scheduled`, with loop-carried edges and an II from RecMII on as the fourth part.

    Modulo resource limits are not kept either.
    """
    problem = draw(problems(loop_carried=loop_carried, **options))
    ii = draw(st.integers(0, 3)) + max(1, reference.recurrence_ii(problem))
    depth = _shortest(problem, ii) + draw(st.integers(0, max_slack))
    return problem, _draw_start(draw, problem, depth, ii), depth, ii


def _shortest(problem: Problem, ii: int | None) -> int:
    shortest = reference.depth(problem, 1, ii)
    assert shortest is not None
    return shortest
