"""Serial placement under resource limits: node by node, each where what it blocks still fits.

Kolisch and Hartmann, Heuristic algorithms for the resource-constrained project scheduling problem,
1999, for the serial scheme. Here a node may have several uses, each with an occupancy of its own.
"""

from heapq import heappop, heappush
from typing import NamedTuple

import numpy as np
from numba import njit

from gaus_jax.base.errors import InfeasibleError, InputError
from gaus_jax.core.graph import Neighbours, group
from gaus_jax.core.problem import Problem

UNITS = 2**45  # into which the limit of a class with fractions is divided
MOST_CELLS = 10**8  # steps, times classes, of a load


class SerialPlan(NamedTuple):
    """What serial placement needs to know of a problem, or of its mirror image.

    What a node blocks is kept in pieces, each a constant amount of one class in the steps
    ``s_i + begin <= d < s_i + end``, perhaps none; those of one node and class do not overlap.
    Amounts and limits are whole numbers of units, so that loads never drift.
    """

    before: Neighbours
    after: Neighbours
    rank: np.ndarray  # (N,) int64, place in a topological order
    duration: np.ndarray  # (N,) int64, steps, max(l_i, 1)
    first: np.ndarray  # (N + 1,) int64, where a node's pieces begin
    row: np.ndarray  # (P,) int64, class among those that can bind
    begin: np.ndarray  # (P,) int64, steps
    end: np.ndarray  # (P,) int64, steps
    amount: np.ndarray  # (P,) int64, units
    limit: np.ndarray  # (Q,) int64, units, of the classes that can bind
    steps: int  # no start by serial placement is later
    width: int  # the greatest `end`

    def load(self, depth: int = 0) -> np.ndarray:
        """An empty load for starts by serial placement from a step up to ``depth``; (Q, T) int64.

        Raises:
            InputError: it would have more than `MOST_CELLS` cells.
        """
        columns = self.steps + max(depth, 0) + self.width + 1
        if columns * max(self.limit.size, 1) > MOST_CELLS:
            raise InputError(
                f"{columns} steps of {self.limit.size} limited classes are beyond the {MOST_CELLS} "
                f"that a load can hold; measure time in a coarser unit"
            )
        return np.zeros((self.limit.size, columns), np.int64)


def serial_plan(problem: Problem, limit: np.ndarray | None = None) -> SerialPlan:
    """Gather it; loop-carried edges are left out.

    Args:
        problem: the graph.
        limit: (R,) float64, units, in place of the problem's own; inf for none.

    A class whose demands together stay within its limit is left out. Whole demands are kept
    exactly; fractional ones are rounded down to the limit's `UNITS`th part, so that 0.1 and 0.2
    fit into 0.3, and what units rule out is ruled out by demands too.

    Raises:
        InputError: limits of a wrong length, or one that is negative or no number.
        InfeasibleError: a node that blocks more than the limit by itself.
    """
    limit = problem.limit if limit is None else np.asarray(limit, np.float64)
    if limit.shape != (len(problem.classes),) or not np.all(limit >= 0):
        raise InputError(
            f"{problem.name}: limit is {limit}; it must be {len(problem.classes)} numbers >= 0, "
            f"one for each class"
        )
    first, row, end, amount, units = _pieces(problem, limit)
    node = np.repeat(np.arange(problem.nodes), np.diff(first))
    begin = np.zeros_like(end)  # where the same node and class ended the piece before
    same = (node[1:] == node[:-1]) & (row[1:] == row[:-1])
    begin[1:][same] = end[:-1][same]
    return SerialPlan(
        before=Neighbours.of(problem.incoming, problem.tail, problem.reach),
        after=Neighbours.of(problem.outgoing, problem.head, problem.reach),
        rank=problem.rank,
        duration=problem.duration,
        first=first,
        row=row,
        begin=begin,
        end=end,
        amount=amount,
        limit=units,
        steps=_horizon(problem, node, end),
        width=int(end.max(initial=0)),
    )


