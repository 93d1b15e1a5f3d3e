"""Problem and windows in, padded arrays out; NumPy until the last line."""

# pyright: reportArgumentType=false, reportAttributeAccessIssue=false
# (a flattened graph holds NumPy arrays until its last line, where it becomes one of JAX arrays)

from collections.abc import Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from gaus_jax.relax.packed import Events, Graph, Lasts


class Shape(NamedTuple):
    """The padded sizes of a packed graph; graphs of equal shape share one compilation."""

    free: int  # F
    fixed: int  # X
    edges: int  # E
    uses: int
    changes: int
    values: int  # V
    consumers: int  # C
    steps: int  # T
    classes: int  # R
    spans: bool
    folds: bool = False


class Packed(NamedTuple):
    """A batch on the device, and which nodes its free variables are."""

    graph: Graph  # (B, ...) on every array
    free: tuple[np.ndarray, ...]  # B x (F_b,) int64, node indices in the order of the variables


def bucket(size: int) -> int:
    """Round up to a quarter of an octave, at least 8: a padded axis wastes at most a quarter."""
    if size <= 8:
        return 8
    quantum = 2 ** ((size - 1).bit_length() - 3)
    return -(-size // quantum) * quantum


def shape_of(graph: Graph) -> Shape:
    """The padded sizes that a flattened graph needs; a function of the graph alone."""
    sizes = (
        graph.low.size,
        graph.fixed_start.size,
        graph.tail.size,
        graph.usage.node.size,
        graph.changes.node.size,
        graph.lasts.weight.size,
        graph.lasts.value.size,
        graph.live_base.size,
    )
    padded = [bucket(n) for n in sizes]
    classes = max(1, graph.class_cost.size)
    return Shape(*padded, classes=classes, spans=graph.spans, folds=graph.folds)


def roomiest(shapes: Sequence[Shape]) -> Shape:
    """The least shape that holds graphs of all of these; they agree in `spans` and `folds`."""
    sizes = [max(column) for column in zip(*(shape[:-2] for shape in shapes), strict=True)]
    return Shape(*sizes, spans=shapes[0].spans, folds=shapes[0].folds)


def pack(graphs: Sequence[Graph], frees: Sequence[np.ndarray], shape: Shape, dtype: Any) -> Packed:
    """Pad flattened graphs to one shape, stack them along ``B`` and move them to the device."""
    padded = [pad(graph, shape) for graph in graphs]
    stacked = jax.tree.map(lambda *parts: _to_device(np.stack(parts), dtype), *padded)
    return Packed(stacked, tuple(frees))


def _to_device(array: np.ndarray, dtype: Any) -> jax.Array:
    if array.dtype == bool:
        return jnp.asarray(array)
    return jnp.asarray(array, dtype if np.issubdtype(array.dtype, np.floating) else jnp.int32)


def pad(graph: Graph, shape: Shape) -> Graph:
    """A flattened graph in arrays of a shape that holds it; still NumPy's."""
    free, fixed, edges, uses, changes, values, consumers, steps, classes, *_ = shape
    node = free - graph.low.size  # fixed nodes move up behind the padded free ones
    shift = lambda index: np.where(index < graph.low.size, index, index + node)  # noqa: E731
    events = lambda e, count: Events(  # noqa: E731
        **{name: _grow(part, count) for name, part in (vars(e) | {"node": shift(e.node)}).items()}
    )
    real = lambda array: np.asarray(array, float)  # noqa: E731
    lasts = graph.lasts
    base = np.zeros((classes, steps))
    base[: graph.usage_base.shape[0], : graph.usage_base.shape[1]] = graph.usage_base
    return Graph(
        low=_grow(real(graph.low), free),
        high=_grow(real(graph.high), free),
        free_mask=_grow(graph.free_mask, free),
        fixed_start=_grow(real(graph.fixed_start), fixed),
        tail=_grow(graph.tail, edges),
        head=_grow(graph.head, edges),
        reach=_grow(real(graph.reach), edges),
        edge_mask=_grow(graph.edge_mask, edges),
        pull=_grow(graph.pull, free),
        communication_base=graph.communication_base,
        usage=events(graph.usage, uses),
        usage_base=base,
        usage_mask=_grow(graph.usage_mask, steps),
        class_cost=_grow(real(graph.class_cost), classes),
        limit=_grow(real(graph.limit), classes),
        unit=_grow(real(graph.unit), classes, fill=1),
        changes=events(graph.changes, changes),
        lasts=Lasts(
            weight=_grow(lasts.weight, values),
            low=_grow(lasts.low, values),
            high=_grow(lasts.high, values),
            mask=_grow(lasts.mask, values),
            value=_grow(lasts.value, consumers, fill=values - 1),  # keeps them sorted
            consumer=_grow(shift(lasts.consumer), consumers),
            offset=_grow(lasts.offset, consumers),
            consumer_mask=_grow(lasts.consumer_mask, consumers),
        ),
        live_base=_grow(graph.live_base, steps),
        live_mask=_grow(graph.live_mask, steps),
        workspace=_grow(graph.workspace, free),
        workspace_base=_grow(graph.workspace_base, steps),
        slot=_grow(graph.slot, steps, fill=steps),  # out of range: left out
        slot_mask=_grow(graph.slot_mask, steps),
        duration=_grow(real(graph.duration), free),
        finish_base=graph.finish_base,
        term_weight=graph.term_weight,
        spans=graph.spans,
        folds=graph.folds,
    )


def _grow(array: np.ndarray, count: int, fill: float = 0) -> np.ndarray:
    return np.pad(array, (0, count - array.size), constant_values=fill)
