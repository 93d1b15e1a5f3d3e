import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gaus_jax.base.errors import InputError
from gaus_jax.core.aig import Aig
from gaus_jax.core.build import make_problem
from gaus_jax.core.graph import longest_from_sources
from gaus_jax.importers.aiger import AIGER, AIGER_ASCII, parse, read_aig, write_aig
from gaus_jax.importers.aiger_write import to_binary
from gaus_jax.importers.files import open_source
from tests.importers.cases import index_rows, source

HALF_ADDER = """aag 7 2 0 2 3
2
4
6
12
6 13 15
12 2 4
14 3 5
i0 x
i1 y
o0 s
o1 c
c
half adder
"""


@st.composite
def aigs(draw):
    inputs = draw(st.integers(0, 4))
    gates = draw(st.integers(0, 6))
    fanin = [[draw(st.integers(0, 2 * (inputs + k) + 1)) for _ in range(2)] for k in range(gates)]
    outputs = draw(st.lists(st.integers(0, 2 * (inputs + gates) + 1), max_size=4))
    fanin = np.sort(np.array(fanin, np.int64).reshape(-1, 2))[:, ::-1]
    return Aig(name="f", inputs=inputs, fanin=fanin, outputs=np.array(outputs, np.int64))


def same(one, other):
    return (
        one.inputs == other.inputs
        and np.array_equal(one.fanin, other.fanin)
        and np.array_equal(one.outputs, other.outputs)
    )


def test_ascii_gates_in_any_order():
    aig = parse(source(HALF_ADDER))
    assert aig.inputs == 2
    assert aig.fanin.tolist() == [[2, 4], [3, 5], [7, 9]]
    assert aig.outputs.tolist() == [10, 6]
    p = AIGER.read(source(HALF_ADDER))
    assert (p.nodes, p.edges) == (5, 6)


def test_binary_by_hand():
    # 6 = 4 & 2, 8 = 7 & 1: deltas 2 2, 1 6
    aig = parse(source(b"aig 4 2 0 1 2\n9\n\x02\x02\x01\x06i0 x\nc\n"))
    assert aig.fanin.tolist() == [[4, 2], [7, 1]]
    assert aig.outputs.tolist() == [9]
    assert aig.problem().edges == 3


def test_long_deltas():
    data = b"aig 300 299 0 1 1\n600\n" + bytes([0x80 | (598 - 512 & 127), 4, 0])
    aig = parse(source(data))
    assert aig.fanin.tolist() == [[2, 2]]
    assert to_binary(aig) == data


@given(aigs())
def test_round_trips(tmp_path_factory, aig):
    path = tmp_path_factory.mktemp("aiger") / "x.aig"
    for ascii_form in (False, True):
        write_aig(aig, path, ascii_form=ascii_form)
        assert path.read_bytes().startswith(b"aag" if ascii_form else b"aig")
        assert same(read_aig(path), aig)


