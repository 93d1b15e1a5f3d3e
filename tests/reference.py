"""The oracle: FORMULATIONS restated in naive loops over plain Python numbers.

It imports nothing of the solver and only reads the array attributes of a problem, so that it cannot
share a mistake with what it judges. ``start`` is a list of integer steps ``s_i``; ``ii`` is None in
a non-pipelined reading, where edges of distance above 0 are left out everywhere (dependence,
communication and lifetimes alike), else the initiation interval. Node, edge and class are indices.
"""

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import Any, NamedTuple

LIFETIMES = ("register", "buffer")


class Edge(NamedTuple):
    """One edge that is in force, in plain numbers."""

    index: int
    tail: int
    head: int
    gap: int  # cycles, l_i + delta_e
    shift: int  # cycles, k_e * II
    weight: float
    is_data: bool


def edges_in_force(problem: Any, ii: int | None) -> list[Edge]:
    """Every edge, less the loop-carried ones where there is no II."""
    kept = []
    for e in range(len(problem.tail)):
        tail, head = int(problem.tail[e]), int(problem.head[e])
        distance = int(problem.distance[e])
        if ii is None and distance > 0:
            continue
        gap = int(problem.latency[tail]) + int(problem.delay[e])
        shift = 0 if ii is None else distance * ii
        weight, is_data = float(problem.weight[e]), bool(problem.is_data[e])
        kept.append(Edge(e, tail, head, gap, shift, weight, is_data))
    return kept


def duration(problem: Any, node: int) -> int:
    """``max(l_i, 1)``: even a chained node takes up the step in which it starts."""
    return max(int(problem.latency[node]), 1)


# Earliest and latest starts


def asap(problem: Any, ii: int | None = None) -> list[int] | None:
    """The least legal schedule; None where II is below the recurrences' bound."""
    nodes = len(problem.ids)
    start = [0] * nodes
    for _ in range(nodes + 1):  # a longest simple path is settled after N - 1 rounds
        changed = False
        for edge in edges_in_force(problem, ii):
            ready = start[edge.tail] + edge.gap - edge.shift
            if start[edge.head] < ready:
                start[edge.head] = ready
                changed = True
        if not changed:
            return start
    return None


def alap(problem: Any, depth: int, ii: int | None = None) -> list[int] | None:
    """The greatest legal schedule within a depth; None where no schedule is legal."""
    start = [depth - duration(problem, i) for i in range(len(problem.ids))]
    changed = True
    while changed:
        if any(step < 0 for step in start):
            return None
        changed = False
        for edge in edges_in_force(problem, ii):
            due = start[edge.head] + edge.shift - edge.gap
            if start[edge.tail] > due:
                start[edge.tail] = due
                changed = True
    return start


def depth(problem: Any, kappa: Any, ii: int | None = None) -> int | None:
    """``D = ceil(kappa * D_min)``, with kappa as the decimal it is written as."""
    earliest = asap(problem, ii)
    if earliest is None:
        return None
    return math.ceil(Fraction(str(kappa)) * latency(problem, earliest))


# Constraints


def dependence_violations(problem: Any, start: list[int], ii: int | None = None) -> set[int]:
    """Edges with ``s_j + k_e II < s_i + l_i + delta_e``."""
    bad = set()
    for edge in edges_in_force(problem, ii):
        if start[edge.head] + edge.shift < start[edge.tail] + edge.gap:
            bad.add(edge.index)
    return bad


def latency_violations(problem: Any, start: list[int], depth: int | None) -> set[int]:
    """Nodes that start before step 0 or end after the depth (None: no bound)."""
    bad = set()
    for i in range(len(problem.ids)):
        if start[i] < 0 or (depth is not None and start[i] + duration(problem, i) > depth):
            bad.add(i)
    return bad


def resource_violations(
    problem: Any, start: list[int], ii: int | None = None
) -> set[tuple[int, int]]:
    """Pairs of class and step (slot, where there is an II) whose usage is above the limit."""
    if ii is None:
        used = usage(problem, start, busy_until(problem, start))
    else:
        used = modulo_usage(problem, start, ii)
    bad = set()
    for r, amounts in used.items():
        for at, amount in enumerate(amounts):
            if amount > float(problem.limit[r]):
                bad.add((r, at))
    return bad


def legal(problem: Any, start: list[int], depth: int | None, ii: int | None = None) -> bool:
    """Whether dependence and latency hold; resources are asked apart."""
    late = latency_violations(problem, start, depth)
    return not dependence_violations(problem, start, ii) and not late


