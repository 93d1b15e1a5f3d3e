"""The network whose cuts are what must be held between nodes that have started and others."""

import time
from collections.abc import Iterator

import numpy as np

from gaus_jax.base.interrupt import INTERRUPTS
from gaus_jax.bounds.max_flow import Network, network
from gaus_jax.core.problem import Problem
from gaus_jax.core.profile import Lifetime, birth_delay, readers

# How the cuts of a network share their seconds
SHARE = 0.1  # of the seconds for bounds
BUILD = 6e-7  # seconds a node or edge, to build the network
EFFORT = 1e8  # vertices and arcs that a cut looks at in a second, about
LOOKS = 200  # at each arc of the network, at most, for one cut; what flows by then is a bound
LOOK_WORK = 100_000  # nodes and edges, times cuts, between two looks at the clock


def amounts(problem: Problem, lifetime: Lifetime) -> np.ndarray:
    """What a value counts for; (N,) float64: nothing, where it is born later than a step after."""
    return np.where(birth_delay(problem, lifetime) <= 1, problem.size, 0.0)


def held_network(problem: Problem, amount: np.ndarray) -> Network:
    """Vertices: nodes, then their values.

    A node on the near side pays for its value if a reader is on the far side, and draws all that
    come before it to its side.
    """
    count, forward = problem.nodes, problem.distance == 0
    node = np.arange(count)
    value, reader = readers(problem)
    tail = np.concatenate([node, value + count, problem.head[forward]])
    head = np.concatenate([node + count, reader, problem.tail[forward]])
    free = np.full(tail.size - count, np.inf)
    return network(2 * count, tail, head, np.concatenate([amount, free]))


def turns(
    problem: Problem, net: Network, until: float, cuts: float
) -> Iterator[tuple[int, float, float]]:
    """How many cuts to make next, and the effort of all of these and of one, between looks.

    Args:
        problem: the graph.
        net: its network.
        until: by ``time.perf_counter()``.
        cuts: how many in all.
    """
    some = max(1, LOOK_WORK // (problem.nodes + problem.edges))
    enough = float(LOOKS * net.head.size)
    while cuts > 0 and not INTERRUPTS.asked and (seconds := until - time.perf_counter()) > 0:
        yield int(min(some, cuts)), EFFORT * seconds, enough
        cuts -= some
