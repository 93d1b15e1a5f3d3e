"""GS-Schedule: gradient descent over categorical starts by Gumbel-softmax samples."""

import itertools
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float

from gaus_jax.baselines.baseline import Attempt
from gaus_jax.baselines.gumbel import sample, terms
from gaus_jax.baselines.gumbel_layout import Layout, layout, padded_steps
from gaus_jax.core.problem import Problem
from gaus_jax.model.objective import Objective

PERIOD = 50  # epochs in which the learning rate falls to 0, or rises from it
EPOCHS = 500  # without a time limit
TABLES = 16  # tables of nodes by steps that a sample and its gradient keep
EDGE_TABLES = 6  # of edges by steps
BYTES = 4  # float32


@dataclass(frozen=True, kw_only=True)
class GsSchedule:
    """Differentiable combinatorial scheduling (Liu, Li, Yin, Zhang, Yu; ICML 2024).

    A table of logits over nodes and steps for each sample, AdamW under a cosine learning rate,
    and a new legal sample from each table every epoch, of which the best is kept. Peaks are
    log-sum-exps: the paper's entropy of the profile did no better for A, and worse for B.
    """

    name = "gs_schedule"
    samples: int = 2
    learning_rate: float = 1.0
    temperature: float = 1.0  # of the Gumbel-softmax
    peak: float = 0.01  # temperature of peaks, of the peak
    memory: float = 4e9  # bytes

    def supports(self, problem: Problem, objective: Objective) -> str:
        """Graphs whose tables fit in memory."""
        needed = self._bytes(problem, objective.depth)
        if needed <= self.memory:
            return ""
        return (
            f"{problem.name} would take {needed / 1e9:,.1f} GB for tables of {problem.nodes:,} "
            f"nodes by {objective.depth:,} steps, more than the {self.memory / 1e9:,.1f} GB allowed"
        )

    def _bytes(self, problem: Problem, depth: int) -> float:
        rows = TABLES * problem.nodes + EDGE_TABLES * problem.edges
        return float(BYTES * self.samples * padded_steps(depth) * rows)

    def run(self, attempt: Attempt) -> None:
        """Offer the samples of every epoch until no time is left, or of 500 without a limit."""
        graph = layout(attempt.problem, attempt.window, attempt.objective)
        real = np.flatnonzero(graph.row < attempt.problem.nodes)
        node, start = graph.row[real], np.zeros(attempt.problem.nodes, np.int64)
        with attempt.clock.stage("compile"):
            recipe = Recipe(self, tuple((graph.weight > 0).tolist()))
            logits = _initial(graph, padded_steps(attempt.window.depth), self.samples)
            graph = jax.tree.map(jnp.asarray, graph)
            state = (logits, recipe.optimiser.init(logits))
            key = jax.random.key(attempt.seed, impl="rbg")
            program = _compiled(state, key, graph, recipe)
        clock = attempt.clock
        with clock.stage("optimise"):
            for epoch in itertools.count(1):
                began = clock.used()
                state, key, drawn = program(state, key, graph)
                for rows in np.asarray(drawn):
                    start[node] = rows[real]
                    attempt.offer(start)
                # An epoch is not begun that would end late; without a limit there are 500.
                if clock.left() < clock.used() - began or (not clock.limited and epoch == EPOCHS):
                    return


class Recipe(NamedTuple):
    """What is static of an epoch; equal recipes and shapes share a program."""

    method: GsSchedule
    asked: tuple[bool, ...]  # which of the four terms weigh anything

    @property
    def optimiser(self) -> optax.GradientTransformation:
        """AdamW under the cosine."""
        rate = self.method.learning_rate
        return optax.adamw(lambda count: rate * (1 + jnp.cos(jnp.pi * count / PERIOD)) / 2)


def _initial(graph: Layout, steps: int, samples: int) -> Float[Array, "K M T"]:
    """One-hot logits at the earliest start, ten times as sure for nodes without producers."""
    sure = np.full(graph.low.size, 10.0, np.float32)
    groups = graph.into.head.shape[0]
    at = np.arange(groups)[:, None] * (graph.low.size // groups)
    sure[(at + graph.into.head)[graph.into.mask]] = 1.0
    table = np.zeros((graph.low.size, steps), np.float32)
    table[np.arange(graph.low.size), graph.low] = sure
    return jnp.broadcast_to(jnp.asarray(table), (samples, *table.shape))


def _epoch(state: tuple, key: Array, graph: Layout, recipe: Recipe) -> tuple[tuple, Array, Array]:
    """One sample from each table and one step along its gradient; starts (K, M)."""
    logits, memory = state
    key, mine = jax.random.split(key)
    noise = jax.random.gumbel(mine, logits.shape, logits.dtype)

    def loss(logits: Float[Array, "M T"], noise: Float[Array, "M T"]) -> tuple[Array, Array]:
        drawn = sample(logits, noise, graph, recipe.method.temperature)
        value = graph.weight @ terms(drawn, graph, recipe.method.peak, recipe.asked)
        return value / jnp.maximum(jnp.abs(jax.lax.stop_gradient(value)), 1e-6), drawn.start

    slope, start = jax.vmap(jax.grad(loss, has_aux=True))(logits, noise)
    with jax.numpy_dtype_promotion("standard"):
        updates, memory = recipe.optimiser.update(slope, memory, logits)
        logits = optax.apply_updates(logits, updates)
    return (logits, memory), key, start


_PROGRAMS: dict[tuple, Any] = {}


def _compiled(state: tuple, key: Array, graph: Layout, recipe: Recipe) -> Any:
    """The epoch compiled ahead of time for these shapes."""
    leaves = jax.tree.leaves((state, graph))
    name = (recipe, tuple((leaf.shape, str(leaf.dtype)) for leaf in leaves))
    if name not in _PROGRAMS:
        epoch = jax.jit(_epoch, static_argnames="recipe", donate_argnums=0)
        _PROGRAMS[name] = epoch.lower(state, key, graph, recipe=recipe).compile()
    return _PROGRAMS[name]
