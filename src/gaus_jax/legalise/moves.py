"""The kernel of moves with exact incremental profiles.

A move takes node ``i`` from step ``s`` to another one in its window. Neighbours that are in the
way, and theirs, are dragged along by as little as they must; a move of more than `plan.MOST` nodes
is given up. A moved node's uses shift; its value's birth shifts; a producer's value dies later or
earlier where the node is, or becomes, its last consumer. All changes of live memory are gathered
in one difference array and swept once.
"""

import numpy as np
from numba import njit

from gaus_jax.legalise.change import mark_values, power, shift_uses, sweep, undo
from gaus_jax.legalise.drag import drag, free_window
from gaus_jax.legalise.plan import MovePlan, MoveState


def probe(plan: MovePlan, state: MoveState, doublings: int, moves: int) -> float:
    """The mean uphill change of energy over some moves, none of which is made."""
    return _anneal(plan, state, doublings, -1.0, -1.0, moves)


def run(
    plan: MovePlan, state: MoveState, doublings: int, hot: float, cold: float, moves: int
) -> None:
    """Anneal from temperature ``hot`` to ``cold`` with peaks as ``2 ** doublings`` power means."""
    _anneal(plan, state, doublings, hot, cold, moves)


@njit(cache=True, nogil=True)
def _uniform(random):
    """Xorshift64*; a number in [0, 1)."""
    x = random[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    random[0] = x
    return float((x * np.uint64(0x2545F4914F6CDD1D)) >> np.uint64(11)) / 9007199254740992.0


@njit(cache=True, nogil=True)
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


@njit(cache=True, nogil=True)
def _energy(plan, state, sums, live_sum, scale, live_scale, root):
    energy = state.factors[1] * state.communication[0]
    for r in range(plan.class_cost.size):
        if scale[r] > 0:
            energy += state.factors[0] * plan.class_cost[r] * max(sums[r], 0.0) ** root / scale[r]
    if live_scale > 0:
        energy += state.factors[2] * max(live_sum, 0.0) ** root / live_scale
    return energy


@njit(cache=True, nogil=True)
def _exact(plan, state):
    cost = state.factors[1] * state.communication[0]
    for r in range(plan.class_cost.size):
        cost += state.factors[0] * plan.class_cost[r] * state.usage[r].max()
    return cost + state.factors[2] * state.live.max()


@njit(cache=True, nogil=True)
def _keep_best(plan, state):
    cost = _exact(plan, state)
    if cost < state.best_cost[0]:
        state.best_cost[0] = cost
        state.best[:] = state.start


@njit(cache=True, nogil=True)
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
                sums[r] += power(state.usage[r, d] * scale[r], doublings)
    live_scale, live_sum = 0.0, 0.0
    if state.factors[2] > 0 and state.live.max() > 0:
        live_scale = 1.0 / state.live.max()
        for d in range(state.live.size):
            live_sum += power(state.live[d] * live_scale, doublings)
    saved = sums.copy()
    energy = _energy(plan, state, sums, live_sum, scale, live_scale, root)
    uphill, ups = 0.0, 0
    period = 64 + state.live.size
    _keep_best(plan, state)
    for move in range(moves):
        i = plan.movable[int(plan.movable.size * _uniform(state.random))]
        low, high = free_window(plan, state.start, i)
        old = state.start[i]
        step = _propose(state.random, plan.beyond, old, low, high, plan.asap[i], plan.alap[i])
        if step == old:
            continue
        count = drag(plan, state, i, step, low <= step <= high)
        if count == 0:
            continue
        saved[:] = sums
        left, right, noted = state.live.size, 0, 0
        for k in range(count):
            node = state.moved[k]
            old, new = state.start[node], state.target[node]
            state.origin[k] = old
            if state.factors[0] > 0:
                shift_uses(plan, state, node, old, new, scale, doublings, sums)
            if state.factors[2] > 0:
                left, right, noted = mark_values(plan, state, node, old, new, left, right, noted)
            state.communication[0] += plan.pull[node] * (new - old)
            state.start[node] = new
            state.target[node] = -1
        live_change = 0.0
        if left < right:
            live_change = sweep(state.live, state.shift, left, right, live_scale, doublings)
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
            undo(plan, state, count, noted, scale, doublings, sums)
            sums[:] = saved
        for d in range(left, right):
            state.shift[d] = 0.0
        if move % period == period - 1:
            _keep_best(plan, state)
    _keep_best(plan, state)
    return uphill / max(ups, 1)
