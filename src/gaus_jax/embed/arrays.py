"""A problem as the arrays that its relaxation sees, padded to a shape; NumPy throughout."""

# pyright: reportArgumentType=false
# (they become arrays of JAX in `gaus_jax.embed.build`)

from collections.abc import Iterable
from typing import NamedTuple

import equinox as eqx
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from gaus_jax.base.errors import SettingsError
from gaus_jax.core.problem import Problem
from gaus_jax.core.profile import horizon, readers
from gaus_jax.core.window import Window
from gaus_jax.relax.pack import bucket


class Data(eqx.Module):
    """What of a problem the objective is differentiable in; 0 where padded."""

    size: Float[Array, " N"]  # bits or bytes, m_i
    workspace: Float[Array, " N"]  # bytes, in a node's first step
    latency: Float[Array, " N"]  # cycles, l_i
    weight: Float[Array, " E"]  # communication, w_e
    demand: Float[Array, " U"]  # units, a_ir
    class_cost: Float[Array, " R"]  # c_r


class Structure(eqx.Module):
    """What of a problem is integer: no gradient, but arrays like all else."""

    tail: Int[Array, " E"]
    head: Int[Array, " E"]
    delay: Float[Array, " E"]  # steps
    edge_mask: Bool[Array, " E"]
    value: Int[Array, " C"]  # sorted; pairs of a value and a node that reads it
    reader: Int[Array, " C"]
    reader_mask: Bool[Array, " C"]
    read: Bool[Array, " N"]  # whether anything reads the value
    kept: Bool[Array, " N"]  # held to the last step
    low: Float[Array, " N"]  # first step, ASAP
    high: Float[Array, " N"]  # last step, ALAP
    node_mask: Bool[Array, " N"]
    use_node: Int[Array, " U"]
    use_class: Int[Array, " U"]
    occupancy: Float[Array, " U"]  # cycles, o_ir
    use_mask: Bool[Array, " U"]
    class_mask: Bool[Array, " R"]
    depth: Float[Array, ""]  # D, steps in which values are held
    horizon: Float[Array, ""]  # steps in which units are in use


class Shape(NamedTuple):
    """The sizes of the axes; relaxations of equal shape share one compilation."""

    nodes: int  # N
    edges: int  # E
    reads: int  # C, pairs of a value and a node that reads it
    uses: int  # U
    classes: int  # R
    steps: int  # T

    @classmethod
    def covering(cls, shapes: Iterable["Shape"]) -> "Shape":
        """The least shape that has room for all of these."""
        return cls(*(max(column) for column in zip(*shapes, strict=True)))

    def rounded(self) -> "Shape":
        """Each axis up to a quarter of an octave, at least 8: room for graphs of about the size."""
        return Shape(*(bucket(size) for size in self))


def shape_of(problem: Problem, frame: Window) -> Shape:
    """The shape of a problem without padding."""
    reads = readers(problem)[0].size
    steps = max(1, frame.depth, horizon(problem, frame.depth))
    edges, uses, classes = problem.forward.size, problem.use_node.size, len(problem.classes)
    return Shape(problem.nodes, edges, reads, uses, max(1, classes), steps)


def arrays_of(
    problem: Problem, frame: Window, shape: Shape, *, sequential: bool
) -> tuple[Structure, Data]:
    """The arrays of a problem in a shape that holds it; in an order every latency is 1.

    Raises:
        SettingsError: the shape is too small; names the axis.
    """
    own = shape_of(problem, frame)
    for axis, room, size in zip(Shape._fields, shape, own, strict=True):
        if room < size:
            raise SettingsError(f"the shape has {room} {axis}, {problem.name} has {size}")
    nodes, edges, reads, uses, classes, _ = shape
    edge = problem.forward
    value, reader = readers(problem)
    read = np.isin(np.arange(problem.nodes), value)
    structure = Structure(
        tail=_grown(problem.tail[edge], edges),
        head=_grown(problem.head[edge], edges),
        delay=_grown(problem.delay[edge].astype(float), edges),
        edge_mask=np.arange(edges) < edge.size,
        value=_grown(value, reads, fill=nodes - 1),  # keeps them sorted
        reader=_grown(reader, reads),
        reader_mask=np.arange(reads) < value.size,
        read=_grown(read, nodes),
        kept=_grown(problem.output, nodes),
        low=_grown(frame.asap.astype(float), nodes),
        high=_grown(frame.alap.astype(float), nodes),
        node_mask=np.arange(nodes) < problem.nodes,
        use_node=_grown(problem.use_node, uses),
        use_class=_grown(problem.use_class, uses),
        occupancy=_grown(problem.use_occupancy.astype(float), uses),
        use_mask=np.arange(uses) < problem.use_node.size,
        class_mask=np.arange(classes) < len(problem.classes),
        depth=np.float64(frame.depth),
        horizon=np.float64(horizon(problem, frame.depth)),
    )
    latency = np.ones(problem.nodes) if sequential else problem.latency.astype(float)
    data = Data(
        size=_grown(problem.size, nodes),
        workspace=_grown(problem.workspace, nodes),
        latency=_grown(latency, nodes),
        weight=_grown(problem.weight[edge], edges),
        demand=_grown(problem.use_demand, uses),
        class_cost=_grown(problem.class_cost, classes),
    )
    return structure, data


def _grown(array: np.ndarray, count: int, fill: int = 0) -> np.ndarray:
    return np.pad(array, (0, count - array.size), constant_values=fill)
