"""Iterative modulo scheduling (Rau, "Iterative modulo scheduling", 1994)."""

from collections.abc import Callable

import numpy as np
from numba import njit

from gaus_jax.base.pace import paced
from gaus_jax.core.problem import Problem
from gaus_jax.core.recurrence import pushed_earlier_at, reach_at
from gaus_jax.core.reservation import add, fits, remove, reservations
from gaus_jax.core.window import Window

RATIO = 6  # placements a node, as in the paper
PLACED, STUCK, OPEN = 0, 1, 2  # how a number of placements may end


def iterative_modulo(
    problem: Problem,
    window: Window,
    *,
    limit: np.ndarray | None = None,
    seed: int = 0,
    ratio: int = RATIO,
    expired: Callable[[], bool] = lambda: False,
) -> np.ndarray | None:
    """Rau's algorithm: by height, each node as early as it fits; who is in the way goes back.

    A node that fits nowhere is placed at its earliest start, or a step later than last time, and
    evicts whom it collides with and its successors that are then too early. The windows of the
    paper have no right end: a node that is sent beyond its ALAP ends the attempt.

    Args:
        problem: the graph.
        window: its windows, at an II.
        limit: (R,) units available in place of the problem's own.
        seed: of no use, as nothing is drawn.
        ratio: placements for each node.
        expired: asked now and then; whether to give up.
    """
    assert window.ii is not None, "modulo scheduling needs an II"
    table = reservations(problem, window, limit)
    height = -pushed_earlier_at(problem, window.ii, np.zeros(problem.nodes, np.int64))
    order = np.lexsort((problem.rank, -height))
    rank = np.empty_like(order)
    rank[order] = np.arange(order.size)
    reach = reach_at(problem, window.ii)
    start, last = np.full((2, problem.nodes), -1, np.int64)
    edges = *problem.entering, *problem.leaving, problem.tail, problem.head, reach
    if problem.nodes == 0:
        return start
    for begin, end in paced(ratio * problem.nodes, expired):
        given = table, order, rank, *edges, window.alap, start, last
        done = _iterate(*given, end - begin)  # pyright: ignore[reportCallIssue]
        if done != OPEN:
            return start if done == PLACED else None
    return None


@njit(cache=True, nogil=True)
def _iterate(
    table, order, rank, into_first, into, out_first, out, tail, head, reach, alap, start, last, most
):
    """Go on for so many placements: all are placed, one is stuck, or neither as yet."""
    nodes, slots = order.size, table.usage.shape[1]
    cursor = 0
    for left in range(most, -1, -1):
        while cursor < nodes and start[order[cursor]] >= 0:
            cursor += 1
        if cursor == nodes:
            return PLACED
        if left == 0:
            break
        node, low = order[cursor], 0
        for at in range(into_first[node], into_first[node + 1]):
            e = into[at]
            if start[tail[e]] >= 0:
                low = max(low, start[tail[e]] + reach[e])
        step = -1
        for candidate in range(low, min(low + slots, alap[node] + 1)):
            if fits(table, node, candidate):
                step = candidate
                break
        if step < 0:
            step = low if last[node] < low else last[node] + 1
            if step > alap[node]:
                return STUCK
            cursor = min(cursor, _collide(table, node, step, start, rank))
        for at in range(out_first[node], out_first[node + 1]):
            e = out[at]
            j = head[e]
            if j != node and start[j] >= 0 and start[j] < step + reach[e]:
                remove(table, j, start[j])
                start[j] = -1
                cursor = min(cursor, rank[j])
        start[node] = last[node] = step
        add(table, node, step)
    return OPEN


@njit(cache=True, nogil=True)
def _collide(table, node, step, start, rank):
    """Evict, the last comers first, until a node fits at a step; the least rank that went."""
    slots, least = table.usage.shape[1], rank[node]
    for e in range(table.first[node], table.first[node + 1]):
        r, slot = table.kind[e], (step + table.offset[e]) % slots
        while table.top[r, slot] >= 0 and (table.usage[r, slot] + table.amount[e] > table.room[r]):
            other = table.owner[table.top[r, slot]]
            remove(table, other, start[other])
            start[other] = -1
            least = min(least, rank[other])
    return least
