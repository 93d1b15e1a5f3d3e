"""The search for free slots: nodes evict each other, those that are hard to place less and less.

Iterative modulo scheduling (Rau, "Iterative modulo scheduling", 1994) with two differences. A node
takes the free step nearest to its mean instead of the earliest. A node that finds none goes where
the nodes that it evicts weigh least, and itself weighs one more from then on, so that the nodes
that are hard to place stay where they are (guided ejection: Nagata and Braysy, "A powerful route
minimization heuristic for the vehicle routing problem with time windows", 2009). Rau's rule that it
goes to another step than last time is kept.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from gaus_jax.core.draw import seeded, uniform
from gaus_jax.core.reservation import add, nearest_free, remove


class SearchState(NamedTuple):
    """What a search changes, in place."""

    start: np.ndarray  # (N,) int64, steps; -1 for a node that is not placed
    last: np.ndarray  # (N,) int64, where it was placed last; -1 for never
    weight: np.ndarray  # (N,) float64, what it costs to evict a node
    stamp: np.ndarray  # (N,) int64, scratch: the question for which a node was picked
    tick: np.ndarray  # (1,) int64, questions so far
    cost: np.ndarray  # float64, scratch, 2 S + 2 steps
    random: np.ndarray  # (1,) uint64

    @classmethod
    def of(cls, nodes: int, slots: int, seed: int) -> "SearchState":
        """Nothing is placed."""
        return cls(
            start=np.full(nodes, -1, np.int64),
            last=np.full(nodes, -1, np.int64),
            weight=np.ones(nodes),
            stamp=np.zeros(nodes, np.int64),
            tick=np.zeros(1, np.int64),
            cost=np.zeros(2 * slots + 2),
            random=seeded(seed),
        )


@njit(cache=True, nogil=True)
def clear(table, state):
    """Take away what an earlier search has placed; the weights stay."""
    for node in range(state.start.size):
        if state.start[node] >= 0:
            remove(table, node, state.start[node])
    state.start[:] = -1
    state.last[:] = -1


@njit(cache=True, nogil=True)
def search(plan, table, state, order, mean, budget):
    """Place all nodes with so many placements at most; how many placements are left, or -1.

    Goes on where an earlier search ended: so many placements are the same in one call or several.
    """
    count = order.size
    rank = np.empty(count, np.int64)
    for at in range(count):
        rank[order[at]] = at
    cursor = 0
    for left in range(budget, -1, -1):
        while cursor < count and state.start[order[cursor]] >= 0:
            cursor += 1
        if cursor == count:
            return left
        if left == 0:
            break
        node = order[cursor]
        low, high = bounds(plan, state.start, node)
        step = nearest_free(table, node, low, high, mean[node])
        if step < 0:
            step = _least_eviction(plan, table, state, node, low, high, mean[node])
            cursor = min(cursor, _evict(plan, table, state, node, step, rank))
            state.weight[node] += 1
        state.start[node] = state.last[node] = step
        add(table, node, step)
    return -1


@njit(cache=True, nogil=True)
def settle(plan, table, start, order, mean):
    """Move each node of a legal schedule to the free step nearest to its mean; any moved?"""
    moved = False
    for node in order:
        remove(table, node, start[node])
        low, high = bounds(plan, start, node)
        step = nearest_free(table, node, low, high, mean[node])
        if abs(step - mean[node]) < abs(start[node] - mean[node]):
            start[node] = step
            moved = True
        add(table, node, start[node])
    return moved


@njit(cache=True, nogil=True)
def bounds(plan, start, node):
    """The first and the last step that a node's window and the placed nodes leave it."""
    low, high = plan.low[node], plan.high[node]
    for at in range(plan.before.first[node], plan.before.first[node + 1]):
        begun = start[plan.before.node[at]]
        if begun >= 0:
            low = max(low, begun + plan.before.reach[at])
    for at in range(plan.after.first[node], plan.after.first[node + 1]):
        begun = start[plan.after.node[at]]
        if begun >= 0:
            high = min(high, begun - plan.after.reach[at])
    return low, high


