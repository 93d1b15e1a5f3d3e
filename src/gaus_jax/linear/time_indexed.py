"""The time-indexed linear relaxation: which nodes have started by which step.

Variables are ``S_i(t)``, the part of node ``i`` that has started by step ``t``, and ``E_i(t)``, the
part of value ``i`` whose last consumer has. Both rise with ``t`` from 0 before their window to 1 at
its end, so that only the steps within are variables, and

    dependence          ``S_j(t) <= S_i(t - l_i - delta_e)``
    last consumer       ``E_i(t) <= S_j(t)`` for every consumer ``j`` that may be the last
    usage               ``sum_i a_ir (S_i(d) - S_i(d - o_ir)) <= P_r``
    live                ``sum_i m_i (S_i(d - b_i) - E_i(d - 1)) <= P``, ``b_i`` the birth delay
    communication       ``sum_i c_i s_i``, ``s_i = ALAP_i - sum_t S_i(t)``.

Every row but those of usage and live compares two variables. A node's steps lie side by side, so
that a dependence is one shift of a range: all is stored as ranges, not as a matrix. With a stride
``g`` only every ``g``-th step is a variable; of memory alone that is a relaxation still.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from gaus_jax.core.lasts import possible_lasts
from gaus_jax.core.problem import Problem
from gaus_jax.core.profile import Lifetime, birth_delay
from gaus_jax.core.window import Window

TERMS = ("peak_usage", "communication", "peak_live")  # that the relaxation can weigh


class TimeIndexed(NamedTuple):
    """``min c x + sum_p w_p max_(rows q of p) (U x + u)_q``, ``x[less + k] <= x[more + k]``.

    Entities are the nodes, then the values with a last consumer of their own.
    """

    stride: int  # g, steps from one variable to the next
    depth: int  # D, steps
    nodes: int  # N
    low: np.ndarray  # (M,) int64, the entity's first column
    first: np.ndarray  # (M + 1,) int64, where the entity's variables begin
    own: int  # the ranges up to here compare an entity with itself: S(t) <= S(t + 1)
    row: np.ndarray  # (G + 1,) int64, where the rows of a range of comparisons begin
    less: np.ndarray  # (G,) int64, variable on the left of the range's first row
    more: np.ndarray  # (G,) int64, and on its right
    part: np.ndarray  # (F,) int64, variable at which a range of peak entries begins
    part_row: np.ndarray  # (F,) int64, peak row of its first entry
    part_size: np.ndarray  # (F,) int64, entries
    amount: np.ndarray  # (F,) float64, units or bits
    base: np.ndarray  # (H,) float64, what is certain in each peak row
    peak: np.ndarray  # (P + 1,) int64, where the rows of a peak begin
    peak_weight: np.ndarray  # (P,) float64
    slope: np.ndarray  # (V,) float64, c
    constant: float
    valid: bool  # whether its optimum is a lower bound

    @property
    def variables(self) -> int:
        """V."""
        return int(self.first[-1])


def size(window: Window, stride: int = 1) -> int:
    """The number of node variables at a stride."""
    return int(np.sum(-(-window.alap // stride) - -(-window.asap // stride)))


def build(
    problem: Problem,
    window: Window,
    weights: Mapping[str, float],
    lifetime: Lifetime,
    stride: int = 1,
) -> TimeIndexed:
    """The relaxation of ``sum_t weight_t term_t`` over the terms in `TERMS`."""
    axis = _Axis(stride, max(0, -(-(window.depth - 1) // stride)))
    low, high = axis.at(window.asap), axis.at(window.alap)
    lives = weights.get("peak_live", 0.0) > 0
    held, value, consumer, latest, *_ = possible_lasts(problem, window, lifetime)
    count = np.bincount(value, minlength=problem.nodes)
    # A value whose last consumer is known shares that node's variables.
    end = np.full(problem.nodes, -1, np.int64)
    alone = count[value] == 1
    end[value[alone]] = consumer[alone]
    several = np.flatnonzero(count > 1) if lives else np.zeros(0, np.int64)
    end[several] = problem.nodes + np.arange(several.size)
    value, consumer = value[~alone & lives], consumer[~alone & lives]
    last_high = np.zeros(problem.nodes, np.int64)
    np.maximum.at(last_high, value, high[consumer])
    low = np.concatenate([low, axis.at(latest[several])])
    high = np.concatenate([high, last_high[several]])
    first = np.concatenate([[0], np.cumsum(high - low)])

    own = np.arange(low.size)
    tail, head, reach = _binding(problem, window)
    ranges = [
        _compared(low, high, first, own, own, 1),
        _compared(low, high, first, head, tail, -(reach // stride)),
        _compared(low, high, first, end[value], consumer, 0),
    ]
    row_size, less, more = (np.concatenate(a) for a in zip(*ranges, strict=True))
    parts = _Parts(low, high, first, axis.columns)
    if weights.get("peak_usage", 0.0) > 0:
        _add_usage(parts, problem, weights["peak_usage"], stride)
    if lives:
        born = np.flatnonzero(held)
        _add_live(parts, problem, born, end, birth_delay(problem, lifetime), weights, stride)
    slope, constant = _communication(problem, window, weights, low, high, first, stride)
    whole = stride == 1 or not (constant or slope.any() or weights.get("peak_usage", 0.0) > 0)
    rows = np.concatenate([[0], np.cumsum(row_size)])
    return TimeIndexed(
        stride=stride, depth=window.depth, nodes=problem.nodes, low=low, first=first,
        own=ranges[0][0].size, row=rows, less=less, more=more,
        **parts.arrays(), slope=slope, constant=constant, valid=whole,
    )  # fmt: skip


def thresholds(model: TimeIndexed, started: np.ndarray, cuts: np.ndarray) -> np.ndarray:
    """The starts at which each node's part reaches a cut; (C, N) int64, steps.

    Of a feasible point every cut gives starts that keep the dependences of a stride of 1.
    """
    count = np.diff(model.first)[: model.nodes]
    node = np.repeat(np.arange(model.nodes), count)
    part = started[: node.size]
    below = [np.bincount(node, part < cut, model.nodes) for cut in cuts]
    return (model.low[: model.nodes] + np.array(below).astype(np.int64)) * model.stride


class _Axis(NamedTuple):
    """The columns: steps 0, g, 2 g, ... below D - 1, where all have started."""

    stride: int
    columns: int

    def at(self, step: np.ndarray) -> np.ndarray:
        """The first column at or after a step."""
        return np.clip(-(-step // self.stride), 0, self.columns)


def _binding(problem: Problem, window: Window) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Tail, head and reach of the edges that some starts in the windows would break."""
    tail, head, reach = problem.tail, problem.head, problem.reach
    binds = (problem.distance == 0) & (window.alap[tail] + reach > window.asap[head])
    return tail[binds], head[binds], reach[binds]