# Least initiation interval


def simple_cycles(problem: Any) -> Iterator[list[Edge]]:
    """Every simple cycle once, from its least node; ``shift`` is then the distance."""
    edges = edges_in_force(problem, 1)

    def extend(path: list[Edge], nodes: list[int]) -> Iterator[list[Edge]]:
        for edge in edges:
            if edge.tail != nodes[-1]:
                continue
            if edge.head == nodes[0]:
                yield [*path, edge]
            elif edge.head > nodes[0] and edge.head not in nodes:
                yield from extend([*path, edge], [*nodes, edge.head])

    for first in range(len(problem.ids)):
        yield from extend([], [first])


def recurrence_ii(problem: Any) -> int:
    """RecMII by enumeration, for tiny graphs; 0 where no cycle asks for anything."""
    least = 0
    for cycle in simple_cycles(problem):
        work, distance = sum(e.gap for e in cycle), sum(e.shift for e in cycle)
        least = max(least, math.ceil(Fraction(work, distance)))
    return least


def resource_ii(problem: Any) -> int | float:
    """ResMII; 0 where nothing limited is used, infinite where a class of limit 0 is."""
    least = 0
    for r in range(len(problem.classes)):
        work = Fraction(0)
        for u in range(len(problem.use_node)):
            if int(problem.use_class[u]) == r:
                work += Fraction(float(problem.use_demand[u])) * int(problem.use_occupancy[u])
        limit = float(problem.limit[r])
        if work == 0 or limit == math.inf:
            continue
        least = max(least, math.ceil(work / Fraction(limit)) if limit > 0 else math.inf)
    return least


def min_ii(problem: Any) -> int | float:
    """``max(1, RecMII, ResMII)``."""
    return max(1, recurrence_ii(problem), resource_ii(problem))


# Usage


def busy_until(problem: Any, start: list[int]) -> int:
    """The first step from which no use blocks anything; it may lie beyond the depth."""
    last = 0
    for u in range(len(problem.use_node)):
        last = max(last, start[int(problem.use_node[u])] + int(problem.use_occupancy[u]))
    return last


def usage(problem: Any, start: list[int], horizon: int) -> dict[int, list[float]]:
    """``usage_r(d) = sum_i a_ir [s_i <= d < s_i + o_ir]`` for the steps ``0 .. horizon - 1``."""
    used = {r: [0.0] * horizon for r in range(len(problem.classes))}
    for u in range(len(problem.use_node)):
        begin = start[int(problem.use_node[u])]
        for d in range(horizon):
            if begin <= d < begin + int(problem.use_occupancy[u]):
                used[int(problem.use_class[u])][d] += float(problem.use_demand[u])
    return used


def modulo_usage(problem: Any, start: list[int], ii: int) -> dict[int, list[float]]:
    """``sum_{d = m mod II} usage_r(d)`` for each slot; a use longer than II meets itself."""
    used = {r: [0.0] * ii for r in range(len(problem.classes))}
    for u in range(len(problem.use_node)):
        begin = start[int(problem.use_node[u])]
        for d in range(begin, begin + int(problem.use_occupancy[u])):
            used[int(problem.use_class[u])][d % ii] += float(problem.use_demand[u])
    return used


# Lifetimes


def held(
    problem: Any,
    start: list[int],
    node: int,
    depth: int | None,
    lifetime: str,
    ii: int | None = None,
) -> range:
    """The steps in which a value is held; without a depth the last step is the schedule's own."""
    if lifetime not in LIFETIMES:
        raise ValueError(f"lifetime '{lifetime}' is unknown; it is one of {', '.join(LIFETIMES)}")
    reads = [
        start[edge.head] + edge.shift
        for edge in edges_in_force(problem, ii)
        if edge.tail == node and edge.is_data
    ]
    if lifetime == "register":
        if not reads:
            return range(0)
        return range(start[node] + duration(problem, node), max(reads) + 1)
    last = max(reads) if reads else start[node]
    if problem.output[node]:
        end = latency(problem, start) if depth is None else depth
        last = max(last, end - 1)
    return range(start[node], last + 1)


def live(
    problem: Any, start: list[int], depth: int | None, lifetime: str, ii: int | None = None
) -> list[float]:
    """``live(d)`` for the steps ``0 .. D - 1``; with an II ``live(m)`` for the slots.

    A slot sums over all steps, those beyond the depth too: a value held for longer than II counts
    once for every copy alive.
    """
    end = latency(problem, start) if depth is None else depth
    total = [0.0] * (end if ii is None else ii)
    for i in range(len(problem.ids)):
        for d in held(problem, start, i, depth, lifetime, ii):
            if ii is not None:
                total[d % ii] += float(problem.size[i])
            elif 0 <= d < end:
                total[d] += float(problem.size[i])
    return total


