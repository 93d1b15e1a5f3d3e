"""The network simplex method for least costs under difference constraints.

The dual is a flow without capacities: every variable draws its cost, an arc runs along each
constraint, and one from and one to a root for the ends of each window. A basis is a spanning tree,
whose potentials are values of the variables; a pivot lets in an arc whose constraint is broken. All
flows are legal multipliers from the first to the last, so that each gives a lower bound. Bases are
strongly feasible (Cunningham, Mathematical Programming 11, 1976), which rules out cycling.
"""

import functools as ft
import time
from typing import NamedTuple

import numpy as np
from numba import njit

PIVOTS = 2000  # between two looks at the clock, at most
WORK = 20_000_000  # the same times vertices and arcs, all of which a pivot may have to look at
MOST = 200  # pivots an arc; sums of fractions might cycle, never seen


class _Tree(NamedTuple):
    """A basis, and the arcs; the root is the last vertex."""

    tail: np.ndarray  # (A,) int64
    head: np.ndarray  # (A,) int64
    reach: np.ndarray  # (A,) int64
    flow: np.ndarray  # (A,) float64
    point: np.ndarray  # (V + 1,) int64, potentials
    parent: np.ndarray  # (V + 1,) int64
    arc: np.ndarray  # (V + 1,) int64, to the parent
    upward: np.ndarray  # (V + 1,) bool, whether that arc leads to the parent
    depth: np.ndarray  # (V + 1,) int64
    child: np.ndarray  # (V + 1,) int64, the first one; -1: none
    after: np.ndarray  # (V + 1,) int64, the next child of the parent
    before: np.ndarray  # (V + 1,) int64, the one before
    stack: np.ndarray  # (V + 1,) int64


