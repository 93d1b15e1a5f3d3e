"""The loop of force-directed scheduling, in pieces that end on time."""

import numpy as np
from numba import njit

from gaus_jax.baselines.force.graphs import load, refresh, spread

WAITING, PLACED, ASKED = 0, 1, 2
NEAR = 16  # steps that the greedy end looks at


@njit(cache=True)
def ask(forces, i):
    """The least force of a node, the step that has it, and how many terms it took.

    Placing ``i`` at ``t`` also cuts the windows of its neighbours; theirs are forces too.
    """
    low, high = forces.low[i], forces.high[i]
    here = load(forces, i, low, high)
    best, best_step, work = np.inf, low, 0
    for step in range(low, high + 1):
        force = load(forces, i, step, step) - here
        for at in range(forces.after.first[i], forces.after.first[i + 1]):
            e = forces.after.item[at]
            j = forces.head[e]
            cut = step + forces.reach[e]
            if cut > forces.low[j]:
                force += load(forces, j, cut, forces.high[j])
                force -= load(forces, j, forces.low[j], forces.high[j])
        for at in range(forces.before.first[i], forces.before.first[i + 1]):
            e = forces.before.item[at]
            j = forces.tail[e]
            cut = step - forces.reach[e]
            if cut < forces.high[j]:
                force += load(forces, j, forces.low[j], cut)
                force -= load(forces, j, forces.low[j], forces.high[j])
        if force < best - 1e-9 * max(1.0, abs(force)):
            best, best_step = force, step
    around = forces.after.first[i + 1] - forces.after.first[i]
    around += forces.before.first[i + 1] - forces.before.first[i]
    work = (high - low + 1) * (1 + around)
    return best, best_step, work


@njit(cache=True)
def _sift(forces, at):
    """Let the entry at a place of the heap sink to where it belongs."""
    heap, key, size = forces.heap, forces.key, forces.tally[WAITING]
    node = heap[at]
    while 2 * at + 1 < size:
        child = 2 * at + 1
        if child + 1 < size and key[heap[child + 1]] < key[heap[child]]:
            child += 1
        if key[heap[child]] >= key[node]:
            break
        heap[at] = heap[child]
        at = child
    heap[at] = node


@njit(cache=True)
def _drop(forces):
    """Take the first node off the heap."""
    forces.tally[WAITING] -= 1
    forces.heap[0] = forces.heap[forces.tally[WAITING]]
    if forces.tally[WAITING] > 0:
        _sift(forces, 0)


@njit(cache=True)
def _cut(forces, i, low, high):
    """Narrow a window; its neighbours' have to follow."""
    spread(forces, i, -1.0)
    forces.low[i], forces.high[i] = low, high
    spread(forces, i, 1.0)


@njit(cache=True)
def place(forces, i, step):
    """Close a node's window at a step, narrow all others as it asks; the windows touched."""
    forces.stack[0], size, work = i, 1, 1
    _cut(forces, i, step, step)
    while size > 0:
        size -= 1
        node = forces.stack[size]
        forces.stacked[node] = False
        for at in range(forces.after.first[node], forces.after.first[node + 1]):
            e = forces.after.item[at]
            j = forces.head[e]
            if forces.low[node] + forces.reach[e] > forces.low[j]:
                _cut(forces, j, forces.low[node] + forces.reach[e], forces.high[j])
                size = _stack(forces, j, size)
                work += 1
        for at in range(forces.before.first[node], forces.before.first[node + 1]):
            e = forces.before.item[at]
            j = forces.tail[e]
            if forces.high[node] - forces.reach[e] < forces.high[j]:
                _cut(forces, j, forces.low[j], forces.high[node] - forces.reach[e])
                size = _stack(forces, j, size)
                work += 1
    return work


@njit(cache=True)
def _stack(forces, j, size):
    if forces.stacked[j]:
        return size
    forces.stacked[j] = True
    forces.stack[size] = j
    return size + 1


@njit(cache=True)
def advance(forces, every, budget):
    """Place nodes, least force first, until so much work is done; whether nodes are left.

    All forces are asked anew after every so many placements. In between a force may be older than
    the graphs: the first of the heap is asked again, and placed only where it stays the first.
    With ``every = 1`` this is the algorithm of Paulin and Knight.
    """
    count, work = forces.tally, 0
    while count[WAITING] > 0 and work < budget:
        if count[ASKED] < count[WAITING]:
            work += _ask_next(forces)
            continue
        node = forces.heap[0]
        if forces.low[node] == forces.high[node]:
            _drop(forces)
            count[ASKED] = min(count[ASKED], count[WAITING])
            continue
        forces.key[node], step, done = ask(forces, node)
        work += done
        _sift(forces, 0)
        if forces.heap[0] == node:
            _drop(forces)
            work += place(forces, node, step) + refresh(forces)
            count[PLACED] += 1
            count[ASKED] = 0 if count[PLACED] % every == 0 else count[WAITING]
    return count[WAITING] > 0


@njit(cache=True)
def _ask_next(forces):
    """Ask one more node of the heap, which is put in order after the last; the terms it took."""
    count = forces.tally
    node = forces.heap[count[ASKED]]
    forces.key[node], _, done = ask(forces, node)
    count[ASKED] += 1
    if count[ASKED] == count[WAITING]:
        for at in range(count[WAITING] // 2 - 1, -1, -1):
            _sift(forces, at)
    return done


@njit(cache=True)
def finish(forces, usage):
    """Place what is left in topological order, each in the least loaded of its next steps."""
    for i in range(forces.low.size):
        if forces.low[i] == forces.high[i]:
            _occupy(forces, usage, i)
    for i in forces.order:
        if forces.low[i] == forces.high[i]:
            continue
        low = forces.low[i]
        for at in range(forces.before.first[i], forces.before.first[i + 1]):
            e = forces.before.item[at]
            low = max(low, forces.low[forces.tail[e]] + forces.reach[e])
        best, best_step = np.inf, low
        for step in range(low, min(forces.high[i], low + NEAR - 1) + 1):
            met = 0.0
            for u in range(forces.first_use[i], forces.first_use[i + 1]):
                for d in range(step, step + forces.use_occupancy[u]):
                    met += forces.use_demand[u] * usage[forces.use_class[u], d]
            if met < best:
                best, best_step = met, step
        forces.low[i] = forces.high[i] = best_step
        _occupy(forces, usage, i)


@njit(cache=True)
def _occupy(forces, usage, i):
    for u in range(forces.first_use[i], forces.first_use[i + 1]):
        for d in range(forces.low[i], forces.low[i] + forces.use_occupancy[u]):
            usage[forces.use_class[u], d] += forces.use_demand[u]