def mirrored(plan: SerialPlan) -> SerialPlan:
    """The problem backward in time: start ``s_i`` is ``D - max(l_i, 1) - s_i`` here, for any D.

    What a node blocks beyond its end lies before step 0 of the mirror image, and is moved up by
    the same number of steps for all nodes.
    """
    node = np.repeat(np.arange(plan.rank.size), np.diff(plan.first))
    length = plan.duration[node]
    shift = int(np.max(plan.end - length, initial=0))
    end = length - plan.begin + shift
    return plan._replace(
        before=_turned(plan.after, plan.duration),
        after=_turned(plan.before, plan.duration, -1),
        rank=plan.rank.size - 1 - plan.rank,
        begin=length - plan.end + shift,
        end=end,
        width=int(end.max(initial=0)),
    )


def _turned(groups: Neighbours, duration: np.ndarray, sign: int = 1) -> Neighbours:
    own = np.repeat(np.arange(duration.size), np.diff(groups.first))
    longer = duration[groups.node] - duration[own]
    return groups._replace(reach=groups.reach + sign * longer)


def _pieces(problem: Problem, limit: np.ndarray) -> tuple[np.ndarray, ...]:
    """Pieces by node, class and end: `first`, `row`, `end`, `amount`; and the limits that count."""
    blocks = (problem.use_demand > 0) & (problem.use_occupancy > 0)
    amount, units, binds = _whole(problem, blocks, limit)
    use = np.flatnonzero(blocks & binds[problem.use_class])
    use = use[
        np.lexsort((problem.use_occupancy[use], problem.use_class[use], problem.use_node[use]))
    ]
    node, row, end = problem.use_node[use], problem.use_class[use], problem.use_occupancy[use]
    # Uses by node and class end one after the other: a piece holds its own use and the later ones.
    new = np.append(True, (node[1:] != node[:-1]) | (row[1:] != row[:-1]))[: use.size]
    run = np.cumsum(new) - 1
    total = np.zeros(int(new.sum()), np.int64)
    np.add.at(total, run, amount[use])
    before = np.cumsum(amount[use]) - amount[use]
    held = total[run] - (before - before[np.flatnonzero(new)][run])
    bad = np.flatnonzero(held > units[row])
    if bad.size:
        i, r = node[bad[0]], row[bad[0]]
        asked = problem.use_demand[blocks & (problem.use_node == i) & (problem.use_class == r)]
        raise InfeasibleError(
            f"{problem.name}: node {problem.ids[i]} asks for {asked.sum():g} of class "
            f"{problem.classes[r]}, whose limit is {limit[r]:g}; raise the limit to that at least"
        )
    rows = np.cumsum(binds) - 1
    return group(problem.nodes, node).first, rows[row], end, held, units[binds]


