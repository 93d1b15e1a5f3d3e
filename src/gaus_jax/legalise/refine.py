"""Refinement by moves of nodes: annealing on a power mean, never worse than its start."""

from collections.abc import Callable, Mapping

import numpy as np

from gaus_jax.core.problem import Problem
from gaus_jax.core.profile import Lifetime, horizon
from gaus_jax.core.schedule import Schedule
from gaus_jax.core.window import Window
from gaus_jax.legalise.cooling import GENTLE, Heat, cooled
from gaus_jax.legalise.moves import probe
from gaus_jax.legalise.parts import Parted
from gaus_jax.legalise.plan import MovePlan, begin

SUPPORTED = ("peak_usage", "communication", "peak_live")
# Chance of a step that neighbours have to give way to. Dragging pays most where memory is all that
# counts; with usage and communication in the sum most of it is taken back.
BEYOND_MEMORY, BEYOND_MIXED = 0.3, 0.05


def move_plan(
    problem: Problem, window: Window, weights: Mapping[str, float], lifetime: Lifetime
) -> MovePlan:
    """What `refine` needs to know of a problem; several refinements may share it."""
    memory_only = all(weight == 0 for term, weight in weights.items() if term != "peak_live")
    beyond = BEYOND_MEMORY if memory_only else BEYOND_MIXED
    return MovePlan.of(problem, window, lifetime, memory_only=memory_only, beyond=beyond)


def refine(
    problem: Problem,
    window: Window,
    schedule: Schedule,
    *,
    weights: Mapping[str, float],
    lifetime: Lifetime,
    cost: Callable[[Schedule], float],
    moves: int,
    seed: int,
    heat: Heat = GENTLE,
    seconds: float = float("inf"),
    expired: Callable[[], bool] = lambda: False,
    plan: MovePlan | None = None,
) -> Schedule:
    """Move nodes, and neighbours that are in their way with them; the result costs no more.

    The energy replaces each peak by ``(sum_d u(d)^p)^(1/p)``, p rising, so that moves below the
    peak count too; the best point by the exact cost is kept.

    Args:
        problem: the graph.
        window: its windows.
        schedule: a legal schedule.
        weights: factor of each term; a term without moves here counts only in the final comparison.
        lifetime: of the values.
        cost: the exact objective.
        moves: how many are tried at most.
        seed: of the moves.
        heat: temperature and powers.
        seconds: the cooling is planned to end within these, by the pace of its first moves.
        expired: asked about ten times a second; True ends the refinement early.
        plan: of the same problem, window, weights and lifetime, if there is one already.
    """
    served = any(weights.get(term, 0.0) > 0 for term in SUPPORTED)
    if moves <= 0 or not window.mobility.any() or not served:
        return schedule
    plan = plan or move_plan(problem, window, weights, lifetime)
    found = cooled(FreeMoves(problem, plan, schedule, weights, seed), heat, moves, seconds, expired)
    return found if cost(found) <= cost(schedule) else schedule


class FreeMoves:
    """Moves under dependences and windows alone.

    Args:
        problem: the graph.
        plan: of the problem, as `move_plan` gives it.
        schedule: a legal schedule to begin at.
        weights: factor of each term.
        seed: of the moves.
        abreast: parts of a long schedule that are worked on at once, each on a thread of its own;
            the answer depends on their number.
    """

    def __init__(
        self,
        problem: Problem,
        plan: MovePlan,
        schedule: Schedule,
        weights: Mapping[str, float],
        seed: int,
        abreast: int = 1,
    ) -> None:
        factors = np.array([weights.get(term, 0.0) for term in SUPPORTED])
        steps = max(horizon(problem, plan.depth), plan.depth) + 1
        self._plan = plan
        self._state = begin(plan, schedule.start, factors, steps, seed)
        self._parted = Parted(plan, self._state, abreast)

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
        """Anneal from one temperature to another; moves are quick and ``expired`` is not asked."""
        self._parted.run(doublings, hot, cold, moves)

    def now(self) -> Schedule:
        """The schedule that moves have come to."""
        return Schedule(self._state.start.copy(), self._plan.depth)

    def best(self) -> Schedule:
        """The cheapest schedule seen, by the terms in `SUPPORTED`."""
        return Schedule(self._state.best.copy(), self._plan.depth)