def _compared(low, high, first, less, more, shift) -> tuple[np.ndarray, ...]:
    """Ranges of ``x_less(k) <= x_more(k + shift)`` over the columns where both are variables."""
    begin = low[less]
    end = np.minimum(high[less], high[more] - shift)
    some = end > begin
    less, more, begin, end = less[some], more[some], begin[some], end[some]
    shift = np.broadcast_to(shift, some.shape)[some]
    assert np.all(begin + shift >= low[more])  # windows keep dependences
    left = first[less] + begin - low[less]
    right = first[more] + begin + shift - low[more]
    return end - begin, left, right


class _Parts:
    """Peak rows under construction: ranges of entries, and what is certain."""

    def __init__(self, low, high, first, columns: int) -> None:
        self.low, self.high, self.first, self.columns = low, high, first, columns
        self.ranges: list[tuple[np.ndarray, ...]] = []
        self.bases: list[np.ndarray] = []
        self.weights: list[float] = []

    def open(self, weight: float) -> None:
        """Begin a peak of one row a column and one more on either side."""
        self.bases.append(np.zeros(self.columns + 3))
        self.weights.append(weight)

    def add(self, entity, shift, amount) -> None:
        """Add ``amount x_entity(k)`` to row ``k + shift`` of the peak, for every column k.

        Rows count from column -1; a variable beyond its window is certain.
        """
        base = self.bases[-1]
        shift = np.broadcast_to(shift, entity.shape)
        sure = np.clip(self.high[entity] + shift + 1, 0, self.columns + 2)
        np.add.at(base, sure, amount)
        begin = np.maximum(self.low[entity], -1 - shift)
        end = np.minimum(self.high[entity], self.columns + 1 - shift)
        some = (end > begin) & (amount != 0)
        entity, begin, shift = entity[some], begin[some], shift[some]
        offset = (len(self.bases) - 1) * (self.columns + 2)
        self.ranges.append(
            (
                self.first[entity] + begin - self.low[entity],
                begin + shift + 1 + offset,
                end[some] - begin,
                amount[some],
            )
        )

    def arrays(self) -> dict[str, np.ndarray]:
        """The fields of the relaxation that say what its peaks are."""
        none = [(*[np.zeros(0, np.int64)] * 3, np.zeros(0))]
        part, row, size, amount = (
            np.concatenate(a) for a in zip(*(self.ranges or none), strict=True)
        )
        return {
            "part": part,
            "part_row": row,
            "part_size": size,
            "amount": amount,
            "base": np.concatenate([np.zeros(0), *(np.cumsum(b)[:-1] for b in self.bases)]),
            "peak": np.arange(len(self.bases) + 1) * (self.columns + 2),
            "peak_weight": np.array(self.weights),
        }


def _add_usage(parts: _Parts, problem: Problem, weight: float, stride: int) -> None:
    """Row ``k``: usage in step ``k``; with a stride, its mean since the column before."""
    for r, cost in enumerate(problem.class_cost):
        mine = (problem.use_class == r) & (problem.use_occupancy > 0)
        node, occupancy = problem.use_node[mine], problem.use_occupancy[mine]
        length = np.maximum(1, np.round(occupancy / stride)).astype(np.int64)
        amount = problem.use_demand[mine] * np.minimum(1.0, occupancy / stride)
        parts.open(weight * float(cost))
        parts.add(node, 0, amount)
        parts.add(node, length, -amount)


def _add_live(parts: _Parts, problem, born, end, delay, weights, stride: int) -> None:
    """Row ``k``: live memory in the step after column ``k``."""
    parts.open(weights["peak_live"])
    amount = problem.size[born].astype(float)
    # The birth counts from the last column that is not later: floor((g k + 1 - b) / g) = k - shift.
    parts.add(born, -((1 - delay[born]) // stride), amount)
    ends = end[born] >= 0
    parts.add(end[born][ends], 0, -amount[ends])


def _communication(problem, window, weights, low, high, first, stride):
    """The slope of each variable, and the constant; with a stride, to within its width."""
    weight = weights.get("communication", 0.0)
    slope = np.zeros(int(first[-1]))
    if weight == 0:
        return slope, 0.0
    nodes = problem.nodes
    part = -weight * stride * problem.pull
    slope[: first[nodes]] = np.repeat(part, (high - low)[:nodes])
    return slope, weight * float(problem.pull @ window.alap)
