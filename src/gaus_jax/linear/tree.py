"""Branch and bound over the windows of nodes, with prices for bounds.

Where windows are wide the time-indexed relaxation mixes copies of one schedule that begin at
different steps: their mean uses and holds little in every step. No single schedule is such a mix.
A branching sends a node to one side of a step, its predecessors or successors with it, and forbids
most mixes. Any set of disjoint windows that together hold all schedules proves the least of their
bounds; the leaf of the least bound is branched first.
"""

import heapq
import itertools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gaus_jax.core.cone import push_backward, push_forward
from gaus_jax.core.lasts import possible_lasts
from gaus_jax.core.problem import Problem
from gaus_jax.core.profile import Lifetime
from gaus_jax.core.window import Window
from gaus_jax.linear.first_order import FirstOrder, Saved

CHUNK = 25  # iterations between two looks at a leaf's bound
LEAST, MOST = 50, 200  # iterations of a leaf before it is branched
FALLEN = 0.15  # part of a leaf's gain below which a chunk's gain counts as little
FLAT = 1e-6  # uncertainty of a start below which a leaf's point counts as whole


@dataclass
class Leaf:
    """Windows, what is proved of the schedules within, and where the method stopped."""

    bound: float
    asap: np.ndarray  # (N,) int64, steps
    alap: np.ndarray  # (N,) int64, steps
    state: Saved  # shared with the parent until it runs
    begun: float  # the bound that it began with
    iterations: int = 0
    ready: bool = False  # whether to branch it, instead of more iterations


