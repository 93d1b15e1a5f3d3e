"""The one loop: a scan of optimiser steps, vmapped over restarts and problems."""

import functools as ft
from collections.abc import Callable
from typing import Any, cast

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float

from gaus_jax.base.settings import OptimiseSettings, RelaxSettings
from gaus_jax.model.constraints import Constraint
from gaus_jax.model.objective import smooth
from gaus_jax.model.terms import Term
from gaus_jax.optimise.methods import METHODS
from gaus_jax.optimise.numbers import Numbers
from gaus_jax.optimise.optimisers import OPTIMISERS
from gaus_jax.relax.gaussian import Params, Relaxed, relax
from gaus_jax.relax.packed import Graph
from gaus_jax.relax.sums import total

LEAST_STD = 0.05  # steps; below it probabilities are flat in float32


class State(eqx.Module):
    """A lane's point, its optimiser's memory, and the best point that it has seen."""

    params: Params
    optimiser: Any
    multiplier: Float[Array, " M"]  # of the constraints' residuals, in their order
    best: Params
    best_merit: Float[Array, ""]


class Recipe(eqx.Module):
    """What is static of a loop: the model, and the settings without their numbers.

    Equal recipes share programs.
    """

    terms: tuple[Term, ...] = eqx.field(static=True)
    constraints: tuple[Constraint, ...] = eqx.field(static=True)
    relax: RelaxSettings = eqx.field(static=True)
    optimise: OptimiseSettings = eqx.field(static=True)


class Knobs(eqx.Module):
    """What falls or rises as the annealing proceeds."""

    std: Float[Array, " F"]  # steps
    peak: Float[Array, ""]  # temperature, of the peak
    last: Float[Array, ""]  # temperature, steps
    penalty: Float[Array, ""]


def initial(
    graph: Graph,
    mean: Float[Array, "B K F"],
    spread: Float[Array, "B K"],
    numbers: Numbers,
    recipe: Recipe,
) -> State:
    """States of ``B`` problems by ``K`` lanes at the given means, widths a part of the mobility."""
    lanes = eqx.filter_vmap(ft.partial(first_state, recipe=recipe), in_axes=(None, None, 0, 0))
    return eqx.filter_vmap(lanes, in_axes=eqx.if_array(0))(graph, numbers, mean, spread)


def first_state(
    graph: Graph,
    numbers: Numbers,
    mean: Float[Array, " F"],
    spread: Float[Array, ""],
    *,
    recipe: Recipe,
) -> State:
    """The state of one lane at the given means, its widths a part of the mobility."""
    std = jnp.maximum(spread * graph.mobility, LEAST_STD)
    params = Params(jnp.clip(mean, graph.low, graph.high), jnp.log(std))
    multiplier = jnp.zeros_like(_residuals(graph, relax(graph, mean, std), recipe))
    memory = _optimiser(recipe, numbers).init(cast(Any, params))
    return State(params, memory, multiplier, params, jnp.asarray(jnp.inf, mean.dtype))


@ft.partial(jax.jit, static_argnames=("recipe", "evaluation", "steps"), donate_argnums=(0,))
def advance(
    state: State,
    graph: Graph,
    numbers: Numbers,
    begin: Float[Array, ""],
    end: Float[Array, ""],
    *,
    recipe: Recipe,
    evaluation: str,
    steps: int,
) -> State:
    """Every lane as `advance_lane` would, all at one point of the annealing."""

    def lane(graph: Graph, own: Numbers, state: State) -> State:
        how = {"recipe": recipe, "evaluation": evaluation, "steps": steps}
        return advance_lane(graph, own, state, begin, end, **how)

    lanes = eqx.filter_vmap(lane, in_axes=(None, None, 0))
    return eqx.filter_vmap(lanes, in_axes=eqx.if_array(0))(graph, numbers, state)


def advance_lane(
    graph: Graph,
    numbers: Numbers,
    state: State,
    begin: Float[Array, ""],
    end: Float[Array, ""],
    *,
    recipe: Recipe,
    evaluation: str,
    steps: int,
) -> State:
    """Take ``steps`` steps while the annealing proceeds from ``begin`` to ``end`` (0 to 1).

    The best point is renewed at the end, by the merit: the loss at one fixed temperature, since
    annealed losses do not compare.
    """

    def step(state: State, index: Float[Array, ""]) -> tuple[State, None]:
        progress = begin + (end - begin) * index
        return _step(graph, numbers, state, progress, recipe, evaluation), None

    index = jnp.linspace(0, 1, steps, endpoint=False, dtype=graph.low.dtype)
    state, _ = jax.lax.scan(step, state, index)
    return _renewed(graph, numbers, state, recipe)


