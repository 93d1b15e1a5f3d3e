"""Memory that some step cannot do without."""

import time

import numpy as np
from numba import njit

from gaus_jax.base.interrupt import INTERRUPTS
from gaus_jax.bounds.bound import Relaxation, summed
from gaus_jax.core.sequence import Flow, flow

LANES = 4096  # nodes whose ancestors and descendants are marked at once


class StepFootprint:
    """What is held, whatever the order, in the fullest of all nodes' own steps.

    In the step of node ``i``: its value, its workspace, the values that it reads, and every value
    that an ancestor made and a descendant still reads, or that is kept to the end.
    """

    name = "step_footprint"
    terms = ("footprint",)
    rests_on = frozenset({"no ii"})

    def relax(self, problem, window, weights, lifetime, seconds):
        """``weight max_i`` of what is held for certain; nothing of register lifetimes."""
        if lifetime != "buffer":
            return Relaxation(0.0)
        amounts = np.concatenate([problem.size, problem.workspace])
        held = held_for_certain(flow(problem), seconds).max(initial=0.0)
        return Relaxation(weights["footprint"] * summed(float(held), amounts))


def held_for_certain(flow: Flow, seconds: float = np.inf) -> np.ndarray:
    """Bytes in use in each node's own step, whatever the order; (N,) float64.

    Nodes that the seconds leave no time for have their own size and workspace alone.
    """
    held, until = flow.size + flow.workspace, time.perf_counter() + seconds
    order = np.argsort(flow.rank)
    for begin in range(0, flow.nodes, LANES):
        if begin and (time.perf_counter() > until or INTERRUPTS.asked):
            break
        some = np.arange(begin, min(begin + LANES, flow.nodes))
        _add_certain(flow, order, some, held)
    return held


@njit(cache=True, nogil=True)
def _add_certain(flow, order, some, held):
    """Mark who comes before and after each of some nodes, a bit a node, and add what they hold."""
    words = (some.size + 63) // 64
    count = order.size
    later = np.zeros((count, words), np.uint64)  # the chosen node comes after this one, or is it
    earlier = np.zeros((count, words), np.uint64)
    one = np.uint64(1)
    for k in range(some.size):
        bit = one << np.uint64(k % 64)
        later[some[k], k // 64] |= bit
        earlier[some[k], k // 64] |= bit
    for i in order:
        for at in range(flow.before.first[i], flow.before.first[i + 1]):
            earlier[i] |= earlier[flow.before.item[at]]
    for i in order[::-1]:
        for at in range(flow.after.first[i], flow.after.first[i + 1]):
            later[i] |= later[flow.after.item[at]]
    read = np.zeros(words, np.uint64)
    for v in range(count):
        read[:] = ~np.uint64(0) if flow.kept[v] else np.uint64(0)
        for at in range(flow.readers.first[v], flow.readers.first[v + 1]):
            read |= earlier[flow.readers.item[at]]
        for word in range(words):
            both = later[v, word] & read[word]
            k = 64 * word
            while both:
                if both & one and some[k] != v:
                    held[some[k]] += flow.size[v]
                both >>= one
                k += 1
