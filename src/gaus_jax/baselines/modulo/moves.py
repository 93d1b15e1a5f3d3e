"""Moves of single nodes at an II: exact live values by slot, legal under the reservation table."""

from typing import NamedTuple

import numpy as np
from numba import njit

from gaus_jax.baselines.moves.kernel import drawn_step, powered
from gaus_jax.core.draw import seeded, uniform
from gaus_jax.core.graph import Groups, group
from gaus_jax.core.problem import Problem
from gaus_jax.core.profile import Lifetime, birth_delay
from gaus_jax.core.reads import reads
from gaus_jax.core.reservation import Reservations, add, fits, remove, reservations
from gaus_jax.core.window import Window
from gaus_jax.linear.network import dependences

PEAK, LEAST = 0, 1
TURN = 0.2  # chance of a move by one II
NEVER = -(2**40)  # steps; the read of a node that does not read


class Plan(NamedTuple):
    """What never changes."""

    movable: np.ndarray  # (F,) int64, nodes with mobility
    asap: np.ndarray  # (N,) int64, steps
    alap: np.ndarray  # (N,) int64, steps
    ii: int
    before: Groups  # predecessors of each node
    before_reach: np.ndarray  # int64, steps, ``l + delta - k II``
    after: Groups  # successors
    after_reach: np.ndarray  # int64, steps
    size: np.ndarray  # (N,) float64; 0 where nothing is held
    ahead: np.ndarray  # (N,) int64, from start to birth, steps
    floor: np.ndarray  # (N,) int64, the last step to which a value is held anyway; `NEVER`: none
    readers: Groups  # of each value
    reader_shift: np.ndarray  # int64, steps, ``k II``
    values: Groups  # that a move of each node changes: those it reads, and its own
    value_shift: np.ndarray  # int64, steps, ``k II``; `NEVER` where it does not read its own

    @classmethod
    def of(cls, problem: Problem, window: Window, lifetime: Lifetime) -> "Plan":
        """Gather it."""
        assert window.ii is not None, "modulo scheduling needs an II"
        nodes = problem.nodes
        tail, head, reach = dependences(problem, window)
        into, out = np.argsort(head, kind="stable"), np.argsort(tail, kind="stable")
        value, reader, shift = reads(problem, window.ii, lifetime)
        kept = problem.output & (lifetime == "buffer") & (problem.size > 0)
        held = kept.copy()
        held[value] = True
        own = np.setdiff1d(np.flatnonzero(held), value[value == reader])
        touched, toucher = np.append(value, own), np.append(reader, own)
        by = np.argsort(toucher, kind="stable")
        return cls(
            movable=np.flatnonzero(window.mobility > 0),
            asap=window.asap,
            alap=window.alap,
            ii=window.ii,
            before=group(nodes, head[into], tail[into]),
            before_reach=reach[into],
            after=group(nodes, tail[out], head[out]),
            after_reach=reach[out],
            size=np.where(held, problem.size, 0.0),
            ahead=birth_delay(
                problem, lifetime
            ).copy(),  # kernels are compiled for what can be written
            floor=np.where(kept, window.depth - 1, NEVER),
            readers=group(nodes, value, reader),
            reader_shift=shift,
            values=group(nodes, toucher[by], touched[by]),
            value_shift=np.append(shift, np.full(own.size, NEVER))[by],
        )


class State(NamedTuple):
    """What the kernels change in place."""

    start: np.ndarray  # (N,) int64, steps
    last: np.ndarray  # (N,) int64, the last step in which a value is held
    live: np.ndarray  # (II,) float64
    change: np.ndarray  # (II,) float64, of the move under consideration
    after: np.ndarray  # (N,) int64, `last` after that move, of the values it changes
    table: Reservations
    cost: np.ndarray  # (2,) float64, the peak of now and the least
    best: np.ndarray  # (N,) int64, steps, of the least peak
    random: np.ndarray  # (1,) uint64

    @classmethod
    def of(
        cls,
        plan: Plan,
        problem: Problem,
        window: Window,
        limit: np.ndarray,
        start: np.ndarray,
        seed: int,
    ) -> "State":
        """That of legal starts, (N,) int64."""
        table = reservations(problem, window, limit)
        for node, step in enumerate(start.tolist()):
            add(table, node, step)
        state = cls(
            start=start.copy(),
            last=plan.floor.copy(),
            live=np.zeros(plan.ii),
            change=np.zeros(plan.ii),
            after=np.zeros(start.size, np.int64),
            table=table,
            cost=np.zeros(2),
            best=start.copy(),
            random=seeded(seed),
        )
        value = np.repeat(np.arange(start.size), np.diff(plan.readers.first))
        np.maximum.at(state.last, value, start[plan.readers.item] + plan.reader_shift)
        birth = start + plan.ahead
        for p in np.flatnonzero(plan.size > 0).tolist():
            _spread(state.live, birth[p], max(birth[p], state.last[p] + 1), plan.size[p])
        state.cost[:] = state.live.max(initial=0.0)
        return state


