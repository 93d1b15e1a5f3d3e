"""Rules that make an order of execution at once."""

import heapq

import numpy as np
from numba import njit

from gaus_jax.core.sequence import Flow


def breadth_first(flow: Flow) -> np.ndarray:
    """First ready, first run; (N,) int64, nodes by step."""
    return _queued(flow, True)


def depth_first(flow: Flow) -> np.ndarray:
    """Last ready, first run."""
    return _queued(flow, False)


@njit(cache=True)
def _queued(flow, first_in):
    """Kahn's algorithm on a queue, or on a stack whose top is the first in the file."""
    count = flow.size.size
    missing = np.diff(flow.before.first)
    ready, order = np.empty(count, np.int64), np.empty(count, np.int64)
    low, high = 0, 0
    for k in range(count):
        i = k if first_in else count - 1 - k
        if missing[i] == 0:
            ready[high] = i
            high += 1
    for step in range(count):
        if first_in:
            i = ready[low]
            low += 1
        else:
            high -= 1
            i = ready[high]
        order[step] = i
        length = flow.after.first[i + 1] - flow.after.first[i]
        for k in range(length):
            at = flow.after.first[i] + (k if first_in else length - 1 - k)
            j = flow.after.item[at]
            missing[j] -= 1
            if missing[j] == 0:
                ready[high] = j
                high += 1
    return order


def post_order(flow: Flow, urgency: np.ndarray | None = None) -> np.ndarray:
    """Depth first from the nodes that none follows, each after all that must come before it.

    Args:
        flow: of a problem.
        urgency: (N,) what goes first among those before a node, the greatest; by default the file
            decides.

    Returns:
        (N,) int64, nodes by step.
    """
    turn = np.arange(flow.nodes)
    if urgency is not None:
        turn[np.lexsort((turn, -urgency))] = np.arange(flow.nodes)
    return _post_order(flow, turn)


@njit(cache=True)
def _post_order(flow, turn):
    count = flow.size.size
    order, path = np.empty(count, np.int64), np.empty(count, np.int64)
    before = flow.before.item.copy()
    for i in range(count):
        first, end = flow.before.first[i], flow.before.first[i + 1]
        mine = before[first:end]
        before[first:end] = mine[np.argsort(turn[mine])]
    cursor, seen = flow.before.first[:-1].copy(), np.zeros(count, np.bool_)
    step = 0
    for root in range(count):
        if flow.after.first[root] < flow.after.first[root + 1]:
            continue
        depth = 1
        path[0], seen[root] = root, True
        while depth > 0:
            i = path[depth - 1]
            if cursor[i] < flow.before.first[i + 1]:
                j = before[cursor[i]]
                cursor[i] += 1
                if not seen[j]:
                    seen[j] = True
                    path[depth] = j
                    depth += 1
                continue
            depth -= 1
            order[step] = i
            step += 1
    return order


def heavy_first(flow: Flow) -> np.ndarray:
    """Urgency of XLA's depth-first scheduler: further readers first, then bytes; (N,) float64.

    Both are summed along all paths that lead to a node: readers beyond the first, and sizes.
    """
    more = np.maximum(np.diff(flow.readers.first) - 1.0, 0.0)
    further, total = _summed(flow, more), _summed(flow, flow.size)
    # Equals stay equal, so that the file decides between them.
    pairs = np.stack([further, total], axis=1)
    _, urgency = np.unique(pairs, axis=0, return_inverse=True)
    return urgency.reshape(-1).astype(float)


@njit(cache=True)
def _summed(flow, amount):
    """Amounts of a node and, with their own sums, of all that must come before; capped at 2^62."""
    node = np.argsort(flow.rank)
    total = amount.copy()
    for i in node:
        for at in range(flow.before.first[i], flow.before.first[i + 1]):
            total[i] = min(total[i] + total[flow.before.item[at]], 2.0**62)
    return total


FEWEST, READERS = 0, 1  # what decides among nodes that free equally much


def greedy(flow: Flow, tie: int) -> np.ndarray:
    """Always the ready node that frees most: the values that it reads last, less its own.

    Args:
        flow: of a problem.
        tie: `FEWEST` bytes in its own step, then the one that was ready last; or the most
            `READERS`, as in XLA's list scheduler.

    Returns:
        (N,) int64, nodes by step.
    """
    return _greedy(flow, tie)


@njit(cache=True)
def _greedy(flow, tie):
    """A heap of what running a node adds; entries that a later one improves on are passed over."""
    count = flow.size.size
    missing, left = np.diff(flow.before.first), np.diff(flow.readers.first)
    order, done = np.empty(count, np.int64), np.zeros(count, np.bool_)
    entry = (0.0, 0.0, np.int64(0), np.int64(0))
    ready = [entry for _ in range(0)]
    for i in range(count):
        if missing[i] == 0:
            heapq.heappush(ready, _entry(flow, left, tie, i, 0))
    for step in range(count):
        i = heapq.heappop(ready)[3]
        while done[i]:
            i = heapq.heappop(ready)[3]
        order[step], done[i] = i, True
        for at in range(flow.after.first[i], flow.after.first[i + 1]):
            j = flow.after.item[at]
            missing[j] -= 1
            if missing[j] == 0:
                heapq.heappush(ready, _entry(flow, left, tie, j, step + 1))
        for at in range(flow.reads.first[i], flow.reads.first[i + 1]):
            v = flow.reads.item[at]
            left[v] -= 1
            if left[v] != 1:
                continue
            for k in range(flow.readers.first[v], flow.readers.first[v + 1]):
                j = flow.readers.item[k]  # the one reader left frees it now
                if not done[j] and missing[j] == 0:
                    heapq.heappush(ready, _entry(flow, left, tie, j, step + 1))
    return order


@njit(cache=True)
def _entry(flow, left, tie, i, step):
    """What running a node adds to the bytes held, then what breaks ties; the least goes first."""
    added = flow.size[i]
    readers = flow.readers.first[i + 1] - flow.readers.first[i]
    if readers == 0 and not flow.kept[i]:
        added = 0.0
    for at in range(flow.reads.first[i], flow.reads.first[i + 1]):
        v = flow.reads.item[at]
        if left[v] == 1 and not flow.kept[v]:
            added -= flow.size[v]
    if tie == READERS:
        return added, -float(readers), np.int64(i), np.int64(i)
    return added, flow.size[i] + flow.workspace[i], np.int64(-step), np.int64(i)
