"""The time-indexed linear relaxation of peak memory under limits, with its rows folded by the II.

Variables are ``S_e(t)``, the part of entity ``e`` that has come by step ``t``: a node's start, or
the last read of a value that several nodes read. 0 before its window and 1 from its end on.

    dependence     ``S_j(t) <= S_i(t - l_i - delta_e + k_e II)``
    last read      ``E_i(t) <= S_j(t - k_e II)`` for every reader ``j``
    limits         ``sum over d = m mod II of sum_i a_ir (S_i(d) - S_i(d - o_ir)) <= C_r``
    live           ``sum over d = m mod II of sum_i m_i (S_i(d - b_i) - E_i(d - 1)) <= P``

As `gaus_jax.linear.time_indexed` for an II and limits; small enough for a simplex method.
"""

import numpy as np
from scipy.sparse import csr_array

from gaus_jax.core.problem import Problem
from gaus_jax.core.profile import Lifetime, birth_delay, horizon
from gaus_jax.core.reads import reads
from gaus_jax.core.window import Window
from gaus_jax.linear.network import dependences
from gaus_jax.linear.rows import Programme, stacked


def cells(window: Window) -> int:
    """The number of node variables."""
    return int(window.mobility.sum())


def peak_programme(
    problem: Problem,
    window: Window,
    limit: np.ndarray,
    lifetime: Lifetime,
    beside: float = 0.0,
) -> Programme:
    """``min P``; the last variable is P, the first are those of the nodes.

    ``beside`` is the least that other values hold, sizes times cycles in all slots together: the
    sum of the rows of live memory, and one more, ``II P >= sum over m of live(m) + beside``.
    """
    value, consumer, shift = reads(problem, window.ii, lifetime)
    kept = problem.output & (lifetime == "buffer") & (problem.size > 0)
    entities = _Entities(window, value, consumer, shift, kept)
    period = window.ii or max(horizon(problem, window.depth), window.depth) + 1
    rows = _Rows(entities)
    own = np.arange(entities.low.size)
    rows.compare(own, own, 1)
    tail, head, reach = dependences(problem, window)
    rows.compare(head, tail, -reach)
    several = entities.end[value] >= window.asap.size
    rows.compare(entities.end[value[several]], consumer[several], -shift[several])
    for r in np.flatnonzero(np.isfinite(limit)):
        mine = np.flatnonzero((problem.use_class == r) & (problem.use_occupancy > 0))
        node, length = problem.use_node[mine], problem.use_occupancy[mine]
        amount = problem.use_demand[mine]
        rows.fold(period, -float(limit[r]), 0.0, [(node, 0, -amount), (node, length, amount)])
    held = kept.copy()
    held[value] = True
    born = np.flatnonzero(held)
    size, end, late = problem.size[born], entities.end[born], entities.shift[born]
    ahead = birth_delay(problem, lifetime)[born]
    rows.fold(period, 0.0, 1.0, [(born, ahead, -size), (end, late + 1, size)])
    copies = int(entities.high.max(initial=0)) // period + 2
    return _beside(rows.programme(float(problem.size.sum()) * copies + beside), period, beside)


def _beside(programme: Programme, period: int, beside: float) -> Programme:
    """A row more, the sum of the last ones, where other values hold something."""
    if beside <= 0:
        return programme
    every = csr_array(programme.matrix[-period:].sum(axis=0).reshape(1, -1))
    least = np.array([programme.least[-period:].sum() + beside])
    return stacked(programme, every, least)


class _Entities:
    """Windows and first columns of nodes and last reads; ``end`` of each value, ``shift`` to it."""

    def __init__(self, window: Window, value, consumer, shift, kept) -> None:
        nodes = window.asap.size
        count = np.bincount(value, minlength=nodes)
        single = (count == 1) & ~kept
        self.end = np.full(nodes, -1, np.int64)
        self.shift = np.zeros(nodes, np.int64)
        alone = single[value]
        self.end[value[alone]] = consumer[alone]
        self.shift[value[alone]] = shift[alone]
        several = np.flatnonzero((count > 1) | kept)
        self.end[several] = nodes + np.arange(several.size)
        low = np.where(kept[several], window.depth - 1, 0)
        high = low.copy()
        at = self.end[value[~alone]] - nodes
        np.maximum.at(low, at, (window.asap[consumer] + shift)[~alone])
        np.maximum.at(high, at, (window.alap[consumer] + shift)[~alone])
        self.low = np.concatenate([window.asap, low])
        self.high = np.concatenate([window.alap, high])
        self.first = np.concatenate([[0], np.cumsum(self.high - self.low)])


