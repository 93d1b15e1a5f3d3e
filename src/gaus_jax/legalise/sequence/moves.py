"""Moves in an order of execution, with exact incremental footprints.

A move rearranges the nodes of some consecutive steps: one goes to the first of them, and those of
the others that must come before it go ahead of it; or it goes to the last, and those that must come
later follow. All else keeps its order, so every move is legal: it carries a single node, or a
convex part of the graph, past the rest. The footprints of the rearranged steps are measured from
the last one back, where the first reader of a value that is met is its last one. A move that costs
too much is given up half-way.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from gaus_jax.core.draw import seeded, uniform
from gaus_jax.core.sequence import Flow, measure, starts
from gaus_jax.legalise.change import power

BLOCK = 64  # steps that share a maximum
MOST = 1024  # steps that a move rearranges


class OrderState(NamedTuple):
    """An order, what it holds, and room to try another one. Changed in place."""

    order: np.ndarray  # (N,) int64, nodes by step
    place: np.ndarray  # (N,) int64, step of each node
    foot: np.ndarray  # (N,) float64, bytes in use in each step
    last: np.ndarray  # (N,) int64, step in which a value is held for the last time
    after: np.ndarray  # (N,) float64, bytes held from a step into the next
    tops: np.ndarray  # (N / BLOCK,) float64, maxima of the footprints
    fresh: np.ndarray  # (N,) int64, nodes of the steps under trial
    fresh_foot: np.ndarray  # (N,) float64
    fresh_after: np.ndarray  # (N,) float64
    fresh_last: np.ndarray  # (N,) int64, of values marked in `seen`
    touched: np.ndarray  # (N,) int64, those values
    seen: np.ndarray  # (N,) int64, the trial in which a node or value was last marked
    trial: np.ndarray  # (1,) int64, how many so far
    best: np.ndarray  # (N,) int64, the order of least peak
    best_peak: np.ndarray  # (1,) float64, bytes
    random: np.ndarray  # (1,) uint64


def begin(flow: Flow, order: np.ndarray, seed: int) -> OrderState:
    """The state of a legal order, (N,) int64 nodes by step."""
    count = order.size
    foot, last = np.zeros(count), np.zeros(count, np.int64)
    measure(flow, order, foot, last)
    dies = np.bincount(last, flow.size, count + 1)[:count]
    after = np.cumsum(flow.size[order]) - np.cumsum(dies)
    tops = np.zeros(count // BLOCK + 1)
    np.maximum.at(tops, np.arange(count) // BLOCK, foot)
    whole = lambda: np.zeros(count, np.int64)  # noqa: E731
    return OrderState(
        order=order.copy(),
        place=starts(order),
        foot=foot,
        last=last,
        after=after,
        tops=tops,
        fresh=whole(),
        fresh_foot=np.zeros(count),
        fresh_after=np.zeros(count),
        fresh_last=whole(),
        touched=whole(),
        seen=whole(),
        trial=np.zeros(1, np.int64),
        best=order.copy(),
        best_peak=np.array([foot.max(initial=0.0)]),
        random=seeded(seed),
    )


@njit(cache=True, nogil=True)
def anneal(flow, state, doublings, hot, cold, moves):
    """Try moves at temperatures from ``hot`` to ``cold``; the mean uphill change of energy.

    The energy is the ``2 ** doublings`` power mean of the footprints, in peaks at the begin. A
    negative temperature only measures: no move is made.
    """
    root = 1.0 / 2.0**doublings
    peak = state.tops.max()
    if peak <= 0 or state.order.size < 3:
        return 0.0
    scale = 1.0 / peak
    total = 0.0
    for step in range(state.order.size):
        total += power(state.foot[step] * scale, doublings)
    uphill, climbs = 0.0, 0
    for move in range(moves):
        first, beyond = _rearranged(flow, state)
        if first >= beyond:
            continue
        energy = total**root
        most = np.inf
        if hot >= 0:
            heat = hot * (cold / hot) ** (move / moves) if cold > 0 else hot * (1 - move / moves)
            most = energy - heat * np.log(max(uniform(state.random), 1e-300))
            most = min(most, 1e9) ** (2.0**doublings)
        rest = total
        for step in range(first, beyond):
            rest -= power(state.foot[step] * scale, doublings)
        fresh, touched = _tried(flow, state, first, beyond, scale, doublings, max(rest, 0.0), most)
        if hot < 0:
            change = fresh**root - energy
            uphill += max(change, 0.0)
            climbs += change > 0
        elif fresh <= most:
            total = fresh
            _accept(state, first, beyond, touched)
    return uphill / max(climbs, 1)


@njit(cache=True, nogil=True)
def _rearranged(flow, state):
    """Draw a move: fill the nodes of its steps, from ``first`` to before ``beyond``; maybe none."""
    count, random = state.order.size, state.random
    step, other = int(count * uniform(random)), int(count * uniform(random))
    if state.foot[other] > state.foot[step]:  # the fuller of two
        step = other
    node, kind = state.order[step], uniform(random)
    earlier = uniform(random) < 0.5
    if kind < 0.3:  # a value and its last reader closer together
        reader = min(state.last[node], count - 1)
        if earlier:
            return _pull(flow, state, max(step + 1, reader - MOST), reader)
        return _push(flow, state, step, min(reader - 1, step + MOST))
    if kind < 0.5:  # a single node, as far as its neighbours leave it
        if earlier:
            return _pull(flow, state, max(_ready(flow, state, node), step - MOST), step)
        return _push(flow, state, step, min(_due(flow, state, node), step + MOST))
    reach = int(min(count, MOST) ** uniform(random))
    if earlier:
        return _pull(flow, state, max(0, step - reach), step)
    return _push(flow, state, step, min(count - 1, step + reach))


@njit(cache=True, nogil=True)
def _ready(flow, state, node):
    """The first step after those of all that must come first."""
    step = 0
    for at in range(flow.before.first[node], flow.before.first[node + 1]):
        step = max(step, state.place[flow.before.item[at]] + 1)
    return step


@njit(cache=True, nogil=True)
def _due(flow, state, node):
    """The last step before those of all that must come later."""
    step = state.order.size - 1
    for at in range(flow.after.first[node], flow.after.first[node + 1]):
        step = min(step, state.place[flow.after.item[at]] - 1)
    return step


@njit(cache=True, nogil=True)
def _pull(flow, state, first, step):
    """The node of a step goes to ``first``, behind those in between that must come before it."""
    if first >= step:
        return 0, 0
    state.trial[0] += 1
    mark, seen = state.trial[0], state.seen
    seen[state.order[step]] = mark
    ahead, put = 0, step
    for at in range(step, first - 1, -1):
        node = state.order[at]
        if seen[node] != mark:
            state.fresh[put] = node
            put -= 1
            continue
        state.touched[ahead] = node
        ahead += 1
        for e in range(flow.before.first[node], flow.before.first[node + 1]):
            seen[flow.before.item[e]] = mark
    if ahead == step - first + 1:  # all of them
        return 0, 0
    for k in range(ahead):
        state.fresh[first + k] = state.touched[ahead - 1 - k]
    return first, step + 1


@njit(cache=True, nogil=True)
def _push(flow, state, step, last):
    """The node of a step goes to ``last``, ahead of those in between that must come after it."""
    if last <= step:
        return 0, 0
    state.trial[0] += 1
    mark, seen = state.trial[0], state.seen
    seen[state.order[step]] = mark
    behind, put = 0, step
    for at in range(step, last + 1):
        node = state.order[at]
        if seen[node] != mark:
            state.fresh[put] = node
            put += 1
            continue
        state.touched[behind] = node
        behind += 1
        for e in range(flow.after.first[node], flow.after.first[node + 1]):
            seen[flow.after.item[e]] = mark
    if behind == last - step + 1:
        return 0, 0
    for k in range(behind):
        state.fresh[put + k] = state.touched[k]
    return step, last + 1


@njit(cache=True, nogil=True)
def _tried(flow, state, first, beyond, scale, doublings, rest, most):
    """Measure the steps under trial, from the last one back; the sum of powers of all steps.

    Given up, with a sum above ``most``, once it can only be more. Also the count of values whose
    last step is in ``fresh_last``.
    """
    state.trial[0] += 1
    mark, touched = state.trial[0], 0
    held, total = state.after[beyond - 1], rest
    for step in range(beyond - 1, first - 1, -1):
        node = state.fresh[step]
        state.fresh_after[step] = held
        if state.last[node] == state.place[node]:  # nothing reads it
            held += flow.size[node]
            state.fresh_last[touched], state.touched[touched] = step, node
            touched += 1
        for at in range(flow.reads.first[node], flow.reads.first[node + 1]):
            value = flow.reads.item[at]
            if state.last[value] < beyond and state.seen[value] != mark:
                state.seen[value] = mark
                held += flow.size[value]
                state.fresh_last[touched], state.touched[touched] = step, value
                touched += 1
        foot = held + flow.workspace[node]
        state.fresh_foot[step] = foot
        held -= flow.size[node]
        total += power(foot * scale, doublings)
        if total > most:
            return total, 0
    return total, touched


@njit(cache=True, nogil=True)
def _accept(state, first, beyond, touched):
    """Make the move under trial, and keep the order where its peak is the least so far."""
    for step in range(first, beyond):
        node = state.fresh[step]
        state.order[step], state.place[node] = node, step
        state.foot[step], state.after[step] = state.fresh_foot[step], state.fresh_after[step]
    for k in range(touched):
        state.last[state.touched[k]] = state.fresh_last[k]
    for block in range(first // BLOCK, (beyond - 1) // BLOCK + 1):
        end = min(state.order.size, (block + 1) * BLOCK)
        top = 0.0
        for step in range(block * BLOCK, end):
            top = max(top, state.foot[step])
        state.tops[block] = top
    peak = 0.0
    for top in state.tops:
        peak = max(peak, top)
    if peak < state.best_peak[0]:
        state.best_peak[0] = peak
        state.best[:] = state.order
