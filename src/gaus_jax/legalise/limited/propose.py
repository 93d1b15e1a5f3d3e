"""Kinds of moves: to another step, by whole periods, exchanged, all of a component."""

from numba import njit

from gaus_jax.core.draw import uniform
from gaus_jax.legalise.limited.drag import EARLIER, ITSELF, LATER, drag, free_window, give_up, take
from gaus_jax.legalise.limited.occupancy import put_near

# Shares of the kinds; what is left are moves to another step.
EXCHANGE = 0.35  # of the moves of a node that takes a limited class; without an II `STAGE` too
STAGE, WHOLE = 0.1, 0.03  # of all, where there is an II; of those in a recurrence


@njit(cache=True, nogil=True)
def propose(plan, state):
    """Draw a move: its nodes in `moved`, their steps in `target` and in the table.

    Returns whether there is one.
    """
    i = plan.movable[int(plan.movable.size * uniform(state.random))]
    kind = uniform(state.random)
    if plan.staged and kind < STAGE:
        return _by_periods(plan, state, i)
    kind -= STAGE
    c = plan.component[i]
    if kind < WHOLE and plan.members.first[c + 1] - plan.members.first[c] > 1:
        return _component(plan, state, c)
    kind -= WHOLE
    if kind < EXCHANGE and plan.limited.first[i + 1] > plan.limited.first[i]:
        return _exchange(plan, state, i)
    return _step(plan, state, i)


@njit(cache=True, nogil=True)
def _drawn_step(random, here, low, high):
    """Another step of ``low .. high`` (not both ``here``): near, anywhere, or at an end."""
    kind = uniform(random)
    if kind < 0.5:
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


@njit(cache=True, nogil=True)
def _step(plan, state, i):
    """Take a node to another step, or the next one on with a unit left; others may give way."""
    pushing = uniform(state.random) < plan.beyond
    low, high = plan.asap[i], plan.alap[i]
    if not pushing:
        low, high = free_window(plan, state.start, i)
    if low == high:
        return False
    here = state.start[i]
    step = _drawn_step(state.random, here, low, high)
    way = LATER if step > here else EARLIER
    take(plan, state, i, step, way)
    if pushing:
        return drag(plan, state)
    step = put_near(plan, state, i, step, way, high if way == LATER else low)
    if step < 0:
        return give_up(plan, state)
    state.target[i], state.seated[i] = step, True
    return True


@njit(cache=True, nogil=True)
def _by_periods(plan, state, i):
    """Take a node to the same slot of another stage."""
    turn = plan.period if uniform(state.random) < 0.5 else -plan.period
    if not plan.asap[i] <= state.start[i] + turn <= plan.alap[i]:
        turn = -turn
    if not plan.asap[i] <= state.start[i] + turn <= plan.alap[i]:
        return False
    take(plan, state, i, state.start[i] + turn, ITSELF)
    return drag(plan, state)


@njit(cache=True, nogil=True)
def _component(plan, state, c):
    """Take a whole recurrence some steps, or a period, later or earlier."""
    first, end = plan.members.first[c], plan.members.first[c + 1]
    turn = 1 + int(3 * uniform(state.random))
    if plan.staged and uniform(state.random) < 0.3:
        turn = plan.period
    if uniform(state.random) < 0.5:
        turn = -turn
    if end - first > state.moved.size:
        return False
    for at in range(first, end):
        i = plan.members.item[at]
        if not plan.asap[i] <= state.start[i] + turn <= plan.alap[i]:
            return give_up(plan, state)
        take(plan, state, i, state.start[i] + turn, ITSELF)
    return drag(plan, state)


@njit(cache=True, nogil=True)
def _exchange(plan, state, i):
    """Let two nodes of one limited class take each other's slots, each as near as it can."""
    first, end = plan.limited.first[i], plan.limited.first[i + 1]
    r = plan.use_class[plan.limited.item[first + int((end - first) * uniform(state.random))]]
    first, end = plan.rivals.first[r], plan.rivals.first[r + 1]
    j = plan.rivals.item[first + int((end - first) * uniform(state.random))]
    turn = (state.start[j] - state.start[i]) % plan.period
    if turn == 0:
        return False
    there, here = _nearest(plan, state, i, turn), _nearest(plan, state, j, plan.period - turn)
    if there < 0 or here < 0:
        return False
    take(plan, state, i, there, ITSELF)
    take(plan, state, j, here, ITSELF)
    return drag(plan, state)


@njit(cache=True, nogil=True)
def _nearest(plan, state, i, turn):
    """The step ``turn`` on from a node's, or a period before it, that is nearer; -1: neither."""
    step, other = state.start[i] + turn, state.start[i] + turn - plan.period
    if 2 * turn > plan.period:
        step, other = other, step
    if plan.asap[i] <= step <= plan.alap[i]:
        return step
    return other if plan.asap[i] <= other <= plan.alap[i] else -1