class _Rows:
    """Rows ``sum of amounts of S >= least`` under construction; 0 and 1 are no variables."""

    def __init__(self, entities: _Entities) -> None:
        self.entities = entities
        self.count = 0
        self.row: list[np.ndarray] = []
        self.column: list[np.ndarray] = []
        self.amount: list[np.ndarray] = []
        self.least: list[np.ndarray] = []
        self.peak: list[np.ndarray] = []

    def open(self, least: np.ndarray, peak: float) -> np.ndarray:
        """New rows, with their right sides and the amount of P in each."""
        rows = self.count + np.arange(least.size)
        self.count += least.size
        self.least.append(least)
        self.peak.append(np.full(least.size, peak))
        return rows

    def add(self, row, entity, step, amount) -> None:
        """Add ``amount S_entity(step)`` to rows."""
        e = self.entities
        sure, free = step >= e.high[entity], step >= e.low[entity]
        least = np.concatenate(self.least)
        np.subtract.at(least, row[sure], amount[sure])
        self.least = [least]
        free &= ~sure
        entity, step = entity[free], step[free]
        self.row.append(row[free])
        self.column.append(e.first[entity] + step - e.low[entity])
        self.amount.append(amount[free])

    def compare(self, less, more, shift) -> None:
        """``S_less(t) <= S_more(t + shift)`` over the variables of the left side."""
        e = self.entities
        size = np.maximum(e.high[less] - e.low[less], 0)
        pair = np.repeat(np.arange(less.size), size)
        step = np.arange(pair.size) - np.repeat(np.cumsum(size) - size, size) + e.low[less][pair]
        there = step + np.broadcast_to(shift, less.shape)[pair]
        binds = there < e.high[more[pair]]
        pair, step, there = pair[binds], step[binds], there[binds]
        rows = self.open(np.zeros(pair.size), 0.0)
        self.add(rows, more[pair], there, np.ones(pair.size))
        self.add(rows, less[pair], step, -np.ones(pair.size))

    def fold(self, period: int, least: float, peak: float, parts) -> None:
        """Rows by slot of ``sum over d of amount S_entity(d - lag)``, parts summing to 0 in time.

        Each part is a tuple of entities, lags and amounts, and each entry of a part ends where
        that of the others does.
        """
        e = self.entities
        rows = self.open(np.full(period, least), peak)
        begin = np.min([e.low[entity] + lag for entity, lag, _ in parts], axis=0)
        end = np.max([e.high[entity] + lag for entity, lag, _ in parts], axis=0)
        size = np.maximum(end - begin, 0)
        which = np.repeat(np.arange(size.size), size)
        step = np.arange(which.size) - np.repeat(np.cumsum(size) - size, size) + begin[which]
        for entity, lag, amount in parts:
            late = np.broadcast_to(lag, size.shape)[which]
            self.add(rows[step % period], entity[which], step - late, amount[which])

    def programme(self, most: float) -> Programme:
        """The programme of all rows; P is at most ``most``."""
        variables = int(self.entities.first[-1])
        peak = np.concatenate(self.peak)
        some = np.flatnonzero(peak)
        row = np.concatenate([*self.row, some])
        column = np.concatenate([*self.column, np.full(some.size, variables)])
        amount = np.concatenate([*self.amount, peak[some]])
        matrix = csr_array((amount, (row, column)), shape=(self.count, variables + 1))
        return Programme(
            cost=np.append(np.zeros(variables), 1.0),
            matrix=matrix,
            least=np.concatenate(self.least),
            low=np.zeros(variables + 1),
            high=np.append(np.ones(variables), max(most, 1.0)),
        )