def simplex(
    cost: np.ndarray,
    tail: np.ndarray,
    head: np.ndarray,
    reach: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    seconds: float,
) -> tuple[np.ndarray, np.ndarray | None]:
    """``min cost x`` over ``low <= x <= high`` and ``x_head >= x_tail + reach``.

    Args:
        cost: (V,) float64.
        tail: (C,) int64, variables.
        head: (C,) int64, variables.
        reach: (C,) int64.
        low: (V,) int64.
        high: (V,) int64.
        seconds: after which what there is is handed out.

    Returns:
        Multipliers (C,) float64 of at least 0, and an optimal vertex (V,) int64; None: not in
        time, or constraints that contradict each other.
    """
    began = time.perf_counter()
    tree = _first(cost, tail, head, reach, low, high)
    cursor = ended = 0
    most = max(1, min(PIVOTS, WORK // max(1, tree.tail.size + tree.point.size)))
    for _ in range(1 + MOST * tree.tail.size // most):
        cursor, ended = _pivot(tree, cursor, most)
        if ended or time.perf_counter() - began > seconds:
            break
    return tree.flow[: tail.size], tree.point[:-1] if ended > 0 else None


@ft.cache
def warm_simplex() -> None:
    """Compile the kernel before anyone's clock runs."""
    one = np.ones(1, np.int64)
    simplex(np.array([1.0, -1.0]), 0 * one, one, one, np.array([0, 1]), np.array([1, 2]), 1.0)


def _first(cost, tail, head, reach, low, high) -> _Tree:
    """Every variable at the cheaper end of its window; arcs without flow lead to the root."""
    count = cost.size
    each, roots = np.arange(count), np.full(count, count)
    down = cost > 0
    flow = np.zeros(tail.size + 2 * count)
    flow[tail.size :] = np.concatenate([np.where(down, cost, 0.0), np.where(down, 0.0, -cost)])
    return _Tree(
        np.concatenate([tail, roots, each]),
        np.concatenate([head, each, roots]),
        np.concatenate([reach, low, -high]),
        flow,
        np.append(np.where(down, low, high), 0),
        np.append(roots, -1),
        np.append(tail.size + each + np.where(down, 0, count), -1),
        np.append(~down, False),
        np.append(np.ones(count, np.int64), 0),
        np.append(np.full(count, -1), 0 if count else -1),
        np.append(np.where(each + 1 < count, each + 1, -1), -1),
        np.append(each - 1, -1),
        np.zeros(count + 1, np.int64),
    )


@njit(cache=True, nogil=True)
def _pivot(tree, cursor, most):
    """So many pivots at most; where the search for arcs is, and 1 where it found none.

    -1 where constraints contradict each other.
    """
    count = tree.tail.size
    block = max(int(np.sqrt(count)), 10)
    for _ in range(most):
        best, entering = 0, -1
        unseen, room = count, block
        while unseen > 0:
            broken = tree.point[tree.tail[cursor]] + tree.reach[cursor]
            broken -= tree.point[tree.head[cursor]]
            if broken > best:
                best, entering = broken, cursor
            cursor = cursor + 1 if cursor + 1 < count else 0
            unseen -= 1
            room -= 1
            if room == 0:
                if entering >= 0:
                    break
                room = block
        if entering < 0:
            return cursor, 1
        if not _enter(tree, entering, best):
            return cursor, -1
    return cursor, 0


@njit(cache=True, nogil=True)
def _enter(tree, entering, broken):
    """Let an arc in and another out; whether there is one that can go."""
    first, second = tree.tail[entering], tree.head[entering]
    # On the way round, forward along the arc, flow shrinks on arcs that lead up from the tail and
    # on those that lead down to the head.
    most, leaving, by_tail = np.inf, -1, True
    u, v = first, second
    while u != v:
        if tree.depth[u] >= tree.depth[v]:
            if tree.upward[u] and tree.flow[tree.arc[u]] < most:
                most, leaving, by_tail = tree.flow[tree.arc[u]], u, True
            u = tree.parent[u]
        else:
            v = tree.parent[v]
    join = u
    v = second
    while v != join:
        if not tree.upward[v] and tree.flow[tree.arc[v]] <= most:
            most, leaving, by_tail = tree.flow[tree.arc[v]], v, False
        v = tree.parent[v]
    if leaving < 0:
        return False
    if most > 0:
        u, v = first, second
        while u != join:
            tree.flow[tree.arc[u]] += -most if tree.upward[u] else most
            u = tree.parent[u]
        while v != join:
            tree.flow[tree.arc[v]] += most if tree.upward[v] else -most
            v = tree.parent[v]
        tree.flow[entering] += most
    tree.flow[tree.arc[leaving]] = 0.0
    if by_tail:
        _hang(tree, first, second, entering, True, leaving, -broken)
    else:
        _hang(tree, second, first, entering, False, leaving, broken)
    return True


@njit(cache=True, nogil=True)
def _hang(tree, top, parent, arc, upward, last, shift):
    """Hang what is below ``last`` by ``top`` under another parent, its potentials shifted."""
    at = top
    while True:
        old, old_arc, old_upward = tree.parent[at], tree.arc[at], tree.upward[at]
        if tree.before[at] >= 0:
            tree.after[tree.before[at]] = tree.after[at]
        else:
            tree.child[old] = tree.after[at]
        if tree.after[at] >= 0:
            tree.before[tree.after[at]] = tree.before[at]
        tree.parent[at], tree.arc[at], tree.upward[at] = parent, arc, upward
        tree.before[at], tree.after[at] = -1, tree.child[parent]
        if tree.child[parent] >= 0:
            tree.before[tree.child[parent]] = at
        tree.child[parent] = at
        if at == last:
            break
        parent, arc, upward, at = at, old_arc, not old_upward, old
    size = 1
    tree.stack[0] = top
    while size > 0:
        size -= 1
        at = tree.stack[size]
        tree.point[at] += shift
        tree.depth[at] = tree.depth[tree.parent[at]] + 1
        below = tree.child[at]
        while below >= 0:
            tree.stack[size] = below
            size += 1
            below = tree.after[below]
