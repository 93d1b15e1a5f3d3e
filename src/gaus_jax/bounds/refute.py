"""Kernels that rule out a depth: windows that close, and intervals with too much work."""

import numpy as np
from numba import njit

from gaus_jax.core.serial import earliest_fit, latest_fit

ROUNDS = 100  # of tightening, at most
MARGIN = 1e-9  # of a limit, for what sums of floats may have added


@njit(cache=True)
def refuted(plan, pairs, rows, owner, order, early, late, load, cells):
    """Whether no schedule starts every node within ``early .. late``; False: not known.

    Args:
        plan: of the problem.
        pairs: nodes that exclude each other.
        rows: the pieces of the plan by class.
        owner: (P,) int64, the node of each piece.
        order: (N,) int64, topological.
        early: (N,) int64, steps; is tightened.
        late: (N,) int64, steps; is tightened.
        load: empty before and after, of at least as many columns as the depth and the width.
        cells: how many the search for a crowded interval may look at.
    """
    for _ in range(ROUNDS):
        if not _keep_dependences(plan, order, early, late):
            return True
        changed = False
        for m in range(pairs.first.size):
            i, k = pairs.first[m], pairs.second[m]
            changed |= _exclude(i, k, pairs.ahead[m], pairs.behind[m], early, late)
            changed |= _exclude(k, i, pairs.behind[m], pairs.ahead[m], early, late)
        if not _keep_dependences(plan, order, early, late):
            return True
        _mark_certain(plan, early, late, load, 1)
        state = _keep_certain(plan, early, late, load)
        load[:] = 0
        if state < 0:
            return True
        if state == 0 and not changed:
            break
    return _crowded(plan, rows, owner, early, late, cells)


@njit(cache=True)
def _keep_dependences(plan, order, early, late):
    """Push windows along the edges; False where one closes."""
    for node in order:
        for at in range(plan.before.first[node], plan.before.first[node + 1]):
            early[node] = max(early[node], early[plan.before.node[at]] + plan.before.reach[at])
    for k in range(order.size - 1, -1, -1):
        node = order[k]
        for at in range(plan.after.first[node], plan.after.first[node + 1]):
            late[node] = min(late[node], late[plan.after.node[at]] - plan.after.reach[at])
        if early[node] > late[node]:
            return False
    return True


@njit(cache=True)
def _exclude(i, k, ahead, behind, early, late):
    """Where ``i`` cannot go before ``k`` it goes after it; whether that tightens a window."""
    if early[i] + ahead <= late[k]:
        return False
    changed = False
    if early[k] + behind > early[i]:
        early[i] = early[k] + behind
        changed = True
    if late[i] - behind < late[k]:
        late[k] = late[i] - behind
        changed = True
    return changed


@njit(cache=True)
def _mark(plan, node, early, late, load, sign):
    """What a node blocks for certain: a piece from its latest begin to its earliest end."""
    for p in range(plan.first[node], plan.first[node + 1]):
        for d in range(late[node] + plan.begin[p], early[node] + plan.end[p]):
            load[plan.row[p], d] += sign * plan.amount[p]


@njit(cache=True)
def _mark_certain(plan, early, late, load, sign):
    for node in range(early.size):
        _mark(plan, node, early, late, load, sign)


@njit(cache=True)
def _keep_certain(plan, early, late, load):
    """Move windows past steps that others block for certain; -1: one closes, 1: one shrank."""
    state = 0
    for node in range(early.size):
        _mark(plan, node, early, late, load, -1)
        first = earliest_fit(plan, load, node, early[node])
        if first > late[node]:
            return -1
        last = latest_fit(plan, load, node, late[node], first)
        if last < first:
            return -1
        if first > early[node] or last < late[node]:
            early[node], late[node] = first, last
            state = 1
        _mark(plan, node, early, late, load, 1)
    return state


@njit(cache=True)
def _crowded(plan, rows, owner, early, late, cells):
    """Whether an interval ``[a, b)`` must hold more than the limit times its length.

    A piece that begins in ``early .. late`` has the least overlap at one of the two: of its left
    part ``min(length, early + length - a)``, as much as ``b`` leaves after its latest begin. For
    one ``a`` the energy over ``b`` is a sum of ramps; O(T + P) for each ``a``.
    """
    steps = 1
    for p in range(owner.size):
        steps = max(steps, late[owner[p]] + plan.end[p] + 1)
    slope = np.zeros(steps + 1, np.int64)
    wanted = np.zeros(steps + 1, np.bool_)
    for r in range(plan.limit.size):
        mine = rows.item[rows.first[r] : rows.first[r + 1]]
        wanted[:] = False
        for p in mine:
            wanted[early[owner[p]] + plan.begin[p]] = True
            wanted[late[owner[p]] + plan.begin[p]] = True
        # Each `a` by itself is a valid test: where all are too many, some are left out.
        skip = 1 + plan.limit.size * steps * (steps + mine.size) // max(cells, 1)
        tried = 0
        for a in range(steps):
            if not wanted[a]:
                continue
            tried += 1
            if tried % skip != 0:
                continue
            for p in mine:
                left = min(plan.end[p] - plan.begin[p], early[owner[p]] + plan.end[p] - a)
                ramp = max(late[owner[p]] + plan.begin[p], a)
                if left > 0:
                    slope[ramp] += plan.amount[p]
                    slope[ramp + left] -= plan.amount[p]
            if _overfull(slope, a, float(plan.limit[r])):
                return True
    return False


@njit(cache=True)
def _overfull(slope, a, limit):
    """Whether the energy from ``a`` on passes the limit anywhere; empties the slopes."""
    total, rise, found = 0.0, 0, False
    for b in range(a, slope.size):
        rise += slope[b]
        slope[b] = 0
        total += rise  # the energy within [a, b + 1)
        if total > limit * (b + 1 - a) * (1.0 + MARGIN):
            found = True
    return found
