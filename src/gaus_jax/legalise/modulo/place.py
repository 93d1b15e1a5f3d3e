"""Modulo placement: starts that keep dependences, windows and limits, near to given means."""

from collections.abc import Callable, Iterator

import numpy as np

from gaus_jax.base.pace import paced
from gaus_jax.core.cone import push_backward, push_forward
from gaus_jax.core.problem import Problem
from gaus_jax.core.reservation import Reservations, reservations
from gaus_jax.core.window import Window
from gaus_jax.legalise.modulo.plan import ModuloPlan
from gaus_jax.legalise.modulo.search import SearchState, clear, search, settle
from gaus_jax.legalise.modulo.stages import with_slots

PLACEMENTS = 200  # a node
ATTEMPTS = 4  # as many as there are hopes
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
    expired: Callable[[], bool] = lambda: False,
) -> np.ndarray | None:
    """A legal schedule near the means at the window's II, or without one where it has none.

    Nodes are placed by their means, then by ALAP, as `search` tells. Where a share of the budget is
    used up the next attempt takes other means (see `_hopes`); what is known of which nodes are hard
    to place is kept. In the end nodes move to the free step nearest to the means given.

    Args:
        problem: the graph.
        window: its windows, at the II; without an II loop-carried edges do not bind and no slot
            is shared by different steps.
        mean: (N,) float64, steps; what is not finite counts as the middle of its window.
        limit: (R,) units available in place of the problem's own.
        budget: placements of a node in all attempts together; by default 200 N.
        seed: of the noise and of choices between equals.
        plan: of the same problem and window, if there is one already.
        expired: asked now and then; whether to give up.

    Returns:
        (N,) int64, steps; None where the budget or the time did not suffice, which proves nothing.

    Raises:
        InfeasibleError: a node alone takes more of a class than there is at this II.
    """
    table = reservations(problem, window, limit)
    plan = plan or ModuloPlan.of(problem, window)
    budget = PLACEMENTS * max(1, problem.nodes) if budget is None else budget
    middle = (window.asap + window.alap) / 2
    mean = np.clip(np.where(np.isfinite(mean), mean, middle), window.asap, window.alap)
    state = SearchState.of(problem.nodes, table.usage.shape[1], seed)
    for attempt, near in enumerate(_hopes(problem, window, mean, seed)):
        share = budget // (ATTEMPTS - attempt)
        budget -= share
        order = np.lexsort((window.alap, near))
        clear(table, state)
        if _searched(plan, table, state, order, near, share, expired):
            return _settled(problem, window, plan, table, state.start, mean)
        if expired():
            break
    return None


def _searched(
    plan: ModuloPlan,
    table: Reservations,
    state: SearchState,
    order: np.ndarray,
    near: np.ndarray,
    budget: int,
    expired: Callable[[], bool],
) -> bool:
    """Whether all nodes found a place."""
    for begin, end in paced(budget, expired):
        if search(plan, table, state, order, near, end - begin) >= 0:
            return True
    return order.size == 0


def _hopes(problem: Problem, window: Window, mean: np.ndarray, seed: int) -> Iterator[np.ndarray]:
    """Means to place by: those given, with the dependences kept, ASAP, and ASAP with noise.

    ASAP, where many units are free late, was the most likely of all to lead to a schedule.
    """
    yield mean
    whole = np.rint(mean).astype(np.int64)
    later, sooner = (push(problem, whole, window.ii) for push in (push_forward, push_backward))
    yield (later + sooner) / 2
    earliest = window.asap.astype(float)
    yield earliest
    spread = (window.ii or window.mobility.mean()) / 4
    yield earliest + spread * np.random.default_rng(seed).standard_normal(problem.nodes)


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
