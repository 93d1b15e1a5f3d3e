"""Maximum flow by Dinic's algorithm, on capacities that are floats; sums of integers are exact."""

from typing import NamedTuple

import numpy as np
from numba import njit

from gaus_jax.core.graph import group


class Network(NamedTuple):
    """Arcs in pairs, each with its reverse: arc ``e ^ 1`` leads back; grouped by their tails."""

    first: np.ndarray  # (V + 1,) int64
    arc: np.ndarray  # (2 A,) int64
    head: np.ndarray  # (2 A,) int64
    capacity: np.ndarray  # (2 A,) float64, inf where there is no limit


def network(vertices: int, tail: np.ndarray, head: np.ndarray, capacity: np.ndarray) -> Network:
    """Arcs of a capacity each, and reverse ones of none."""
    tails = np.stack([tail, head], axis=1).reshape(-1)
    heads = np.stack([head, tail], axis=1).reshape(-1)
    both = np.stack([capacity, np.zeros_like(capacity)], axis=1).reshape(-1)
    return Network(*group(vertices, tails), heads, both)


@njit(cache=True, nogil=True)
def max_flow(net, source, sink, effort):
    """The greatest flow from the vertices marked as ``source`` to those marked as ``sink``.

    Args:
        net: the network.
        source: (V,) bool.
        sink: (V,) bool, apart from the sources.
        effort: vertices and arcs that are looked at, about, before it stops with what it has.

    Returns:
        Its value, which is that of a least cut, inf where no cut is finite; and what is left of the
        effort: where that is not above 0 the flow may be smaller.
    """
    count = source.size
    left = net.capacity.copy()
    level, cursor = np.empty(count, np.int64), np.empty(count, np.int64)
    queue, path = np.empty(count, np.int64), np.empty(count, np.int64)
    total = 0.0
    while effort > 0 and _levels(net, left, source, sink, level, queue):
        effort -= net.head.size
        cursor[:] = net.first[:-1]
        for root in range(count):
            if not source[root]:
                continue
            while effort > 0:
                pushed, looked = _augment(net, left, sink, level, cursor, path, root)
                effort -= looked
                if pushed == np.inf:
                    return np.inf, effort
                if pushed == 0:
                    break
                total += pushed
    return total, effort


@njit(cache=True, nogil=True)
def _levels(net, left, source, sink, level, queue):
    """Distances from the sources along arcs with room; whether a sink is within reach."""
    level[:] = -1
    begin, end, reached = 0, 0, False
    for v in range(source.size):
        if source[v]:
            level[v] = 0
            queue[end] = v
            end += 1
    while begin < end:
        v = queue[begin]
        begin += 1
        if sink[v]:
            reached = True
            continue
        for at in range(net.first[v], net.first[v + 1]):
            e = net.arc[at]
            if left[e] > 0 and level[net.head[e]] < 0:
                level[net.head[e]] = level[v] + 1
                queue[end] = net.head[e]
                end += 1
    return reached


@njit(cache=True, nogil=True)
def _augment(net, left, sink, level, cursor, path, root):
    """Push along one path of rising levels; how much, 0 where there is none, and looks at arcs."""
    depth, v, looked = 0, root, 0
    while not sink[v]:
        looked += 1
        if cursor[v] == net.first[v + 1]:
            if depth == 0:
                return 0.0, looked
            depth -= 1
            v = net.head[path[depth] ^ 1]
            cursor[v] += 1
            continue
        e = net.arc[cursor[v]]
        if left[e] > 0 and level[net.head[e]] == level[v] + 1:
            path[depth] = e
            depth += 1
            v = net.head[e]
        else:
            cursor[v] += 1
    pushed = np.inf
    for k in range(depth):
        pushed = min(pushed, left[path[k]])
    if pushed < np.inf:
        for k in range(depth):
            left[path[k]] -= pushed
            left[path[k] ^ 1] += pushed
    return pushed, looked + depth
