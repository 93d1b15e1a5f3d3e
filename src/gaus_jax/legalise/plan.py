"""What moves of nodes need to know of a problem, and the state that they change in place."""

from typing import NamedTuple

import numpy as np

from gaus_jax.core.draw import seeded
from gaus_jax.core.graph import Groups, Neighbours, group
from gaus_jax.core.problem import Problem
from gaus_jax.core.profile import Lifetime, birth_delay
from gaus_jax.core.window import Window

MOST = 24  # nodes of one move


class MovePlan(NamedTuple):
    """What stays the same from move to move."""

    movable: np.ndarray  # (F,) int64, nodes with mobility
    asap: np.ndarray  # (N,) int64, steps
    alap: np.ndarray  # (N,) int64, steps
    before: Neighbours  # predecessors
    after: Neighbours  # successors
    uses: Groups
    use_class: np.ndarray  # (U,) int64
    use_demand: np.ndarray  # (U,) float64
    use_occupancy: np.ndarray  # (U,) int64, cycles
    class_cost: np.ndarray  # (R,) float64
    pull: np.ndarray  # (N,) float64, communication per step
    size: np.ndarray  # (N,) float64; 0 where nothing is held
    ahead: np.ndarray  # (N,) int64, from start to birth, steps
    consumers: Groups  # of each value
    values: Groups  # consumed by each node, values held to the last step left out
    kept: np.ndarray  # (N,) bool, held to the last step
    depth: int
    follows_late: np.ndarray  # (N,) bool, sources that keep just before their first consumer
    follows_early: np.ndarray  # (N,) bool, sinks that keep just after their last producer
    follow: bool  # whether any do
    beyond: float  # chance of a step that others have to give way to

    @classmethod
    def of(
        cls, problem: Problem, window: Window, lifetime: Lifetime, memory_only: bool, beyond: float
    ) -> "MovePlan":
        """Gather it from a problem.

        Where register memory is all that counts, a source is best just before its first consumer
        and a sink just after its last producer: they follow the others and are not moved
        themselves. A sink of sources is left free, as each would wait for the other.
        """
        forward = problem.distance == 0
        data = forward & problem.is_data & (problem.size[problem.tail] > 0)
        value, consumer = problem.tail[data], problem.head[data]
        buffer = lifetime == "buffer"
        held = np.zeros(problem.nodes, bool)
        held[value] = True
        if buffer:  # a producer counts as its value's first consumer
            every = np.flatnonzero(problem.size > 0)
            value, consumer = np.append(value, every), np.append(consumer, every)
            held[every] = True
        kept = problem.output & buffer
        pairs = np.unique(np.stack([value, consumer], axis=1), axis=0)
        pairs = pairs[~kept[pairs[:, 0]]]
        source = np.diff(problem.incoming.first) == 0
        sink = np.diff(problem.outgoing.first) == 0
        dominated = memory_only and not buffer
        follows_late = source & ~sink & dominated
        follows_early = sink & ~source & dominated
        follows_early[problem.head[forward & follows_late[problem.tail]]] = False
        movable = (window.mobility > 0) & ~follows_late & ~follows_early
        return cls(
            movable=np.flatnonzero(movable),
            asap=window.asap,
            alap=window.alap,
            before=Neighbours.of(problem.incoming, problem.tail, problem.reach),
            after=Neighbours.of(problem.outgoing, problem.head, problem.reach),
            uses=problem.uses,
            use_class=problem.use_class,
            use_demand=problem.use_demand,
            use_occupancy=problem.use_occupancy,
            class_cost=problem.class_cost,
            pull=problem.pull,
            size=np.where(held, problem.size, 0.0),
            ahead=birth_delay(problem, lifetime),
            consumers=group(problem.nodes, pairs[:, 0], pairs[:, 1]),
            values=group(problem.nodes, pairs[:, 1], pairs[:, 0]),
            kept=kept,
            depth=window.depth,
            follows_late=follows_late,
            follows_early=follows_early,
            follow=bool(follows_late.any() or follows_early.any()),
            beyond=beyond,
        )