@njit(cache=True, nogil=True)
def anneal(plan, state, doublings, heat, moves):
    """Try moves at one temperature, the peak as a ``2 ** doublings`` power mean (Metropolis)."""
    for _ in range(moves):
        node, step = _draw(plan, state)
        if step < 0:
            continue
        change = _weigh(plan, state, node, step, doublings)
        if change <= 0.0 or uniform(state.random) < np.exp(-change / heat):
            _make(plan, state, node, step)
        else:
            add(state.table, node, state.start[node])


@njit(cache=True, nogil=True)
def probe(plan, state, doublings, moves):
    """The mean uphill change of energy over some moves, none of which is made."""
    uphill, ups = 0.0, 0
    for _ in range(moves):
        node, step = _draw(plan, state)
        if step < 0:
            continue
        change = _weigh(plan, state, node, step, doublings)
        add(state.table, node, state.start[node])
        if change > 0.0:
            uphill += change
            ups += 1
    return uphill / max(ups, 1)


@njit(cache=True)
def _draw(plan, state):
    """A node, taken out of the table, and a free step for it; -1 and nothing done where taken."""
    node = plan.movable[int(plan.movable.size * uniform(state.random))]
    low, high, here = plan.asap[node], plan.alap[node], state.start[node]
    for at in range(plan.before.first[node], plan.before.first[node + 1]):
        low = max(low, state.start[plan.before.item[at]] + plan.before_reach[at])
    for at in range(plan.after.first[node], plan.after.first[node + 1]):
        high = min(high, state.start[plan.after.item[at]] - plan.after_reach[at])
    if low == high:
        return node, -1
    if uniform(state.random) < TURN:
        step = here + plan.ii if uniform(state.random) < 0.5 else here - plan.ii
        if step < low or step > high:
            return node, -1
    else:
        step = drawn_step(state.random, here, low, high)
    remove(state.table, node, here)
    if not fits(state.table, node, step):
        add(state.table, node, here)
        return node, -1
    return node, step


@njit(cache=True)
def _weigh(plan, state, node, step, doublings):
    """Take up a move; the change of energy if it were made."""
    here, live, change = state.start[node], state.live, state.change
    change[:] = 0.0
    state.start[node] = step
    for at in range(plan.values.first[node], plan.values.first[node + 1]):
        p, shift = plan.values.item[at], plan.value_shift[at]
        after = max(state.last[p], step + shift)
        if after > step + shift and state.last[p] == here + shift:  # it was the last reader
            after = plan.floor[p]
            for k in range(plan.readers.first[p], plan.readers.first[p + 1]):
                after = max(after, state.start[plan.readers.item[k]] + plan.reader_shift[k])
        state.after[p] = after
        born = state.start[p] + plan.ahead[p]
        was = born if p != node else here + plan.ahead[p]
        _spread(change, max(was, state.last[p] + 1), max(born, after + 1), plan.size[p])
        _spread(change, born, was, plan.size[p])
    state.start[node] = here
    scale = 1.0 / max(state.cost[PEAK], 1e-300)
    before, then = 0.0, 0.0
    for m in range(live.size):
        before += powered(live[m] * scale, doublings)
        then += powered((live[m] + change[m]) * scale, doublings)
    for _ in range(doublings):
        before, then = np.sqrt(before), np.sqrt(then)
    return (then - before) / scale


@njit(cache=True)
def _make(plan, state, node, step):
    """Make the move that was weighed."""
    state.start[node] = step
    add(state.table, node, step)
    for at in range(plan.values.first[node], plan.values.first[node + 1]):
        state.last[plan.values.item[at]] = state.after[plan.values.item[at]]
    peak = 0.0
    for m in range(state.live.size):
        state.live[m] += state.change[m]
        peak = max(peak, state.live[m])
    state.cost[PEAK] = peak
    if peak < state.cost[LEAST] - 1e-9 * state.cost[LEAST]:
        state.cost[LEAST] = peak
        state.best[:] = state.start


@njit(cache=True)
def _spread(row, begin, end, amount):
    """Add an amount to the slots of ``begin <= d < end``, or take it from those of the reverse."""
    if end < begin:
        begin, end, amount = end, begin, -amount
    ii = row.size
    turns = (end - begin) // ii
    if turns > 0:
        row += turns * amount
    for d in range(begin + turns * ii, end):
        row[d % ii] += amount
