"""The compiled programs of a batch: a chunk of steps of every slot."""

import functools as ft
from typing import Any, cast

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from gaus_jax.optimise.loop import Recipe, State, advance_lane, first_state
from gaus_jax.optimise.numbers import Numbers
from gaus_jax.relax.packed import Graph


def first_states(
    graph: Graph, mean: Array, numbers: Numbers, spread: Array, *, recipe: Recipe
) -> State:
    """Those of all slots, (B, K, ...)."""
    lanes = eqx.filter_vmap(ft.partial(first_state, recipe=recipe), in_axes=(None, None, 0, 0))
    slots = eqx.filter_vmap(lanes, in_axes=(eqx.if_array(0), None, 0, None))
    return slots(graph, numbers, mean, spread)


@ft.partial(jax.jit, static_argnames=("recipe", "evaluation", "steps"), donate_argnums=(0,))
def advance_slots(
    state: State,
    graph: Graph,
    mean: Float[Array, "B K F"],
    fresh: Bool[Array, " B"],
    begin: Float[Array, " B"],
    end: Float[Array, " B"],
    numbers: Numbers,
    spread: Float[Array, " K"],
    *,
    recipe: Recipe,
    evaluation: str,
    steps: int,
) -> State:
    """A chunk of steps of every slot, each at its own point of the annealing.

    Fresh slots begin at their means. What a lane does depends on its own graph alone.
    """

    def lane(graph, mean, spread, fresh, state, begin, end):
        first = first_state(graph, numbers, mean, spread, recipe=recipe)
        state = jax.tree.map(lambda new, old: jnp.where(fresh, new, old), first, state)
        how = {"recipe": recipe, "evaluation": evaluation, "steps": steps}
        return advance_lane(graph, numbers, state, begin, end, **how)

    lanes = eqx.filter_vmap(lane, in_axes=(None, 0, 0, None, 0, None, None))
    slots = eqx.filter_vmap(lanes, in_axes=(eqx.if_array(0), 0, None, 0, 0, 0, 0))
    return slots(graph, mean, spread, fresh, state, begin, end)


_PROGRAMS: dict[tuple, Any] = {}


def compiled(arguments: tuple, recipe: Recipe, evaluation: str, steps: int) -> Any:
    """`advance_slots` for these shapes and devices, ahead of time; equal shapes compile once."""
    leaves = [(leaf.shape, leaf.dtype, leaf.sharding) for leaf in jax.tree.leaves(arguments)]
    static = {"recipe": recipe, "evaluation": evaluation, "steps": steps}
    key = (*leaves, jax.tree.structure(arguments), *static.values())
    if key not in _PROGRAMS:
        # To the type checker a jitted function is no more than a function.
        _PROGRAMS[key] = cast(Any, advance_slots).lower(*arguments, **static).compile()
    return _PROGRAMS[key]


def device_dtype(dtype: np.dtype, real: np.dtype) -> np.dtype:
    """Of an array on the devices."""
    return real if dtype.kind == "f" else np.dtype(np.int32) if dtype.kind in "iu" else dtype


def is_memory(error: BaseException) -> bool:
    """Whether an error says that memory ran out, of the host or of a device."""
    return isinstance(error, MemoryError) or "RESOURCE_EXHAUSTED" in str(error)