def _whole(
    problem: Problem, blocks: np.ndarray, limit: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Demands (U,) and limits (R,) in whole units, int64; and which classes can bind, (R,)."""
    amount = np.zeros(problem.use_node.size, np.int64)
    units, binds = np.zeros(limit.size, np.int64), np.zeros(limit.size, bool)
    for r in np.flatnonzero(np.isfinite(limit)):
        mine = blocks & (problem.use_class == r)
        demand = problem.use_demand[mine]
        if demand.sum() <= limit[r]:
            continue
        binds[r] = True
        if np.all(demand == np.floor(demand)) and limit[r] < 2.0**53:
            amount[mine], units[r] = demand.astype(np.int64), int(limit[r])
        else:
            amount[mine] = np.minimum(demand / max(limit[r], 1e-300), 2.0) * UNITS
            units[r] = UNITS
    return amount, units, binds


def _horizon(problem: Problem, node: np.ndarray, end: np.ndarray) -> int:
    """A step that no start passes: chained by results, by durations or by what is blocked."""
    longest = np.zeros(problem.nodes, np.int64)
    forward = problem.distance == 0
    np.maximum.at(longest, problem.tail[forward], problem.reach[forward])
    np.maximum.at(longest, node, end)
    return int(np.sum(longest + problem.duration))


def serial_order(plan: SerialPlan, priority: np.ndarray) -> np.ndarray:
    """The nodes as serial placement takes them: of those free to go, the least priority first.

    Equals go by topological order.
    """
    place = np.empty(plan.rank.size, np.int64)
    place[np.lexsort((plan.rank, priority))] = np.arange(plan.rank.size)
    return feasible_order(plan, place)


def scheduled(plan: SerialPlan, priority: np.ndarray) -> tuple[np.ndarray, int]:
    """Each node at the earliest step that dependences and limits allow, the least priority first.

    Returns:
        Starts, (N,) int64 steps, and ``max_i (s_i + max(l_i, 1))``.
    """
    start = np.zeros(plan.rank.size, np.int64)
    return start, int(place_in_order(plan, serial_order(plan, priority), plan.load(), start))


@njit(cache=True, nogil=True)
def feasible_order(plan, place):
    """Nodes in an order that dependences allow: of those free to go the one of the least place.

    ``place`` is a permutation, (N,) int64.
    """
    count = place.size
    by_place, order = np.empty(count, np.int64), np.empty(count, np.int64)
    missing = np.empty(count, np.int64)
    heap = [np.int64(0)]
    heap.pop()
    for i in range(count):
        by_place[place[i]] = i
        missing[i] = plan.before.first[i + 1] - plan.before.first[i]
        if missing[i] == 0:
            heappush(heap, place[i])
    for k in range(count):
        node = by_place[heappop(heap)]
        order[k] = node
        for at in range(plan.after.first[node], plan.after.first[node + 1]):
            j = plan.after.node[at]
            missing[j] -= 1
            if missing[j] == 0:
                heappush(heap, place[j])
    return order


@njit(cache=True, nogil=True)
def earliest_fit(plan, load, node, step):
    """The first step from ``step`` on in which all that a node blocks fits."""
    again = True
    while again:
        again = False
        for p in range(plan.first[node], plan.first[node + 1]):
            room = plan.limit[plan.row[p]] - plan.amount[p]
            for d in range(step + plan.end[p] - 1, step + plan.begin[p] - 1, -1):
                if load[plan.row[p], d] > room:
                    step = d - plan.begin[p] + 1  # no start before it leaves d out
                    again = True
                    break
    return step


@njit(cache=True, nogil=True)
def latest_fit(plan, load, node, step, least):
    """The last step from ``step`` down to ``least`` that fits; below ``least`` where none does."""
    again = True
    while again and step >= least:
        again = False
        for p in range(plan.first[node], plan.first[node + 1]):
            room = plan.limit[plan.row[p]] - plan.amount[p]
            for d in range(step + plan.begin[p], step + plan.end[p]):
                if load[plan.row[p], d] > room:
                    step = d - plan.end[p]
                    again = True
                    break
            if step < least:
                break
    return step


@njit(cache=True, nogil=True)
def block(plan, load, node, step, sign):
    """Add what a node blocks from ``step`` on, or take it away."""
    for p in range(plan.first[node], plan.first[node + 1]):
        for d in range(step + plan.begin[p], step + plan.end[p]):
            load[plan.row[p], d] += sign * plan.amount[p]


@njit(cache=True, nogil=True)
def ready(plan, start, node):
    """The first step at which all that a node needs is there."""
    step = 0
    for at in range(plan.before.first[node], plan.before.first[node + 1]):
        step = max(step, start[plan.before.node[at]] + plan.before.reach[at])
    return step


@njit(cache=True, nogil=True)
def place_in_order(plan, order, load, start):
    """Each node in turn at the earliest step that dependences and limits allow, into ``start``.

    ``load`` is empty before and after. Returns ``max_i (s_i + max(l_i, 1))``.
    """
    length = 0
    for node in order:
        step = earliest_fit(plan, load, node, ready(plan, start, node))
        start[node] = step
        block(plan, load, node, step, 1)
        length = max(length, step + plan.duration[node])
    top = min(length + plan.width, load.shape[1])
    load[:, :top] = 0
    return length