@njit(cache=True, nogil=True)
def _least_eviction(plan, table, state, node, low, high, mean):
    """The step at which what a node evicts weighs least; a random one of equals.

    Of the window the steps about the mean count, one turn of the table to each side.
    """
    slots = table.usage.shape[1]
    pivot = int(np.floor(min(max(mean, min(low, high)), max(low, high))))
    begin = max(plan.low[node], min(pivot - slots, plan.high[node]))
    end = min(plan.high[node], max(pivot + slots, plan.low[node]))
    cost = _dependents(plan, state, node, begin, end)
    best, least, equals = begin, np.inf, 0
    for step in range(begin, end + 1):
        if cost[step - begin] > least or (step == state.last[node] and end > begin):
            continue
        total = cost[step - begin] + _clash(table, state, node, step, least)
        if total < least:
            best, least, equals = step, total, 1
        elif total == least:
            equals += 1
            if uniform(state.random) * equals < 1.0:
                best = step
    return best


@njit(cache=True, nogil=True)
def _dependents(plan, state, node, begin, end):
    """The weight of the placed nodes that a start at each step would break a dependence of."""
    cost = state.cost[: end - begin + 2]
    cost[:] = 0.0
    for at in range(plan.before.first[node], plan.before.first[node + 1]):
        other = plan.before.node[at]
        if state.start[other] >= 0:  # broken by steps before `ready`
            ready = state.start[other] + plan.before.reach[at]
            if ready > begin:
                cost[0] += state.weight[other]
                cost[min(ready, end + 1) - begin] -= state.weight[other]
    for at in range(plan.after.first[node], plan.after.first[node + 1]):
        other = plan.after.node[at]
        if state.start[other] >= 0:  # broken by steps after `due`
            due = state.start[other] - plan.after.reach[at]
            if due < end:
                cost[max(due + 1, begin) - begin] += state.weight[other]
    for at in range(1, cost.size):
        cost[at] += cost[at - 1]
    return cost


@njit(cache=True, nogil=True)
def _clash(table, state, node, step, most):
    """Pick the lightest nodes that leave room for a node at a step; their weight, or so.

    Those picked have the tick of this question as their stamp. Gives up above ``most``.
    """
    slots = table.usage.shape[1]
    state.tick[0] += 1
    tick, total = state.tick[0], 0.0
    for e in range(table.first[node], table.first[node + 1]):
        r, slot = table.kind[e], (step + table.offset[e]) % slots
        over = table.usage[r, slot] + table.amount[e] - table.room[r]
        if over <= 0:
            continue
        at = table.top[r, slot]
        while at >= 0:
            if state.stamp[table.owner[at]] == tick:
                over -= table.amount[at]
            at = table.below[at]
        while over > 0 and total <= most:
            at, picked = table.top[r, slot], -1
            while at >= 0:
                owner = table.owner[at]
                if state.stamp[owner] != tick and (
                    picked < 0 or state.weight[owner] < state.weight[table.owner[picked]]
                ):
                    picked = at
                at = table.below[at]
            if picked < 0:  # nothing is left but roundings
                break
            state.stamp[table.owner[picked]] = tick
            total += state.weight[table.owner[picked]]
            over -= table.amount[picked]
    return total


@njit(cache=True, nogil=True)
def _evict(plan, table, state, node, step, rank):
    """Take away whoever a start at a step breaks; the least rank among them."""
    least = rank[node]
    for at in range(plan.before.first[node], plan.before.first[node + 1]):
        other = plan.before.node[at]
        if state.start[other] >= 0 and state.start[other] + plan.before.reach[at] > step:
            least = min(least, _take(table, state, other, rank))
    for at in range(plan.after.first[node], plan.after.first[node + 1]):
        other = plan.after.node[at]
        if state.start[other] >= 0 and step + plan.after.reach[at] > state.start[other]:
            least = min(least, _take(table, state, other, rank))
    _clash(table, state, node, step, np.inf)
    slots, tick = table.usage.shape[1], state.tick[0]
    for e in range(table.first[node], table.first[node + 1]):
        at = table.top[table.kind[e], (step + table.offset[e]) % slots]
        while at >= 0:
            other, at = table.owner[at], table.below[at]
            if state.stamp[other] == tick:
                least = min(least, _take(table, state, other, rank))
                at = table.top[table.kind[e], (step + table.offset[e]) % slots]
    return least


@njit(cache=True, nogil=True)
def _take(table, state, other, rank):
    """Take one node away; its rank."""
    remove(table, other, state.start[other])
    state.start[other] = -1
    return rank[other]
