"""What moves of single nodes need to know of a problem, and never change."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from gaus_jax.core.graph import Groups, group
from gaus_jax.core.problem import Problem
from gaus_jax.core.profile import Lifetime, birth_delay, readers
from gaus_jax.core.window import Window


class Plan(NamedTuple):
    """Neighbours, uses and lifetimes by node, and the weight of everything.

    A row is a class of resources, or, the last one, live memory. Rows without weight have no
    entries in the groups, so that a move need not ask.
    """

    movable: np.ndarray  # (F,) int64, nodes with mobility
    asap: np.ndarray  # (N,) int64, steps
    alap: np.ndarray  # (N,) int64, steps
    duration: np.ndarray  # (N,) int64, steps
    before: Groups  # producers of each node
    before_reach: np.ndarray  # int64, steps
    after: Groups  # consumers of each node
    after_reach: np.ndarray  # int64, steps
    uses: Groups  # rows used by each node
    use_demand: np.ndarray  # float64
    use_occupancy: np.ndarray  # int64, cycles
    pull: np.ndarray  # (N,) float64, weighted communication per step
    size: np.ndarray  # (N,) float64; 0 where nothing is held
    ahead: np.ndarray  # (N,) int64, from start to birth, steps
    consumers: Groups  # of each value
    values: Groups  # consumed by each node, values held to the last step left out
    kept: np.ndarray  # (N,) bool, held to the last step
    weight: np.ndarray  # (R + 1,) float64, of each row's peak
    latency_weight: float
    depth: int

    @classmethod
    def of(
        cls,
        problem: Problem,
        window: Window,
        weights: Mapping[str, float],
        lifetime: Lifetime,
    ) -> "Plan":
        """Gather it for a weighted sum of terms."""
        live = weights.get("peak_live", 0.0)
        weight = np.append(weights.get("peak_usage", 0.0) * problem.class_cost, live)
        before, before_reach = _neighbours(problem, window, problem.head, problem.tail)
        after, after_reach = _neighbours(problem, window, problem.tail, problem.head)
        used = weight[problem.use_class] * problem.use_demand * problem.use_occupancy > 0
        used = np.flatnonzero(used)
        used = used[np.argsort(problem.use_node[used], kind="stable")]
        value, consumer, held = _values(problem, lifetime, live > 0)
        kept = problem.output & (lifetime == "buffer")
        return cls(
            movable=np.flatnonzero(window.mobility > 0),
            asap=window.asap,
            alap=window.alap,
            duration=problem.duration,
            before=before,
            before_reach=before_reach,
            after=after,
            after_reach=after_reach,
            uses=group(problem.nodes, problem.use_node[used], problem.use_class[used]),
            use_demand=problem.use_demand[used],
            use_occupancy=problem.use_occupancy[used],
            pull=problem.pull * weights.get("communication", 0.0),
            size=np.where(held, problem.size, 0.0),
            ahead=birth_delay(problem, lifetime),
            consumers=group(problem.nodes, value, consumer),
            values=group(problem.nodes, consumer, value),
            kept=kept,
            weight=weight,
            latency_weight=float(weights.get("latency", 0.0)),
            depth=window.depth,
        )


def _neighbours(problem: Problem, window: Window, key, other) -> tuple[Groups, np.ndarray]:
    """The nodes at the other ends of the edges that can bind, and their reaches, by node."""
    tight = window.alap[problem.tail] + problem.reach > window.asap[problem.head]
    edges = np.flatnonzero(tight & (problem.distance == 0))
    edges = edges[np.argsort(key[edges], kind="stable")]
    return group(problem.nodes, key[edges], other[edges]), problem.reach[edges]


def _values(
    problem: Problem, lifetime: Lifetime, counts: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pairs of a value and a consumer of it, and which values are held at all."""
    held = np.zeros(problem.nodes, bool)
    if not counts:
        return np.empty(0, np.int64), np.empty(0, np.int64), held
    value, consumer = readers(problem)
    held[value] = True
    if lifetime == "buffer":  # a producer counts as its value's first consumer
        every = np.arange(problem.nodes)
        value, consumer = np.append(value, every), np.append(consumer, every)
        held[every] = True
        read = ~problem.output[value]
        value, consumer = value[read], consumer[read]
    some = problem.size[value] > 0
    return value[some], consumer[some], held
