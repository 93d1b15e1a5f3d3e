"""Refinement under resource limits: annealing on power means, never worse than its start."""

from collections.abc import Callable, Mapping

import numpy as np

from gaus_jax.core.problem import Problem
from gaus_jax.core.profile import Lifetime
from gaus_jax.core.schedule import Schedule
from gaus_jax.core.window import Window
from gaus_jax.legalise.cooling import GENTLE, Heat, cooled
from gaus_jax.legalise.limited.moves import probe, run
from gaus_jax.legalise.limited.plan import TERMS, LimitedPlan
from gaus_jax.legalise.limited.state import begin


def refine_limited(
    problem: Problem,
    window: Window,
    schedule: Schedule,
    *,
    limit: np.ndarray,
    weights: Mapping[str, float],
    lifetime: Lifetime,
    cost: Callable[[Schedule], float],
    moves: int,
    seed: int,
    heat: Heat = GENTLE,
    seconds: float = float("inf"),
    expired: Callable[[], bool] = lambda: False,
) -> Schedule:
    """Move nodes under limits; the result keeps what the start keeps and costs no more.

    At an II (that of the window) loop-carried edges bind and slots are folded; without one these
    edges are left out. Deterministic where moves, not seconds, end it.

    Args:
        problem: the graph.
        window: its windows, at the II if there is one.
        schedule: a schedule that keeps dependences, windows and limits.
        limit: (R,) units of each class, inf where there is no limit.
        weights: factor of each term; a term without moves here counts only in the final comparison.
        lifetime: of the values.
        cost: the exact objective.
        moves: how many are tried at most.
        seed: of the moves.
        heat: temperature and powers.
        seconds: the cooling is planned to end within these, by the pace of its first moves.
        expired: asked about ten times a second; True ends the refinement early.
    """
    served = any(weights.get(term, 0.0) > 0 for term in TERMS)
    if moves <= 0 or not window.mobility.any() or not served:
        return schedule
    plan = LimitedPlan.of(problem, window, limit, weights, lifetime)
    within = Schedule(schedule.start, window.depth, window.ii)
    found = cooled(LimitedMoves(plan, within, seed), heat, moves, seconds, expired)
    return found if cost(found) <= cost(schedule) else schedule


class LimitedMoves:
    """Moves that keep dependences, windows and limits.

    Args:
        plan: of the problem at its II.
        schedule: one that keeps all of them.
        seed: of the moves.
    """

    def __init__(self, plan: LimitedPlan, schedule: Schedule, seed: int) -> None:
        self._plan, self._depth, self._ii = plan, schedule.depth, schedule.ii
        self._state = begin(plan, schedule.start, seed)

    def probe(self, doublings: int, moves: int) -> float:
        """The mean uphill change of energy over some moves, none of which is made."""
        return probe(self._plan, self._state, doublings, moves)

    def run(
        self,
        doublings: int,
        hot: float,
        cold: float,
        moves: int,
        expired: Callable[[], bool] = lambda: False,
    ) -> None:
        """Anneal from one temperature to another."""
        run(self._plan, self._state, doublings, hot, cold, moves, expired)

    def now(self) -> Schedule:
        """The schedule that moves have come to."""
        return Schedule(self._state.start.copy(), self._depth, self._ii)

    def best(self) -> Schedule:
        """The cheapest schedule seen, by the terms in `TERMS`."""
        return Schedule(self._state.best.copy(), self._depth, self._ii)
