"""A problem as padded arrays over nodes and steps, in groups that can be sampled at once."""

from typing import Any, NamedTuple

import numpy as np

from gaus_jax.core.graph import group, longest_from_sources
from gaus_jax.core.problem import Problem
from gaus_jax.core.profile import birth_delay
from gaus_jax.core.window import Window
from gaus_jax.model.objective import Objective

GROUPS = (8, 16, 32, 64, 128, 256, 512)  # sizes to choose from
PAST = 16  # rows that a group costs besides its own


Table = Any  # a NumPy array where it is laid out, a JAX array where it is drawn from


class Edges(NamedTuple):
    """Edges of distance 0 by group: ``P`` for each of ``G`` groups, padded."""

    tail: Table  # (G, P) int32, row
    head: Table  # (G, P) int32, row
    reach: Table  # (G, P) int32, cycles, l_i + delta_e
    mask: Table  # (G, P) bool, False where padded


class Layout(NamedTuple):
    """Nodes sorted by level: a group has no edge within, and reads only earlier groups.

    ``G`` groups of ``C`` rows make ``M = G C`` rows, ``T`` steps. All axes are padded; padded
    rows have the window ``0 .. 0`` and weigh nothing.
    """

    row: Table  # (M,) int32, the node; N where padded
    low: Table  # (M,) int32, ASAP, steps
    high: Table  # (M,) int32, ALAP, steps
    into: Edges  # by the group of their head, which is counted within it
    out: Edges  # by the group of their tail, which is counted within it
    pull: Table  # (M,) float32, communication per step
    duration: Table  # (M,) int32, steps; 0 where padded
    use_row: Table  # (U,) int32
    use_class: Table  # (U,) int32
    use_demand: Table  # (U,) float32, units
    use_occupancy: Table  # (U,) int32, cycles
    class_cost: Table  # (R,) float32
    size: Table  # (M,) float32, bits or bytes; 0 where never held
    birth: Table  # (M,) int32, steps from the start to the first that holds the value
    ends: Table  # (M,) bool, whether the value is ever given up
    reader: Table  # (Q,) int32, row of a consumer
    read: Table  # (Q,) int32, row of what it reads
    reads: Table  # (Q,) bool, False where padded
    depth: Table  # () int32, D, steps
    weight: Table  # (4,) float32, of peak usage, communication, peak live, latency


def layout(problem: Problem, frame: Window, objective: Objective) -> Layout:
    """Lay out a problem; equal padded shapes share a program."""
    node, size, groups = _rows(problem)
    row_of = np.zeros(problem.nodes, np.int64)
    real = node < problem.nodes
    row_of[node[real]] = np.flatnonzero(real)

    def rows(values: np.ndarray, kind: type = np.int32) -> np.ndarray:
        filled = np.zeros(node.size, kind)
        filled[real] = values[node[real]]
        return filled

    uses = np.flatnonzero((problem.use_demand > 0) & (problem.use_occupancy > 0))
    count = _rounded(uses.size, 32)
    held, ends, reads = _lifetimes(problem, objective.lifetime)
    names = ("peak_usage", "communication", "peak_live", "latency")
    return Layout(
        row=node.astype(np.int32),
        low=rows(frame.asap),
        high=rows(frame.alap),
        into=_edges(problem, row_of, size, groups, of="head"),
        out=_edges(problem, row_of, size, groups, of="tail"),
        pull=rows(problem.pull, np.float32),
        duration=rows(problem.duration),
        use_row=_padded(row_of[problem.use_node[uses]], count),
        use_class=_padded(problem.use_class[uses], count),
        use_demand=_padded(problem.use_demand[uses], count, np.float32),
        use_occupancy=_padded(problem.use_occupancy[uses], count),
        class_cost=_padded(problem.class_cost, _rounded(problem.class_cost.size, 4), np.float32),
        size=rows(np.where(held, problem.size, 0.0), np.float32),
        birth=rows(birth_delay(problem, objective.lifetime)),
        ends=rows(ends, np.bool_),
        read=_padded(row_of[reads[:, 0]], _rounded(len(reads), 32)),
        reader=_padded(row_of[reads[:, 1]], _rounded(len(reads), 32)),
        reads=_padded(np.ones(len(reads)), _rounded(len(reads), 32), np.bool_),
        depth=np.array(frame.depth, np.int32),
        weight=np.array([objective.weights.get(name, 0.0) for name in names], np.float32),
    )


def padded_steps(depth: int) -> int:
    """The number of steps that a depth is padded to."""
    return _rounded(depth, 16)


def _rows(problem: Problem) -> tuple[np.ndarray, int, int]:
    """The node of each row (N where there is none), rows in a group, groups."""
    into = problem.incoming
    ones = np.ones(problem.edges, np.int64)
    level = longest_from_sources(problem.order, *into, problem.tail, ones)
    width = np.bincount(level)
    size = min(GROUPS, key=lambda size: int(np.sum(-(-width // size))) * (size + PAST))
    needed = -(-width // size)
    groups = _rounded(int(needed.sum()), 8)
    node = np.full(groups * size, problem.nodes)
    first = (np.cumsum(needed) - needed) * size
    by_level = group(width.size, level)
    place = np.arange(problem.nodes) - np.repeat(by_level.first[:-1], width)
    node[np.repeat(first, width) + place] = by_level.item
    return node, size, groups


def _edges(problem: Problem, row_of: np.ndarray, size: int, groups: int, of: str) -> Edges:
    """The edges of distance 0 by the group of one end."""
    edges = problem.forward
    rows = {"tail": row_of[problem.tail[edges]], "head": row_of[problem.head[edges]]}
    where, rows[of] = np.divmod(rows[of], size)
    by_group = group(groups, where)
    counts = np.diff(by_group.first)
    shape = (groups, _rounded(int(counts.max(initial=0)), 32))
    place = np.arange(edges.size) - np.repeat(by_group.first[:-1], counts)
    at = (np.repeat(np.arange(groups), counts), place)

    def filled(values: np.ndarray, kind: type) -> np.ndarray:
        table = np.zeros(shape, kind)
        table[at] = values[by_group.item]
        return table

    return Edges(
        tail=filled(rows["tail"], np.int32),
        head=filled(rows["head"], np.int32),
        reach=filled(problem.reach[edges], np.int32),
        mask=filled(np.ones(edges.size), np.bool_),
    )


def _lifetimes(problem: Problem, lifetime: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Whether each value is held at all, and given up; (Q, 2) who is read by whom."""
    edges = np.flatnonzero(problem.is_data & (problem.distance == 0))
    reads = np.unique(np.stack([problem.tail[edges], problem.head[edges]], axis=1), axis=0)
    read = np.zeros(problem.nodes, np.bool_)
    read[reads[:, 0]] = True
    every = np.ones(problem.nodes, np.bool_)
    if lifetime == "register":
        return read, every, reads
    # What nothing reads is held while it starts, as if it read itself.
    itself = np.flatnonzero(~read)
    reads = np.concatenate([reads, np.stack([itself, itself], axis=1)])
    return every, ~problem.output, reads


def _rounded(count: int, least: int) -> int:
    """Up to the next of ``least (2, 3, 4, 6, 8, 12, 16, ...) / 2``, so that few shapes occur."""
    rounded = least
    while rounded < count:
        power = rounded & -rounded
        rounded += rounded // 2 if rounded == power else rounded // 3
    return rounded


def _padded(values: np.ndarray, count: int, kind: type = np.int32) -> np.ndarray:
    filled = np.zeros(count, kind)
    filled[: values.size] = values
    return filled
