"""What moves of single nodes change: starts, profiles, the cost, and the best starts seen."""

from typing import NamedTuple

import numpy as np

from gaus_jax.baselines.moves.plan import Plan
from gaus_jax.core.draw import seeded


class State(NamedTuple):
    """Changed in place by the kernels.

    The best starts are kept as an older snapshot and a journal of the moves since, as a copy at
    every improvement would take longer than the search: `best` plus the first ``tally[1]`` of the
    ``tally[0]`` moves noted.
    """

    start: np.ndarray  # (N,) int64, steps
    last: np.ndarray  # (N,) int64, start of the last consumer; -1 for none
    profile: np.ndarray  # (R + 1, T) float64, usage of each class, and live memory
    peak: np.ndarray  # (R + 1,) float64, of each profile
    tops: np.ndarray  # (R + 1,) int64, how many steps are at the peak
    finishing: np.ndarray  # (T + 1,) int64, how many nodes end before each step
    cost: np.ndarray  # (4,) float64: exact cost, least seen, energy, weighted communication
    latency: np.ndarray  # (1,) int64, steps
    scale: np.ndarray  # (R + 1,) float64, one over the peak at the last `rescale`, or 0
    power: np.ndarray  # (R + 1,) float64, sum of powers of the scaled profile
    best: np.ndarray  # (N,) int64, a snapshot
    journal: np.ndarray  # (M, 2) int64: node and step taken
    tally: np.ndarray  # (3,) int64: moves noted, those before the best, 1 where some are lost
    random: np.ndarray  # (1,) uint64
    # Scratch of the move under consideration.
    shift: np.ndarray  # (R + 1, T + 1) float64, changes of the profiles, 0 between moves
    left: np.ndarray  # (R + 1,) int64, steps changed in each row: from, T between moves
    right: np.ndarray  # (R + 1,) int64, and to
    after: np.ndarray  # (R + 1,) float64, sums of powers
    value: np.ndarray  # int64, values whose last consumer changes
    value_last: np.ndarray  # int64, and to what step
    pending: np.ndarray  # (5,) int64: node, step, values noted, latency after, rows touched
    row: np.ndarray  # (R + 1,) int64, the rows touched


def begin(plan: Plan, start: np.ndarray, steps: int, seed: int) -> State:
    """The profiles of a legal schedule over ``steps`` steps."""
    rows, nodes = plan.weight.size, start.size
    last = np.full(nodes, -1, np.int64)
    value = np.repeat(np.arange(nodes), np.diff(plan.consumers.first))
    np.maximum.at(last, value, start[plan.consumers.item])
    change = np.zeros((rows, steps + 1))
    user = np.repeat(np.arange(nodes), np.diff(plan.uses.first))
    np.add.at(change, (plan.uses.item, start[user]), plan.use_demand)
    np.subtract.at(change, (plan.uses.item, start[user] + plan.use_occupancy), plan.use_demand)
    held = plan.size > 0
    end = np.where(plan.kept, plan.depth, last + 1)
    np.add.at(change[-1], (start + plan.ahead)[held], plan.size[held])
    np.subtract.at(change[-1], end[held], plan.size[held])
    profile = np.ascontiguousarray(np.cumsum(change, axis=1)[:, :steps])
    peak = profile.max(axis=1, initial=0.0)
    finish = start + plan.duration
    latency = int(finish.max(initial=0))
    cost = float(plan.weight @ peak + plan.pull @ start + plan.latency_weight * latency)
    widest = int(np.diff(plan.values.first).max(initial=0))
    return State(
        start=start.copy(),
        last=last,
        profile=profile,
        peak=peak,
        tops=(profile == peak[:, None]).sum(axis=1),
        finishing=np.bincount(finish, minlength=steps + 1),
        cost=np.array([cost, cost, 0.0, float(plan.pull @ start)]),
        latency=np.array([latency]),
        scale=np.zeros(rows),
        power=np.zeros(rows),
        best=start.copy(),
        journal=np.empty((max(nodes, 1024), 2), np.int64),
        tally=np.zeros(3, np.int64),
        random=seeded(seed),
        shift=np.zeros((rows, steps + 1)),
        left=np.full(rows, steps, np.int64),
        right=np.zeros(rows, np.int64),
        after=np.zeros(rows),
        value=np.empty(widest, np.int64),
        value_last=np.empty(widest, np.int64),
        pending=np.zeros(5, np.int64),
        row=np.zeros(rows, np.int64),
    )


def best_start(state: State) -> np.ndarray:
    """The cheapest starts seen; (N,) int64, steps."""
    start = state.best.copy()
    for node, step in state.journal[: state.tally[1]]:
        start[node] = step
    return start
