"""Moves within parts of the steps: what they touch fits a cache, and parts go side by side.

A part is a range of steps. Nodes that start in it, and are over with what they block by its end,
move within it; all others stay. No move then reads or changes what a move in another part does:
producers and consumers there give way as it is, a value has its last consumer in one part at most,
and each part counts its own changes of the sums of powers. Parts lie elsewhere in every piece of a
search.
"""

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np

from gaus_jax.legalise.moves import keep_best, measured, run, run_within
from gaus_jax.legalise.plan import MovePlan, MoveState, Part, scratch

PART_NODES = 8000  # movable nodes of a part, about
LEAST_STEPS = 24  # of a part, about, in units of the nodes' own widths
GOLDEN = 0.6180339887498949  # from one piece to the next, of all nodes


class Parted:
    """Annealing of one schedule, a large one in parts.

    Args:
        plan: of the problem.
        state: at a legal schedule; it is changed in place.
        abreast: parts that are worked on at once, each on a thread of its own.
    """

    def __init__(self, plan: MovePlan, state: MoveState, abreast: int = 1) -> None:
        self._plan, self._state = plan, state
        self._width = widths(plan)
        self._count = part_count(plan, abreast)
        self._workers = [scratch(state, k) for k in range(abreast if self._count > 1 else 0)]
        self._turn = 0

    def run(self, doublings: int, hot: float, cold: float, moves: int) -> None:
        """Anneal from one temperature to another."""
        plan, state = self._plan, self._state
        if not self._workers:
            run(plan, state, doublings, hot, cold, moves)
            return
        sums, scale = measured(plan, state, doublings)
        parts = [Part(*found, sums, scale) for found in self._parts(moves)]
        calls = [
            partial(run_within, plan, worker._replace(span=part.span), part, doublings, hot, cold)
            for worker, part in zip(self._workers, parts, strict=True)
        ]
        with ThreadPoolExecutor(len(calls)) as pool:
            others = [pool.submit(call) for call in calls[1:]]
            calls[0]()
            for other in others:
                other.result()
        for worker, part in zip(self._workers, parts, strict=True):
            _confine(plan, state, part.span, None)
            state.communication[0] += worker.communication[0]
            worker.communication[0] = 0.0
        keep_best(plan, state)

    def _parts(self, moves: int) -> list[tuple[np.ndarray, np.ndarray, int]]:
        """The next parts, far from each other: their nodes, steps and moves.

        Each has its share of the movable nodes, but for the first and the last, which are cut off.
        """
        movable, state, abreast = self._plan.movable, self._state, len(self._workers)
        starts = state.start[movable]
        until = np.cumsum(np.bincount(starts, minlength=self._plan.depth)) / movable.size
        self._turn += 1
        parts = []
        for k in range(abreast):
            at = (GOLDEN * self._turn + k / abreast) % 1.0
            left = at * (1 + 1 / self._count) - 1 / self._count
            right = left + 1 / self._count
            first, past = (
                int(np.searchsorted(until, edge, side="right")) for edge in (left, right)
            )
            share = (min(right, 1.0) - max(left, 0.0)) * self._count
            span = np.array([first, min(past, self._plan.depth)])
            _confine(self._plan, state, span, self._width)
            inside = (starts >= first) & (starts + self._width[movable] <= span[1])
            parts.append((movable[inside], span, int(moves / abreast * share)))
        return parts


def part_count(plan: MovePlan, abreast: int) -> float:
    """Into how many parts moves are split, not a whole number; 1 where not at all.

    At least one part more than there are abreast, or some would be idle.
    """
    steps = plan.depth / max(1.0, float(np.mean(widths(plan)))) / LEAST_STEPS
    count = plan.movable.size / PART_NODES
    if abreast > 1 and count >= 1:
        count = max(count, abreast + 1.0)
    count = min(count, steps)
    return count if count >= abreast + 1 else 1.0


def widths(plan: MovePlan) -> np.ndarray:
    """Steps from a node's start to where nothing that it blocks or delays is left; (N,) int64."""
    width = np.maximum(plan.ahead, 1)
    tail = np.repeat(np.arange(width.size), np.diff(plan.after.first))
    np.maximum.at(width, tail, plan.after.reach)
    user = np.repeat(np.arange(width.size), np.diff(plan.uses.first))
    np.maximum.at(width, user, plan.use_occupancy[plan.uses.item])
    return width


def _confine(plan: MovePlan, state: MoveState, span: np.ndarray, width: np.ndarray | None) -> None:
    """Limit the nodes that start in a part to it, those that reach beyond it to where they are.

    Without widths, take the limits away.
    """
    here = np.flatnonzero((state.start >= span[0]) & (state.start < span[1]))
    low, high = plan.asap[here], plan.alap[here]
    if width is not None:
        start, latest = state.start[here], span[1] - width[here]
        low = np.where(start > latest, start, np.maximum(low, span[0]))
        high = np.where(start > latest, start, np.minimum(high, latest))
    state.low[here], state.high[here] = low, high