class Tree:
    """A bound that rises while leaves are branched.

    Args:
        problem: the graph.
        window: its windows, those that the method's relaxation was built for.
        lifetime: of the values.
        method: an iterate of the relaxation at every step (a stride of 1); the tree goes on with
            it.
        room: bytes that the leaves may take.
    """

    def __init__(
        self,
        problem: Problem,
        window: Window,
        lifetime: Lifetime,
        method: FirstOrder,
        room: float = np.inf,
    ) -> None:
        assert method.model.stride == 1
        self.problem, self.method = problem, method
        model = method.model
        dual = method.dual()
        self.scale = dual.scale
        self._width = np.diff(model.first)
        self._reach = _reach(problem, bool(model.slope.any()))
        self._node = np.repeat(np.arange(model.nodes), self._width[: model.nodes])
        # The values with an end of their own, and who may end them.
        ends = possible_lasts(problem, window, lifetime)
        many = np.bincount(ends.value, minlength=problem.nodes) > 1
        name = np.cumsum(many) - 1
        mine = many[ends.value] & (model.low.size > model.nodes)
        self._end, self._reader = name[ends.value[mine]], ends.consumer[mine]
        state = method.saved()
        self._left = room / (state.x.nbytes + state.y.nbytes + state.price.nbytes + 1)  # leaves
        self._closed = np.inf  # the least bound of the leaves that need no more branching
        self._ticket = itertools.count()
        self._heap: list[tuple[float, int, Leaf]] = []
        root = Leaf(dual.value, window.asap, window.alap, state, dual.value, LEAST, True)
        self._push(root)

    @property
    def value(self) -> float:
        """What is proved by now, up to rounding."""
        return min(self._closed, self._heap[0][0] if self._heap else np.inf)

    @property
    def done(self) -> bool:
        """Whether there is nothing to branch, or no room."""
        return not self._heap or self._heap[0][0] >= self._closed or self._left < 0

    def advance(self, left: Callable[[], float] = lambda: np.inf, cutoff: float = np.inf) -> None:
        """Work on the leaf of the least bound, until it has been iterated or branched.

        Args:
            left: seconds left, asked before each chunk.
            cutoff: what a leaf's bound must reach for the leaf to be closed.
        """
        if self.done:
            return
        _, _, leaf = heapq.heappop(self._heap)
        if leaf.ready:
            self._branch(leaf)
            return
        self._iterate(leaf, left, cutoff)
        if leaf.bound >= cutoff:
            self._closed = min(self._closed, leaf.bound)
        else:
            self._push(leaf)

    def point(self) -> np.ndarray:
        """(V,) float32, of the leaf worked on last."""
        return self.method.started()

    def _push(self, leaf: Leaf) -> None:
        heapq.heappush(self._heap, (leaf.bound, next(self._ticket), leaf))

    def _iterate(self, leaf: Leaf, left: Callable[[], float], cutoff: float) -> None:
        """Raise a leaf's bound while that is worth it; it may end early, and go on later."""
        begin, end = self._ranges(leaf.asap, leaf.alap)
        self.method.resume(leaf.state, begin, end)
        self._look(leaf, begin, end)
        while leaf.bound < cutoff and left() > 0:
            before = leaf.bound
            self.method.advance(CHUNK)
            leaf.iterations += CHUNK
            self._look(leaf, begin, end)
            little = leaf.bound - before <= FALLEN * (leaf.bound - leaf.begun)
            if leaf.iterations >= MOST or (little and leaf.iterations >= LEAST):
                leaf.ready = True
                break
        if leaf.bound > leaf.begun or leaf.ready:
            leaf.state = self.method.saved()
            self._left -= 1

    def _look(self, leaf: Leaf, begin: np.ndarray, end: np.ndarray) -> None:
        dual = self.method.dual((begin, end))
        leaf.bound = max(leaf.bound, dual.value)
        self.scale = max(self.scale, dual.scale)

    def _branch(self, leaf: Leaf) -> None:
        """Replace a leaf by two, one on either side of the step where a node is the least sure."""
        place = self._place(leaf)
        if place is None:  # a single schedule
            self._closed = min(self._closed, leaf.bound)
            return
        node, step = place
        early, late = leaf.alap.copy(), leaf.asap.copy()
        early[node], late[node] = step, step + 1
        for asap, alap in (
            (leaf.asap, push_backward(self.problem, early)),
            (push_forward(self.problem, late), leaf.alap),
        ):
            if np.all(asap <= alap):
                self._push(Leaf(leaf.bound, asap, alap, leaf.state, leaf.bound))

    def _place(self, leaf: Leaf) -> tuple[int, int] | None:
        """The node to branch, and the last step of its earlier half."""
        model, nodes = self.method.model, self.problem.nodes
        part = leaf.state.x[: self._node.size]
        doubt = np.bincount(self._node, part * (1 - part), nodes) * self._reach
        free = leaf.alap > leaf.asap
        if not free.any():
            return None
        node = int(np.argmax(np.where(free, doubt, -1.0)))
        if doubt[node] <= FLAT:
            node = int(np.argmax((leaf.alap - leaf.asap) * self._reach))
        own = part[model.first[node] : model.first[node + 1]]
        step = int(model.low[node] + np.argmax(np.minimum(own, 1 - own)))
        return node, int(np.clip(step, leaf.asap[node], leaf.alap[node] - 1))

    def _ranges(self, asap: np.ndarray, alap: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The steps that are left to every entity, counted from its first; (M,) int64 each."""
        low, ends = self.method.model.low, self.method.model.low.size - self.problem.nodes
        first = np.zeros(ends, np.int64)
        last = np.zeros(ends, np.int64)
        np.maximum.at(first, self._end, asap[self._reader])
        np.maximum.at(last, self._end, alap[self._reader])
        begin = np.clip(np.concatenate([asap, first]) - low, 0, self._width)
        return begin, np.clip(np.concatenate([alap, last]) - low, begin, self._width)


def _reach(problem: Problem, communicates: bool) -> np.ndarray:
    """How much depends on the start of each node; (N,) float64.

    A source that nothing draws to its readers may come just before them: it decides nothing.
    """
    into = np.bincount(problem.head, minlength=problem.nodes)
    out = np.bincount(problem.tail, minlength=problem.nodes)
    reach = np.sqrt((1.0 + into) * (1.0 + out))
    return reach if communicates else np.where(into > 0, reach, FLAT)
