"""What a move changes: usage, live memory and last consumers, and how it is taken back."""

from gaus_jax.core.native import native


@native
def power(x, doublings):
    """``x ** (2 ** doublings)``."""
    for _ in range(doublings):
        x = x * x
    return x


@native
def _last_without(plan, start, value, node, step):
    """The last consumer's start once ``node`` has gone to ``step``."""
    last = step
    for at in range(plan.consumers.first[value], plan.consumers.first[value + 1]):
        j = plan.consumers.item[at]
        if j != node:
            last = max(last, start[j])
    return last


@native
def shift_uses(plan, state, i, old, new, scale, doublings, sums):
    """Move a node's uses from step ``old`` to ``new``, in the usage and in its power sums."""
    for at in range(plan.uses.first[i], plan.uses.first[i + 1]):
        u = plan.uses.item[at]
        r, demand, occupancy = plan.use_class[u], plan.use_demand[u], plan.use_occupancy[u]
        for k in range(occupancy):
            for d, amount in ((old + k, -demand), (new + k, demand)):
                before = state.usage[r, d]
                state.usage[r, d] = before + amount
                sums[r] += power((before + amount) * scale[r], doublings) - power(
                    before * scale[r], doublings
                )


@native
def _mark(shift, low, high, amount):
    """Add ``amount`` over ``low <= d < high``, or take it away over ``high <= d < low``."""
    shift[low] += amount
    shift[high] -= amount


@native
def mark_values(plan, state, i, old, new, left, right, noted):
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


@native
def sweep(live, shift, left, right, scale, doublings):
    """Turn the gathered changes into one change per step; the change of the power sum."""
    change, total = 0.0, 0.0
    for d in range(left, right):
        change += shift[d]
        shift[d] = change
        if change != 0.0:
            total += power((live[d] + change) * scale, doublings) - power(
                live[d] * scale, doublings
            )
    shift[right] = 0.0
    return total


@native
def undo(plan, state, count, noted):
    """Take a move back; the live profile was not touched yet, and sums of powers are not here."""
    for k in range(count - 1, -1, -1):
        node, old = state.moved[k], state.origin[k]
        new = state.start[node]
        if state.factors[0] > 0:
            for at in range(plan.uses.first[node], plan.uses.first[node + 1]):
                u = plan.uses.item[at]
                r, demand = plan.use_class[u], plan.use_demand[u]
                for d in range(plan.use_occupancy[u]):
                    state.usage[r, new + d] -= demand
                    state.usage[r, old + d] += demand
        state.communication[0] -= plan.pull[node] * (new - old)
        state.start[node] = old
    for k in range(noted - 1, -1, -1):
        state.last[state.old_value[k]] = state.old_last[k]
