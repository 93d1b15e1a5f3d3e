"""A CP-SAT model of starts, slots and stages at an II."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from gaus_jax.baselines.whole import whole
from gaus_jax.core.problem import Problem
from gaus_jax.core.profile import Lifetime, birth_delay
from gaus_jax.core.recurrence import reach_at
from gaus_jax.core.reservation import Reservations
from gaus_jax.core.window import Window

GREATEST = 2**40  # of sums of amounts in whole numbers


class OutOfTimeError(Exception):
    """The time was up before the model was whole."""


class Moment(NamedTuple):
    """A step ``II k + m`` as a stage and literals for its slot."""

    stage: Any  # k
    after: list[Any]  # (II - 1,) the literal at ``q`` says that ``m > q``


class ModuloModel:
    """``s_i = II k_i + m_i`` with an order encoding of the slot; only where slots matter.

    Args:
        cp_model: the module of the solver.
        problem: the graph.
        window: its windows, at an II.
        hint: (N,) int64, steps, where a schedule is known, legal or not.
        expired: asked often; once it says True what is under construction ends in `OutOfTimeError`.
    """

    def __init__(
        self,
        cp_model: Any,
        problem: Problem,
        window: Window,
        hint: np.ndarray | None,
        expired: Callable[[], bool] = lambda: False,
    ) -> None:
        assert window.ii is not None, "modulo scheduling needs an II"
        self.model, self._expired = cp_model.CpModel(), expired
        self.weighted_sum = cp_model.LinearExpr.weighted_sum
        self.problem, self.window, self.ii = problem, window, window.ii
        self.hint = None if hint is None else np.clip(hint, window.asap, window.alap)
        lasts = zip(window.asap.tolist(), window.alap.tolist(), strict=True)
        self.start = [self.integer(low, high) for low, high in lasts]
        self._moments: dict[int, Moment] = {}
        for i, step in enumerate([] if self.hint is None else self.hint.tolist()):
            self.model.add_hint(self.start[i], step)
        self._depend()

    def integer(self, low: int, high: int) -> Any:
        """A new integer variable."""
        return self.model.new_int_var(low, high, "")

    def _go_on(self) -> None:
        if self._expired():
            raise OutOfTimeError

    def _depend(self) -> None:
        problem, window = self.problem, self.window
        reach = reach_at(problem, self.ii)
        binds = window.alap[problem.tail] + reach > window.asap[problem.head]
        binds &= problem.tail != problem.head
        edges = (a[binds].tolist() for a in (problem.tail, problem.head, reach))
        for tail, head, gap in zip(*edges, strict=True):
            self.model.add(self.start[head] >= self.start[tail] + gap)

    def moment(self, step: Any, low: int, high: int, hint: int | None = None) -> Moment:
        """The stage and the slot of a step from low to high."""
        self._go_on()
        stage = self.integer(low // self.ii, high // self.ii)
        after = [self.model.new_bool_var("") for _ in range(self.ii - 1)]
        for one, next_one in pairwise(after):
            self.model.add_implication(next_one, one)
        self.model.add(step == self.ii * stage + sum(after))
        if hint is not None:
            self.model.add_hint(stage, hint // self.ii)
            for q, literal in enumerate(after):
                self.model.add_hint(literal, hint % self.ii > q)
        return Moment(stage, after)

    def of_node(self, node: int) -> Moment:
        """The stage and the slot of a node's start."""
        if node not in self._moments:
            low, high = int(self.window.asap[node]), int(self.window.alap[node])
            hint = None if self.hint is None else int(self.hint[node])
            self._moments[node] = self.moment(self.start[node], low, high, hint)
        return self._moments[node]

    def limit_usage(self, table: Reservations, limit: np.ndarray) -> None:
        """What the entries in each slot take of each class is no more than there is.

        Args:
            table: the entries of each node.
            limit: (R,) units available.
        """
        users = np.unique(table.owner).tolist()
        at = {i: [self._in_slot(self.of_node(i), m) for m in range(self.ii)] for i in users}
        for r in range(len(self.problem.classes)):
            mine = np.flatnonzero(table.kind == r)
            if mine.size == 0:
                continue
            numbers = whole([*table.amount[mine].tolist(), float(limit[r])], GREATEST).numbers
            owner, offset = table.owner[mine].tolist(), table.offset[mine].tolist()
            for m in range(self.ii):
                self._go_on()
                here = [at[i][(m - k) % self.ii] for i, k in zip(owner, offset, strict=True)]
                self.model.add(self.weighted_sum(here, numbers[:-1]) <= numbers[-1])

    def _in_slot(self, moment: Moment, m: int) -> Any:
        """An expression that is 1 where the slot is m, else 0."""
        before = moment.after[m - 1] if m > 0 else 1
        return before - moment.after[m] if m < self.ii - 1 else before

    def live(self, lifetime: Lifetime) -> tuple[list[Any], float]:
        """``live(m)`` for each slot in whole numbers, and the factor that makes them.

        A value that is held last at ``II k' + m'`` and not yet at ``II k + m``, the step before its
        birth, is there ``k' - k + [m' >= q] - [m >= q]`` times in slot ``q``.
        """
        problem, ii = self.problem, self.ii
        numbers, factor = whole(problem.size.tolist(), GREATEST)
        ahead = birth_delay(problem, lifetime)
        terms: list[tuple[Moment, Moment, int]] = []
        for node in np.flatnonzero(np.array(numbers, np.int64) > 0).tolist():
            ends = self._ends(node, lifetime)
            if ends is None:
                continue
            before = self._shifted(node, int(ahead[node]) - 1)
            terms.append((before, ends, numbers[node]))
        sums = []
        for q in range(ii):
            self._go_on()
            parts, amounts = [], []
            for before, last, number in terms:
                parts += [last.stage, before.stage]
                amounts += [number, -number]
                if q > 0:  # in slot 0 both literals are true
                    parts += [last.after[q - 1], before.after[q - 1]]
                    amounts += [number, -number]
            sums.append(self.weighted_sum(parts, amounts))
        return sums, factor

    def _shifted(self, node: int, steps: int) -> Moment:
        """The moment so many steps after a node's start."""
        low, high = int(self.window.asap[node]) + steps, int(self.window.alap[node]) + steps
        hint = None if self.hint is None else int(self.hint[node]) + steps
        return self.moment(self.start[node] + steps, low, high, hint)

    def _ends(self, node: int, lifetime: Lifetime) -> Moment | None:
        """The last step in which a value is held, one before its birth where it is not."""
        problem, window = self.problem, self.window
        edges = problem.leaving.item[problem.leaving.first[node] : problem.leaving.first[node + 1]]
        edges = edges[problem.is_data[edges]]
        kept = lifetime == "buffer" and bool(problem.output[node])
        if lifetime == "register" and edges.size == 0:
            return None
        least = int(birth_delay(problem, lifetime)[node]) - (lifetime == "register")
        reads = [(self.start[node] + least, int(window.asap[node]) + least)]
        highs, hints = [int(window.alap[node]) + least], []
        if self.hint is not None:
            hints.append(int(self.hint[node]) + least)
        for e in edges.tolist():
            j, shift = int(problem.head[e]), int(problem.distance[e]) * self.ii
            reads.append((self.start[j] + shift, int(window.asap[j]) + shift))
            highs.append(int(window.alap[j]) + shift)
            if self.hint is not None:
                hints.append(int(self.hint[j]) + shift)
        if kept:
            reads.append((window.depth - 1, window.depth - 1))
            highs.append(window.depth - 1)
            hints.append(window.depth - 1)
        low, high = max(at for _, at in reads), max(highs)
        last = self.integer(low, high)
        for read, _ in reads:  # at the least is enough: no sum of live values gains by more
            self.model.add(last >= read)
        hint = max(hints) if self.hint is not None else None
        if hint is not None:
            self.model.add_hint(last, hint)
        return self.moment(last, low, high, hint)
