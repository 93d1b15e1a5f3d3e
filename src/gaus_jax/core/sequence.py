"""Orders of execution, one node a step: what they need of a problem, and what they hold."""

import heapq
from typing import NamedTuple

import numpy as np
from numba import njit

from gaus_jax.core.graph import Groups, group
from gaus_jax.core.problem import Problem
from gaus_jax.core.profile import readers
from gaus_jax.core.window import Window


class Flow(NamedTuple):
    """A problem as an order sees it: every latency 1, buffers, nothing twice.

    Groups hold nodes: those of node ``i`` are ``item[first[i]:first[i + 1]]``.
    """

    before: Groups  # those that must come first, by any edge of distance 0
    after: Groups  # those that must come later
    reads: Groups  # those whose values a node consumes; of values that take room
    readers: Groups  # those that consume a node's value, whatever its size
    size: np.ndarray  # (N,) float64, bytes, m_i
    workspace: np.ndarray  # (N,) float64, bytes, in the node's own step
    kept: np.ndarray  # (N,) bool, held to the last step
    rank: np.ndarray  # (N,) int64, place in the problem's topological order

    @property
    def nodes(self) -> int:
        """N, the number of nodes."""
        return self.size.size


def flow(problem: Problem) -> Flow:
    """What orders of a problem are made and measured from; loop-carried edges are left out."""
    count = problem.nodes
    forward = problem.distance == 0
    pairs = np.unique(problem.tail[forward] * max(count, 1) + problem.head[forward])
    tail, head = np.divmod(pairs, max(count, 1))
    value, reader = readers(problem)
    sized = problem.size[value] > 0
    return Flow(
        before=group(count, head, tail),
        after=group(count, tail, head),
        reads=group(count, reader[sized], value[sized]),
        readers=group(count, value, reader),
        size=problem.size,
        workspace=problem.workspace,
        kept=problem.output,
        rank=problem.rank,
    )


def starts(order: np.ndarray) -> np.ndarray:
    """The step of each node, (N,) int64, of an order, (N,) int64 nodes by step; or back."""
    start = np.empty(order.size, np.int64)
    start[order] = np.arange(order.size)
    return start


def by_priority(flow: Flow, priority: np.ndarray) -> np.ndarray:
    """The topological order that always takes the least priority among the nodes that are ready.

    Args:
        flow: of a problem.
        priority: (N,) float64; ties go by topological place. A legal order's starts give it back.

    Returns:
        (N,) int64, nodes by step.
    """
    key = np.lexsort((flow.rank, priority))
    return _by_rank(flow.before.first, *flow.after, starts(key), key)


@njit(cache=True)
def _by_rank(before, first, after, place, node):
    """Kahn's algorithm with a heap of places."""
    count = place.size
    missing = np.diff(before)
    order = np.empty(count, np.int64)
    ready = [np.int64(0) for _ in range(0)]
    for i in range(count):
        if missing[i] == 0:
            heapq.heappush(ready, place[i])
    for step in range(count):
        i = node[heapq.heappop(ready)]
        order[step] = i
        for at in range(first[i], first[i + 1]):
            j = after[at]
            missing[j] -= 1
            if missing[j] == 0:
                heapq.heappush(ready, place[j])
    return order


def footprints(flow: Flow, order: np.ndarray) -> np.ndarray:
    """Bytes in use in each step of an order: buffers held and the workspace of the running node.

    Args:
        flow: of a problem.
        order: (N,) int64, nodes by step, topological.

    Returns:
        (N,) float64, bytes; its maximum is objective S.
    """
    held = np.zeros(order.size)
    measure(flow, order, held, np.zeros(order.size, np.int64))
    return held


@njit(cache=True)
def measure(flow, order, held, last):
    """Fill the footprint of each step, bytes, and the step of each value's last reader.

    From the last step back, a reader met first is the last one. A value that nothing reads ends in
    its own step; one that is kept in the last.
    """
    count = order.size
    total = 0.0
    for i in range(count):
        last[i] = -1
        if flow.kept[i]:
            last[i] = count
            total += flow.size[i]
    for step in range(count - 1, -1, -1):
        i = order[step]
        if last[i] < 0:
            last[i] = step
            total += flow.size[i]
        for at in range(flow.reads.first[i], flow.reads.first[i + 1]):
            v = flow.reads.item[at]
            if last[v] < 0:
                last[v] = step
                total += flow.size[v]
        held[step] = total + flow.workspace[i]
        total -= flow.size[i]


def steps_of(problem: Problem) -> Window:
    """The steps that a node can have in an order: by who must come first, and who later."""
    flowing = flow(problem)
    first = longest(problem.order, *flowing.before)
    last = problem.nodes - 1 - longest(problem.order[::-1].copy(), *flowing.after)
    return Window(first, last, problem.nodes)


@njit(cache=True)
def longest(order, first, item):
    """Nodes on the longest path that ends at each node, itself left out; (N,) int64."""
    length = np.zeros(order.size, np.int64)
    for i in order:
        for at in range(first[i], first[i + 1]):
            length[i] = max(length[i], length[item[at]] + 1)
    return length
