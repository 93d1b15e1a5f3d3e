"""Refinement by moves of nodes: annealing on a power mean, never worse than its start."""

import time
from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from gaus_jax.core.problem import Problem
from gaus_jax.core.profile import Lifetime, horizon
from gaus_jax.core.schedule import Schedule
from gaus_jax.core.window import Window
from gaus_jax.legalise.moves import probe, run
from gaus_jax.legalise.plan import MovePlan, begin

SUPPORTED = ("peak_usage", "communication", "peak_live")
PROBES = 2000  # moves that set the temperature and the pace
# Chance of a step that neighbours have to give way to. Dragging pays most where memory is all that
# counts; with usage and communication in the sum most of it is taken back.
BEYOND_MEMORY, BEYOND_MIXED = 0.3, 0.05
SLICES = 8  # stages of rising power; the last one is plain descent
CHUNK = 100_000  # moves, about a tenth of a second, between two looks at the clock


class Heat(NamedTuple):
    """How hot an annealing starts and how the peak's stand-in sharpens."""

    heat: float = 1.0  # in mean uphill moves; 0 for plain descent
    power_start: float = 8.0
    power_end: float = 128.0


GENTLE = Heat()


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
    began, sample = time.perf_counter(), min(moves, PROBES)
    cooling = Cooling(problem, plan, schedule, weights, seed, heat, sample)
    pace = sample / max(time.perf_counter() - began, 1e-6)
    moves = int(min(moves, pace * min(seconds, 1e9)))
    chunk = max(1, min(CHUNK, moves // SLICES))
    for done in range(0, moves, chunk):
        if expired():
            break
        count = min(chunk, moves - done)
        cooling.run(count, done / moves, (done + count) / moves)
    found = cooling.best
    return found if cost(found) <= cost(schedule) else schedule


class Cooling:
    """An annealing in pieces: peaks as power means of rising power, at a falling temperature.

    Args:
        problem: the graph.
        plan: of the problem, as `move_plan` gives it.
        schedule: a legal schedule to begin at.
        weights: factor of each term.
        seed: of the moves.
        heat: temperature and powers.
        probes: moves that set the temperature; none of them is made.
    """

    def __init__(
        self,
        problem: Problem,
        plan: MovePlan,
        schedule: Schedule,
        weights: Mapping[str, float],
        seed: int,
        heat: Heat,
        probes: int = PROBES,
    ) -> None:
        factors = np.array([weights.get(term, 0.0) for term in SUPPORTED])
        steps = max(horizon(problem, plan.depth), plan.depth) + 1
        self._plan = plan
        self._state = begin(plan, schedule.start, factors, steps, seed)
        powers = np.geomspace(heat.power_start, heat.power_end, SLICES)
        self._doublings = [round(np.log2(power)) for power in powers]
        self._warmth = heat.heat * probe(plan, self._state, self._doublings[0], probes)

    @property
    def best(self) -> Schedule:
        """The cheapest schedule seen, by the terms that moves know."""
        return Schedule(self._state.best.copy(), self._plan.depth)

    def run(self, moves: int, start: float, end: float) -> None:
        """Try some moves, from one point of the cooling to another (0: its begin, 1: its end)."""
        doublings = self._doublings[min(int(start * SLICES), SLICES - 1)]
        run(self._plan, self._state, doublings, self._heat(start), self._heat(end), moves)

    def _heat(self, point: float) -> float:
        """Geometric down to a hundredth, then a last stage of plain descent."""
        fall = point * SLICES / (SLICES - 1)
        return 0.0 if fall >= 1 else self._warmth * 0.01**fall
