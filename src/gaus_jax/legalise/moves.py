"""The kernel of moves with exact incremental profiles.

A move takes node ``i`` from step ``s`` to another one in its window. Neighbours that are in the
way, and theirs, are dragged along by as little as they must; a move that drags more than `MOST`
nodes is given up. A moved node's uses shift; its value's birth shifts; a producer's value dies
later or earlier where the node is, or becomes, its last consumer. All changes of live memory are
gathered in one difference array and swept once.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from gaus_jax.core.problem import Problem
from gaus_jax.core.profile import Lifetime
from gaus_jax.core.window import Window

MOST = 24  # nodes of one move


class Groups(NamedTuple):
    """Integers grouped by node: those of ``i`` are ``item[first[i]:first[i + 1]]``."""

    first: np.ndarray  # (N + 1,) int64
    item: np.ndarray  # int64


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
    follows_late: np.ndarray  # (N,) bool, sources that keep just before their first consumer
    follows_early: np.ndarray  # (N,) bool, sinks that keep just after their last producer

    @classmethod
    def of(
        cls, problem: Problem, window: Window, lifetime: Lifetime, memory_only: bool
    ) -> "MovePlan":
        """Gather it from a problem.

        Where register memory is all that counts, a source is best just before its first consumer
        and a sink just after its last producer: they follow the others and are not moved
        themselves. A sink of sources is left free, as each would wait for the other.
        """
        forward = problem.distance == 0
        data = forward & problem.is_data & (problem.size[problem.tail] > 0)
        value, consumer = problem.tail[data], problem.head[data]
        buffer = lifetime == "buffer"
        held = np.zeros(problem.nodes, bool)
        held[value] = True
        if buffer:  # a producer counts as its value's first consumer
            every = np.flatnonzero(problem.size > 0)
            value, consumer = np.append(value, every), np.append(consumer, every)
            held[every] = True
        kept = problem.output & buffer
        pull = np.zeros(problem.nodes)  # of floats, which a bincount of nothing is not
        pull += np.bincount(problem.head[forward], problem.weight[forward], problem.nodes)
        pull -= np.bincount(problem.tail[forward], problem.weight[forward], problem.nodes)
        pairs = np.unique(np.stack([value, consumer], axis=1), axis=0)
        pairs = pairs[~kept[pairs[:, 0]]]
        source = np.diff(problem.incoming.first) == 0
        sink = np.diff(problem.outgoing.first) == 0
        dominated = memory_only and not buffer
        follows_late = source & ~sink & dominated
        follows_early = sink & ~source & dominated
        follows_early[problem.head[forward & follows_late[problem.tail]]] = False
        movable = (window.mobility > 0) & ~follows_late & ~follows_early
        return cls(
            movable=np.flatnonzero(movable),
            asap=window.asap,
            alap=window.alap,
            before=Groups(*problem.incoming),
            after=Groups(*problem.outgoing),
            tail=problem.tail,
            head=problem.head,
            reach=problem.reach,
            uses=_group(problem.use_node, np.arange(problem.use_node.size), problem.nodes),
            use_class=problem.use_class,
            use_demand=problem.use_demand,
            use_occupancy=problem.use_occupancy,
            class_cost=problem.class_cost,
            pull=pull,
            size=np.where(held, problem.size, 0.0),
            ahead=np.zeros_like(problem.latency) if buffer else problem.duration,
            consumers=_group(pairs[:, 0], pairs[:, 1], problem.nodes),
            values=_group(pairs[:, 1], pairs[:, 0], problem.nodes),
            kept=kept,
            depth=window.depth,
            follows_late=follows_late,
            follows_early=follows_early,
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
    target: np.ndarray  # (N,) int64, scratch, -1 between moves: where dragged nodes go
    moved: np.ndarray  # (MOST,) int64, scratch: the nodes of a move
    origin: np.ndarray  # (MOST,) int64, scratch: where they came from
    queue: np.ndarray  # (4 MOST,) int64, scratch
    old_value: np.ndarray  # int64, scratch: values whose last consumer a move changed
    old_last: np.ndarray  # int64, scratch: what it was


def begin(
    plan: MovePlan, start: np.ndarray, factors: np.ndarray, steps: int, seed: int
) -> MoveState:
    """The profiles of a legal schedule, its followers where they belong."""
    start = np.where(plan.follows_late, _latest(plan, start), start)
    start = np.where(plan.follows_early, _earliest(plan, start), start)
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
    widest = int(np.diff(plan.values.first).max(initial=0))
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
        target=np.full(start.size, -1, np.int64),
        moved=np.empty(MOST, np.int64),
        origin=np.empty(MOST, np.int64),
        queue=np.empty(4 * MOST, np.int64),
        old_value=np.empty(widest * MOST, np.int64),
        old_last=np.empty(widest * MOST, np.int64),
    )


def _latest(plan: MovePlan, start: np.ndarray) -> np.ndarray:
    """How late each node could start with all others where they are."""
    tail = np.repeat(np.arange(start.size), np.diff(plan.after.first))
    step = plan.alap.copy()
    edge = plan.after.item
    np.minimum.at(step, tail, start[plan.head[edge]] - plan.reach[edge])
    return step


def _earliest(plan: MovePlan, start: np.ndarray) -> np.ndarray:
    """How early each node could start with all others where they are."""
    head = np.repeat(np.arange(start.size), np.diff(plan.before.first))
    step = plan.asap.copy()
    edge = plan.before.item
    np.maximum.at(step, head, start[plan.tail[edge]] + plan.reach[edge])
    return step


def probe(plan: MovePlan, state: MoveState, doublings: int, moves: int) -> float:
    """The mean uphill change of energy over some moves, none of which is made."""
    return _anneal(plan, state, doublings, -1.0, -1.0, moves)


def run(
    plan: MovePlan, state: MoveState, doublings: int, hot: float, cold: float, moves: int
) -> None:
    """Anneal from temperature ``hot`` to ``cold`` with peaks as ``2 ** doublings`` power means."""
    _anneal(plan, state, doublings, hot, cold, moves)


def _group(key: np.ndarray, item: np.ndarray, count: int) -> Groups:
    first = np.zeros(count + 1, np.int64)
    np.cumsum(np.bincount(key, minlength=count), out=first[1:])
    return Groups(first, item[np.argsort(key, kind="stable")])


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
def _propose(random, here, low, high, first, last):
    """A step other than ``here``: near, anywhere free, at an end, or a little beyond it.

    ``low .. high`` is what the neighbours leave free, ``first .. last`` the node's window.
    """
    kind = _uniform(random)
    if kind < 0.3 or low == high:
        span = 1 + int(4 * _uniform(random) ** 2)
        step = here + span if _uniform(random) < 0.5 else here - span
        step = min(max(step, first), last)
    elif kind < 0.85:
        step = low + int((high - low + 1) * _uniform(random))
    else:
        step = low if _uniform(random) < 0.5 else high
    if step == here:
        step = here + 1 if here < last else here - 1
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
                if count == MOST:
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
        step = _propose(state.random, old, low, high, plan.asap[i], plan.alap[i])
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
