"""Exact orders of small graphs: dynamic programming over downsets."""

import heapq
from typing import NamedTuple

import numpy as np
from numba import njit

from gaus_jax.core.sequence import Flow, footprints

WIDEST = 62  # nodes that a word of bits can hold
FIRST = 2**12  # states that there is room for at once; a power of two


class Least(NamedTuple):
    """What the search proves, and the order that it finds."""

    bound: float  # bytes; no order has a lower peak
    order: np.ndarray | None  # (N,) int64, nodes by step; None: none below the peak known
    proved: bool  # whether no order is better than this one, or than the peak known


def least_peak(flow: Flow, least: float, known: float, states: int) -> Least:
    """The order of least peak, by the least peak with which each downset can be reached.

    A downset is a set of nodes with all that must come before them. What is held after it does
    not depend on its order, so a search by rising peak settles it once. Where a ready node frees as
    much as it adds, and its own step is no fuller than what has been seen, it runs at once: any
    order that runs it later is no better.

    Args:
        flow: of at most `WIDEST` nodes.
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
def _bits(groups, count):
    """Each node's group as a word of bits."""
    word = np.zeros(count, np.uint64)
    for i in range(count):
        for at in range(groups.first[i], groups.first[i + 1]):
            word[i] |= np.uint64(1) << np.uint64(groups.item[at])
    return word


@njit(cache=True, nogil=True)
def _slot(keys, used, key):
    """Where a key is in a table of open addresses, or would be."""
    mask = np.uint64(keys.size - 1)
    at = ((key * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(20)) & mask
    while used[at] >= 0 and keys[at] != key:
        at = (at + np.uint64(1)) & mask
    return at


@njit(cache=True, nogil=True)
def _longer(array, more):
    """With room for so many entries more."""
    return np.concatenate((array, np.zeros(more, array.dtype)))


@njit(cache=True, nogil=True)
def _table(done, length):
    """The table of the states so far."""
    keys, used = np.zeros(length, np.uint64), np.full(length, -1, np.int64)
    for state in range(done.size):
        at = _slot(keys, used, done[state])
        keys[at], used[at] = done[state], state
    return keys, used


@njit(cache=True, nogil=True)
def _search(flow, least, known, states, order):
    """Fill the order; the bound, whether there is an order, and whether the search is complete."""
    count = flow.size.size
    one, full = np.uint64(1), np.uint64(2**count - 1)
    before, readers = _bits(flow.before, count), _bits(flow.readers, count)
    room = min(states, FIRST)
    keys, used = np.zeros(4 * FIRST, np.uint64), np.full(4 * FIRST, -1, np.int64)
    done = np.zeros(room, np.uint64)  # the downset of each state
    peaks, held = np.zeros(room), np.zeros(room)  # bytes
    parent, node = np.full(room, -1, np.int64), np.full(room, -1, np.int64)
    peaks[0], made = least, 1
    used[_slot(keys, used, np.uint64(0))] = 0
    queue = [(least, np.int64(0), np.int64(0))]  # peak, nodes left (fewest first), state
    foot, added = np.zeros(count), np.zeros(count)
    while len(queue) > 0:
        peak, depth, state = heapq.heappop(queue)
        if peak > peaks[state]:
            continue  # reached at a lower peak since
        if done[state] == full:
            step = count
            while state > 0:
                step -= 1
                order[step], state = node[state], parent[state]
            return peak, True, True
        ready, forced = _ready(flow, before, readers, done[state], held[state], peak, foot, added)
        for i in range(count):
            bit = one << np.uint64(i)
            if not ready & bit or (forced >= 0 and i != forced):
                continue
            top = max(peak, foot[i])
            if top >= known:
                continue
            key = done[state] | bit
            at = _slot(keys, used, key)
            to = used[at]
            if to >= 0 and peaks[to] <= top:
                continue
            if to < 0:
                if made == states:
                    return peak, False, False
                if made == done.size:
                    more = min(states, 2 * made) - made
                    done, peaks = _longer(done, more), _longer(peaks, more)
                    held, parent = _longer(held, more), _longer(parent, more)
                    node = _longer(node, more)
                    keys, used = _table(done[:made], 2 * keys.size)
                    at = _slot(keys, used, key)
                to, made = made, made + 1
                keys[at], used[at], done[to] = key, to, key
                held[to] = held[state] + added[i]
            peaks[to], parent[to], node[to] = top, state, i
            heapq.heappush(queue, (top, depth - 1, np.int64(to)))
    return known, False, True


@njit(cache=True, nogil=True)
def _ready(flow, before, readers, done, held, peak, foot, added):
    """The nodes that may run next, what each adds and takes, and one that had best run at once."""
    count, one = before.size, np.uint64(1)
    ready, forced = np.uint64(0), -1
    for i in range(count):
        bit = one << np.uint64(i)
        if done & bit or before[i] & ~done:
            continue
        ready |= bit
        dead = readers[i] == 0 and not flow.kept[i]
        added[i] = 0.0 if dead else flow.size[i]
        for at in range(flow.reads.first[i], flow.reads.first[i + 1]):
            v = flow.reads.item[at]
            if not flow.kept[v] and not readers[v] & ~(done | bit):
                added[i] -= flow.size[v]
        foot[i] = held + flow.size[i] + flow.workspace[i]
        if added[i] <= 0 and foot[i] <= peak:
            return ready, i
    return ready, forced
