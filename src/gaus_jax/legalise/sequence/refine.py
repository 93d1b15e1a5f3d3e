"""Refinement of an order of execution, never worse than its start."""

from collections.abc import Callable

import numpy as np

from gaus_jax.core.schedule import Schedule
from gaus_jax.core.sequence import Flow, footprints, starts
from gaus_jax.legalise.cooling import GENTLE, Heat, cooled
from gaus_jax.legalise.sequence.moves import anneal, begin


class OrderMoves:
    """Moves from one order to the next (`gaus_jax.legalise.cooling.Moves`).

    Args:
        flow: of the problem.
        order: (N,) int64, nodes by step, topological.
        seed: of the moves.
    """

    def __init__(self, flow: Flow, order: np.ndarray, seed: int) -> None:
        self._flow, self._state = flow, begin(flow, order, seed)

    def probe(self, doublings: int, moves: int) -> float:
        """The mean uphill change of energy over some moves, none of which is made."""
        return anneal(self._flow, self._state, doublings, -1.0, -1.0, moves)

    def run(
        self,
        doublings: int,
        hot: float,
        cold: float,
        moves: int,
        expired: Callable[[], bool] = lambda: False,
    ) -> None:
        """Anneal from one temperature to another; moves are quick and ``expired`` is not asked."""
        anneal(self._flow, self._state, doublings, hot, cold, moves)

    def now(self) -> Schedule:
        """The order that moves have come to."""
        return Schedule(starts(self._state.order), self._state.order.size)

    def best(self) -> Schedule:
        """The order of least peak that was seen."""
        return Schedule(starts(self._state.best), self._state.best.size)


def refine_order(
    flow: Flow,
    order: np.ndarray,
    *,
    moves: int,
    seed: int,
    heat: Heat = GENTLE,
    seconds: float = float("inf"),
    expired: Callable[[], bool] = lambda: False,
) -> np.ndarray:
    """Anneal the power mean of the footprints; the order of least peak, no worse than the first.

    Args:
        flow: of the problem.
        order: (N,) int64, nodes by step, topological.
        moves: how many are tried at most.
        seed: of the moves.
        heat: temperature and powers.
        seconds: the cooling is planned to end within these, by the pace of its first moves.
        expired: asked about ten times a second; True ends the refinement early.

    Returns:
        (N,) int64, nodes by step.
    """
    if moves <= 0 or order.size < 3:
        return order
    found = cooled(OrderMoves(flow, order, seed), heat, moves, seconds, expired)
    best = starts(found.start)
    # Sums of fractions may differ in their last bits from one way of adding to another.
    better = footprints(flow, best).max() <= footprints(flow, order).max()
    return best if better else order
