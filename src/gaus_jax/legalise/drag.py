"""Who moves with a node: the neighbours that are in its way, theirs, and the followers."""

from gaus_jax.core.native import native


@native
def free_window(plan, state, i):
    """The first and the last step of a node that its neighbours, where they are, leave free."""
    start, low = state.start, state.low[i]
    for at in range(plan.before.first[i], plan.before.first[i + 1]):
        low = max(low, start[plan.before.node[at]] + plan.before.reach[at])
    high = state.high[i]
    for at in range(plan.after.first[i], plan.after.first[i + 1]):
        high = min(high, start[plan.after.node[at]] - plan.after.reach[at])
    return low, high


@native
def drag(plan, state, i, step, free):
    """Gather node ``i`` and all that must give way to it in `moved`, their new steps in `target`.

    Returns how many, or 0 where they are too many, or one would have to leave its limits. (Windows
    under the depth are consistent, those of a part of the steps are not.) Where the step is
    ``free``, nobody has to give way.
    """
    moved, target, queue = state.moved, state.target, state.queue
    later = step > state.start[i]
    groups = plan.after if later else plan.before
    moved[0], queue[0], target[i] = i, i, step
    count, done, waiting = 1, 0, 0 if free else 1
    while done < waiting:
        node = queue[done]
        done += 1
        for at in range(groups.first[node], groups.first[node + 1]):
            j, reach = groups.node[at], groups.reach[at]
            need = target[node] + reach if later else target[node] - reach
            here = target[j] if target[j] >= 0 else state.start[j]
            if (need <= here) if later else (need >= here):
                continue
            if not (_own(state, j) and state.low[j] <= need <= state.high[j]):
                return _forget(state, count)
            if target[j] < 0:
                if count == moved.size:
                    return _forget(state, count)
                moved[count] = j
                count += 1
            target[j] = need
            if waiting == queue.size:
                return _forget(state, count)
            queue[waiting] = j
            waiting += 1
    return _follow(plan, state, count, later) if plan.follow else count


@native
def _follow(plan, state, count, later):
    """Let the sources of nodes that go later, and the sinks of those that go earlier, follow."""
    groups = plan.before if later else plan.after
    follows = plan.follows_late if later else plan.follows_early
    leaders = count
    for k in range(leaders):
        node = state.moved[k]
        for at in range(groups.first[node], groups.first[node + 1]):
            j = groups.node[at]
            if not follows[j] or state.target[j] >= 0 or not _own(state, j):
                continue
            step = _tight(plan, state, j, later)
            if step == state.start[j]:
                continue
            if count == state.moved.size:
                return _forget(state, count)
            state.moved[count], state.target[j] = j, step
            count += 1
    return count


@native
def _tight(plan, state, j, late):
    """The latest step of a source, or the earliest of a sink, that its neighbours allow."""
    groups = plan.after if late else plan.before
    step = state.high[j] if late else state.low[j]
    for at in range(groups.first[j], groups.first[j + 1]):
        other, reach = groups.node[at], groups.reach[at]
        there = state.target[other] if state.target[other] >= 0 else state.start[other]
        step = min(step, there - reach) if late else max(step, there + reach)
    return step


@native
def _own(state, j):
    """Whether a node is in the part of the steps that may be changed."""
    return state.span[0] <= state.start[j] < state.span[1]


@native
def _forget(state, count):
    for k in range(count):
        state.target[state.moved[k]] = -1
    return 0
