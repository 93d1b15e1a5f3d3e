"""What a move changes: profiles, last reads, latency and cost; and how it is made or taken back.

Profiles are linear in births, deaths and starts, so that a move of several nodes is the sum of
moves of one node after the other, whatever the order, even where a value's death comes before its
birth in between.
"""

from numba import njit

from gaus_jax.legalise.change import power
from gaus_jax.legalise.limited.occupancy import lift, put

COST, LEAST, WIRE = 0, 1, 2
ROWS, VALUES, COUNT = 0, 1, 2


@njit(cache=True, nogil=True)
def rescale(plan, state, doublings):
    """Measure all sums of powers anew, against the peaks of now."""
    for r in range(plan.weight.size):
        state.scale[r], state.power[r] = 0.0, 0.0
        if plan.weight[r] > 0 and state.peak[r] > 0:
            state.scale[r] = 1.0 / state.peak[r]
            for d in range(state.profile.shape[1]):
                state.power[r] += power(state.profile[r, d] * state.scale[r], doublings)
    latency = state.latency[0]
    state.lateness[0] = 1.0 / latency if latency > 0 else 0.0
    state.lateness[1] = 0.0
    for d in range(state.late.size):
        state.late[d] = power(d * state.lateness[0], doublings)
        state.lateness[1] += state.late[d] * state.finishing[d]


@njit(cache=True, nogil=True)
def _mean(total, scale, root):
    """The power mean of a scaled sum of powers."""
    return max(total, 0.0) ** root / scale if scale > 0 else 0.0


@njit(cache=True, nogil=True)
def _note(state, row, begin, end, amount):
    state.shift[row, begin] += amount
    state.shift[row, end] -= amount
    state.left[row] = min(state.left[row], begin)
    state.right[row] = max(state.right[row], end)


@njit(cache=True, nogil=True)
def _mark(state, row, low, high, amount, period):
    """Note a change by ``amount`` over ``low <= d < high``, or its negative over the reverse.

    Folded by the period: an interval longer than it counts once for every turn.
    """
    if low == high:
        return
    if low > high:
        low, high, amount = high, low, -amount
    if state.left[row] > state.right[row]:
        state.row[state.tally[ROWS]] = row
        state.tally[ROWS] += 1
    turns = (high - low) // period
    if turns > 0:
        _note(state, row, 0, period, turns * amount)
    begin = low % period
    end = begin + (high - low) - turns * period
    if end > period:
        _note(state, row, begin, period, amount)
        _note(state, row, 0, end - period, amount)
    elif end > begin:
        _note(state, row, begin, end, amount)


@njit(cache=True, nogil=True)
def _last_without(plan, start, value, node, step):
    """The last read of a value once ``node`` reads it at ``step``."""
    last = max(plan.floor[value], step)
    for at in range(plan.consumers.first[value], plan.consumers.first[value + 1]):
        j = plan.consumers.node[at]
        if j != node:
            last = max(last, start[j] + plan.consumers.reach[at])
    return last


@njit(cache=True, nogil=True)
def _mark_node(plan, state, i, old, new):
    """The changes of usage and live memory as one node goes, and the last reads that change."""
    memory = plan.weight.size - 1
    for at in range(plan.priced.first[i], plan.priced.first[i + 1]):
        u = plan.priced.item[at]
        r, demand, length = plan.use_class[u], plan.use_demand[u], plan.use_occupancy[u]
        _mark(state, r, old, old + length, -demand, state.profile.shape[1])
        _mark(state, r, new, new + length, demand, state.profile.shape[1])
    if plan.size[i] > 0:
        _mark(state, memory, new + plan.ahead[i], old + plan.ahead[i], plan.size[i], plan.period)
    for at in range(plan.values.first[i], plan.values.first[i + 1]):
        p, shift = plan.values.node[at], plan.values.reach[at]
        last = state.last[p]
        after = last
        if new + shift > last:
            after = new + shift
        elif old + shift == last:
            after = _last_without(plan, state.start, p, i, new + shift)
        if after != last:
            _mark(state, memory, last + 1, after + 1, plan.size[p], plan.period)
            noted = state.tally[VALUES]
            state.value[noted], state.value_last[noted] = p, last
            state.tally[VALUES] = noted + 1
            state.last[p] = after


@njit(cache=True, nogil=True)
def _sweep(state, r, doublings):
    """Turn the noted changes of a row into one for each entry; the change of its sum of powers."""
    change, total, scale = 0.0, 0.0, state.scale[r]
    for d in range(state.left[r], state.right[r]):
        change += state.shift[r, d]
        state.shift[r, d] = change
        if change != 0.0:
            here = state.profile[r, d]
            total += power((here + change) * scale, doublings) - power(here * scale, doublings)
    state.shift[r, state.right[r]] = 0.0
    return total


