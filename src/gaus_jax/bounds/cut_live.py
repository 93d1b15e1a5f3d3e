"""Memory that must be held in the step of a node, by least cuts, however deep the schedule."""

import time
from collections.abc import Mapping

import numpy as np
from numba import njit

from gaus_jax.bounds.bound import Relaxation, cuts_allowed, summed
from gaus_jax.bounds.held import BUILD, SHARE, amounts, held_network, turns
from gaus_jax.bounds.max_flow import max_flow
from gaus_jax.core.problem import Problem
from gaus_jax.core.profile import Lifetime, live
from gaus_jax.core.schedule import Schedule
from gaus_jax.core.window import Window


class CutLive:
    """The least that nodes with a past of their own can hold, at the fullest of them.

    Let ``F`` be the nodes that have started before step ``d = s_v`` of a node ``v``. With each node
    it contains all that come before that. It contains whatever must start before ``v``, and neither
    ``v`` nor what depends on it. A value that is born at most a step after its producer's start is
    held in ``d`` wherever its producer is in ``F`` and one of its readers is not. So the peak is no
    less than the least of ``sum m_i`` over such values, of all such ``F``: a maximum flow. No depth
    enters, which is why it holds where windows are so wide that mean values say little.
    """

    name = "cut_live"
    terms = ("peak_live",)
    rests_on = frozenset({"no ii"})

    def relax(
        self,
        problem: Problem,
        window: Window,
        weights: Mapping[str, float],
        lifetime: Lifetime,
        seconds: float,
    ) -> Relaxation:
        """``weight max_v cut_v`` over as many nodes as the seconds allow."""
        own, size = SHARE * seconds, problem.nodes + problem.edges
        until = time.perf_counter() + own
        amount = amounts(problem, lifetime)
        if not amount.any() or BUILD * size >= own:
            return Relaxation(0.0)
        cuts = cuts_allowed(size, seconds)
        held = _greatest(problem, amount, _most(problem, window, lifetime), until, cuts)
        return Relaxation(weights["peak_live"] * summed(held, amount))


def _most(problem: Problem, window: Window, lifetime: Lifetime) -> np.ndarray:
    """(N,) float64: no cut of a node is above what some schedule holds in its step."""
    most = np.full(problem.nodes, np.inf)
    for start in (window.asap, window.alap):
        held = live(problem, Schedule(start, window.depth), lifetime)
        most = np.minimum(most, held[start])
    return most


def _greatest(
    problem: Problem, amount: np.ndarray, most: np.ndarray, until: float, cuts: float
) -> float:
    """The greatest cut; neighbours of the best node so far come first, others in any order."""
    net, best = held_network(problem, amount), 0.0
    into, out = problem.incoming, problem.outgoing
    ends = into.first, into.item, problem.tail, out.first, out.item, problem.head, problem.reach
    left, seen = problem.nodes, np.zeros(problem.nodes, bool)
    waiting = np.zeros(left + 2 * problem.edges, np.int64)  # each node's neighbours come once
    waiting[:left] = np.random.default_rng(0).permutation(left)
    for turn in turns(problem, net, until, cuts):
        left, best = _cuts(net, *ends, most, seen, waiting, left, best, *turn)
        if not left:
            break
    return best


@njit(cache=True, nogil=True)
def _cuts(
    net,
    into,
    into_edge,
    tail,
    out,
    out_edge,
    head,
    reach,
    most,
    seen,
    waiting,
    left,
    best,
    tries,
    effort,
    enough,
):
    """Cut so many of the nodes that wait; how many still do, and the greatest cut."""
    while left > 0 and tries > 0 and effort > 0:
        left -= 1
        node = waiting[left]
        if seen[node] or most[node] <= best:
            continue
        seen[node] = True
        tries -= 1
        own = min(effort, enough)
        held, rest = _cut(net, into, into_edge, tail, out, out_edge, head, reach, node, own)
        effort -= own - rest + most.size
        if held > best:
            best = held
            for at in range(into[node], into[node + 1]):
                waiting[left] = tail[into_edge[at]]
                left += 1
            for at in range(out[node], out[node + 1]):
                waiting[left] = head[out_edge[at]]
                left += 1
    return left, best


@njit(cache=True, nogil=True)
def _cut(net, into, into_edge, tail, out, out_edge, head, reach, node, effort):
    """The least that is held in a node's own step, bits or bytes; and what is left of the effort.

    Less where that is nothing.
    """
    count = into.size - 1
    before, after = np.zeros(2 * count, np.bool_), np.zeros(2 * count, np.bool_)
    level = np.zeros(count, np.bool_)  # comes before the node, perhaps in the same step
    stack = np.empty(2 * count, np.int64)
    after[node] = True
    stack[0], depth = node, 1
    while depth > 0:
        depth -= 1
        i = stack[depth]
        for at in range(out[i], out[i + 1]):
            j = head[out_edge[at]]
            if not after[j]:
                after[j] = True
                stack[depth] = j
                depth += 1
    stack[0], depth, some = node, 1, False
    while depth > 0:
        depth -= 1
        i = stack[depth]
        for at in range(into[i], into[i + 1]):
            e = into_edge[at]
            j = tail[e]
            sooner = before[i] or reach[e] > 0
            if sooner and not before[j]:
                before[j] = some = True
            elif level[j]:
                continue
            level[j] = True
            stack[depth] = j
            depth += 1
    return max_flow(net, before, after, effort) if some else (0.0, effort)
