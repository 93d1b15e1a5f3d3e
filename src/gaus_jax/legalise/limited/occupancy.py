"""The units that nodes take in a table of slots, and whether there are any left."""

from numba import njit

SLACK = 1e-12  # relative; sums of fractional demands are only exact to rounding


@njit(cache=True, nogil=True)
def lift(plan, state, i, step):
    """Take the uses of a node out of the table."""
    for at in range(plan.limited.first[i], plan.limited.first[i + 1]):
        u = plan.limited.item[at]
        r = plan.use_class[u]
        for d in range(step, step + plan.use_occupancy[u]):
            state.table[r, d % plan.period] -= plan.use_demand[u]


@njit(cache=True, nogil=True)
def put(plan, state, i, step):
    """Put the uses of a node into the table."""
    for at in range(plan.limited.first[i], plan.limited.first[i + 1]):
        u = plan.limited.item[at]
        r = plan.use_class[u]
        for d in range(step, step + plan.use_occupancy[u]):
            state.table[r, d % plan.period] += plan.use_demand[u]


@njit(cache=True, nogil=True)
def put_if_free(plan, state, i, step):
    """Put the uses of a node into the table unless that overfills a class; whether it fits."""
    put(plan, state, i, step)
    for at in range(plan.limited.first[i], plan.limited.first[i + 1]):
        u = plan.limited.item[at]
        r = plan.use_class[u]
        most = plan.limit[r] * (1.0 + SLACK)
        for d in range(step, step + plan.use_occupancy[u]):
            if plan.use_demand[u] > 0 and state.table[r, d % plan.period] > most:
                lift(plan, state, i, step)
                return False
    return True


@njit(cache=True, nogil=True)
def put_near(plan, state, i, step, way, bound):
    """Put a node at the first step with units left, from ``step`` on in a direction.

    Returns the step; -1 where none is free up to ``bound``.
    """
    for _ in range(plan.period):
        if (step - bound) * way > 0:
            return -1
        if put_if_free(plan, state, i, step):
            return step
        step += way
    return -1
