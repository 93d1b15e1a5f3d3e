"""Memory that must be held where a node runs, by least cuts."""

import time

import numpy as np
from numba import njit

from gaus_jax.base.interrupt import INTERRUPTS
from gaus_jax.bounds.bound import Relaxation, cuts_allowed, summed
from gaus_jax.bounds.held import EFFORT
from gaus_jax.bounds.max_flow import Network, max_flow, network
from gaus_jax.core.sequence import Flow, by_priority, flow, footprints, longest, starts


class CutFootprint:
    """The least that any set of finished nodes can hold, in the fullest of all nodes' own steps.

    What has run before node ``i`` contains its ancestors, and with each node all that must come
    before it. What such a set ``S`` holds is a cut: ``m_v`` for each value made in ``S`` and
    read outside, or kept. The least over all ``S`` is a maximum flow, and the peak of no order is
    below the greatest of them, each with the size and the workspace of ``i``.
    """

    name = "cut_footprint"
    terms = ("footprint",)
    rests_on = frozenset({"no ii"})

    def relax(self, problem, window, weights, lifetime, seconds):
        """``weight max_i cut_i`` over as many nodes as the seconds allow."""
        if lifetime != "buffer" or problem.nodes == 0:
            return Relaxation(0.0)
        amounts = np.concatenate([problem.size, problem.workspace])
        held = greatest_cut(flow(problem), seconds)
        return Relaxation(weights["footprint"] * summed(held, amounts))


def greatest_cut(flow: Flow, seconds: float) -> float:
    """The greatest least cut over the nodes that the seconds allow, bytes.

    A node's step in any order at hand holds no less than its cut: nodes are taken by the least that
    some orders hold there, the fullest first, until no other can have a greater cut.
    """
    until = time.perf_counter() + seconds
    most = np.full(flow.nodes, np.inf)
    for priority in (flow.rank, -_tail(flow)):
        order = by_priority(flow, priority.astype(float))
        most = np.minimum(most, footprints(flow, order)[starts(order)])
    net, best = _network(flow), 0.0
    cuts = cuts_allowed(net.head.size // 2, seconds)
    for count, node in enumerate(np.argsort(-most, kind="stable").tolist()):
        over = count >= cuts or time.perf_counter() > until or INTERRUPTS.asked
        if over or most[node] <= best:
            break
        best = max(best, _cut(flow, net, node, EFFORT * (until - time.perf_counter())))
    return best


def _tail(flow: Flow) -> np.ndarray:
    """Nodes on the longest path from each node on; (N,) int64."""
    return longest(np.argsort(flow.rank)[::-1].copy(), *flow.after)


def _network(flow: Flow) -> Network:
    """Vertices: nodes, then their values, then the end, which reads what is kept.

    A node with a value on the far side pays its size; a value with a reader on the far side is
    there, and so is a node with one that must come before it.
    """
    count = flow.nodes
    node = np.arange(count)
    reader = np.repeat(node, np.diff(flow.reads.first))  # reads the value beside it
    later = np.repeat(node, np.diff(flow.before.first))
    kept = np.flatnonzero(flow.kept)
    tail = np.concatenate([node, flow.reads.item + count, kept + count, later])
    head = np.concatenate([node + count, reader, np.full(kept.size, 2 * count), flow.before.item])
    free = np.full(tail.size - count, np.inf)
    return network(2 * count + 1, tail, head, np.concatenate([flow.size, free]))


@njit(cache=True, nogil=True)
def _cut(flow, net, node, effort):
    """The least that is held in a node's own step, bytes; less where the effort does not do."""
    count = flow.size.size
    source, sink = np.zeros(2 * count + 1, np.bool_), np.zeros(2 * count + 1, np.bool_)
    sink[2 * count] = sink[node] = True
    stack = np.empty(count, np.int64)
    for marks, groups in ((source, flow.before), (sink, flow.after)):
        depth, stack[0] = 1, node
        while depth > 0:
            depth -= 1
            i = stack[depth]
            for at in range(groups.first[i], groups.first[i + 1]):
                j = groups.item[at]
                if not marks[j]:
                    marks[j] = True
                    stack[depth] = j
                    depth += 1
    return flow.size[node] + flow.workspace[node] + max_flow(net, source, sink, effort)[0]
