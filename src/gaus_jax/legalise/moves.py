"""The kernel of moves with exact incremental profiles.

A move takes node ``i`` from step ``s`` to another one in its window. Neighbours that are in the
way, and theirs, are dragged along by as little as they must; a move of more than `plan.MOST` nodes
is given up. A moved node's uses shift; its value's birth shifts; a producer's value dies later or
earlier where the node is, or becomes, its last consumer. All changes of live memory are gathered
in one difference array and swept once.
"""

import numpy as np

from gaus_jax.core.draw import uniform
from gaus_jax.core.native import native
from gaus_jax.legalise.change import mark_values, power, shift_uses, sweep, undo
from gaus_jax.legalise.drag import drag, free_window
from gaus_jax.legalise.plan import MovePlan, MoveState, Part


def probe(plan: MovePlan, state: MoveState, doublings: int, moves: int) -> float:
    """The mean uphill change of energy over some moves, none of which is made."""
    sums, scale = measured(plan, state, doublings)
    return _anneal(plan, state, plan.movable, sums, scale, doublings, -1.0, -1.0, moves, True)


def run(
    plan: MovePlan, state: MoveState, doublings: int, hot: float, cold: float, moves: int
) -> None:
    """Anneal from temperature ``hot`` to ``cold`` with peaks as ``2 ** doublings`` power means."""
    sums, scale = measured(plan, state, doublings)
    _anneal(plan, state, plan.movable, sums, scale, doublings, hot, cold, moves, True)


def run_within(
    plan: MovePlan, state: MoveState, part: Part, doublings: int, hot: float, cold: float
) -> None:
    """The same for the nodes of one part of the steps, which alone it reads and changes.

    Parts that share no step may run side by side, each on scratch of its own.
    """
    sums, scale = part.sums.copy(), part.scale
    _anneal(plan, state, part.nodes, sums, scale, doublings, hot, cold, part.moves, False)


def measured(plan: MovePlan, state: MoveState, doublings: int) -> tuple[np.ndarray, np.ndarray]:
    """Sums of powers of each class's usage and, last, of live memory, and the scales within."""
    rows = plan.class_cost.size + 1
    sums, scale = np.zeros(rows), np.zeros(rows)
    _measure(state, sums, scale, doublings)
    return sums, scale


@native
def _propose(random, beyond, here, low, high, first, last):
    """A step for a node: near, anywhere free, at an end, or in a neighbour's way; ``here``: none.

    ``low .. high`` is what the neighbours leave free, ``first .. last`` the node's window;
    ``beyond`` is the chance of a near step that heeds the window alone.
    """
    kind = uniform(random)
    if kind < beyond:
        low, high = first, last
    if low == high:
        return here
    if kind < max(beyond, 0.45):
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
def _measure(state, sums, scale, doublings):
    last = sums.size - 1
    for r in range(sums.size):
        if state.factors[0 if r < last else 2] <= 0:
            continue
        profile = state.usage[r] if r < last else state.live
        top = _greatest(profile)
        if top > 0:
            scale[r] = 1.0 / top
            for d in range(profile.size):
                sums[r] += power(profile[d] * scale[r], doublings)


@native
def _greatest(values):
    most = 0.0
    for d in range(values.size):
        most = max(most, values[d])
    return most


@native
def _energy(plan, state, sums, change, scale, root):
    energy = state.factors[1] * state.communication[0]
    last = sums.size - 1
    for r in range(last):
        if scale[r] > 0:
            energy += state.factors[0] * plan.class_cost[r] * max(sums[r], 0.0) ** root / scale[r]
    if scale[last] > 0:
        energy += state.factors[2] * max(sums[last] + change, 0.0) ** root / scale[last]
    return energy


@native
def _exact(plan, state):
    cost = state.factors[1] * state.communication[0]
    for r in range(plan.class_cost.size):
        cost += state.factors[0] * plan.class_cost[r] * _greatest(state.usage[r])
    return cost + state.factors[2] * _greatest(state.live)


@native
def keep_best(plan, state):
    """Remember the starts where they are cheaper than all before."""
    cost = _exact(plan, state)
    if cost < state.best_cost[0]:
        state.best_cost[0] = cost
        for i in range(state.start.size):
            state.best[i] = state.start[i]


@native
def _anneal(plan, state, nodes, sums, scale, doublings, hot, cold, moves, whole):
    """Try ``moves`` moves; a negative temperature only measures and undoes them all."""
    root = 1.0 / 2.0**doublings
    moves = moves if nodes.size > 0 else 0
    live = sums.size - 1
    energy = _energy(plan, state, sums, 0.0, scale, root)
    uphill, ups = 0.0, 0
    period = 64 + state.live.size
    if whole:
        keep_best(plan, state)
    for move in range(moves):
        i = nodes[int(nodes.size * uniform(state.random))]
        low, high = free_window(plan, state, i)
        old = state.start[i]
        step = _propose(state.random, plan.beyond, old, low, high, state.low[i], state.high[i])
        if step == old:
            continue
        count = drag(plan, state, i, step, low <= step <= high)
        if count == 0:
            continue
        for r in range(live):
            state.saved[r] = sums[r]
        left, right, noted = _apply(plan, state, count, sums, scale, doublings)
        change = 0.0
        if left < right:
            change = sweep(state.live, state.shift, left, right, scale[live], doublings)
        after = _energy(plan, state, sums, change, scale, root)
        rise = after - energy
        heat = hot + (cold - hot) * move / moves
        accept = rise <= 0 and heat >= 0
        if not accept and heat > 0:
            accept = uniform(state.random) < np.exp(-rise / heat)
        if rise > 0:
            uphill += rise
            ups += 1
        if accept:
            energy = after
            sums[live] += change
            for d in range(left, right):
                state.live[d] += state.shift[d]
        else:
            undo(plan, state, count, noted)
            for r in range(live):
                sums[r] = state.saved[r]
        for d in range(left, right):
            state.shift[d] = 0.0
        if whole and move % period == period - 1:
            keep_best(plan, state)
    if whole:
        keep_best(plan, state)
    return uphill / max(ups, 1)


@native
def _apply(plan, state, count, sums, scale, doublings):
    """Make a move, but for live memory, whose changes are gathered; their span, values noted."""
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
    return left, right, noted
