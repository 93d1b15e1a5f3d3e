"""What moves under resource limits change in place."""

from typing import NamedTuple

import numpy as np
from numba import njit

from gaus_jax.core.draw import seeded
from gaus_jax.legalise.limited.plan import LimitedPlan

MOST = 64  # nodes of one move


class LimitedState(NamedTuple):
    """The profiles of a schedule. Row ``R`` of `profile` is live memory, folded by the period."""

    start: np.ndarray  # (N,) int64, steps
    best: np.ndarray  # (N,) int64, the cheapest start seen
    last: np.ndarray  # (N,) int64, steps, the last in which each value is read; -1: none
    table: np.ndarray  # (R, P) float64, units taken of the limited classes, folded
    profile: np.ndarray  # (R + 1, T) float64, usage by step, and live memory
    peak: np.ndarray  # (R + 1,) float64
    tops: np.ndarray  # (R + 1,) int64, how many entries are at the peak
    finishing: np.ndarray  # (D + 1,) int64, how many nodes end at each step
    latency: np.ndarray  # (1,) int64, steps
    cost: np.ndarray  # (3,) float64: exact cost, the least seen, weighted communication
    random: np.ndarray  # (1,) uint64
    # Set by `rescale`, for one power.
    scale: np.ndarray  # (R + 1,) float64, one over the peak, 0 where it does not count
    power: np.ndarray  # (R + 1,) float64, sum of powers of the scaled profile
    late: np.ndarray  # (D + 1,) float64, power of each step over the latency
    lateness: np.ndarray  # (2,) float64: one over the latency, sum of `late` over all nodes
    # Scratch of the move under consideration.
    target: np.ndarray  # (N,) int64, where nodes go; -1 between moves
    way: np.ndarray  # (N,) int64: 0 stays, 1 pushed later, -1 earlier, 2 goes to its target exactly
    seated: np.ndarray  # (N,) bool, of nodes that go, whether the table has them at their targets
    moved: np.ndarray  # (MOST,) int64, the nodes that go
    origin: np.ndarray  # (MOST,) int64, where they were
    queue: np.ndarray  # (4 MOST,) int64
    shift: np.ndarray  # (R + 1, T + 1) float64, changes of the profiles, 0 between moves
    left: np.ndarray  # (R + 1,) int64, entries changed in each row: from, T between moves
    right: np.ndarray  # (R + 1,) int64, and to
    after: np.ndarray  # (R + 2,) float64, sums of powers; the last one of `late`
    row: np.ndarray  # (R + 1,) int64, the rows changed
    value: np.ndarray  # int64, values whose last read changes
    value_last: np.ndarray  # int64, what it was
    tally: np.ndarray  # (3,) int64: rows changed, values changed, nodes that go


def begin(plan: LimitedPlan, start: np.ndarray, seed: int) -> LimitedState:
    """The profiles of a legal schedule."""
    nodes, rows, period = start.size, plan.weight.size, plan.period
    width = max(plan.steps, period)
    last = plan.floor.copy()
    value = np.repeat(np.arange(nodes), np.diff(plan.consumers.first))
    np.maximum.at(last, value, start[plan.consumers.node] + plan.consumers.reach)
    profile = np.zeros((rows, width))
    _occupy(profile, plan, plan.priced, start, width)
    held = np.flatnonzero(plan.size > 0)
    births = (start + plan.ahead)[held]
    _fill(profile, np.full(held.size, rows - 1), births, last[held] + 1, plan.size[held], period)
    table = np.zeros((rows - 1, period))
    _occupy(table, plan, plan.limited, start, period)
    peak = profile.max(axis=1, initial=0.0)
    finish = start + plan.duration
    depth = int((plan.alap + plan.duration).max(initial=0))
    latency = int(finish.max(initial=0))
    wire = float(np.sum(plan.pull * start)) + plan.carried
    cost = float(np.sum(plan.weight * peak)) + wire + plan.latency_weight * latency
    widest = int(np.diff(plan.values.first).max(initial=0))
    return LimitedState(
        start=start.copy(),
        best=start.copy(),
        last=last,
        table=table,
        profile=profile,
        peak=peak,
        tops=_tops(profile, peak, period),
        finishing=np.bincount(finish, minlength=depth + 1),
        latency=np.array([latency]),
        cost=np.array([cost, cost, wire]),
        random=seeded(seed),
        scale=np.zeros(rows),
        power=np.zeros(rows),
        late=np.zeros(depth + 1),
        lateness=np.zeros(2),
        target=np.full(nodes, -1, np.int64),
        way=np.zeros(nodes, np.int64),
        seated=np.zeros(nodes, bool),
        moved=np.empty(MOST, np.int64),
        origin=np.empty(MOST, np.int64),
        queue=np.empty(4 * MOST, np.int64),
        shift=np.zeros((rows, width + 1)),
        left=np.full(rows, width, np.int64),
        right=np.zeros(rows, np.int64),
        after=np.zeros(rows + 1),
        row=np.zeros(rows, np.int64),
        value=np.empty(widest * MOST, np.int64),
        value_last=np.empty(widest * MOST, np.int64),
        tally=np.zeros(3, np.int64),
    )


def _occupy(rows: np.ndarray, plan: LimitedPlan, uses, start: np.ndarray, period: int) -> None:
    """Add the uses of all nodes to rows by class, folded."""
    user, use = np.repeat(np.arange(start.size), np.diff(uses.first)), uses.item
    ends = start[user] + plan.use_occupancy[use]
    _fill(rows, plan.use_class[use], start[user], ends, plan.use_demand[use], period)


@njit(cache=True, nogil=True)
def _fill(rows, row, begin, end, amount, period):
    """Add amounts to rows in the steps ``begin <= d < end``, folded."""
    for k in range(row.size):
        for step in range(begin[k], end[k]):
            rows[row[k], step % period] += amount[k]


def _tops(profile: np.ndarray, peak: np.ndarray, period: int) -> np.ndarray:
    """How many entries are at the peak; of live memory only those of the period count."""
    tops = (profile == peak[:, None]).sum(axis=1)
    tops[-1] = np.sum(profile[-1, :period] == peak[-1])
    return tops
