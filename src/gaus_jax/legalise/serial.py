"""Schedules under resource limits, built node by node: earliest, latest, near the means.

A schedule here is that of one iteration: loop-carried edges are left out. The limits are arguments,
(R,) float64 units, inf for none; without any the problem's own count. Errors are those of
`gaus_jax.core.serial.serial_plan`.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numba import njit

from gaus_jax.core.problem import Problem
from gaus_jax.core.serial import (
    SerialPlan,
    block,
    earliest_fit,
    latest_fit,
    mirrored,
    ready,
    scheduled,
    serial_order,
    serial_plan,
)
from gaus_jax.core.window import Window

ROUNDS = 20  # in which nodes that come too late go sooner
SWEEPS = 3  # towards the means, in each direction
PIECE = 4000  # nodes between two looks at the clock


class Placed(NamedTuple):
    """A schedule that keeps dependences and limits; whether it keeps the depth is said beside."""

    start: np.ndarray  # (N,) int64, steps; below 0 where it was built from a depth and fails it
    fits: bool


def earliest(
    problem: Problem,
    priority: np.ndarray,
    limit: np.ndarray | None = None,
    depth: int | None = None,
) -> Placed:
    """Each node at the earliest step that dependences and limits allow.

    Args:
        problem: the graph.
        priority: (N,) float64, less goes first; of equals the first in topological order.
        limit: (R,) float64, units, in place of the problem's own.
        depth: that the schedule should keep; None for none.
    """
    plan = serial_plan(problem, limit)
    start, length = scheduled(plan, priority)
    return Placed(start, depth is None or length <= depth)


def latest(
    problem: Problem,
    priority: np.ndarray,
    limit: np.ndarray | None = None,
    depth: int | None = None,
) -> Placed:
    """Each node at the latest step that the depth, its consumers and the limits allow.

    The mirror image of `earliest`: of the nodes whose consumers are placed, the greatest priority
    goes first. Without a depth the schedule is moved so that it begins at step 0.
    """
    back = mirrored(serial_plan(problem, limit))
    start, length = scheduled(back, -np.asarray(priority))
    end = length if depth is None else depth
    return Placed(end - problem.duration - start, length <= end)


def justify(problem: Problem, start: np.ndarray, limit: np.ndarray | None = None) -> np.ndarray:
    """Push all nodes to the end, then all to the front, until that makes nothing shorter.

    Double justification (Valls, Ballestín and Quintanilla, 2005): late finishers first, then early
    starters. One node moves at a time and all others stay, so that no schedule becomes longer.

    Args:
        problem: the graph.
        start: (N,) int64, steps, legal.
        limit: (R,) float64, units, in place of the problem's own.
    """
    plan = serial_plan(problem, limit)
    start = np.array(start, np.int64)
    length = _length(plan, start)
    load = plan.load(length)
    while True:
        justified(plan, load, start)
        shorter = _length(plan, start)
        if shorter >= length:
            return start
        length = shorter


def near(
    problem: Problem,
    window: Window,
    mean: np.ndarray,
    limit: np.ndarray | None = None,
    *,
    rounds: int = ROUNDS,
    expired: Callable[[], bool] = lambda: False,
) -> Placed:
    """Each node at the step nearest to its mean of those that the placed ones leave it.

    Where some node finds no step in its window, a schedule within the depth is built by other
    priorities, and its nodes then move towards their means one by one as far as they can.

    Args:
        problem: the graph.
        window: its windows under a depth.
        mean: (N,) float64, steps; what is not finite counts as the middle of its window.
        limit: (R,) float64, units, in place of the problem's own.
        rounds: of other priorities that are tried for a schedule within the depth.
        expired: asked every few thousand nodes; True ends the search for one, or the moves.

    Returns:
        Starts within the depth, or, where none were found, the shortest schedule that was.
    """
    plan = serial_plan(problem, limit)
    middle = (window.asap + window.alap) / 2
    goal = np.clip(np.where(np.isfinite(mean), mean, middle), window.asap, window.alap)
    start = np.zeros(problem.nodes, np.int64)
    load = plan.load(window.depth)
    order = serial_order(plan, goal)
    place = lambda nodes: place_near(plan, nodes, load, start, goal, window.alap)  # noqa: E731
    if _in_pieces(place, order, expired):
        return Placed(start, True)
    shortest = _within(plan, window, goal, rounds, expired)
    if _length(plan, shortest) > window.depth:
        return Placed(shortest, False)
    load[:] = 0
    fill(plan, load, shortest, 1)
    forward = np.lexsort((plan.rank, goal))
    backward = np.ascontiguousarray(forward[::-1])  # of one layout, compiled once
    for sweep in range(2 * SWEEPS):
        along = forward if sweep % 2 else backward
        if not _settled(plan, load, shortest, along, goal, window.depth, expired):
            break
    return Placed(shortest, True)


def _within(
    plan: SerialPlan,
    window: Window,
    goal: np.ndarray,
    rounds: int,
    expired: Callable[[], bool],
) -> np.ndarray:
    """The first schedule that keeps the depth, else the shortest of those tried."""
    best, least = np.zeros(goal.size, np.int64), np.inf
    load = plan.load()
    urgency = window.alap.astype(np.float64)
    for attempt in range(rounds + 1):
        priority = goal if attempt == 0 else urgency
        start, length = scheduled(plan, priority)
        late = start - window.alap
        if length > window.depth:
            justified(plan, load, start, expired)
            length = _length(plan, start)
        if length < least:
            best, least = start, length
        if least <= window.depth or expired():
            break
        if attempt > 0:  # who came too late goes sooner, and so do those it waits for
            urgency = urgency - np.maximum(late, 0)
    return best


def _in_pieces(
    call: Callable[[np.ndarray], bool], order: np.ndarray, expired: Callable[[], bool]
) -> bool:
    """Whether it was true of all pieces of an order; the first one that fails ends it."""
    for at in range(0, order.size, PIECE):
        if expired() or not call(order[at : at + PIECE]):
            return False
    return True


def _settled(
    plan: SerialPlan,
    load: np.ndarray,
    start: np.ndarray,
    order: np.ndarray,
    goal: np.ndarray,
    depth: int,
    expired: Callable[[], bool],
) -> bool:
    """See `settle`; whether it came to the end."""
    return _in_pieces(lambda nodes: settle(plan, load, start, nodes, goal, depth), order, expired)


def _length(plan: SerialPlan, start: np.ndarray) -> int:
    return int(np.max(start + plan.duration, initial=0))


@njit(cache=True, nogil=True)
def fill(plan, load, start, sign):
    """Add what all nodes block to a load, or take it away."""
    for node in range(start.size):
        block(plan, load, node, start[node], sign)


@njit(cache=True, nogil=True)
def due(plan, start, node, depth):
    """The last step of a node that the depth and its consumers, where they are, allow."""
    step = depth - plan.duration[node]
    for at in range(plan.after.first[node], plan.after.first[node + 1]):
        step = min(step, start[plan.after.node[at]] - plan.after.reach[at])
    return step


@njit(cache=True, nogil=True)
def nearest_fit(plan, load, node, goal, low, high):
    """The step in ``low .. high`` nearest to a goal in which a node fits.

    Where there is none, the first one that fits after ``high``.
    """
    goal = min(max(goal, low), max(high, low))
    above = earliest_fit(plan, load, node, int(np.ceil(goal)))
    down = min(int(np.floor(goal)), high)
    if above == down:
        return above
    below = latest_fit(plan, load, node, down, low)
    if below >= low and (above > high or goal - below <= above - goal):
        return below
    return above


@njit(cache=True, nogil=True)
def place_near(plan, order, load, start, goal, last):
    """Each node in turn at the step nearest to its goal; whether all are at their last by then."""
    fits = True
    for node in order:
        low = ready(plan, start, node)
        start[node] = nearest_fit(plan, load, node, goal[node], low, last[node])
        block(plan, load, node, start[node], 1)
        fits = fits and start[node] <= last[node]
    return fits


@njit(cache=True, nogil=True)
def settle(plan, load, start, order, goal, depth):
    """Move each node in turn to the step nearest to its goal that all others leave it; True."""
    for node in order:
        block(plan, load, node, start[node], -1)
        low, high = ready(plan, start, node), due(plan, start, node, depth)
        step = nearest_fit(plan, load, node, goal[node], low, high)
        if low <= step <= high:
            start[node] = step
        block(plan, load, node, start[node], 1)
    return True


def justified(
    plan: SerialPlan,
    load: np.ndarray,
    start: np.ndarray,
    expired: Callable[[], bool] = lambda: False,
) -> None:
    """All nodes as late as the schedule's length allows, then all as early as they can, in place.

    ``load`` is empty before and after, and at least as long as the schedule.
    """
    if start.size == 0:
        return
    depth = _length(plan, start)
    fill(plan, load, start, 1)
    order = np.argsort(-(start + plan.duration) * start.size - plan.rank)
    late = np.full(start.size, float(depth))
    _settled(plan, load, start, order, late, depth, expired)
    fill(plan, load, start, -1)
    start -= np.min(start)
    fill(plan, load, start, 1)
    order = np.argsort(start * start.size + plan.rank)
    _settled(plan, load, start, order, np.zeros(start.size), depth, expired)
    fill(plan, load, start, -1)