def loss_and_gradient(
    graph: Graph,
    params: Params,
    multiplier: Float[Array, " M"],
    knobs: Knobs,
    recipe: Recipe,
    evaluation: str,
) -> tuple[Float[Array, ""], Params]:
    """The objective, and the direction of descent: its gradient plus that of the violations.

    The objective's gradient is measured in its own mean, so that one penalty weight serves all
    problems and all stages.
    """

    def objective(params: Params) -> Float[Array, ""]:
        return smooth(recipe.terms, graph, view(params), knobs.peak)

    def violation(params: Params) -> Float[Array, ""]:
        residual = _residuals(graph, view(params), recipe)
        return METHODS[recipe.optimise.method].cost(residual, multiplier, knobs.penalty)

    def view(params: Params) -> Relaxed:
        learned = recipe.relax.widths == "learned"
        std = jnp.exp(params.log_std) if learned else knobs.std
        return _view(graph, params.mean, std, knobs.last, recipe, evaluation)

    return descent(objective, violation, graph, params)


def descent(
    objective: Callable[[Params], Float[Array, ""]],
    violation: Callable[[Params], Float[Array, ""]],
    graph: Graph,
    params: Params,
) -> tuple[Float[Array, ""], Params]:
    """The objective's value, and its gradient in its own mean plus that of the violations."""
    value, pull = jax.value_and_grad(objective)(params)
    push = jax.grad(violation)(params)
    count = jnp.maximum(jnp.sum(graph.free_mask), 1).astype(value.dtype)
    unit = total(jnp.where(graph.free_mask, jnp.abs(pull.mean), 0.0)) / count
    unit = jnp.where(unit > 0, unit, 1.0)
    return value, jax.tree.map(lambda a, b: a / unit + b, pull, push)


def knobs_at(numbers: Numbers, params: Params, progress: Float[Array, ""], recipe: Recipe) -> Knobs:
    """Widths and temperatures at a point of the annealing, each in geometric progression."""
    n, r = numbers, recipe.relax
    between = lambda a, b: a * (b / a) ** progress  # noqa: E731
    wide = jnp.exp(params.log_std)
    narrow = jnp.minimum(wide, n.width_end)
    return Knobs(
        std=wide if r.widths == "learned" else between(wide, narrow),
        peak=between(n.peak_start, n.peak_end),
        last=between(jnp.asarray(r.last_start, wide.dtype), r.last_end),
        penalty=between(n.penalty_start, n.penalty_end),
    )


def _step(
    graph: Graph,
    numbers: Numbers,
    state: State,
    progress: Float[Array, ""],
    recipe: Recipe,
    evaluation: str,
) -> State:
    params = state.params
    knobs = knobs_at(numbers, params, progress, recipe)
    _, gradient = loss_and_gradient(graph, params, state.multiplier, knobs, recipe, evaluation)
    # optax mixes weak Python scalars in, which strict promotion refuses.
    with jax.numpy_dtype_promotion("standard"):
        # To optax any pytree of arrays will do; its types know only of containers.
        found: Any = _optimiser(recipe, numbers).update(
            cast(Any, gradient), state.optimiser, cast(Any, params)
        )
    update, memory = found
    scale = knobs.std if recipe.optimise.step_scale == "width" else 1.0
    mean = jnp.clip(params.mean + scale * update.mean, graph.low, graph.high)
    log_std = params.log_std
    if recipe.relax.widths == "learned":
        most = jnp.log(jnp.maximum(graph.mobility, 1.0))
        log_std = jnp.clip(log_std + update.log_std, jnp.log(LEAST_STD), most)
    return eqx.tree_at(lambda s: (s.params, s.optimiser), state, (Params(mean, log_std), memory))


def _renewed(graph: Graph, numbers: Numbers, state: State, recipe: Recipe) -> State:
    """The multipliers moved, and the best point compared, once a chunk."""
    params = state.params
    last = knobs_at(numbers, params, jnp.ones((), params.mean.dtype), recipe)
    narrow = _view(graph, params.mean, last.std, last.last, recipe, "hat")
    residual = _residuals(graph, narrow, recipe)
    method = METHODS[recipe.optimise.method]
    multiplier = method.update(residual, state.multiplier, last.penalty)
    # A whole step of violation anywhere outweighs a per cent of the objective.
    value = smooth(recipe.terms, graph, narrow, last.peak)
    merit = value + 0.01 * jnp.abs(value) * total(residual)
    better = merit < state.best_merit
    best = jax.tree.map(lambda new, old: jnp.where(better, new, old), params, state.best)
    return State(params, state.optimiser, multiplier, best, jnp.minimum(merit, state.best_merit))


def _residuals(graph: Graph, relaxed: Relaxed, recipe: Recipe) -> Float[Array, " M"]:
    measure = recipe.optimise.measure
    return jnp.concatenate([c.residual(graph, relaxed, measure) for c in recipe.constraints])


def _view(graph, mean, std, last, recipe: Recipe, evaluation: str) -> Relaxed:
    width = recipe.relax.window
    return relax(graph, mean, std, last_temperature=last, evaluation=evaluation, width=width)


def _optimiser(recipe: Recipe, numbers: Numbers) -> optax.GradientTransformation:
    return OPTIMISERS[recipe.optimise.optimiser].make(numbers.learning_rate)
