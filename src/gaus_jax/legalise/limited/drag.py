"""Who goes with a node: what is in its way, and what is in theirs, as units allow."""

from numba import njit

from gaus_jax.legalise.limited.occupancy import lift, put, put_if_free, put_near

LATER, EARLIER, ITSELF = 1, -1, 2
SEATED, NO_UNIT = -1, -2
COUNT = 2  # in the tally: nodes of the move


@njit(cache=True, nogil=True)
def free_window(plan, start, i):
    """The first and the last step that the neighbours of a node, where they are, leave it."""
    low, high = plan.asap[i], plan.alap[i]
    for at in range(plan.before.first[i], plan.before.first[i + 1]):
        low = max(low, start[plan.before.node[at]] + plan.before.reach[at])
    for at in range(plan.after.first[i], plan.after.first[i + 1]):
        high = min(high, start[plan.after.node[at]] - plan.after.reach[at])
    return low, high


@njit(cache=True, nogil=True)
def take(plan, state, i, step, way):
    """Let a node be the next of a move, on its way to a step.

    It leaves the table of units, and is seated in it at its step, or beyond, by `drag`.
    """
    lift(plan, state, i, state.start[i])
    state.moved[state.tally[COUNT]] = i
    state.tally[COUNT] += 1
    state.target[i], state.way[i], state.seated[i] = step, way, False


@njit(cache=True, nogil=True)
def give_up(plan, state):
    """Put every node of a move back to where it is; False, as no move is left."""
    count = state.tally[COUNT]
    for k in range(count):
        i = state.moved[k]
        if state.seated[i]:
            lift(plan, state, i, state.target[i])
    for k in range(count):
        i = state.moved[k]
        put(plan, state, i, state.start[i])
        state.target[i], state.way[i] = -1, 0
    state.tally[COUNT] = 0
    return False


@njit(cache=True, nogil=True)
def drag(plan, state):
    """Push what is in the way of the nodes of a move, and seat all of them.

    A node that goes later pushes its successors later, one that goes earlier its predecessors
    earlier, each by as little as dependences allow. Then they are seated one by one, those that
    are pushed at the first step on with units left, which may push others again. Returns whether
    there is a move: False, all nodes back in their places, where they are too many, pushed both
    ways, or without a unit.
    """
    queue = state.queue
    done, waiting = 0, state.tally[COUNT]
    queue[:waiting] = state.moved[:waiting]
    while True:
        if done == waiting:
            node = _seat(plan, state)
            if node == SEATED:
                return True
            if node == NO_UNIT or waiting == queue.size:
                return give_up(plan, state)
            queue[waiting] = node
            waiting += 1
        node = queue[done]
        done += 1
        way = LATER if state.target[node] > state.start[node] else EARLIER
        groups = plan.after if way == LATER else plan.before
        for at in range(groups.first[node], groups.first[node + 1]):
            j = groups.node[at]
            need = state.target[node] + way * groups.reach[at]
            here = state.target[j] if state.way[j] != 0 else state.start[j]
            if (need - here) * way <= 0:
                continue
            if state.way[j] == 0 and state.tally[COUNT] < state.moved.size:
                take(plan, state, j, need, way)
            elif state.way[j] == way:
                if state.seated[j]:
                    lift(plan, state, j, state.target[j])
                state.target[j], state.seated[j] = need, False
            else:
                return give_up(plan, state)
            if waiting == queue.size:
                return give_up(plan, state)
            queue[waiting] = j
            waiting += 1


@njit(cache=True, nogil=True)
def _seat(plan, state):
    """Seat the nodes of a move that are not; the first one that had to go beyond its target."""
    for k in range(state.tally[COUNT]):
        i = state.moved[k]
        if state.seated[i]:
            continue
        step, way = state.target[i], state.way[i]
        if way == ITSELF:
            step = step if put_if_free(plan, state, i, step) else -1
        else:
            bound = plan.alap[i] if way == LATER else plan.asap[i]
            step = put_near(plan, state, i, step, way, bound)
        if step < 0:
            return NO_UNIT
        state.seated[i] = True
        if step != state.target[i]:
            state.target[i] = step
            return i
    return SEATED
