"""ONNX graphs as problems."""

import sys

import numpy as np
import pytest

from gaus_jax.base.errors import InputError, MissingExtraError
from gaus_jax.xla import from_onnx
from gaus_jax.xla.ordering import peak


def test_without_onnx_the_extra_is_named(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "onnx", None)
    file = tmp_path / "model.onnx"
    file.write_bytes(b"")
    with pytest.raises(MissingExtraError, match=r"pip install 'gaus-jax\[onnx\]'"):
        from_onnx(file)


def test_a_file_that_is_not_there_is_told_first(monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(InputError, match=r"nowhere\.onnx: no such file"):
        from_onnx("nowhere.onnx")


def saved(tmp_path, nodes, *, batch=4):
    """A model file of nodes on x: f32[batch,8], with a weight w: f32[8,8] and output y."""
    onnx = pytest.importorskip("onnx")
    from onnx import TensorProto, helper, numpy_helper

    graph = helper.make_graph(
        nodes,
        "net",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [batch, 8])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [batch, 8])],
        [numpy_helper.from_array(np.ones((8, 8), np.float32), "w")],
    )
    path = tmp_path / "net.onnx"
    onnx.save(
        helper.make_model(
            graph, opset_imports=[helper.make_opsetid(*o) for o in (("", 17), ("mine", 1))]
        ),
        path,
    )
    return path


def test_nodes_sizes_and_reads(tmp_path):
    helper = pytest.importorskip("onnx").helper
    nodes = [
        helper.make_node("MatMul", ["x", "w"], ["a"], name="mul"),
        helper.make_node("Relu", ["a"], ["b"]),
        helper.make_node("Add", ["a", "b"], ["y"]),
    ]
    program = from_onnx(saved(tmp_path, nodes))
    assert program.problem.ids == ("mul.0", "Relu.1", "Add.2")
    assert program.problem.size.tolist() == [128, 128, 128]
    assert program.problem.output.tolist() == [False, False, True]
    assert program.resident == 128 + 256
    assert peak(program.problem) == 3 * 128
    assert from_onnx(saved(tmp_path, nodes), count="temporary").problem.size.tolist()[2] == 0


def test_a_branch_is_an_atom_that_reads_from_outside(tmp_path):
    onnx = pytest.importorskip("onnx")
    helper, kind = onnx.helper, onnx.TensorProto.FLOAT
    result = [helper.make_tensor_value_info("r", kind, [4, 8])]
    inside = [helper.make_node("Exp", ["a"], ["t"]), helper.make_node("Log", ["t"], ["r"])]
    shown = [helper.make_tensor_value_info("t", kind, [4, 8])]
    then = helper.make_graph(inside, "then", [], result, value_info=shown)
    other = helper.make_graph([helper.make_node("Neg", ["a"], ["r"])], "else", [], result)
    true = helper.make_tensor("c", onnx.TensorProto.BOOL, [], [True])
    nodes = [
        helper.make_node("Relu", ["x"], ["a"]),
        helper.make_node("Constant", [], ["yes"], value=true),
        helper.make_node("If", ["yes"], ["y"], then_branch=then, else_branch=other),
    ]
    program = from_onnx(saved(tmp_path, nodes))
    assert program.problem.workspace.tolist() == [0, 0, 128]
    pairs = zip(program.problem.tail.tolist(), program.problem.head.tolist(), strict=True)
    assert (0, 2) in set(pairs)


def test_dimensions_of_no_fixed_size_are_told(tmp_path):
    helper = pytest.importorskip("onnx").helper
    with pytest.raises(InputError, match="tensor 'x' has no fixed shape"):
        from_onnx(saved(tmp_path, [helper.make_node("Relu", ["x"], ["y"])], batch="n"))


def test_a_tensor_whose_shape_is_unknown_is_told(tmp_path):
    helper = pytest.importorskip("onnx").helper
    nodes = [
        helper.make_node("Odd", ["x"], ["a"], domain="mine"),
        helper.make_node("Relu", ["a"], ["y"]),
    ]
    with pytest.raises(InputError, match=r"tensor 'a' of node 'Odd.0' has no known shape"):
        from_onnx(saved(tmp_path, nodes))


@pytest.mark.parametrize("data", [b"", b"no model at all"])
def test_a_file_that_is_no_model_is_told(tmp_path, data: bytes):
    pytest.importorskip("onnx")
    path = tmp_path / "odd.onnx"
    path.write_bytes(data)
    with pytest.raises(InputError, match=r"odd.onnx: "):
        from_onnx(path)
