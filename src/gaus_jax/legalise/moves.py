"""The kernel of moves with exact incremental profiles.

A move takes node ``i`` from step ``s`` to another one in its window. Neighbours that are in the
way, and theirs, are dragged along by as little as they must; a move of more than `plan.MOST` nodes
is given up. A moved node's uses shift; its value's birth shifts; a producer's value dies later or
earlier where the node is, or becomes, its last consumer. All changes of live memory are gathered
in one difference array and swept once.
"""

import numpy as np
from numba import njit

from gaus_jax.legalise.plan import MovePlan, MoveState


def probe(plan: MovePlan, state: MoveState, doublings: int, moves: int) -> float:
    """The mean uphill change of energy over some moves, none of which is made."""
    return _anneal(plan, state, doublings, -1.0, -1.0, moves)


def run(
    plan: MovePlan, state: MoveState, doublings: int, hot: float, cold: float, moves: int
) -> None:
    """Anneal from temperature ``hot`` to ``cold`` with peaks as ``2 ** doublings`` power means."""
    _anneal(plan, state, doublings, hot, cold, moves)


@njit(cache=True)
def _power(x, doublings):
    for _ in range(doublings):
        x = x * x
    return x


@njit(cache=True)
def _uniform(random):
    """Xorshift64*; a number in [0, 1)."""
    x = random[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    random[0] = x
    return float((x * np.uint64(0x2545F4914F6CDD1D)) >> np.uint64(11)) / 9007199254740992.0


@njit(cache=True)
def _window(plan, start, i):
    low = plan.asap[i]
    for at in range(plan.before.first[i], plan.before.first[i + 1]):
        e = plan.before.item[at]
        low = max(low, start[plan.tail[e]] + plan.reach[e])
    high = plan.alap[i]
    for at in range(plan.after.first[i], plan.after.first[i + 1]):
        e = plan.after.item[at]
        high = min(high, start[plan.head[e]] - plan.reach[e])
    return low, high


@njit(cache=True)
def _propose(random, beyond, here, low, high, first, last):
    """A step for a node: near, anywhere free, at an end, or in a neighbour's way; ``here``: none.

    ``low .. high`` is what the neighbours leave free, ``first .. last`` the node's window;
    ``beyond`` is the chance of a near step that heeds the window alone.
    """
    kind = _uniform(random)
    if kind < beyond:
        low, high = first, last
    elif low == high:
        return here
    if kind < max(beyond, 0.45):
        span = 1 + int(4 * _uniform(random) ** 2)
        step = here + span if _uniform(random) < 0.5 else here - span
        step = min(max(step, low), high)
    elif kind < 0.85:
        step = low + int((high - low + 1) * _uniform(random))
    else:
        step = low if _uniform(random) < 0.5 else high
    if step == here:
        step = here + 1 if here < high else here - 1
    return step


@njit(cache=True)
def _drag(plan, state, i, step):
    """Gather node ``i`` and all that must give way to it in `moved`, their new steps in `target`.

    Returns how many, or 0 where they are too many. Pushes stay within windows, as those of the
    neighbours are consistent with the node's.
    """
    moved, target, queue = state.moved, state.target, state.queue
    later = step > state.start[i]
    groups = plan.after if later else plan.before
    ends = plan.head if later else plan.tail
    moved[0], queue[0], target[i] = i, i, step
    count, done, waiting = 1, 0, 1
    while done < waiting:
        node = queue[done]
        done += 1
        for at in range(groups.first[node], groups.first[node + 1]):
            e = groups.item[at]
            j = ends[e]
            need = target[node] + plan.reach[e] if later else target[node] - plan.reach[e]
            here = target[j] if target[j] >= 0 else state.start[j]
            if (need <= here) if later else (need >= here):
                continue
            if target[j] < 0:
                if count == moved.size:
                    return _forget(state, count)
                moved[count] = j
                count += 1
            target[j] = need
            if waiting == queue.size:
                return _forget(state, count)
            queue[waiting] = j
            waiting += 1
    return _follow(plan, state, count, later)


@njit(cache=True)
def _follow(plan, state, count, later):
    """Let the sources of nodes that go later, and the sinks of those that go earlier, follow."""
    groups = plan.before if later else plan.after
    ends = plan.tail if later else plan.head
    follows = plan.follows_late if later else plan.follows_early
    leaders = count
    for k in range(leaders):
        node = state.moved[k]
        for at in range(groups.first[node], groups.first[node + 1]):
            j = ends[groups.item[at]]
            if not follows[j] or state.target[j] >= 0:
                continue
            step = _tight(plan, state, j, later)
            if step == state.start[j]:
                continue
            if count == state.moved.size:
                return _forget(state, count)
            state.moved[count], state.target[j] = j, step
            count += 1
    return count


@njit(cache=True)
def _tight(plan, state, j, late):
    """The latest step of a source, or the earliest of a sink, that its neighbours allow."""
    groups = plan.after if late else plan.before
    ends = plan.head if late else plan.tail
    step = plan.alap[j] if late else plan.asap[j]
    for at in range(groups.first[j], groups.first[j + 1]):
        e = groups.item[at]
        other = ends[e]
        there = state.target[other] if state.target[other] >= 0 else state.start[other]
        step = min(step, there - plan.reach[e]) if late else max(step, there + plan.reach[e])
    return step


@njit(cache=True)
def _forget(state, count):
    for k in range(count):
        state.target[state.moved[k]] = -1
    return 0


@njit(cache=True)
def _last_without(plan, start, value, node, step):
    """The last consumer's start once ``node`` has gone to ``step``."""
    last = step
    for at in range(plan.consumers.first[value], plan.consumers.first[value + 1]):
        j = plan.consumers.item[at]
        if j != node:
            last = max(last, start[j])
    return last


@njit(cache=True)
def _shift_uses(plan, state, i, old, new, scale, doublings, sums):
    for at in range(plan.uses.first[i], plan.uses.first[i + 1]):
        u = plan.uses.item[at]
        r, demand, occupancy = plan.use_class[u], plan.use_demand[u], plan.use_occupancy[u]
        for k in range(occupancy):
            for d, amount in ((old + k, -demand), (new + k, demand)):
                before = state.usage[r, d]
                state.usage[r, d] = before + amount
                sums[r] += _power((before + amount) * scale[r], doublings) - _power(
                    before * scale[r], doublings
                )


@njit(cache=True)
def _mark(shift, low, high, amount):
    """Add ``amount`` over ``low <= d < high``, or take it away over ``high <= d < low``."""
    shift[low] += amount
    shift[high] -= amount


@njit(cache=True)
def _mark_values(plan, state, i, old, new, left, right, noted):
    """Gather the changes of live memory and note the last consumers that change.

    Returns the span of steps touched so far, and how many values are noted.
    """
    if plan.size[i] > 0:
        _mark(state.shift, new + plan.ahead[i], old + plan.ahead[i], plan.size[i])
        left = min(left, min(old, new) + plan.ahead[i])
        right = max(right, max(old, new) + plan.ahead[i])
    for at in range(plan.values.first[i], plan.values.first[i + 1]):
        p = plan.values.item[at]
        last = state.last[p]
        after = last
        if new > last:
            after = new
        elif old == last:
            after = _last_without(plan, state.start, p, i, new)
        if after != last:
            _mark(state.shift, last + 1, after + 1, plan.size[p])
            left = min(left, min(last, after) + 1)
            right = max(right, max(last, after) + 1)
            state.old_value[noted], state.old_last[noted] = p, last
            state.last[p] = after
            noted += 1
    return left, right, noted


@njit(cache=True)
def _sweep(live, shift, left, right, scale, doublings):
    """Turn the gathered changes into one change per step; the change of the power sum."""
    change, total = 0.0, 0.0
    for d in range(left, right):
        change += shift[d]
        shift[d] = change
        if change != 0.0:
            total += _power((live[d] + change) * scale, doublings) - _power(
                live[d] * scale, doublings
            )
    shift[right] = 0.0
    return total


@njit(cache=True)
def _energy(plan, state, sums, live_sum, scale, live_scale, root):
    energy = state.factors[1] * state.communication[0]
    for r in range(plan.class_cost.size):
        if scale[r] > 0:
            energy += state.factors[0] * plan.class_cost[r] * max(sums[r], 0.0) ** root / scale[r]
    if live_scale > 0:
        energy += state.factors[2] * max(live_sum, 0.0) ** root / live_scale
    return energy


@njit(cache=True)
def _exact(plan, state):
    cost = state.factors[1] * state.communication[0]
    for r in range(plan.class_cost.size):
        cost += state.factors[0] * plan.class_cost[r] * state.usage[r].max()
    return cost + state.factors[2] * state.live.max()


@njit(cache=True)
def _keep_best(plan, state):
    cost = _exact(plan, state)
    if cost < state.best_cost[0]:
        state.best_cost[0] = cost
        state.best[:] = state.start


@njit(cache=True)
def _undo(plan, state, count, noted, scale, doublings, sums):
    """Take a move back; the live profile was not touched yet."""
    for k in range(count - 1, -1, -1):
        node, old = state.moved[k], state.origin[k]
        new = state.start[node]
        if state.factors[0] > 0:
            _shift_uses(plan, state, node, new, old, scale, doublings, sums)
        state.communication[0] -= plan.pull[node] * (new - old)
        state.start[node] = old
    for k in range(noted - 1, -1, -1):
        state.last[state.old_value[k]] = state.old_last[k]


@njit(cache=True)
def _anneal(plan, state, doublings, hot, cold, moves):
    """Try ``moves`` moves; a negative temperature only measures and undoes them all."""
    root = 1.0 / 2.0**doublings
    moves = moves if plan.movable.size > 0 else 0
    classes = plan.class_cost.size
    scale, sums = np.zeros(classes), np.zeros(classes)
    for r in range(classes):
        top = state.usage[r].max()
        if top > 0 and state.factors[0] > 0:
            scale[r] = 1.0 / top
            for d in range(state.usage.shape[1]):
                sums[r] += _power(state.usage[r, d] * scale[r], doublings)
    live_scale, live_sum = 0.0, 0.0
    if state.factors[2] > 0 and state.live.max() > 0:
        live_scale = 1.0 / state.live.max()
        for d in range(state.live.size):
            live_sum += _power(state.live[d] * live_scale, doublings)
    saved = sums.copy()
    energy = _energy(plan, state, sums, live_sum, scale, live_scale, root)
    uphill, ups = 0.0, 0
    period = 64 + state.live.size
    _keep_best(plan, state)
    for move in range(moves):
        i = plan.movable[int(plan.movable.size * _uniform(state.random))]
        low, high = _window(plan, state.start, i)
        old = state.start[i]
        step = _propose(state.random, plan.beyond, old, low, high, plan.asap[i], plan.alap[i])
        if step == old:
            continue
        count = _drag(plan, state, i, step)
        if count == 0:
            continue
        saved[:] = sums
        left, right, noted = state.live.size, 0, 0
        for k in range(count):
            node = state.moved[k]
            old, new = state.start[node], state.target[node]
            state.origin[k] = old
            if state.factors[0] > 0:
                _shift_uses(plan, state, node, old, new, scale, doublings, sums)
            if state.factors[2] > 0:
                left, right, noted = _mark_values(plan, state, node, old, new, left, right, noted)
            state.communication[0] += plan.pull[node] * (new - old)
            state.start[node] = new
            state.target[node] = -1
        live_change = 0.0
        if left < right:
            live_change = _sweep(state.live, state.shift, left, right, live_scale, doublings)
        after = _energy(plan, state, sums, live_sum + live_change, scale, live_scale, root)
        change = after - energy
        heat = hot + (cold - hot) * move / moves
        accept = change <= 0 and heat >= 0
        if not accept and heat > 0:
            accept = _uniform(state.random) < np.exp(-change / heat)
        if change > 0:
            uphill += change
            ups += 1
        if accept:
            energy = after
            live_sum += live_change
            for d in range(left, right):
                state.live[d] += state.shift[d]
        else:
            _undo(plan, state, count, noted, scale, doublings, sums)
            sums[:] = saved
        for d in range(left, right):
            state.shift[d] = 0.0
        if move % period == period - 1:
            _keep_best(plan, state)
    _keep_best(plan, state)
    return uphill / max(ups, 1)
