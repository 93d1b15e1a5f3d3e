"""Sequential graph kernels: topological order, cycles, longest paths, strong components."""

from typing import NamedTuple

import numpy as np
from numba import njit


class Groups(NamedTuple):
    """Integers grouped by node: those of node ``i`` are ``item[first[i]:first[i + 1]]``."""

    first: np.ndarray  # (N + 1,) int64
    item: np.ndarray  # int64, mostly indices of edges or uses


class Neighbours(NamedTuple):
    """Those of node ``i``, side by side in memory: entries ``first[i]`` to ``first[i + 1]``."""

    first: np.ndarray  # (N + 1,) int64
    node: np.ndarray  # (E,) int64
    reach: np.ndarray  # (E,) int64, steps between the starts at least

    @classmethod
    def of(cls, edges: Groups, node: np.ndarray, reach: np.ndarray) -> "Neighbours":
        """The ends of edges grouped by their other ends."""
        return cls(edges.first, node[edges.item], reach[edges.item])


def group(nodes: int, key: np.ndarray, items: np.ndarray | None = None) -> Groups:
    """Group items (by default ``0, 1, ...``) by the node that each has as its key, in order."""
    first = np.zeros(nodes + 1, np.int64)
    np.cumsum(np.bincount(key, minlength=nodes), out=first[1:])
    order = _in_order(first, np.asarray(key, np.int64))
    return Groups(first, order if items is None else items[order])


@njit(cache=True)
def _in_order(first, key):
    """A stable counting sort."""
    order, at = np.empty(key.size, np.int64), first[:-1].copy()
    for e in range(key.size):
        order[at[key[e]]] = e
        at[key[e]] += 1
    return order


def topological_order(nodes: int, tail: np.ndarray, head: np.ndarray) -> np.ndarray:
    """Kahn's algorithm, smallest index first among equals of a level; shorter than N on a cycle."""
    out = group(nodes, tail)
    return _kahn(out.first, out.item, head, np.bincount(head, minlength=nodes))


@njit(cache=True)
def _kahn(first, edge, head, missing):
    order = np.empty(missing.size, np.int64)
    count = 0
    for i in range(missing.size):
        if missing[i] == 0:
            order[count] = i
            count += 1
    done = 0
    while done < count:
        node = order[done]
        done += 1
        for at in range(first[node], first[node + 1]):
            j = head[edge[at]]
            missing[j] -= 1
            if missing[j] == 0:
                order[count] = j
                count += 1
    return order[:count]


def find_cycle(nodes: int, tail: np.ndarray, head: np.ndarray) -> list[int]:
    """One directed cycle as a list of nodes in order, or an empty list where there is none."""
    into = group(nodes, head)
    on_cycle = np.ones(nodes, np.bool_)
    on_cycle[topological_order(nodes, tail, head)] = False
    if not on_cycle.any():
        return []
    # Every node that Kahn leaves over has a predecessor left over: walk back until one repeats.
    node = int(np.flatnonzero(on_cycle)[0])
    seen: dict[int, int] = {}
    walk: list[int] = []
    while node not in seen:
        seen[node] = len(walk)
        walk.append(node)
        before = tail[into.item[into.first[node] : into.first[node + 1]]]
        node = int(before[on_cycle[before]][0])
    return walk[seen[node] :][::-1]


@njit(cache=True)
def pushed_later(order, first, edge, tail, reach, start):
    """The least ``s >= start`` with ``s_j >= s_i + reach_e``, over the edges grouped by head."""
    pushed = start.copy()
    for node in order:
        for at in range(first[node], first[node + 1]):
            e = edge[at]
            pushed[node] = max(pushed[node], pushed[tail[e]] + reach[e])
    return pushed


@njit(cache=True)
def pushed_earlier(order, first, edge, head, reach, start):
    """The greatest ``s <= start`` with ``s_i <= s_j - reach_e``, over the edges grouped by tail."""
    pushed = start.copy()
    for node in order[::-1]:
        for at in range(first[node], first[node + 1]):
            e = edge[at]
            pushed[node] = min(pushed[node], pushed[head[e]] - reach[e])
    return pushed


@njit(cache=True)
def longest_from_sources(order, first, edge, tail, reach):
    """Earliest steps over the edges grouped by head: ``s_j = max(0, s_i + reach_e)``."""
    return pushed_later(order, first, edge, tail, reach, np.zeros(order.size, np.int64))


def strong_components(nodes: int, tail: np.ndarray, head: np.ndarray) -> np.ndarray:
    """The strongly connected component of each node (N,) int64.

    Components are numbered in reverse topological order.
    """
    out = group(nodes, tail)
    return _tarjan(out.first, out.item, head)


@njit(cache=True)
def _tarjan(first, edge, head):
    count = first.size - 1
    index = np.full(count, -1, np.int64)
    low = np.zeros(count, np.int64)
    component = np.full(count, -1, np.int64)
    stack = np.empty(count, np.int64)
    path = np.empty(count, np.int64)
    cursor = first[:-1].copy()
    stacked = 0
    clock = 0
    found = 0
    for root in range(count):
        if index[root] >= 0:
            continue
        depth = 1
        path[0] = root
        while depth > 0:
            node = path[depth - 1]
            if index[node] < 0:
                index[node] = low[node] = clock
                clock += 1
                stack[stacked] = node
                stacked += 1
            if cursor[node] < first[node + 1]:
                j = head[edge[cursor[node]]]
                cursor[node] += 1
                if index[j] < 0:
                    path[depth] = j
                    depth += 1
                elif component[j] < 0:
                    low[node] = min(low[node], index[j])
                continue
            depth -= 1
            if depth > 0:
                low[path[depth - 1]] = min(low[path[depth - 1]], low[node])
            if low[node] == index[node]:
                while True:
                    stacked -= 1
                    member = stack[stacked]
                    component[member] = found
                    if member == node:
                        break
                found += 1
    return component
