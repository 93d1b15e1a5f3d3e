"""The kernel of single-node moves with exact incremental profiles.

A move takes node ``i`` from step ``s`` to ``s'`` in ``[max_p (s_p + reach), min_c (s_c - reach)]``
and its window. Its uses shift; its value's birth shifts; a producer's value dies later or earlier
where ``i`` is, or becomes, its last consumer. All changes of live memory are gathered in one
difference array and swept once.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from gaus_jax.core.graph import Groups, group
from gaus_jax.core.problem import Problem
from gaus_jax.core.profile import Lifetime, birth_delay
from gaus_jax.core.window import Window


class MovePlan(NamedTuple):
    """What stays the same from move to move."""

    movable: np.ndarray  # (F,) int64, nodes with mobility
    asap: np.ndarray  # (N,) int64, steps
    alap: np.ndarray  # (N,) int64, steps
    before: Groups  # edges by head
    after: Groups  # edges by tail
    tail: np.ndarray  # (E,) int64
    head: np.ndarray  # (E,) int64
    reach: np.ndarray  # (E,) int64, steps
    uses: Groups
    use_class: np.ndarray  # (U,) int64
    use_demand: np.ndarray  # (U,) float64
    use_occupancy: np.ndarray  # (U,) int64, cycles
    class_cost: np.ndarray  # (R,) float64
    pull: np.ndarray  # (N,) float64, communication per step
    size: np.ndarray  # (N,) float64; 0 where nothing is held
    ahead: np.ndarray  # (N,) int64, from start to birth, steps
    consumers: Groups  # of each value
    values: Groups  # consumed by each node, values held to the last step left out
    kept: np.ndarray  # (N,) bool, held to the last step
    depth: int

    @classmethod
    def of(
        cls, problem: Problem, window: Window, movable: np.ndarray, lifetime: Lifetime
    ) -> "MovePlan":
        """Gather it from a problem."""
        data = (problem.distance == 0) & problem.is_data & (problem.size[problem.tail] > 0)
        value, consumer = problem.tail[data], problem.head[data]
        buffer = lifetime == "buffer"
        held = np.zeros(problem.nodes, bool)
        held[value] = True
        if buffer:  # a producer counts as its value's first consumer
            every = np.flatnonzero(problem.size > 0)
            value, consumer = np.append(value, every), np.append(consumer, every)
            held[every] = True
        kept = problem.output & buffer
        pairs = np.unique(np.stack([value, consumer], axis=1), axis=0)
        pairs = pairs[~kept[pairs[:, 0]]]
        return cls(
            movable=np.flatnonzero(movable),
            asap=window.asap,
            alap=window.alap,
            before=problem.incoming,
            after=problem.outgoing,
            tail=problem.tail,
            head=problem.head,
            reach=problem.reach,
            uses=problem.uses,
            use_class=problem.use_class,
            use_demand=problem.use_demand,
            use_occupancy=problem.use_occupancy,
            class_cost=problem.class_cost,
            pull=problem.pull,
            size=np.where(held, problem.size, 0.0),
            ahead=birth_delay(problem, lifetime),
            consumers=group(problem.nodes, pairs[:, 0], pairs[:, 1]),
            values=group(problem.nodes, pairs[:, 1], pairs[:, 0]),
            kept=kept,
            depth=window.depth,
        )


class MoveState(NamedTuple):
    """What moves change, in place."""

    start: np.ndarray  # (N,) int64, steps
    best: np.ndarray  # (N,) int64, the cheapest start seen
    best_cost: np.ndarray  # (1,) float64
    last: np.ndarray  # (N,) int64, start of the last consumer; -1 for none
    usage: np.ndarray  # (R, T) float64
    live: np.ndarray  # (T,) float64
    shift: np.ndarray  # (T + 1,) float64, scratch, all 0 between moves
    communication: np.ndarray  # (1,) float64, up to a constant
    factors: np.ndarray  # (3,) of peak usage, communication, peak live
    random: np.ndarray  # (1,) uint64


def begin(
    plan: MovePlan, start: np.ndarray, factors: np.ndarray, steps: int, seed: int
) -> MoveState:
    """The profiles of a legal schedule."""
    last = np.full(start.size, -1, np.int64)
    value = np.repeat(np.arange(start.size), np.diff(plan.consumers.first))
    np.maximum.at(last, value, start[plan.consumers.item])
    last[plan.kept] = plan.depth - 1
    usage = np.zeros((max(1, plan.class_cost.size), steps + 1))
    user = np.repeat(np.arange(start.size), np.diff(plan.uses.first))
    use = plan.uses.item
    np.add.at(usage, (plan.use_class[use], start[user]), plan.use_demand[use])
    freed = start[user] + plan.use_occupancy[use]
    np.subtract.at(usage, (plan.use_class[use], freed), plan.use_demand[use])
    held = plan.size > 0
    live = np.zeros(steps + 1)
    live += np.bincount((start + plan.ahead)[held], plan.size[held], steps + 1)
    live -= np.bincount(last[held] + 1, plan.size[held], steps + 1)
    mixed = np.uint64((seed * 0x9E3779B97F4A7C15 + 0x2545F4914F6CDD1D) % 2**64 or 1)
    return MoveState(
        start=start.copy(),
        best=start.copy(),
        best_cost=np.full(1, np.inf),
        last=last,
        usage=np.cumsum(usage, axis=1)[:, :steps],
        live=np.cumsum(live)[:steps],
        shift=np.zeros(steps + 1),
        communication=np.array([plan.pull @ start]),
        factors=factors,
        random=np.array([mixed], np.uint64),
    )


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
def _propose(random, here, low, high):
    """A step other than ``here``: mostly a near one, sometimes any, sometimes an end."""
    kind = _uniform(random)
    if kind < 0.45:
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
def _mark_values(plan, state, i, old, new):
    """Gather the changes of live memory; the span of steps that they touch."""
    left, right = state.live.size, 0
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
    return left, right


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
def _anneal(plan, state, doublings, hot, cold, moves):
    """Try ``moves`` moves; a negative temperature only measures and undoes them all."""
    root = 1.0 / 2.0**doublings
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
        if low == high:
            continue
        old = state.start[i]
        new = _propose(state.random, old, low, high)
        saved[:] = sums
        if state.factors[0] > 0:
            _shift_uses(plan, state, i, old, new, scale, doublings, sums)
        left, right, live_change = 0, 0, 0.0
        if state.factors[2] > 0:
            left, right = _mark_values(plan, state, i, old, new)
            if left < right:
                live_change = _sweep(state.live, state.shift, left, right, live_scale, doublings)
        state.communication[0] += plan.pull[i] * (new - old)
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
            state.start[i] = new
            for d in range(left, right):
                state.live[d] += state.shift[d]
            if state.factors[2] > 0:
                for at in range(plan.values.first[i], plan.values.first[i + 1]):
                    p = plan.values.item[at]
                    if new > state.last[p]:
                        state.last[p] = new
                    elif old == state.last[p]:
                        state.last[p] = _last_without(plan, state.start, p, i, new)
        else:
            state.communication[0] -= plan.pull[i] * (new - old)
            if state.factors[0] > 0:
                _shift_uses(plan, state, i, new, old, scale, doublings, sums)
                sums[:] = saved
        for d in range(left, right):
            state.shift[d] = 0.0
        if move % period == period - 1:
            _keep_best(plan, state)
    _keep_best(plan, state)
    return uphill / max(ups, 1)
