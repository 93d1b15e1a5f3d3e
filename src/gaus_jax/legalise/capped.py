"""Schedules near some starts under caps on usage that nobody asked for.

Starts that are best for communication alone crowd: on circuits their peak usage is many times the
mean. Placed one by one, each node as near to its start as a cap allows, they give up little of the
communication for much of the peak, and the best cap is found by a search along a line.
"""

import time
from collections.abc import Callable

import numpy as np

from gaus_jax.base.errors import InputError
from gaus_jax.base.interrupt import INTERRUPTS
from gaus_jax.core.problem import Problem
from gaus_jax.core.profile import usage
from gaus_jax.core.schedule import Schedule
from gaus_jax.core.window import Window
from gaus_jax.legalise.serial import near

NAME = "capped_flow"  # what settings call the start at the least communication
RATIO = 0.5  # of one cap to the one before
TRIES = 1  # priorities beside nearness, where a cap lets nodes come too late
PACE = 4e-6  # seconds a node that a cap may well take
PATIENCE = 0.25  # of the seconds left, for one cap
NEARLY = 1.01  # times the least cost, at which a higher cap is the better start
FINER = 10  # caps tried between those beside the best


def capped(
    problem: Problem,
    window: Window,
    start: np.ndarray,
    cost: Callable[[Schedule], float],
    seconds: float,
) -> Schedule | None:
    """The cheapest schedule near some starts under caps from their own peak usage downward.

    All classes are capped alike: at a share of their peaks, but not below what work over depth and
    the greatest demand ask for. Shares are tried until costs rise or nothing fits, then between.
    Each is tried near the starts as they are and, where they leave room before them, near the same
    ones sooner, so that nodes can give way to later steps.

    Args:
        problem: the graph; its own limits do not count.
        window: its windows under a depth.
        start: (N,) legal steps.
        cost: of a schedule.
        seconds: for all caps; none is begun for which they do not seem to do.

    Returns:
        None where no cap that was tried left a schedule, or the steps are too many for it.
    """
    until, longest = time.perf_counter() + seconds, PACE * problem.nodes
    least = _least(problem, window.depth)
    whole = Schedule(np.asarray(start, np.int64), window.depth)
    peak = usage(problem, whole).max(axis=1, initial=0.0)
    if not np.any(peak > least):
        return None
    goals = [whole.start]
    if (room := whole.start.min(initial=window.depth)) > 0:
        goals.append(whole.start - room)
    found: dict[float, tuple[float, Schedule]] = {}

    def late() -> bool:
        return INTERRUPTS.asked or time.perf_counter() + longest > until

    def attempt(share: float) -> float:
        nonlocal longest
        began = time.perf_counter()
        patience = max(longest, PATIENCE * (until - began))
        tired = lambda: INTERRUPTS.asked or time.perf_counter() > began + patience  # noqa: E731
        cap = np.maximum(share * peak, least)
        for goal in goals:
            try:
                placed = near(problem, window, goal, cap, rounds=TRIES, expired=tired)
            except InputError:  # more steps than a load can hold, which nobody's limits ask for
                return np.inf
            if placed.fits:
                schedule = Schedule(placed.start, window.depth)
                pair = cost(schedule), schedule
                found[share] = min(pair, found.get(share, pair), key=lambda pair: pair[0])
        longest = max(longest, time.perf_counter() - began)
        return found[share][0] if share in found else np.inf

    costs, share = {1.0: cost(whole)}, RATIO
    while not late() and np.any(share * peak > RATIO * least):
        costs[share] = attempt(share)
        if costs[share] > min(costs.values()):
            break
        share *= RATIO
    for _ in range(FINER):
        if late() or len(costs) < 2:
            break
        shares = sorted(costs)
        at = shares.index(min(costs, key=costs.__getitem__))
        beside = [k for k in (at - 1, at + 1) if 0 <= k < len(shares)]
        other = max(beside, key=lambda k: abs(np.log(shares[k] / shares[at])))
        middle = float(np.sqrt(shares[other] * shares[at]))
        costs[middle] = attempt(middle)
    if not found:
        return None
    enough = NEARLY * min(pair[0] for pair in found.values())
    return found[max(share for share, pair in found.items() if pair[0] <= enough)][1]


def _least(problem: Problem, depth: int) -> np.ndarray:
    """What no cap may be below: the mean over the steps, and what one node takes; (R,) float64.

    Where all demands of a class are whole, so is what is taken in a step.
    """
    classes = len(problem.classes)
    work = problem.work
    own = problem.use_node * classes + problem.use_class
    pair, at = np.unique(own[problem.use_occupancy > 0], return_inverse=True)
    alone = np.bincount(at, problem.use_demand[problem.use_occupancy > 0], pair.size)
    least = work / max(depth, 1)
    broken = problem.use_class[problem.use_demand != np.floor(problem.use_demand)]
    whole = np.bincount(broken, minlength=classes) == 0
    least[whole] = np.ceil(least[whole])
    np.maximum.at(least, pair % classes, alone)
    return least
