"""Random problems: workloads with mixed demands, and deep graphs shaped like logic circuits."""

import numpy as np

from gaus_jax.base.errors import InputError
from gaus_jax.core.build import make_problem
from gaus_jax.core.problem import Problem

IDLE_SHARE = 0.6  # nodes without demand and size
LIGHT_SHARE = 0.6  # edges without weight
DEMANDS = (1000, 5000)  # least and largest of the rest
NEAR = 0.5  # chance that a second fan-in comes from the level above; else one further up, again


def workload(nodes: int, degree: float, seed: int) -> Problem:
    """A random graph with ``degree`` edges drawn a node, as in the workloads of GS-Schedule.

    Each edge joins two nodes drawn uniformly, the one of the smaller index being the producer;
    repeated pairs count once, and a node left alone (a share ``exp(-2 degree)``) is joined to
    one other. About 60 % of the nodes have demand and size 0, the others one integer from 1000
    to 5000 as both; about 60 % of the edges have weight 0, the others 1. One class ``op``,
    latency and occupancy 1. The depth grows slowly: for 1,000 to 10,000 nodes it is around 15 to
    20 at degree 3 (3.0 edges a node) and 8 to 10 at degree 1.1 (1.2 edges a node).

    Differentiable Combinatorial Scheduling at Scale, ICML (2024), describes such workloads; this
    is our reading of their statistics, not their generator.

    Raises:
        InputError: fewer than two nodes, which cannot be joined.
    """
    if nodes < 2:
        raise InputError(f"a workload of {nodes} nodes: take at least 2")
    rng = np.random.default_rng(seed)
    pairs = _other(rng, rng.integers(nodes, size=round(nodes * degree)), nodes)
    alone = np.setdiff1d(np.arange(nodes), pairs)
    edges = np.sort(np.concatenate([pairs, _other(rng, alone, nodes)]), axis=1)
    edges = np.unique(edges, axis=0)
    busy = rng.random(nodes) >= IDLE_SHARE
    demand = np.where(busy, rng.integers(DEMANDS[0], DEMANDS[1] + 1, size=nodes), 0)
    return make_problem(
        nodes,
        edges,
        name=f"workload-{degree:g}-{nodes}-{seed}",
        size=demand,
        uses=(np.arange(nodes), 0, demand, 1),
        weight=rng.random(len(edges)) >= LIGHT_SHARE,
    )


def _other(rng: np.random.Generator, ends: np.ndarray, nodes: int) -> np.ndarray:
    """Each end with a uniformly drawn other node, (len, 2)."""
    return np.stack([ends, (ends + rng.integers(1, nodes, size=len(ends))) % nodes], axis=1)


def layered(nodes: int, depth: int, seed: int) -> Problem:
    """A random graph with exactly so many nodes and levels, two fan-ins a node, all numbers 1.

    A node's first fan-in lies one level above it, which fixes its level; the second lies a
    geometrically distributed number of levels further up, as in a circuit whose signals are
    mostly used soon. A top node that nothing reads gets one more reader on the second level.

    Raises:
        InputError: a depth below 1 or above the number of nodes.
    """
    if not 1 <= depth <= nodes:
        raise InputError(f"{nodes} nodes on {depth} levels: take a depth from 1 to {nodes}")
    rng = np.random.default_rng(seed)
    extra = rng.multinomial(nodes - depth, np.full(depth, 1 / depth))
    first = np.concatenate([[0], np.cumsum(1 + extra)])  # (depth + 1,) first node of each level
    level = np.repeat(np.arange(depth), 1 + extra)  # (N,)
    gate = np.arange(first[1] if depth > 1 else nodes, nodes)
    above = level[gate] - 1
    back = np.maximum(above - (rng.geometric(NEAR, size=len(gate)) - 1), 0)
    one, two = (_member(rng, first, at) for at in (above, back))
    # A second fan-in equal to the first moves to the node before it, or after node 0.
    two = np.where(two == one, np.where(one > 0, one - 1, 1), two)
    real = two < first[above + 1]  # not where only one node lies above
    edges = np.concatenate([np.stack([one, gate], 1), np.stack([two, gate], 1)[real]])
    if depth > 1:
        unread = np.setdiff1d(np.arange(first[1]), edges[:, 0])
        reader = _member(rng, first, np.ones(len(unread), np.int64))
        edges = np.concatenate([edges, np.stack([unread, reader], 1)])
    edges = edges[np.lexsort((edges[:, 0], edges[:, 1]))]
    return make_problem(nodes, edges, name=f"layered-{nodes}-{depth}-{seed}")


def _member(rng: np.random.Generator, first: np.ndarray, level: np.ndarray) -> np.ndarray:
    """A uniformly drawn node of each given level."""
    size = first[level + 1] - first[level]
    return first[level] + (rng.random(len(level)) * size).astype(np.int64)
