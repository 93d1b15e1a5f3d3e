"""ONNX graphs as problems of objective S."""

import math
from pathlib import Path
from typing import Any

from gaus_jax.base.errors import InputError, MissingExtraError
from gaus_jax.xla.ordering import peak
from gaus_jax.xla.program import Count, Draft, Program


def from_onnx(path: str | Path, *, count: Count = "all") -> Program:
    """The nodes of an ONNX file's graph as a problem of objective S, in the file's order.

    Shapes come from the file or from ONNX's shape inference. Initialisers and inputs are there
    throughout (`Program.resident`); the graphs inside `If`, `Loop` and `Scan` are the workspace of
    their node.

    Raises:
        MissingExtraError: onnx is not installed.
        InputError: the file cannot be read, or a tensor has no fixed shape; names the tensor.
    """
    if not Path(path).is_file():
        raise InputError(f"{path}: no such file")
    try:
        import onnx  # pyright: ignore[reportMissingImports]
        from google.protobuf.message import DecodeError
    except ImportError as error:
        raise MissingExtraError("onnx is needed: pip install 'gaus-jax[onnx]'") from error
    try:
        model = onnx.load(str(path), load_external_data=False)
        model = onnx.shape_inference.infer_shapes(model)
    except (OSError, DecodeError, onnx.shape_inference.InferenceError) as error:
        raise InputError(f"{path}: cannot be read as an ONNX model: {error}") from error
    if not model.graph.node:
        raise InputError(f"{path}: no ONNX model, or one without nodes")
    return _Reader(str(path), Path(path).stem, {}).program(model.graph, count)


class _Reader:
    """One graph while it is read."""

    def __init__(self, where: str, name: str, outer: dict[str, int]) -> None:
        self.where = where
        self.sizes = dict(outer)  # tensor -> bytes
        self.draft = Draft(name)
        self.made: dict[str, int] = {}  # tensor -> buffer

    def program(self, graph: Any, count: Count) -> Program:
        for value in (*graph.input, *graph.value_info, *graph.output):
            self.sizes[value.name] = self._bytes(value)
        given = {value.name for value in graph.input}
        self.draft.resident = sum(self.sizes[name] for name in given)
        self.draft.resident += sum(_initial(t) for t in graph.initializer if t.name not in given)
        for k, node in enumerate(graph.node):
            self._operation(k, node)
        for value in graph.output:
            if value.name in self.made:
                self.draft.buffers[self.made[value.name]].output = True
        return self.draft.finish(count)

    def _operation(self, k: int, node: Any) -> None:
        inner = [g for a in node.attribute for g in (*a.graphs, a.g) if g.node]
        name = f"{node.name or node.op_type}.{k}"
        operation = self.draft.add(name, node.op_type, "", k, self._inside(inner))
        read = {*node.input, *(name for graph in inner for name in _free(graph))}
        for tensor in sorted(read & self.made.keys()):
            buffer = self.draft.buffers[self.made[tensor]]
            buffer.readers.add(operation)
            self.draft.before[operation].add(buffer.producer)
        for tensor in filter(None, node.output):
            if tensor not in self.sizes:
                raise InputError(
                    f"{self.where}: tensor '{tensor}' of node '{name}' has no known shape; export "
                    f"the model with fixed shapes, or run ONNX's shape inference on it"
                )
            self.made[tensor] = self.draft.buffer(operation, self.sizes[tensor])

    def _inside(self, graphs: list[Any]) -> float:
        """Peak of the worst of the graphs inside a node, bytes."""
        found = [
            _Reader(self.where, graph.name, self.sizes).program(graph, "temporary")
            for graph in graphs
        ]
        return max((peak(program.problem) for program in found), default=0.0)

    def _bytes(self, value: Any) -> int:
        from onnx import helper  # pyright: ignore[reportMissingImports]

        tensor = value.type.tensor_type
        dimensions = [d.dim_value for d in tensor.shape.dim if d.HasField("dim_value")]
        if not tensor.HasField("shape") or len(dimensions) < len(tensor.shape.dim):
            raise InputError(
                f"{self.where}: tensor '{value.name}' has no fixed shape; export the model with "
                f"numbers for its dimensions"
            )
        return math.prod(dimensions) * helper.tensor_dtype_to_np_dtype(tensor.elem_type).itemsize


def _initial(tensor: Any) -> int:
    """Bytes of an initialiser."""
    from onnx import helper  # pyright: ignore[reportMissingImports]

    return math.prod(tensor.dims) * helper.tensor_dtype_to_np_dtype(tensor.data_type).itemsize


def _free(graph: Any) -> set[str]:
    """Tensors that a graph reads from outside."""
    inside = {value.name for value in (*graph.input, *graph.initializer)}
    read: set[str] = {value.name for value in graph.output}
    for node in graph.node:
        read |= set(node.input)
        read |= {n for a in node.attribute for g in (*a.graphs, a.g) if g.node for n in _free(g)}
        inside |= set(node.output)
    return read - inside
