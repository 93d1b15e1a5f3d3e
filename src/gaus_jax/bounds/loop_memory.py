"""Bounds of peak memory under limits, at an II or without one."""

import math
import time

import numpy as np

from gaus_jax.bounds.bound import safe
from gaus_jax.core.problem import Problem
from gaus_jax.core.profile import Lifetime, birth_delay, edges_in_force
from gaus_jax.core.reads import reads
from gaus_jax.core.window import Window
from gaus_jax.linear import network as flow
from gaus_jax.linear.crowding import Cuts, crowds
from gaus_jax.linear.lifetimes import held_steps, total_lifetime
from gaus_jax.linear.rows import dual_value, of_network, solve, stacked
from gaus_jax.linear.slotted import cells, peak_programme

# Node variables of the time-indexed relaxation. On one slow core a simplex method took 2 s for
# 6,400, 25 s for 10,200, and did not end within 40 s for 26,600.
MOST_CELLS = 12_000
ROUNDS = 30  # of cuts
GAIN = 1e-3  # of the bound: a round that adds less is the last but `PATIENCE`
PATIENCE = 3


def memory_bound(
    problem: Problem, window: Window, limit: np.ndarray, lifetime: Lifetime, seconds: float
) -> float:
    """What no schedule within the windows and limits stays below, in bits or bytes.

    The greatest of what is held for certain, of the mean over slots of the least total lifetime,
    and of the time-indexed relaxation where it is small. Weaker, never wrong, in less time.

    Args:
        problem: the graph.
        window: its windows, at the II if there is one.
        limit: (R,) units of each class, inf where there is no limit.
        lifetime: of the values.
        seconds: for the solvers.
    """
    until = time.perf_counter() + seconds
    left = lambda: until - time.perf_counter()  # noqa: E731
    best = certain_bound(problem, window, lifetime)
    best = max(best, mean_bound(problem, window, limit, lifetime, left() / 2))
    if 0 < cells(window) <= MOST_CELLS:
        best = max(best, slotted_bound(problem, window, limit, lifetime, left()))
    return best


def certain_bound(problem: Problem, window: Window, lifetime: Lifetime) -> float:
    """The fullest slot by what it holds in every schedule.

    A value that lives for ``L`` cycles at least has ``floor(L / II)`` copies in every slot, and one
    in each step from its latest birth to its earliest death.
    """
    value, consumer, shift = reads(problem, window.ii, lifetime)
    ahead = birth_delay(problem, lifetime)
    last = np.full(problem.nodes, -1, np.int64)
    np.maximum.at(last, value, window.asap[consumer] + shift)
    kept = problem.output & (lifetime == "buffer") & (problem.size > 0)
    last[kept] = np.maximum(last[kept], window.depth - 1)
    held = np.union1d(value, np.flatnonzero(kept))
    period, size, born = window.ii or window.depth + 1, problem.size[held], window.alap + ahead
    copies = _least_lifetime(problem, window, lifetime, kept)[held] // period
    turns, rest = np.divmod(np.maximum(last - born + 1, 0)[held], period)
    always = size * np.maximum(copies, turns)
    more = np.flatnonzero((turns >= copies) & (rest > 0))  # in some slots one copy more
    begin = born[held][more] % period
    end, change = begin + rest[more], np.zeros(period + 1)
    np.add.at(change, begin, size[more])
    np.subtract.at(change, np.minimum(end, period), size[more])
    past = end > period  # around the end of the interval
    np.subtract.at(change, end[past] - period, size[more][past])
    change[0] += size[more][past].sum()
    live = always.sum() + np.cumsum(change).max()
    return rounded(problem, live, always.sum() + size.sum())


def mean_bound(
    problem: Problem, window: Window, limit: np.ndarray, lifetime: Lifetime, seconds: float
) -> float:
    """The least total lifetime over the slots: a network programme, with cuts of crowded classes.

    No schedule has a peak below its mean. Every round of cuts gives a bound of its own; the least
    lifetime of each value by itself gives one at once.
    """
    until = time.perf_counter() + seconds
    network = total_lifetime(problem, window, lifetime)
    programme, cuts = of_network(network), Cuts(network, crowds(problem, limit))
    best, patience = 0.0, PATIENCE
    slots = max(window.ii or held_steps(problem, window, lifetime), 1)
    kept = problem.output & (lifetime == "buffer") & (problem.size > 0)
    alone = float(problem.size @ _least_lifetime(problem, window, lifetime, kept))
    peak = rounded(problem, alone / slots, alone / slots)
    price, point = flow.solve(network, until - time.perf_counter())
    value, scale = flow.dual_value(network, price)
    for _ in range(ROUNDS):
        patience = PATIENCE if value > best + GAIN * abs(best) else patience - 1
        best = max(best, value)
        peak = max(peak, rounded(problem, value / slots, scale / slots))
        if point is None:
            break
        late = lambda: time.perf_counter() >= until  # noqa: E731
        matrix, least = cuts.broken(point, late)
        if least.size == 0 or patience == 0:
            break
        programme = stacked(programme, matrix, least)
        found = solve(programme, until - time.perf_counter())
        if found is None:
            break
        price, point = found
        value, scale = dual_value(programme, price)
    return peak


def slotted_bound(
    problem: Problem, window: Window, limit: np.ndarray, lifetime: Lifetime, seconds: float
) -> float:
    """The time-indexed linear relaxation, by the multipliers of its optimum."""
    programme = peak_programme(problem, window, limit, lifetime)
    found = solve(programme, seconds)
    if found is None:
        return 0.0
    value, scale = dual_value(programme, found[0])
    return rounded(problem, value, scale)


def _least_lifetime(problem, window: Window, lifetime: Lifetime, kept: np.ndarray) -> np.ndarray:
    """Cycles for which each value is held at least, by its edges; (N,) int64."""
    edges = edges_in_force(problem, window.ii)
    edges = edges[problem.is_data[edges]]
    span = np.full(problem.nodes, -1, np.int64)
    np.maximum.at(span, problem.tail[edges], problem.reach[edges])
    length = np.maximum(span + 1 - birth_delay(problem, lifetime), 0)
    length[kept] = np.maximum(length, window.depth - window.alap)[kept]
    return np.where((span >= 0) | kept, length, 0)


def rounded(problem: Problem, value: float, scale: float) -> float:
    """A bound up to the next multiple of what divides all sizes: every peak is a sum of sizes."""
    sizes = problem.size[problem.size > 0]
    if sizes.size == 0 or np.any(sizes != np.floor(sizes)):
        return safe(value, problem.size, scale)
    unit = float(math.gcd(*(int(size) for size in sizes)))
    return unit * safe(value / unit, sizes / unit, scale / unit)