# Terms


def communication(problem: Any, start: list[int], ii: int | None = None) -> float:
    """``sum_e w_e (s_j + k_e II - s_i)``, over order edges too."""
    total = 0.0
    for edge in edges_in_force(problem, ii):
        total += edge.weight * (start[edge.head] + edge.shift - start[edge.tail])
    return total


def peak_usage(problem: Any, start: list[int]) -> float:
    """``sum_r c_r max_d usage_r(d)`` over all steps, also in a pipelined problem."""
    total = 0.0
    for r, amounts in usage(problem, start, busy_until(problem, start)).items():
        total += float(problem.class_cost[r]) * max(amounts, default=0.0)
    return total


def peak_live(
    problem: Any, start: list[int], depth: int | None, lifetime: str, ii: int | None = None
) -> float:
    """``max_d live(d)``, or ``max_m live(m)`` where there is an II."""
    return max(live(problem, start, depth, lifetime, ii), default=0.0)


def footprint(
    problem: Any, start: list[int], depth: int | None, lifetime: str, ii: int | None = None
) -> float:
    """``max_d live(d) + workspace of what starts in d``, or over slots where there is an II."""
    held = live(problem, start, depth, lifetime, ii)
    for i in range(len(problem.ids)):
        held[start[i] if ii is None else start[i] % ii] += float(problem.workspace[i])
    return max(held, default=0.0)


def latency(problem: Any, start: list[int]) -> int:
    """``max_i (s_i + max(l_i, 1))``; 0 for the empty graph."""
    return max((start[i] + duration(problem, i) for i in range(len(problem.ids))), default=0)


# Objectives: infinite where a schedule breaks what they are subject to


def balanced_ratio(problem: Any, ii: int | None = None) -> float:
    """``communication(ASAP) / max(1, sum_r c_r peak usage_r(ASAP))``."""
    earliest = asap(problem, ii)
    if earliest is None:
        raise ValueError(f"II {ii} is below the recurrences' bound; there is no ASAP schedule")
    return communication(problem, earliest, ii) / max(1.0, peak_usage(problem, earliest))


def objective_A(  # noqa: N802
    problem: Any, start: list[int], depth: int | None, ratio: Any, ii: int | None = None
) -> float:
    """``ratio * peak usage + communication``; ratio is a number or ``balanced``."""
    if not legal(problem, start, depth, ii):
        return math.inf
    factor = balanced_ratio(problem, ii) if ratio == "balanced" else float(ratio)
    return factor * peak_usage(problem, start) + communication(problem, start, ii)


def objective_B(  # noqa: N802
    problem: Any, start: list[int], depth: int | None, lifetime: str = "register"
) -> float:
    """Peak live of one iteration by itself."""
    if not legal(problem, start, depth):
        return math.inf
    return peak_live(problem, start, depth, lifetime)


def objective_C(  # noqa: N802
    problem: Any, start: list[int], depth: int | None, ii: int, lifetime: str = "register"
) -> float:
    """Peak live over the slots, under recurrences and modulo resources."""
    if not legal(problem, start, depth, ii) or resource_violations(problem, start, ii):
        return math.inf
    return peak_live(problem, start, depth, lifetime, ii)


def objective_D(problem: Any, start: list[int], depth: int | None = None) -> float:  # noqa: N802
    """Latency under the resource limits."""
    if not legal(problem, start, depth) or resource_violations(problem, start):
        return math.inf
    return latency(problem, start)


def order_violations(problem: Any, start: list[int]) -> set[int]:
    """Nodes without a step of their own among ``|V|``, or no later than one that they follow."""
    nodes = len(problem.ids)
    bad = {i for i in range(nodes) if not 0 <= start[i] < nodes or start.count(start[i]) > 1}
    for edge in edges_in_force(problem, None):
        if start[edge.head] < start[edge.tail] + 1:
            bad.add(edge.head)
    return bad


def objective_S(problem: Any, start: list[int]) -> float:  # noqa: N802
    """Bytes in the fullest step of an order: buffers, and the workspace of what runs in it."""
    if order_violations(problem, start):
        return math.inf
    return footprint(problem, start, len(problem.ids), "buffer")