class MoveState(NamedTuple):
    """What moves change, in place."""

    start: np.ndarray  # (N,) int64, steps
    best: np.ndarray  # (N,) int64, the cheapest start seen
    best_cost: np.ndarray  # (1,) float64
    last: np.ndarray  # (N,) int64, start of the last consumer; -1 for none
    usage: np.ndarray  # (R, T) float64
    live: np.ndarray  # (T,) float64
    shift: np.ndarray  # (T + 1,) float64, scratch, all 0 between moves
    communication: np.ndarray  # (1,) float64, up to a constant
    factors: np.ndarray  # (3,) of peak usage, communication, peak live
    random: np.ndarray  # (1,) uint64
    target: np.ndarray  # (N,) int64, scratch, -1 between moves: where dragged nodes go
    moved: np.ndarray  # (MOST,) int64, scratch: the nodes of a move
    origin: np.ndarray  # (MOST,) int64, scratch: where they came from
    queue: np.ndarray  # (4 MOST,) int64, scratch
    old_value: np.ndarray  # int64, scratch: values whose last consumer a move changed
    old_last: np.ndarray  # int64, scratch: what it was
    saved: np.ndarray  # (R,) float64, scratch: sums of powers before a move
    low: np.ndarray  # (N,) int64, the first step that a node may have; its ASAP, or later
    high: np.ndarray  # (N,) int64, the last one; its ALAP, or sooner
    span: np.ndarray  # (2,) int64, from which step on to before which one nodes may move


class Part(NamedTuple):
    """A part of the steps, and what is to be tried in it."""

    nodes: np.ndarray  # int64, movable, all in it
    span: np.ndarray  # (2,) int64, its first step and the one after its last
    moves: int
    sums: np.ndarray  # (R + 1,) float64, of powers, of usage and live memory over all steps
    scale: np.ndarray  # (R + 1,) float64, of what the powers are of


def begin(
    plan: MovePlan, start: np.ndarray, factors: np.ndarray, steps: int, seed: int
) -> MoveState:
    """The profiles of a legal schedule, its followers where they belong."""
    start = np.where(plan.follows_late, _latest(plan, start), start)
    start = np.where(plan.follows_early, _earliest(plan, start), start)
    last = np.full(start.size, -1, np.int64)
    value = np.repeat(np.arange(start.size), np.diff(plan.consumers.first))
    np.maximum.at(last, value, start[plan.consumers.item])
    last[plan.kept] = plan.depth - 1
    usage = np.zeros((max(1, plan.class_cost.size), steps + 1))
    user = np.repeat(np.arange(start.size), np.diff(plan.uses.first))
    use = plan.uses.item
    np.add.at(usage, (plan.use_class[use], start[user]), plan.use_demand[use])
    freed = start[user] + plan.use_occupancy[use]
    np.subtract.at(usage, (plan.use_class[use], freed), plan.use_demand[use])
    held = plan.size > 0
    live = np.zeros(steps + 1)
    live += np.bincount((start + plan.ahead)[held], plan.size[held], steps + 1)
    live -= np.bincount(last[held] + 1, plan.size[held], steps + 1)
    widest = int(np.diff(plan.values.first).max(initial=0))
    return MoveState(
        start=start.copy(),
        best=start.copy(),
        best_cost=np.full(1, np.inf),
        last=last,
        # Contiguous for any number of classes: another layout would compile the kernels anew.
        usage=np.ascontiguousarray(np.cumsum(usage, axis=1)[:, :steps]),
        live=np.cumsum(live)[:steps],
        shift=np.zeros(steps + 1),
        communication=np.array([np.sum(plan.pull * start)]),
        factors=factors,
        random=seeded(seed),
        target=np.full(start.size, -1, np.int64),
        moved=np.empty(MOST, np.int64),
        origin=np.empty(MOST, np.int64),
        queue=np.empty(4 * MOST, np.int64),
        old_value=np.empty(widest * MOST, np.int64),
        old_last=np.empty(widest * MOST, np.int64),
        saved=np.empty(plan.class_cost.size),
        low=plan.asap.copy(),
        high=plan.alap.copy(),
        span=np.array([0, steps + 1]),
    )


def _latest(plan: MovePlan, start: np.ndarray) -> np.ndarray:
    """How late each node could start with all others where they are."""
    tail = np.repeat(np.arange(start.size), np.diff(plan.after.first))
    step = plan.alap.copy()
    np.minimum.at(step, tail, start[plan.after.node] - plan.after.reach)
    return step


def _earliest(plan: MovePlan, start: np.ndarray) -> np.ndarray:
    """How early each node could start with all others where they are."""
    head = np.repeat(np.arange(start.size), np.diff(plan.before.first))
    step = plan.asap.copy()
    np.maximum.at(step, head, start[plan.before.node] + plan.before.reach)
    return step


def scratch(state: MoveState, number: int) -> MoveState:
    """The same schedule and profiles, with scratch and a stream of random numbers of its own."""
    x = int(state.random[0]) + (number + 1) * 0x9E3779B97F4A7C15
    return state._replace(
        random=np.array([x % 2**64 or 1], np.uint64),
        shift=np.zeros_like(state.shift),
        communication=np.zeros(1),
        moved=np.empty_like(state.moved),
        origin=np.empty_like(state.origin),
        queue=np.empty_like(state.queue),
        old_value=np.empty_like(state.old_value),
        old_last=np.empty_like(state.old_last),
        saved=np.empty_like(state.saved),
    )
