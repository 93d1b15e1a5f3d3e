"""What searches by moves share: where they start, their pace, and when they hand in."""

from collections.abc import Callable
from typing import NamedTuple, Protocol

import numpy as np

from gaus_jax.baselines.baseline import Attempt
from gaus_jax.baselines.list_best import offer_lists
from gaus_jax.baselines.moves.kernel import LEAST
from gaus_jax.baselines.moves.plan import Plan
from gaus_jax.baselines.moves.state import State, begin, best_start
from gaus_jax.core.profile import horizon

LISTS = 0.1  # of the time may go into list schedules
SLICE = 0.02  # seconds between two looks at the clock, less where the limit is short
HAND_IN = 0.02  # of the time between two schedules handed in


def prepared(attempt: Attempt) -> tuple[Plan, Callable[[int], State]] | None:
    """The plan, and the profiles of the best list schedule under a seed; None: nothing can move."""
    limited = attempt.clock.limited
    start = offer_lists(attempt, LISTS * attempt.clock.left() if limited else float("inf"))
    weights, lifetime = attempt.objective.weights, attempt.objective.lifetime
    if not attempt.window.mobility.any() or not any(weights.values()):
        return None
    plan = Plan.of(attempt.problem, attempt.window, weights, lifetime)
    steps = max(horizon(attempt.problem, attempt.window.depth), attempt.window.depth) + 1
    return plan, lambda seed: begin(plan, start, steps, seed)


class Searching(Protocol):
    """A search under way."""

    def least(self) -> float:
        """The least cost so far, by the search's own reckoning."""
        ...

    def best(self) -> np.ndarray:
        """The starts that have it; (N,) int64, steps."""
        ...


class Moves(NamedTuple):
    """A search by moves of free nodes."""

    state: State

    def least(self) -> float:
        """The least exact cost seen."""
        return self.state.cost[LEAST]

    def best(self) -> np.ndarray:
        """The cheapest starts seen."""
        return best_start(self.state)


def pursue(
    attempt: Attempt,
    search: Searching,
    work: Callable[[int, float], None],
    unlimited: int,
    halted: Callable[[], bool] = lambda: False,
) -> np.ndarray:
    """Call ``work(amount, part of the search that is over)`` until the time is used up.

    Amounts follow the pace of the calls before. Without a limit the total is ``unlimited``, in
    equal parts, so that the seed alone decides what is found. Under one what is found is handed in
    on the way.

    Returns:
        The cheapest starts; (N,) int64, steps.
    """
    clock = attempt.clock
    limited, total = clock.limited, max(clock.left(), 1e-9)
    amount = 1000 if limited else max(unlimited // 100, 1)
    part, handed, least, done = 0.0, 0.0, search.least(), 0
    while part < 1.0 and not halted():
        before = clock.left()
        work(amount, part)
        done += amount
        left = clock.left()
        part = 1.0 - left / total if limited else done / unlimited
        if limited:
            slack = max(min(SLICE, total / 50, left), 1e-6)
            amount = max(int(amount * min(slack / max(before - left, 1e-6), 2.0)), 20)
        if limited and search.least() < least and handed + HAND_IN < part < 1.0:
            handed, least = part, search.least()
            attempt.offer(search.best())
    return search.best()
