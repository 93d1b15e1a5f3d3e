"""The kernel of moves under resource limits, with exact incremental profiles.

Every move keeps the dependences and the limits: the table of units taken is changed as a move is
drawn, and a move that finds no unit left is given up. The same kernel serves schedules at an II
(profiles folded by it, loop-carried edges kept) and without one.
"""

import numpy as np
from numba import njit

from gaus_jax.core.draw import uniform
from gaus_jax.legalise.limited.change import forget, keep, make, rescale, weigh
from gaus_jax.legalise.limited.plan import LimitedPlan
from gaus_jax.legalise.limited.propose import propose
from gaus_jax.legalise.limited.state import LimitedState


def probe(plan: LimitedPlan, state: LimitedState, doublings: int, moves: int) -> float:
    """The mean uphill change of energy over some moves, none of which is made."""
    return _anneal(plan, state, doublings, -1.0, -1.0, moves)


def run(
    plan: LimitedPlan, state: LimitedState, doublings: int, hot: float, cold: float, moves: int
) -> None:
    """Anneal from temperature ``hot`` to ``cold`` with peaks as ``2 ** doublings`` power means."""
    _anneal(plan, state, doublings, hot, cold, moves)


@njit(cache=True, nogil=True)
def _anneal(plan, state, doublings, hot, cold, moves):
    """Try ``moves`` moves; a negative temperature only measures and takes them all back."""
    root = 1.0 / 2.0**doublings
    rescale(plan, state, doublings)
    keep(state)
    uphill, ups = 0.0, 0
    for move in range(moves if plan.movable.size > 0 else 0):
        if not propose(plan, state):
            continue
        change = weigh(plan, state, doublings, root)
        if change > 0:
            uphill += change
            ups += 1
        heat = hot + (cold - hot) * move / moves
        accept = change <= 0 and heat >= 0
        if not accept and heat > 0:
            accept = uniform(state.random) < np.exp(-change / heat)
        if accept:
            make(plan, state)
        else:
            forget(plan, state)
    keep(state)
    return uphill / max(ups, 1)
