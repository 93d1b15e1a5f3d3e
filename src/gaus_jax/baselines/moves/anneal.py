"""The kernel of simulated annealing."""

import numpy as np

from gaus_jax.baselines.moves.kernel import drawn_step, forget, free_steps, make, rescale, weigh
from gaus_jax.core.draw import uniform
from gaus_jax.core.native import native


@native
def anneal(plan, state, doublings, heat, moves):
    """Try moves at one temperature, peaks as ``2 ** doublings`` power means (Metropolis)."""
    rescale(plan, state, doublings)
    for _ in range(moves):
        i = plan.movable[int(plan.movable.size * uniform(state.random))]
        low, high = free_steps(plan, state.start, i)
        if low == high:
            continue
        step = drawn_step(state.random, state.start[i], low, high)
        change = weigh(plan, state, i, step, doublings)
        if change <= 0.0 or uniform(state.random) < np.exp(-change / heat):
            make(plan, state, change)
        else:
            forget(state)


@native
def probe(plan, state, doublings, moves):
    """The mean uphill change of energy over some moves, none of which is made."""
    rescale(plan, state, doublings)
    uphill, ups = 0.0, 0
    for _ in range(moves):
        i = plan.movable[int(plan.movable.size * uniform(state.random))]
        low, high = free_steps(plan, state.start, i)
        if low == high:
            continue
        step = drawn_step(state.random, state.start[i], low, high)
        change = weigh(plan, state, i, step, doublings)
        if change > 0.0:
            uphill += change
            ups += 1
        forget(state)
    return uphill / max(ups, 1)
