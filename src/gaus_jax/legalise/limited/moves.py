"""The kernel of moves under resource limits, with exact incremental profiles.

Every move keeps the dependences and the limits: the table of units taken is changed as a move is
drawn, and a move that finds no unit left is given up. The same kernel serves schedules at an II
(profiles folded by it, loop-carried edges kept) and without one.
"""

from collections.abc import Callable

import numpy as np
from numba import njit

from gaus_jax.base.pace import paced
from gaus_jax.core.draw import uniform
from gaus_jax.legalise.limited.change import forget, keep, make, rescale, weigh
from gaus_jax.legalise.limited.plan import LimitedPlan
from gaus_jax.legalise.limited.propose import propose
from gaus_jax.legalise.limited.state import LimitedState


def probe(plan: LimitedPlan, state: LimitedState, doublings: int, moves: int) -> float:
    """The mean uphill change of energy over some moves, none of which is made."""
    _settle(plan, state, doublings)
    uphill = np.zeros(2)  # added up one by one: the same in any pieces
    for first, end in paced(moves):
        _anneal(plan, state, doublings, -1.0, -1.0, first, end, moves, uphill)
    return float(uphill[0] / max(uphill[1], 1.0))


def run(
    plan: LimitedPlan,
    state: LimitedState,
    doublings: int,
    hot: float,
    cold: float,
    moves: int,
    expired: Callable[[], bool] = lambda: False,
) -> None:
    """Anneal from temperature ``hot`` to ``cold`` with peaks as ``2 ** doublings`` power means.

    A move of long lives at a long II takes milliseconds: ``expired`` is asked between some of them.
    """
    _settle(plan, state, doublings)
    uphill = np.zeros(2)
    for first, end in paced(moves, expired):
        _anneal(plan, state, doublings, hot, cold, first, end, moves, uphill)
    keep(state)


@njit(cache=True, nogil=True)
def _settle(plan, state, doublings):
    """Begin anew: the profiles scaled to their peaks, the best kept."""
    rescale(plan, state, doublings)
    keep(state)


@njit(cache=True, nogil=True)
def _anneal(plan, state, doublings, hot, cold, first, end, moves, uphill):
    """Try moves ``first .. end`` of so many; a negative temperature takes them all back.

    ``uphill``: the sum of uphill changes of energy so far, and how many there were.
    """
    root = 1.0 / 2.0**doublings
    for move in range(first, end if plan.movable.size > 0 else first):
        if not propose(plan, state):
            continue
        change = weigh(plan, state, doublings, root)
        if change > 0:
            uphill[0] += change
            uphill[1] += 1
        heat = hot + (cold - hot) * move / moves
        accept = change <= 0 and heat >= 0
        if not accept and heat > 0:
            accept = uniform(state.random) < np.exp(-change / heat)
        if accept:
            make(plan, state)
        else:
            forget(plan, state)
