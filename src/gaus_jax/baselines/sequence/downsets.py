"""Exact orders: dynamic programming over downsets."""

import heapq
from typing import NamedTuple

import numpy as np
from numba import njit

from gaus_jax.baselines.sequence.forced import DEEP, added, forced
from gaus_jax.core.sequence import Flow, footprints

FIRST = 2**12  # states that there is room for at once; a power of two


class Least(NamedTuple):
    """What the search proves, and the order that it finds."""

    bound: float  # bytes; no order has a lower peak
    order: np.ndarray | None  # (N,) int64, nodes by step; None: none below the peak known
    proved: bool  # whether no order is better than this one, or than the peak known


def least_peak(flow: Flow, least: float, known: float, states: int) -> Least:
    """The order of least peak, by the least peak with which each downset can be reached.

    A downset is a set of nodes with all that must come before them. What is held after it does
    not depend on its order, so a search by rising peak settles it once. Nodes that may as well run
    at once do so (`forced`); where most do, graphs of thousands of nodes have few states left.

    Args:
        flow: of a problem.
        least: a lower bound of all peaks, bytes.
        known: the peak of an order that is at hand; only lower ones are looked for.
        states: downsets that are kept at most.

    Returns:
        What is proved; where the states are used up the bound is the peak up to which all is known.
    """
    order = np.empty(flow.nodes, np.int64)
    bound, found, settled = _search(flow, least, known, states, order)
    if not found:
        return Least(bound, None, settled)
    return Least(float(footprints(flow, order).max(initial=0.0)), order, True)


@njit(cache=True, nogil=True)
def _slot(done, used, key):
    """Where a set is in a table of open addresses, or would be."""
    number = np.uint64(0x9E3779B97F4A7C15)
    for word in key:
        number = (number ^ word) * np.uint64(0xBF58476D1CE4E5B9)
        number ^= number >> np.uint64(29)
    mask = np.uint64(used.size - 1)
    at = number & mask
    while used[at] >= 0 and not np.array_equal(done[used[at]], key):
        at = (at + np.uint64(1)) & mask
    return at


@njit(cache=True, nogil=True)
def _longer(array, more):
    """With room for so many entries more."""
    return np.concatenate((array, np.zeros(more, array.dtype)))


@njit(cache=True, nogil=True)
def _table(done, made, length):
    """The table of the states so far."""
    used = np.full(length, -1, np.int64)
    for state in range(made):
        used[_slot(done, used, done[state])] = state
    return used


@njit(cache=True, nogil=True)
def _has(key, i):
    """Whether a node is in a set."""
    return (key[i // 64] >> np.uint64(i % 64)) & np.uint64(1) != 0


@njit(cache=True, nogil=True)
def _open(flow, key, missing, left, ready):
    """Count what each node waits for and the readers to come; list who may run, and how many."""
    count, many = missing.size, 0
    missing[:] = 0
    left[:] = 0
    for i in range(count):
        if _has(key, i):
            continue
        for at in range(flow.after.first[i], flow.after.first[i + 1]):
            missing[flow.after.item[at]] += 1
        for at in range(flow.reads.first[i], flow.reads.first[i + 1]):
            left[flow.reads.item[at]] += 1
    for i in range(count):
        if missing[i] == 0 and not _has(key, i):
            ready[many] = i
            many += 1
    return many


@njit(cache=True, nogil=True)
def _search(flow, least, known, states, order):
    """Fill the order; the bound, whether there is an order, and whether the search is complete."""
    count = flow.size.size
    words, room = (count + 63) // 64, min(states, FIRST)
    done = np.zeros((room, words), np.uint64)  # the downset of each state, a bit a node
    peaks, held = np.zeros(room), np.zeros(room)  # bytes
    parent, node = np.full(room, -1, np.int64), np.full(room, -1, np.int64)
    peaks[0], made = least, 1
    used = _table(done, made, 4 * FIRST)
    queue = [(least, np.int64(count), np.int64(0))]  # peak, nodes left (fewest first), state
    key = np.zeros(words, np.uint64)
    missing, left = np.zeros(count, np.int64), np.zeros(count, np.int64)
    ready = np.zeros(count, np.int64)
    path, cursor, before = np.zeros(DEEP, np.int64), np.zeros(DEEP, np.int64), np.zeros(DEEP)
    while len(queue) > 0:
        peak, depth, state = heapq.heappop(queue)
        if peak > peaks[state]:
            continue  # reached at a lower peak since
        if depth == 0:
            step = count
            while state > 0:
                step -= 1
                order[step], state = node[state], parent[state]
            return peak, True, True
        many = _open(flow, done[state], missing, left, ready)
        now = held[state]
        best = forced(flow, missing, left, ready[:many], now, peak, path, cursor, before)
        for k in range(many):
            i = ready[k]
            top = max(peak, now + flow.size[i] + flow.workspace[i])
            if top >= known or (best >= 0 and i != best):
                continue
            key[:] = done[state]
            key[i // 64] |= np.uint64(1) << np.uint64(i % 64)
            at = _slot(done, used, key)
            to = used[at]
            if to >= 0 and peaks[to] <= top:
                continue
            if to < 0:
                if made == states:
                    return peak, False, False
                if made == peaks.size:
                    more = min(states, 2 * made) - made
                    done = np.concatenate((done, np.zeros((more, words), np.uint64)))
                    peaks, held = _longer(peaks, more), _longer(held, more)
                    parent, node = _longer(parent, more), _longer(node, more)
                    used = _table(done, made, 2 * used.size)
                    at = _slot(done, used, key)
                to, made = made, made + 1
                used[at], done[to] = to, key
                held[to] = now + added(flow, left, i)
            peaks[to], parent[to], node[to] = top, state, i
            heapq.heappush(queue, (top, depth - 1, np.int64(to)))
    return known, False, True