@given(aigs())
def test_problems_come_back(aig):
    constant = (aig.fanin // 2 == 0).all(axis=1) if len(aig.fanin) else np.zeros(0, bool)
    if constant.any():  # a gate of constants alone looks like an input
        return
    problem = aig.problem()
    for entry in (AIGER, AIGER_ASCII):
        assert entry.write is not None
        assert entry.read(source(entry.write(problem))) == problem


@given(aigs())
def test_aigverse_agrees(tmp_path_factory, aig):
    io = pytest.importorskip("aigverse.io", exc_type=ImportError)
    path = tmp_path_factory.mktemp("aiger") / "x.aig"
    clean = [*aig.fanin.tolist()]
    if len({tuple(f) for f in clean}) < len(clean) or any(
        f // 2 == s // 2 or s < 2 for f, s in clean
    ):
        return  # aigverse simplifies gates that repeat or are constant
    write_aig(aig, path)
    theirs = io.read_aiger_into_aig(str(path))
    assert (theirs.num_pis, theirs.num_gates, theirs.num_pos) == (
        aig.inputs,
        len(aig.fanin),
        len(aig.outputs),
    )
    found = sorted(
        sorted(
            2 * theirs.node_to_index(theirs.get_node(s)) + int(theirs.is_complemented(s))
            for s in theirs.fanins(gate)
        )
        for gate in theirs.gates()
    )
    assert found == sorted(sorted(pair) for pair in clean)


BAD = {
    b"hello": "f:1: not an AIGER file",
    b"aig 1 1 0\n": "f:1: not an AIGER file",
    b"aig 1 1 0 0 99999999999\n": "f:1: not an AIGER file",
    b"aig 3 2 1 0 0\n2\n": "f:1: has 1 latches",
    b"aig 2 2 0 0 0 0 1\n": "f:1: has AIGER 1.9 properties (C in the header)",
    b"aig 9999999999 0 0 0 9999999999\n": "f:1: the header promises 0 inputs, 0 outputs and",
    b"aig 9999999999 9999999999 0 0 0\n": "f:1: the header promises 9999999999 inputs",
    b"aag 9 99 0 0 0\n": "f:1: the header promises 99 inputs",
    b"aig 5 2 0 0 0\n": "f:1: bad header: M = 5 must equal I + L + A = 2",
    b"aag 1 1 0 0 1\n2\n4 2 3\n": "f:1: bad header: M = 1 must be at least",
    b"aig 3 2 0 1 1\n8\n\x02\x02": "f:2: '8' is no literal; they are whole numbers from 0 to 7",
    b"aig 3 2 0 1 1\n-1\n\x02\x02": "f:2: '-1' is no literal",
    b"aig 3 2 0 9 9\n6\n": "f:1: the header promises 2 inputs, 9 outputs and 9 gates",
    b"aig 3 2 0 1 1\n6\n\x82\x82": "f: ends within gate 1 of 1",
    b"aig 3 2 0 0 1\n\x00\x02": "f: gate 3 has fan-ins 6 and 4",
    b"aig 3 2 0 0 1\n\x02\x05": "f: gate 3 has fan-ins 4 and -1",
    b"aig 3 2 0 0 1\n\x82\x80\x80\x80\x80\x00\x02": "f: gate 1 has a number of over 5 bytes",
    b"aag 2 1 0 0 1\n2\n4 2 6\n": "f:3: '6' is no literal",
    b"aag 3 1 0 0 1\n2\n4 2 6\n": "f:3: literal 6 is used, but no input or gate defines it",
    b"aag 3 1 0 1 1\n2\n6\n4 2 2\n": "f:3: literal 6 is used",
    b"aag 2 1 0 0 1\n2\n2 0 0\n": "f:3: literal 2 is defined twice",
    b"aag 2 1 0 0 1\n3\n4 2 2\n": "f:2: 3 cannot be defined",
    b"aag 2 1 0 0 1\n2\n4 2 2 2\n": "f:3: a gate must be three literals",
    b"aag 3 1 0 0 2\n2\n4 6 2\n6 4 2\n": "f: the gates form a cycle: 6 -> 4 -> 6",
    b"aag 2 1 0 0 1\n2\n4 4 2\n": "f: the gates form a cycle: 4 -> 4",
}


@pytest.mark.parametrize("data", BAD)
def test_refusals(data):
    with pytest.raises(InputError) as error:
        AIGER.read(source(data))
    assert BAD[data] in str(error.value)


@pytest.mark.parametrize(
    "problem",
    [
        make_problem(2, [(0, 1)], latency=2),
        make_problem(["a", "b"], [(0, 1)]),
        make_problem(4, [(0, 3), (1, 3), (2, 3)]),
        make_problem(["1", "2", "3"], [(0, 1)]),
        make_problem(["1", "2", "3"], [(2, 1)]),
        make_problem(["1", "2"], [(0, 1), (0, 1)]),
        make_problem(["1", "2", "3"], [(2, 1), (0, 2)]),
        make_problem(["1"], classes=()),
    ],
)
def test_other_graphs_are_not_written(problem):
    with pytest.raises(InputError, match="AIGER holds and-inverter graphs only"):
        AIGER.write(problem)


def test_benchmark_circuits(bench):
    rows = index_rows(bench, "epfl")
    assert len(rows) == 15
    for row in rows:
        p = AIGER.read(open_source(bench / row["path"]))
        assert (p.nodes, p.edges) == (int(row["nodes"]), int(row["edges"]))
        start = longest_from_sources(p.order, *p.incoming, p.tail, p.reach)
        assert int((start + p.duration).max()) == int(row["D_min"])


def test_time(bench):
    times = []
    for _ in range(3):
        begin = time.perf_counter()
        read_aig(bench / "epfl" / "div.aig")
        times.append(time.perf_counter() - begin)
    assert min(times) < 0.1
