"""One graph too large for a device: its edges, events and nodes shared out over a mesh.

Every device holds a share of the edges, of the events of usage and memory, of the values with their
consumers, and of the means. What it sees of a profile is summed over the devices before the peak
is taken; the means are gathered for it, one number a node, and their gradient is scattered back.
"""

# pyright: reportArgumentType=false
# (what is shared out holds NumPy arrays until it is on the devices)

import dataclasses
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, PartitionSpec
from jaxtyping import Array, Float

from gaus_jax.model.objective import smooth
from gaus_jax.optimise.loop import Knobs, Recipe, descent
from gaus_jax.optimise.methods import METHODS
from gaus_jax.relax.gaussian import Params, Relaxed, relax
from gaus_jax.relax.packed import Events, Graph, Lasts

SUMMED = ("communication_base", "usage_base", "live_base")  # each device has a part of these
EDGES = ("tail", "head", "reach", "edge_mask")


def shared_out(graph: Graph, parts: int) -> Graph:
    """A padded graph, in NumPy arrays, as one of each device: a leading axis ``P`` on every array.

    Raises:
        ValueError: the nodes are no multiple of the devices; pad them.
    """
    free = graph.low.size
    if free % parts:
        raise ValueError(f"{free} padded nodes on {parts} devices; pad them to a multiple")
    shares = [_share(graph, part, parts) for part in range(parts)]
    return jax.tree.map(lambda *every: np.stack(every), *shares)


def sharded_loss_and_gradient(
    graph: Graph,
    params: Params,
    knobs: Knobs,
    recipe: Recipe,
    evaluation: str,
    mesh: Mesh,
) -> tuple[Float[Array, ""], Params]:
    """`gaus_jax.optimise.loop.loss_and_gradient` of a graph that is shared out; method penalty.

    Args:
        graph: as `shared_out` gives it, (P, ...).
        params: (F,) means and widths; shared out over nodes.
        knobs: widths and temperatures.
        recipe: the model and the settings.
        evaluation: of histograms.
        mesh: its first axis has P devices.
    """

    def objective(own: Graph, view: Relaxed, knobs: Knobs) -> Array:
        return smooth(recipe.terms, own, view, knobs.peak)

    def violation(own: Graph, view: Relaxed, knobs: Knobs) -> Array:
        total = jnp.zeros((), view.mean.dtype)
        for constraint in recipe.constraints:
            residual = constraint.residual(own, view, recipe.optimise.measure)
            cost = METHODS["penalty"].cost(residual, jnp.zeros_like(residual), knobs.penalty)
            total += view.whole(cost) if constraint.by_edge else cost
        return total

    def of(part: Any) -> Any:
        function = _over_devices(part, recipe, evaluation, mesh)
        learned = recipe.relax.widths == "learned"
        std = lambda params: jnp.exp(params.log_std) if learned else knobs.std  # noqa: E731
        return lambda params: function(graph, params.mean, std(params), knobs)

    first = jax.tree.map(lambda array: array[0], graph)  # the free nodes are every device's
    return descent(of(objective), of(violation), first, params)


def _over_devices(part: Any, recipe: Recipe, evaluation: str, mesh: Mesh) -> Any:
    """A function of a local graph and the whole relaxed schedule, on every device; its value."""
    axis = mesh.axis_names[0]
    split, same = PartitionSpec(axis), PartitionSpec()

    def local(graph: Graph, mean: Array, std: Array, knobs: Knobs) -> Array:
        own = jax.tree.map(lambda array: array[0], graph)
        every = [jax.lax.all_gather(array, axis, tiled=True) for array in (mean, std)]
        view = relax(
            own, *every, last_temperature=knobs.last, evaluation=evaluation,
            width=recipe.relax.window, axis=axis,
        )  # fmt: skip
        return jax.lax.pmean(part(own, view, knobs), axis)

    specs = (split, split, split, Knobs(split, same, same, same))
    return jax.shard_map(local, mesh=mesh, in_specs=specs, out_specs=same)


def _share(graph: Graph, part: int, parts: int) -> Graph:
    """What one device holds; arrays of equal shapes on all."""
    nodes = np.zeros(graph.low.size)
    nodes[_range(graph.low.size, part, parts)] = 1
    return dataclasses.replace(
        graph,
        pull=graph.pull * nodes,
        usage=_events(graph.usage, part, parts),
        changes=_events(graph.changes, part, parts),
        lasts=_lasts(graph.lasts, part, parts),
        **{name: _slice(getattr(graph, name), part, parts) for name in EDGES},
        **{name: getattr(graph, name) / parts for name in SUMMED},
    )


def _range(size: int, part: int, parts: int) -> slice:
    each = -(-size // parts)
    return slice(part * each, min(size, (part + 1) * each))


def _slice(array: np.ndarray, part: int, parts: int) -> np.ndarray:
    """A share of equal length for all; the last ones end in zeros, which masks leave out."""
    own = np.asarray(array)[_range(array.shape[0], part, parts)]
    return np.pad(own, (0, -(-array.shape[0] // parts) - own.size))


def _events(events: Events, part: int, parts: int) -> Events:
    return Events(**{name: _slice(array, part, parts) for name, array in vars(events).items()})


def _lasts(lasts: Lasts, part: int, parts: int) -> Lasts:
    """A share of the values and all their consumers; padded to the most that any device has."""
    each = -(-lasts.weight.size // parts)
    owner = lasts.value // each
    most = int(np.bincount(owner[lasts.consumer_mask], minlength=parts).max(initial=1))
    mine = np.flatnonzero((owner == part) & lasts.consumer_mask)
    fill = lambda array, value=0: np.pad(  # noqa: E731
        np.asarray(array)[mine], (0, most - mine.size), constant_values=value
    )
    own = {
        name: _slice(getattr(lasts, name), part, parts)
        for name in ("weight", "low", "high", "mask")
    }
    return Lasts(
        **own,
        value=np.where(fill(lasts.consumer_mask), fill(lasts.value) - part * each, each - 1),
        consumer=fill(lasts.consumer),
        offset=fill(lasts.offset),
        consumer_mask=fill(lasts.consumer_mask),
    )
