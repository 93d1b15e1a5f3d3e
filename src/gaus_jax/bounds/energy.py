"""Energy bounds: work that must fall into an interval, divided by its length."""

from collections.abc import Mapping

import numpy as np
from numba import njit

from gaus_jax.bounds.bound import PLAIN, Relaxation, safe
from gaus_jax.core.problem import Problem
from gaus_jax.core.profile import Lifetime, birth_delay
from gaus_jax.core.window import Window

MOST_PIECES = 20_000_000
MOST_CELLS = 2_000_000_000  # pairs of steps
CELLS_A_SECOND = 500_000_000  # on a slow core


class UsageEnergy:
    """The busiest interval: uses that cannot but lie in it, and steps that a use cannot miss."""

    name = "usage_energy"
    terms = ("peak_usage",)
    rests_on = PLAIN

    def relax(
        self,
        problem: Problem,
        window: Window,
        weights: Mapping[str, float],
        lifetime: Lifetime,
        seconds: float,
    ) -> Relaxation:
        """``sum_r c_r`` times the bound of each class, units."""
        total = 0.0
        for r, cost in enumerate(problem.class_cost):
            mine = problem.use_class == r
            node, demand = problem.use_node[mine], problem.use_demand[mine]
            early, late = window.asap[node], window.alap[node]
            length = problem.use_occupancy[mine]
            share = seconds / len(problem.classes)
            total += cost * peak_bound(early, late, length, late, early + length, demand, share)
        return Relaxation(weights["peak_usage"] * float(total))


class LifetimeEnergy:
    """Values that must be alive: for certain in a step, or for their least lifetime somewhere.

    A value is held for certain from its latest birth to its earliest death, and in any schedule
    for as many cycles as its longest way to a consumer asks for.
    """

    name = "lifetime_energy"
    terms = ("peak_live",)
    rests_on = PLAIN

    def relax(
        self,
        problem: Problem,
        window: Window,
        weights: Mapping[str, float],
        lifetime: Lifetime,
        seconds: float,
    ) -> Relaxation:
        """The bound, in bits or bytes."""
        ahead = birth_delay(problem, lifetime)
        data = problem.is_data & (problem.distance == 0)
        last = np.full(problem.nodes, -1, np.int64)
        np.maximum.at(last, problem.tail[data], window.asap[problem.head[data]])
        reach = np.full(problem.nodes, -1, np.int64)
        np.maximum.at(reach, problem.tail[data], problem.reach[data])
        birth, latest = window.asap + ahead, window.alap + ahead
        death = last + 1
        length = reach + 1 - ahead
        if lifetime == "buffer":
            death = np.maximum(death, window.asap + 1)
            length = np.maximum(length, 1)
            death[problem.output] = window.depth
            length[problem.output] = (window.depth - window.alap)[problem.output]
        held = (reach >= 0) | (lifetime == "buffer")
        held &= problem.size > 0
        birth, latest, length, death = birth[held], latest[held], length[held], death[held]
        length, amount = np.maximum(length, 0), problem.size[held]
        peak = peak_bound(birth, latest, length, latest, death, amount, seconds)
        return Relaxation(weights["peak_live"] * peak)


def peak_bound(early, late, length, sure_from, sure_to, amount, seconds: float) -> float:
    """A lower bound on the peak of intervals that begin in ``early .. late``.

    Args:
        early: (M,) int64, first possible beginning, steps.
        late: (M,) int64, last possible beginning, steps.
        length: (M,) int64, least number of steps occupied from the beginning on.
        sure_from: (M,) int64, steps ``sure_from <= d < sure_to`` are occupied for certain.
        sure_to: (M,) int64.
        amount: (M,) float64, what is occupied in each of these steps.
        seconds: where they would not do for all intervals, the longest alone is looked at.

    Returns:
        The greater of the certain profile's peak and the best of ``energy(a, b) / (b - a)`` over
        the intervals, where a piece of one step counts if its window lies within.
    """
    if amount.size == 0:
        return 0.0
    sure = sure_to > sure_from
    steps = int(max((late + length).max(), np.max(sure_to, initial=0))) + 1
    certain = np.bincount(sure_from[sure], amount[sure], steps + 1)
    certain -= np.bincount(sure_to[sure], amount[sure], steps + 1)
    span = int((late + length).max() - early.min())
    best = max(float(np.cumsum(certain).max()), float(amount @ length) / max(span, 1))
    cells = min(MOST_CELLS, CELLS_A_SECOND * max(seconds, 0.0))
    if length.sum() <= MOST_PIECES and steps * steps <= cells:
        best = max(best, _energy(early, late, length, amount, steps))
    return safe(best, amount, float(amount.sum()))


@njit(cache=True)
def _energy(early, late, length, amount, steps):
    """Best mean over intervals of the pieces within; O(T^2 + sum of lengths), O(T) memory."""
    first = np.zeros(steps + 1, np.int64)
    for m in range(early.size):
        for q in range(length[m]):
            first[early[m] + q + 1] += 1
    for d in range(steps):
        first[d + 1] += first[d]
    fill = first[:-1].copy()
    piece_late = np.empty(first[-1], np.int64)
    piece_amount = np.empty(first[-1], np.float64)
    for m in range(early.size):
        for q in range(length[m]):
            at = fill[early[m] + q]
            fill[early[m] + q] += 1
            piece_late[at] = late[m] + q
            piece_amount[at] = amount[m]
    ending = np.zeros(steps)  # amount of the pieces from a on that end their windows at each step
    best = 0.0
    for a in range(steps - 1, -1, -1):
        if first[a] == first[a + 1]:
            continue
        for at in range(first[a], first[a + 1]):
            ending[piece_late[at]] += piece_amount[at]
        total = 0.0
        for b in range(a, steps):
            total += ending[b]
            best = max(best, total / (b + 1 - a))
    return best
