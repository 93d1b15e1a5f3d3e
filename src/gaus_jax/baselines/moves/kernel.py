"""Weigh, make or forget the move of one node; its cost is exact at every moment.

A node goes from step ``s`` to another one that its neighbours leave free. Its uses shift; its
value's birth shifts; a producer's value dies later or earlier where the node is, or becomes, its
last consumer. The changes of each profile are gathered as differences and swept once, over no more
steps than the move is long.
"""

import numpy as np

from gaus_jax.core.draw import uniform
from gaus_jax.core.native import native

COST, LEAST, ENERGY, COMMUNICATION = 0, 1, 2, 3
NODE, STEP, VALUES, LATENCY, ROWS = 0, 1, 2, 3, 4


@native
def powered(x, doublings):
    """``x ** (2 ** doublings)``."""
    for _ in range(doublings):
        x = x * x
    return x


@native
def free_steps(plan, start, i):
    """The steps ``low .. high`` that the neighbours of a node leave to it."""
    low, high = plan.asap[i], plan.alap[i]
    for at in range(plan.before.first[i], plan.before.first[i + 1]):
        low = max(low, start[plan.before.item[at]] + plan.before_reach[at])
    for at in range(plan.after.first[i], plan.after.first[i + 1]):
        high = min(high, start[plan.after.item[at]] - plan.after_reach[at])
    return low, high


@native
def drawn_step(random, here, low, high):
    """Another step of ``low .. high`` (not both ``here``): near, anywhere, or at an end."""
    kind = uniform(random)
    if kind < 0.45:
        span = 1 + int(4 * uniform(random) ** 2)
        step = here + span if uniform(random) < 0.5 else here - span
        step = min(max(step, low), high)
    elif kind < 0.85:
        step = low + int((high - low + 1) * uniform(random))
    else:
        step = low if uniform(random) < 0.5 else high
    if step == here:
        step = here + 1 if here < high else here - 1
    return step


@native
def rescale(plan, state, doublings):
    """Measure the power sums anew, against the peaks of now, and the energy by them."""
    energy = plan.latency_weight * state.latency[0] + state.cost[COMMUNICATION]
    for r in range(plan.weight.size):
        state.scale[r], state.power[r] = 0.0, 0.0
        if plan.weight[r] > 0 and state.peak[r] > 0:
            state.scale[r] = 1.0 / state.peak[r]
            for d in range(state.profile.shape[1]):
                state.power[r] += powered(state.profile[r, d] * state.scale[r], doublings)
            energy += _mean(plan, state, r, state.power[r], doublings)
    state.cost[ENERGY] = energy


@native
def _mean(plan, state, r, total, doublings):
    """The weighted power mean of a profile, given its sum of powers."""
    root = max(total, 0.0)
    for _ in range(doublings):
        root = np.sqrt(root)
    return plan.weight[r] * root / state.scale[r]


@native
def _mark(state, r, low, high, amount):
    """Note a change by ``amount`` over ``low <= d < high``, or by its negative over the reverse."""
    if low == high:
        return
    if state.left[r] > state.right[r]:
        state.row[state.pending[ROWS]] = r
        state.pending[ROWS] += 1
    state.shift[r, low] += amount
    state.shift[r, high] -= amount
    state.left[r] = min(state.left[r], low, high)
    state.right[r] = max(state.right[r], low, high)


@native
def weigh(plan, state, i, new, doublings):
    """Take up the move of node ``i`` to step ``new``; the change of energy if it were made."""
    old = state.start[i]
    state.pending[NODE], state.pending[STEP], state.pending[ROWS] = i, new, 0
    for at in range(plan.uses.first[i], plan.uses.first[i + 1]):
        r, demand, length = plan.uses.item[at], plan.use_demand[at], plan.use_occupancy[at]
        _mark(state, r, old, old + length, -demand)
        _mark(state, r, new, new + length, demand)
    _mark_values(plan, state, i, old, new)
    change = plan.pull[i] * (new - old) + _weigh_latency(plan, state, i, old, new)
    for k in range(state.pending[ROWS]):
        r = state.row[k]
        total = state.power[r] + _sweep(state, r, doublings)
        state.after[r] = total
        if state.scale[r] > 0:
            change += _mean(plan, state, r, total, doublings)
            change -= _mean(plan, state, r, state.power[r], doublings)
    return change


