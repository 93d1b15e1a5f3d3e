"""Refinement under resource limits: annealing on power means, never worse than its start."""

import time
from collections.abc import Callable, Mapping

import numpy as np

from gaus_jax.core.problem import Problem
from gaus_jax.core.profile import Lifetime
from gaus_jax.core.schedule import Schedule
from gaus_jax.core.window import Window
from gaus_jax.legalise.limited.moves import probe, run
from gaus_jax.legalise.limited.plan import TERMS, LimitedPlan
from gaus_jax.legalise.limited.state import begin
from gaus_jax.legalise.refine import CHUNK, GENTLE, PROBES, SLICES, Heat


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
    state = begin(plan, schedule.start, seed)
    powers = np.geomspace(heat.power_start, heat.power_end, SLICES)
    doublings = [round(np.log2(power)) for power in powers]
    began, sample = time.perf_counter(), min(moves, PROBES)
    warmth = heat.heat * probe(plan, state, doublings[0], sample)
    pace = sample / max(time.perf_counter() - began, 1e-6)
    moves = int(min(moves, pace * min(seconds, 1e9)))
    chunk = max(1, min(CHUNK, moves // SLICES))
    for done in range(0, moves, chunk):
        if expired():
            break
        count, slice_ = min(chunk, moves - done), min(done * SLICES // moves, SLICES - 1)
        hot, cold = (_heat(warmth, at / moves) for at in (done, done + count))
        run(plan, state, doublings[slice_], hot, cold, count)
    found = Schedule(state.best.copy(), window.depth, window.ii)
    return found if cost(found) <= cost(schedule) else schedule


def _heat(warmth: float, point: float) -> float:
    """Geometric down to a hundredth, then a last stage of plain descent."""
    fall = point * SLICES / (SLICES - 1)
    return 0.0 if fall >= 1 else warmth * 0.01**fall
