"""Packed graphs for the contracts: one padded shape, so that all examples share a compilation."""

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from gaus_jax.core.build import make_problem
from gaus_jax.core.problem import Problem
from gaus_jax.core.window import Window, window
from gaus_jax.model.constraints import CONSTRAINTS
from gaus_jax.model.terms import TERMS
from gaus_jax.relax.flatten import flatten
from gaus_jax.relax.gaussian import relax
from gaus_jax.relax.pack import Shape, pack
from gaus_jax.relax.packed import Graph
from tests import reference

NODES = 6  # most nodes of a graph that fits in SHAPE
SMALL = {"max_nodes": NODES, "max_edges": 10}  # options of the strategies
SHAPE = Shape(
    free=8, fixed=8, edges=16, uses=24, changes=16, values=8, consumers=16, steps=48, classes=3,
    spans=True,
)  # fmt: skip
LARGER = Shape(
    free=13, fixed=11, edges=19, uses=31, changes=23, values=12, consumers=21, steps=59, classes=5,
    spans=True,
)  # fmt: skip


class Case(NamedTuple):
    """One packed problem, without a batch axis."""

    problem: Problem
    frame: Window
    graph: Graph
    free: np.ndarray  # nodes in the order of the variables


def packed(
    problem, depth: int, lifetime: str = "register", shape: Shape = SHAPE, ii: int | None = None
) -> Case:
    frame = window(problem, depth, ii)
    flat, free = flatten(problem, frame, lifetime, [1.0])
    batch = pack([flat], [free], shape, jnp.float64)
    return Case(problem, frame, jax.tree.map(lambda leaf: leaf[0], batch.graph), free)


def rich(seed: int) -> tuple[Problem, list[int], int]:
    """A graph with a bit of everything, a legal start drawn at random, and its depth."""
    rng = np.random.default_rng(seed)
    ends = [(i, j) for j in range(NODES) for i in range(j) if rng.random() < 0.45]
    uses = rng.integers(0, [NODES, 3, 4, 5], (10, 4)).T
    problem = make_problem(
        NODES,
        ends,
        latency=rng.integers(0, 3, NODES),
        size=rng.integers(1, 6, NODES),
        output=rng.random(NODES) < 0.25,
        workspace=rng.integers(0, 3, NODES),
        classes=("x", "y", "z"),
        class_cost=rng.integers(1, 4, 3),
        uses=uses,
        weight=rng.integers(0, 4, len(ends)),
        delay=rng.integers(0, 2, len(ends)),
        is_data=rng.random(len(ends)) < 0.8,
    )
    depth = reference.depth(problem, 1) + int(rng.integers(2, 6))
    last = reference.alap(problem, depth)
    start = [0] * NODES
    for i in range(NODES):  # nodes are in topological order
        into = [e for e in reference.edges_in_force(problem, None) if e.head == i]
        start[i] = int(
            rng.integers(max([start[e.tail] + e.gap for e in into], default=0), last[i] + 1)
        )
    return problem, start, depth


def spread(case: Case, values) -> jax.Array:
    """Values by node to the padded variables."""
    every = np.zeros(case.graph.low.shape[0])
    every[: case.free.size] = np.asarray(values, float)[case.free]
    return jnp.asarray(every)


def one_hot(case: Case) -> jax.Array:
    return jnp.full(case.graph.low.shape, 1e-6)


@partial(jax.jit, static_argnames=("evaluation", "width"))
def terms(graph, mean, std, temperature, last, evaluation="dense", width=8) -> jax.Array:
    """Every smooth term, in the order of the table."""
    view = relax(graph, mean, std, last_temperature=last, evaluation=evaluation, width=width)
    return jnp.stack([t.smooth(graph, view, temperature) for t in TERMS.values()])


@partial(jax.jit, static_argnames=("evaluation",))
def term_gradients(graph, mean, std, temperature, last, evaluation="dense"):
    """Of every smooth term: a row for each, by mean and by std."""
    return jax.jacrev(terms, argnums=(1, 2))(
        graph, mean, std, temperature, last, evaluation=evaluation
    )


@partial(jax.jit, static_argnames=("measure",))
def residuals(graph, mean, std, measure) -> jax.Array:
    """Every constraint's expected violations, in the order of the table."""
    view = relax(graph, mean, std)
    return jnp.concatenate([c.residual(graph, view, measure) for c in CONSTRAINTS.values()])


def permuted(problem: Problem, order) -> Problem:
    """The same problem with node ``order[k]`` in place ``k``, edges and uses in reverse."""
    order = np.asarray(order, int)
    place = np.empty(problem.nodes, int)
    place[order] = np.arange(problem.nodes)
    ends = np.stack([place[problem.tail], place[problem.head]], axis=1)[::-1]
    uses = (place[problem.use_node], problem.use_class, problem.use_demand, problem.use_occupancy)
    return make_problem(
        [problem.ids[i] for i in order],
        ends,
        latency=problem.latency[order],
        size=problem.size[order],
        output=problem.output[order],
        workspace=problem.workspace[order],
        classes=problem.classes,
        class_cost=problem.class_cost,
        limit=problem.limit,
        uses=[part[::-1] for part in uses],
        delay=problem.delay[::-1],
        distance=problem.distance[::-1],
        weight=problem.weight[::-1],
        is_data=problem.is_data[::-1],
    )


def soft_point(case: Case, seed: int):
    """Means inside the windows and widths from a third of a step to two, away from kinks."""
    rng = np.random.default_rng(seed)
    n = case.problem.nodes
    part = rng.uniform(0.13, 0.87, n)
    mean = case.frame.asap + part * case.frame.mobility
    std = np.ones(case.graph.low.shape[0])
    std[: case.free.size] = rng.uniform(0.3, 2.0, n)[case.free]
    return spread(case, mean), jnp.asarray(std)
