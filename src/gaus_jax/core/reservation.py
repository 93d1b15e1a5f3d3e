"""The modulo reservation table: what each slot of each limited class takes, and who takes it.

A use of occupancy ``o`` takes its demand in the slots ``(s + k) mod II`` for ``0 <= k < o``; where
``o`` is more than II it meets itself and takes a multiple. Without an II there are so many slots
that nothing wraps, and the table is a plain one of steps.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from gaus_jax.base.errors import InfeasibleError, InputError
from gaus_jax.core.problem import Problem
from gaus_jax.core.profile import horizon
from gaus_jax.core.window import Window

MOST_ENTRIES = 10**7  # of a table; about a gigabyte while it is made
ROUNDING = 1e-9  # relative; sums of fractional demands may miss a limit by their own roundings


class Reservations(NamedTuple):
    """Usage of the limited classes by the nodes that have been added; all kernels work in place.

    An entry is what one node takes of one class in one slot, so many steps after its start. Those
    of node ``i`` are ``first[i]`` to ``first[i + 1]``. Entries that share a slot form a list.
    """

    first: np.ndarray  # (N + 1,) int64
    owner: np.ndarray  # (M,) int64, the node of each entry
    kind: np.ndarray  # (M,) int64, its class r
    offset: np.ndarray  # (M,) int64, steps after the start, less than the number of slots
    amount: np.ndarray  # (M,) float64, units
    room: np.ndarray  # (R,) float64, units, C_r and a rounding more
    usage: np.ndarray  # (R, S) float64, units, usage_r(m)
    top: np.ndarray  # (R, S) int64, the first entry in the slot's list; -1 where it is empty
    below: np.ndarray  # (M,) int64, the next entry in the list; -1 at its end
    above: np.ndarray  # (M,) int64, the entry before; -1 at its begin


def reservations(problem: Problem, window: Window, limit: np.ndarray | None = None) -> Reservations:
    """An empty table with a slot for each cycle of II, or for each step where there is none.

    Uses of classes without a limit, of no demand or of no occupancy are left out.

    Args:
        problem: the graph.
        window: its windows.
        limit: (R,) units available in place of the problem's own.

    Raises:
        InfeasibleError: a node alone takes more than there is; see `check_alone`.
        InputError: the table would have more than `MOST_ENTRIES` entries.
    """
    limit = problem.limit if limit is None else limit
    check_alone(problem, window.ii, limit)
    slots = window.ii or max(1, horizon(problem, window.depth))
    classes = max(1, len(problem.classes))
    counts = np.isfinite(limit)[problem.use_class] & (problem.use_demand > 0)
    uses = np.flatnonzero(counts & (problem.use_occupancy > 0))
    occupancy = problem.use_occupancy[uses]
    length = np.minimum(occupancy, slots)
    if length.sum() > MOST_ENTRIES:
        raise InputError(
            f"{problem.name}: its uses occupy {length.sum()} cycles together, beyond the "
            f"{MOST_ENTRIES} that a reservation table can hold; measure time in a coarser unit"
        )
    use = np.repeat(np.arange(uses.size), length)
    offset = np.arange(use.size) - np.repeat(np.cumsum(length) - length, length)
    times = -(-(occupancy[use] - offset) // slots)
    # Several uses of one class by one node are one entry in each slot.
    key = problem.use_node[uses] * classes + problem.use_class[uses]
    key, entry = np.unique(key[use] * slots + offset, return_inverse=True)
    amount = np.zeros(key.size)
    np.add.at(amount, entry, problem.use_demand[uses][use] * times)
    owner = key // (classes * slots)
    first = np.zeros(problem.nodes + 1, np.int64)
    np.cumsum(np.bincount(owner, minlength=problem.nodes), out=first[1:])
    room = np.full(classes, np.inf)
    room[: limit.size] = limit + ROUNDING * np.where(np.isfinite(limit), np.maximum(limit, 1), 0)
    return Reservations(
        first=first,
        owner=owner,
        kind=key // slots % classes,
        offset=key % slots,
        amount=amount,
        room=room,
        usage=np.zeros((classes, slots)),
        top=np.full((classes, slots), -1, np.int64),
        below=np.full(key.size, -1, np.int64),
        above=np.full(key.size, -1, np.int64),
    )


def check_alone(problem: Problem, ii: int | None, limit: np.ndarray | None = None) -> None:
    """Whether each node fits by itself: ``sum_u a_u ceil(o_u / II) <= C_r`` over its uses of r.

    Raises:
        InfeasibleError: one does not; names it, the class, and what II or limit would do.
    """
    limit = problem.limit if limit is None else limit
    times = np.minimum(problem.use_occupancy, 1)
    if ii is not None:
        times = -(-problem.use_occupancy // ii)
    needed = np.zeros((problem.nodes, len(problem.classes)))
    np.add.at(needed, (problem.use_node, problem.use_class), problem.use_demand * times)
    above = np.argwhere(needed > limit * (1 + ROUNDING))
    if above.size == 0:
        return
    node, r = above[0]
    where = "" if ii is None else f" in one slot at initiation interval {ii}"
    raise InfeasibleError(
        f"{problem.name}: node {problem.ids[node]} alone takes {needed[node, r]:g} of class "
        f"{problem.classes[r]}{where}, of which there are {limit[r]:g}; raise the limit to "
        f"{needed[node, r]:g}{_longer(problem, node, r, ii, float(limit[r]))}"
    )


def _longer(problem: Problem, node: int, r: int, ii: int | None, limit: float) -> str:
    """The least II at which a node fits, as the end of a sentence; empty where none does."""
    mine = (problem.use_node == node) & (problem.use_class == r) & (problem.use_occupancy > 0)
    demand, occupancy = problem.use_demand[mine], problem.use_occupancy[mine]
    if ii is None or demand.sum() > limit * (1 + ROUNDING):
        return ""
    while demand @ -(-occupancy // ii) > limit * (1 + ROUNDING):
        ii += 1
    return f", or the interval to {ii}"


@njit(cache=True, nogil=True)
def fits(table, node, step):
    """Whether a node that is not in the table could start at a step."""
    slots = table.usage.shape[1]
    for e in range(table.first[node], table.first[node + 1]):
        r, slot = table.kind[e], (step + table.offset[e]) % slots
        if table.usage[r, slot] + table.amount[e] > table.room[r]:
            return False
    return True


@njit(cache=True, nogil=True)
def add(table, node, step):
    """Let a node start at a step, whether it fits or not."""
    slots = table.usage.shape[1]
    for e in range(table.first[node], table.first[node + 1]):
        r, slot = table.kind[e], (step + table.offset[e]) % slots
        table.usage[r, slot] += table.amount[e]
        below = table.top[r, slot]
        table.top[r, slot], table.below[e], table.above[e] = e, below, -1
        if below >= 0:
            table.above[below] = e


@njit(cache=True, nogil=True)
def remove(table, node, step):
    """Take back a node that was added at the same step."""
    slots = table.usage.shape[1]
    for e in range(table.first[node], table.first[node + 1]):
        r, slot = table.kind[e], (step + table.offset[e]) % slots
        table.usage[r, slot] -= table.amount[e]
        above, below = table.above[e], table.below[e]
        if below >= 0:
            table.above[below] = above
        if above >= 0:
            table.below[above] = below
        else:
            table.top[r, slot] = below
        if table.top[r, slot] < 0:  # nothing is left but roundings
            table.usage[r, slot] = 0.0


@njit(cache=True, nogil=True)
def nearest_free(table, node, low, high, mean):
    """The step nearest to the mean at which a node fits, of those from low to high; -1: none.

    As many steps in a row as there are slots are every slot there is.
    """
    if low > high:
        return -1
    near = min(max(mean, low), high)
    left = int(np.floor(near))
    right = left + 1
    for _ in range(table.usage.shape[1]):
        if left >= low and (right > high or near - left <= right - near):
            step = left
            left -= 1
        elif right <= high:
            step = right
            right += 1
        else:
            return -1
        if fits(table, node, step):
            return step
    return -1