@njit(cache=True, nogil=True)
def weigh(plan, state, doublings, root):
    """Take up the move of the nodes in `moved` to their targets; the change of energy."""
    state.tally[ROWS] = state.tally[VALUES] = 0
    change, late = 0.0, 0.0
    for k in range(state.tally[COUNT]):
        i = state.moved[k]
        old, new = state.start[i], state.target[i]
        state.origin[k] = old
        _mark_node(plan, state, i, old, new)
        change += plan.pull[i] * (new - old)
        late += state.late[new + plan.duration[i]] - state.late[old + plan.duration[i]]
        state.start[i] = new
    for k in range(state.tally[ROWS]):
        r = state.row[k]
        state.after[r] = state.power[r] + _sweep(state, r, doublings)
        change += plan.weight[r] * (
            _mean(state.after[r], state.scale[r], root)
            - _mean(state.power[r], state.scale[r], root)
        )
    if plan.latency_weight > 0:
        scale, before = state.lateness[0], state.lateness[1]
        state.after[-1] = before + late
        gain = _mean(before + late, scale, root) - _mean(before, scale, root)
        change += plan.latency_weight * gain
    return change


@njit(cache=True, nogil=True)
def forget(plan, state):
    """Take back a move that was weighed."""
    count = state.tally[COUNT]
    for k in range(state.tally[VALUES] - 1, -1, -1):
        state.last[state.value[k]] = state.value_last[k]
    for k in range(state.tally[ROWS]):
        r = state.row[k]
        state.shift[r, state.left[r] : state.right[r]] = 0.0
        state.left[r], state.right[r] = state.profile.shape[1], 0
    for k in range(count):
        lift(plan, state, state.moved[k], state.target[state.moved[k]])
    for k in range(count):
        i = state.moved[k]
        put(plan, state, i, state.origin[k])
        state.start[i] = state.origin[k]
        state.target[i], state.way[i] = -1, 0
    state.tally[COUNT] = 0


@njit(cache=True, nogil=True)
def make(plan, state):
    """Make a move that was weighed; the best point is kept before it is left."""
    count = state.tally[COUNT]
    before, wire = state.cost[COST], 0.0
    cost = before
    for k in range(state.tally[ROWS]):
        r = state.row[k]
        peak = state.peak[r]
        columns = plan.period if r == plan.weight.size - 1 else state.profile.shape[1]
        _settle(state, r, columns)
        state.power[r] = state.after[r]
        cost += plan.weight[r] * (state.peak[r] - peak)
    for k in range(count):
        i = state.moved[k]
        wire += plan.pull[i] * (state.start[i] - state.origin[k])
    state.cost[WIRE] += wire
    cost += wire
    if plan.latency_weight > 0:
        latency = state.latency[0]
        _settle_latency(plan, state)
        cost += plan.latency_weight * (state.latency[0] - latency)
    state.cost[COST] = cost
    if cost > before and _better(before, state.cost[LEAST]):
        state.cost[LEAST] = before
        state.best[:] = state.start
        for k in range(count):
            state.best[state.moved[k]] = state.origin[k]
    for k in range(count):
        state.target[state.moved[k]], state.way[state.moved[k]] = -1, 0
    state.tally[COUNT] = 0


@njit(cache=True, nogil=True)
def keep(state):
    """Keep the point of now, if it is the best."""
    if _better(state.cost[COST], state.cost[LEAST]):
        state.cost[LEAST] = state.cost[COST]
        state.best[:] = state.start


@njit(cache=True, nogil=True)
def _better(cost, least):
    return cost < least - 1e-9 * abs(least)


@njit(cache=True, nogil=True)
def _settle_latency(plan, state):
    finishing, latency = state.finishing, state.latency[0]
    for k in range(state.tally[COUNT]):
        i = state.moved[k]
        finish = state.start[i] + plan.duration[i]
        finishing[state.origin[k] + plan.duration[i]] -= 1
        finishing[finish] += 1
        latency = max(latency, finish)
    while latency > 0 and finishing[latency] == 0:
        latency -= 1
    state.latency[0] = latency
    state.lateness[1] = state.after[-1]


@njit(cache=True, nogil=True)
def _settle(state, r, columns):
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
    if tops <= 0:
        peak = 0.0
        for d in range(columns):
            here = state.profile[r, d]
            if here > peak:
                peak, tops = here, 1
            elif here == peak:
                tops += 1
    state.peak[r], state.tops[r] = peak, tops
    state.left[r], state.right[r] = state.profile.shape[1], 0
