"""The kernel of the population search for short schedules.

Two populations in turn: schedules packed to the front, and schedules packed to the end, which are
packed to the front in the mirror image. Each generation of one is bred from the other, so that a
child is justified as it is built (Debels and Vanhoucke, A decomposition-based genetic algorithm
for the resource-constrained project scheduling problem, 2007).
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from gaus_jax.core.draw import uniform
from gaus_jax.core.serial import feasible_order, place_in_order

LENGTH, SIDE, SLOT, STALE = 0, 1, 2, 3  # entries of `count`
LEAST_WINDOW, MOST_WINDOW = 0.05, 0.75  # of the length, in which a child takes after its father
SWAPS = 0.05  # chance of a swap at each place of an order


class Population(NamedTuple):
    """What breeding changes, in place. Side 0 is packed to the front, side 1 to the end."""

    start: np.ndarray  # (2, P, N) int64, steps, those of side 1 in the mirror image
    length: np.ndarray  # (2, P) int64, steps
    best: np.ndarray  # (N,) int64, steps, not mirrored
    tally: np.ndarray  # (4,) int64: length of `best`, side and slot filled next, children since
    random: np.ndarray  # (1,) uint64
    urgency: np.ndarray  # (N,) float64, less goes first: what random members vary
    load: np.ndarray  # (Q, T) int64, empty between schedules


@njit(cache=True, nogil=True)
def sow(plan, population, slot):
    """A random member of side 0: the urgencies, blurred by more or less."""
    count = population.best.size
    blur = population.tally[LENGTH] * uniform(population.random) ** 2
    priority = np.empty(count)
    for i in range(count):
        priority[i] = population.urgency[i] + blur * uniform(population.random)
    place = np.empty(count, np.int64)
    place[np.argsort(priority)] = np.arange(count)
    order = feasible_order(plan, place)
    start = population.start[0, slot]
    length = place_in_order(plan, order, population.load, start)
    enter(plan, population, 0, slot, start, length)


@njit(cache=True, nogil=True)
def enter(plan, population, side, slot, start, length):
    """Make a schedule a member; whether it is the best of all."""
    population.start[side, slot] = start
    population.length[side, slot] = length
    return keep(plan, population, side, start, length)


@njit(cache=True, nogil=True)
def keep(plan, population, side, start, length):
    """Remember a schedule that is shorter than all before; whether it is."""
    if length >= population.tally[LENGTH]:
        return False
    population.tally[LENGTH] = length
    for i in range(start.size):
        population.best[i] = start[i] if side == 0 else length - plan.duration[i] - start[i]
    return True


@njit(cache=True, nogil=True)
def breed(plan, back, population, schedules, patience, bound):
    """Build so many schedules, two for each member of the next generation, the shorter stays.

    Ends early once the best is as short as ``bound``, or ``patience`` members in a row were no
    gain. Returns how many were built.
    """
    count, random = population.tally, population.random
    members, nodes = population.length.shape[1], population.best.size
    first, second = np.empty(nodes, np.int64), np.empty(nodes, np.int64)
    child, other = np.empty(nodes, np.int64), np.empty(nodes, np.int64)
    for built in range(0, schedules, 2):
        if count[LENGTH] <= bound or count[STALE] >= patience:
            return built
        side, slot = count[SIDE], count[SLOT]
        here = plan if side == 0 else back
        there = 1 - side
        mother = _winner(population, there, slot)
        long_first = _turned(plan, population, there, slot, first)
        long_second = _turned(plan, population, there, mother, second)
        order = _crossed(here, random, first, second, long_first)
        length = place_in_order(here, order, population.load, child)
        order = _crossed(here, random, second, first, long_second)
        length_other = place_in_order(here, order, population.load, other)
        if length_other < length or (length_other == length and uniform(random) < 0.5):
            length = length_other
            child, other = other, child
        gained = enter(plan, population, side, slot, child, length)
        count[STALE] = 0 if gained else count[STALE] + 1
        count[SLOT] += 1
        if count[SLOT] == members:
            count[SLOT], count[SIDE] = 0, there
    return schedules + schedules % 2


@njit(cache=True, nogil=True)
def _winner(population, side, father):
    """The shorter of two members by chance, not the father."""
    members = population.length.shape[1]
    best = -1
    for _ in range(2):
        k = int((members - 1) * uniform(population.random))
        k = k + 1 if k >= father else k
        if best < 0 or population.length[side, k] < population.length[side, best]:
            best = k
    return best


@njit(cache=True, nogil=True)
def _turned(plan, population, side, member, into):
    """A member's starts in the mirror image of its side; its length."""
    length = population.length[side, member]
    start = population.start[side, member]
    for i in range(into.size):
        into[i] = length - plan.duration[i] - start[i]
    return length


@njit(cache=True, nogil=True)
def _crossed(plan, random, father, mother, length):
    """An order: the father's in a window of time, before and after it the mother's.

    What is before and after is the father's to say, so that the order keeps all dependences: equal
    starts go by topological order. A few neighbours in the order then change places.
    """
    nodes = father.size
    wide = max(1, int(length * (LEAST_WINDOW + (MOST_WINDOW - LEAST_WINDOW) * uniform(random))))
    left = int((length - wide + 1) * uniform(random))
    key = np.empty(nodes, np.int64)
    later = plan.steps + 1
    for i in range(nodes):
        if father[i] < left:
            when = mother[i]
        elif father[i] < left + wide:
            when = later + father[i]
        else:
            when = 2 * later + mother[i]
        key[i] = when * nodes + plan.rank[i]
    order = np.argsort(key)
    for k in range(nodes - 1):
        if uniform(random) < SWAPS and not _joined(plan, order[k], order[k + 1]):
            order[k], order[k + 1] = order[k + 1], order[k]
    return order


@njit(cache=True, nogil=True)
def _joined(plan, tail, head):
    for at in range(plan.after.first[tail], plan.after.first[tail + 1]):
        if plan.after.node[at] == head:
            return True
    return False
