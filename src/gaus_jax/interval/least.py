"""The least initiation interval that is found feasible, and what is proved of it."""

from gaus_jax.base.clock import Clock
from gaus_jax.base.settings import Settings
from gaus_jax.core.problem import Problem
from gaus_jax.core.schedule import Schedule
from gaus_jax.feasible import Feasible
from gaus_jax.interval.first import at_interval, upward
from gaus_jax.interval.ledger import Ledger
from gaus_jax.interval.shorter import shortened
from gaus_jax.model.objective import automatic


def least_interval(
    problem: Problem, settings: Settings, seed: int, clock: Clock, given: Schedule | None = None
) -> Feasible:
    """Legal schedules at the II asked for, or at the least one that is found feasible.

    The quick scheduler at each interval from MinII on, in longer strides where there are many, and
    placements where it fails at all of them; else iterations one after the other. Then shorter
    intervals, but for those that are ruled out: by placements near the means of a gradient at
    several of them at once, by more and more patient placements, and by CP-SAT.

    Raises:
        InfeasibleError: no schedule can be legal.
        InputError: a given schedule that is not legal.
        NotFoundError: none was found, which proves nothing.
    """
    asked = settings.objective
    ledger = Ledger(problem, settings, seed, clock, given)
    with clock.stage("legalise"):
        if not automatic(asked):
            return at_interval(ledger, asked.ii)  # type: ignore[arg-type]
        found = upward(ledger)
    return shortened(ledger, found)