@native
def _mark_values(plan, state, i, old, new):
    """The changes of live memory, and the values whose last consumer changes."""
    memory, count = plan.weight.size - 1, 0
    if plan.size[i] > 0:
        _mark(state, memory, new + plan.ahead[i], old + plan.ahead[i], plan.size[i])
    for at in range(plan.values.first[i], plan.values.first[i + 1]):
        p = plan.values.item[at]
        last = state.last[p]
        after = max(last, new)
        if old == last and new < old:
            after = new
            for other in range(plan.consumers.first[p], plan.consumers.first[p + 1]):
                j = plan.consumers.item[other]
                if j != i:
                    after = max(after, state.start[j])
        if after != last:
            _mark(state, memory, last + 1, after + 1, plan.size[p])
            state.value[count], state.value_last[count] = p, after
            count += 1
    state.pending[VALUES] = count


@native
def _weigh_latency(plan, state, i, old, new):
    """The weighted change of the schedule's length; looks for the new end only where it moves."""
    if plan.latency_weight == 0.0:
        return 0.0
    latency = state.latency[0]
    ends, began = new + plan.duration[i], old + plan.duration[i]
    after = max(latency, ends)
    if began == latency and ends < latency and state.finishing[latency] == 1:
        after = latency - 1
        while after > ends and state.finishing[after] == 0:
            after -= 1
    state.pending[LATENCY] = after
    return plan.latency_weight * (after - latency)


@native
def _sweep(state, r, doublings):
    """Turn the noted changes of a row into one per step; the change of its sum of powers."""
    change, total, scale = 0.0, 0.0, state.scale[r]
    for d in range(state.left[r], state.right[r]):
        change += state.shift[r, d]
        state.shift[r, d] = change
        if change != 0.0:
            here = state.profile[r, d]
            total += powered((here + change) * scale, doublings) - powered(here * scale, doublings)
    state.shift[r, state.right[r]] = 0.0
    return total


@native
def forget(state):
    """Leave the move that was weighed."""
    for k in range(state.pending[ROWS]):
        r = state.row[k]
        state.shift[r, state.left[r] : state.right[r]] = 0.0
        state.left[r], state.right[r] = state.profile.shape[1], 0


@native
def make(plan, state, change):
    """Make the move that was weighed, of that change of energy."""
    i, new = state.pending[NODE], state.pending[STEP]
    old = state.start[i]
    for k in range(state.pending[ROWS]):
        r = state.row[k]
        before = state.peak[r]
        _settle(state, r)
        state.power[r] = state.after[r]
        state.cost[COST] += plan.weight[r] * (state.peak[r] - before)
    for k in range(state.pending[VALUES]):
        state.last[state.value[k]] = state.value_last[k]
    if plan.latency_weight > 0.0:
        state.cost[COST] += plan.latency_weight * (state.pending[LATENCY] - state.latency[0])
        state.latency[0] = state.pending[LATENCY]
        state.finishing[old + plan.duration[i]] -= 1
        state.finishing[new + plan.duration[i]] += 1
    state.start[i] = new
    state.cost[COST] += plan.pull[i] * (new - old)
    state.cost[COMMUNICATION] += plan.pull[i] * (new - old)
    state.cost[ENERGY] += change
    _note(state, i, new)


@native
def _settle(state, r):
    """Change a profile for good; its peak is looked for only where its last top is gone."""
    peak, tops = state.peak[r], state.tops[r]
    for d in range(state.left[r], state.right[r]):
        change = state.shift[r, d]
        if change == 0.0:
            continue
        state.shift[r, d] = 0.0
        before = state.profile[r, d]
        after = before + change
        state.profile[r, d] = after
        if before == peak:
            tops -= 1
        if after > peak:
            peak, tops = after, 1
        elif after == peak:
            tops += 1
    if tops == 0:
        peak = 0.0
        for d in range(state.profile.shape[1]):
            here = state.profile[r, d]
            if here > peak:
                peak, tops = here, 1
            elif here == peak:
                tops += 1
    state.peak[r], state.tops[r] = peak, tops
    state.left[r], state.right[r] = state.profile.shape[1], 0


@native
def _note(state, i, new):
    """Write a move into the journal, and take note of the least cost."""
    at = state.tally[0]
    if at < state.journal.shape[0]:
        state.journal[at, 0], state.journal[at, 1] = i, new
        state.tally[0] = at + 1
    elif state.tally[2] == 0:
        for k in range(state.tally[1]):
            state.best[state.journal[k, 0]] = state.journal[k, 1]
        state.tally[1], state.tally[2] = 0, 1
    if state.cost[COST] < state.cost[LEAST] - 1e-9 * abs(state.cost[LEAST]):
        state.cost[LEAST] = state.cost[COST]
        if state.tally[2] == 1:
            for k in range(state.start.size):
                state.best[k] = state.start[k]
            state.tally[0] = state.tally[1] = state.tally[2] = 0
        else:
            state.tally[1] = state.tally[0]
