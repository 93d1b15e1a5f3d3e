"""Modulo placement: starts that keep dependences, windows and limits, near to given means."""

import numpy as np

from gaus_jax.core.problem import Problem
from gaus_jax.core.reservation import Reservations, reservations
from gaus_jax.core.window import Window
from gaus_jax.legalise.modulo.plan import ModuloPlan
from gaus_jax.legalise.modulo.search import SearchState, search, settle
from gaus_jax.legalise.modulo.stages import with_slots

PLACEMENTS = 200  # a node
ATTEMPTS = 4
PASSES = 8  # of settling, at most


def place_modulo(
    problem: Problem,
    window: Window,
    mean: np.ndarray,
    *,
    limit: np.ndarray | None = None,
    budget: int | None = None,
    seed: int = 0,
    plan: ModuloPlan | None = None,
) -> np.ndarray | None:
    """A legal schedule near the means at the window's II, or without one where it has none.

    Nodes are placed by their means, then by ALAP, as `search` tells. Where a share of the budget is
    used up the next attempt begins at means with noise on them; what is known of which nodes are
    hard to place is kept. In the end nodes move to the free step nearest to their means.

    Args:
        problem: the graph.
        window: its windows, at the II; without an II loop-carried edges do not bind and no slot
            is shared by different steps.
        mean: (N,) float64, steps; what is not finite counts as the middle of its window.
        limit: (R,) units available in place of the problem's own.
        budget: placements of a node in all attempts together; by default 200 N.
        seed: of the noise and of choices between equals.
        plan: of the same problem and window, if there is one already.

    Returns:
        (N,) int64, steps; None where the budget did not suffice, which proves nothing.

    Raises:
        InfeasibleError: a node alone takes more of a class than there is at this II.
    """
    table = reservations(problem, window, limit)
    plan = plan or ModuloPlan.of(problem, window)
    budget = PLACEMENTS * max(1, problem.nodes) if budget is None else budget
    middle = (window.asap + window.alap) / 2
    mean = np.clip(np.where(np.isfinite(mean), mean, middle), window.asap, window.alap)
    state = SearchState.of(problem.nodes, table.usage.shape[1], seed)
    noise = np.random.default_rng(seed)
    for attempt in range(ATTEMPTS):
        share = budget // (ATTEMPTS - attempt)
        budget -= share
        spread = attempt * _period(window) / 4
        near = mean + spread * noise.standard_normal(problem.nodes) if attempt else mean
        order = np.lexsort((window.alap, near))
        if search(plan, table, state, order, near, share) >= 0:
            return _settled(problem, window, plan, table, state.start, mean)
    return None


def _period(window: Window) -> float:
    """The scale of the noise: II, or without one the mean mobility; steps."""
    return float(window.ii or (window.mobility.mean() if window.mobility.size else 0.0))


def _settled(
    problem: Problem,
    window: Window,
    plan: ModuloPlan,
    table: Reservations,
    start: np.ndarray,
    mean: np.ndarray,
) -> np.ndarray:
    """No farther from the means: nodes one by one within their bounds, and all by whole turns."""
    for _ in range(PASSES):
        if not settle(plan, table, start, np.argsort(-np.abs(start - mean), kind="stable"), mean):
            break
    if window.ii is None:
        return start
    turned = with_slots(problem, window, start % window.ii, mean).start
    assert turned is not None, "the slots of a legal schedule have stages"
    nearer = np.abs(turned - mean).sum() < np.abs(start - mean).sum()
    return turned if nearer else start
