"""The kernel of iterated local search: descend, kick, descend, keep what is not worse."""

from typing import NamedTuple

import numpy as np

from gaus_jax.baselines.moves.kernel import ENERGY, drawn_step, forget, free_steps, make, weigh
from gaus_jax.baselines.moves.plan import Plan
from gaus_jax.core.draw import uniform
from gaus_jax.core.native import native

TRIES = 8  # steps that are looked at for a node that has more
FIRST, WAITING, MADE = 0, 1, 2


class Round(NamedTuple):
    """One kick and the descent after it, which may end in another call than it began in."""

    queue: np.ndarray  # (N,) int64, a ring of nodes to look at
    queued: np.ndarray  # (N,) bool
    trail: np.ndarray  # (M, 2) int64, moves made: node and the step left
    tally: np.ndarray  # (3,) int64: first of the queue, how many wait, moves made
    before: np.ndarray  # (1,) float64, energy to get back to


def first_round(plan: Plan, seed: int) -> Round:
    """A descent without a kick: every node that can move, in random order."""
    nodes, free = plan.asap.size, plan.movable.size
    queue = np.zeros(max(nodes, 1), np.int64)
    queue[:free] = np.random.default_rng(seed).permutation(plan.movable)
    queued = np.zeros(nodes, np.bool_)
    queued[plan.movable] = True
    trail = np.empty((4 * nodes + 1024, 2), np.int64)
    return Round(queue, queued, trail, np.array([0, free, 0]), np.full(1, np.inf))


@native
def climb(plan, state, turn, doublings, kick, looks):
    """Look at so many nodes; begin new rounds with kicks of so many moves as old ones end."""
    count = turn.tally
    for _ in range(looks):
        if count[WAITING] > 0 and count[MADE] < turn.trail.shape[0] - kick:
            i = turn.queue[count[FIRST]]
            count[FIRST] = (count[FIRST] + 1) % turn.queue.size
            count[WAITING] -= 1
            turn.queued[i] = False
            if _improve(plan, state, turn, i, doublings):
                _look_around(plan, turn, i)
        else:
            _end(plan, state, turn, doublings)
            _kick(plan, state, turn, doublings, kick)


@native
def _improve(plan, state, turn, i, doublings):
    """Make the first move of a node that lowers the energy; whether there was one."""
    low, high = free_steps(plan, state.start, i)
    here, steps = state.start[i], high - low + 1
    offset = int(steps * uniform(state.random))
    for k in range(min(steps, TRIES)):
        if steps <= TRIES:
            step = low + (offset + k) % steps
            if step == here:
                continue
        else:
            step = drawn_step(state.random, here, low, high)
        change = weigh(plan, state, i, step, doublings)
        if change < -1e-9 * abs(state.cost[ENERGY]):
            _make(plan, state, turn, change)
            return True
        forget(state)
    return False


@native
def _make(plan, state, turn, change):
    node = state.pending[0]
    made = turn.tally[MADE]
    turn.trail[made, 0], turn.trail[made, 1] = node, state.start[node]
    turn.tally[MADE] = made + 1
    make(plan, state, change)


@native
def _look_around(plan, turn, i):
    """Queue a node and its neighbours."""
    _enqueue(turn, i)
    for at in range(plan.before.first[i], plan.before.first[i + 1]):
        _enqueue(turn, plan.before.item[at])
    for at in range(plan.after.first[i], plan.after.first[i + 1]):
        _enqueue(turn, plan.after.item[at])


@native
def _enqueue(turn, i):
    if not turn.queued[i]:
        turn.queued[i] = True
        count = turn.tally
        turn.queue[(count[FIRST] + count[WAITING]) % turn.queue.size] = i
        count[WAITING] += 1


@native
def _end(plan, state, turn, doublings):
    """Take a round back that has made it worse."""
    if state.cost[ENERGY] > turn.before[0] + 1e-9 * abs(turn.before[0]):
        for k in range(turn.tally[MADE] - 1, -1, -1):
            change = weigh(plan, state, turn.trail[k, 0], turn.trail[k, 1], doublings)
            make(plan, state, change)
    turn.tally[MADE] = 0
    turn.before[0] = state.cost[ENERGY]


@native
def _kick(plan, state, turn, doublings, kick):
    """Make some random moves, whatever they cost."""
    for _ in range(kick):
        i = plan.movable[int(plan.movable.size * uniform(state.random))]
        low, high = free_steps(plan, state.start, i)
        if low < high:
            step = drawn_step(state.random, state.start[i], low, high)
            _make(plan, state, turn, weigh(plan, state, i, step, doublings))
            _look_around(plan, turn, i)
