"""The builder folds and hashes; simulation agrees with a bit-by-bit reading of the graph."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaus_jax.instances.netlist import FALSE, TRUE, Netlist, simulate


def patterns(bits: int) -> np.ndarray:
    """Every pattern of so many bits, (bits, 2^bits)."""
    return (np.arange(2**bits) >> np.arange(bits)[:, None] & 1).astype(bool)


def test_constants_and_repeats_fold():
    net = Netlist(2)
    a, b = net.words[0]
    assert net.both(a, FALSE) == FALSE
    assert net.both(TRUE, a) == a
    assert net.both(a, a) == a
    assert net.both(a, a ^ 1) == FALSE
    assert net.either(a, TRUE) == TRUE
    assert net.choose(a, b, b) == b
    assert len(net.finish("none", [a, b]).fanin) == 0


def test_equal_gates_are_one_gate():
    net = Netlist(2)
    a, b = net.words[0]
    assert net.both(a, b) == net.both(b, a)
    assert net.both(a, b) != net.both(a ^ 1, b)


def test_dangling_gates_go_and_inputs_stay():
    net = Netlist(3)
    a, b, c = net.words[0]
    net.both(a, c)  # wanted by nobody
    kept = net.both(a, b)
    aig = net.finish("kept", [kept ^ 1])
    assert aig.inputs == 3
    assert aig.fanin.tolist() == [[2, 4]]
    assert aig.outputs.tolist() == [9]


def test_truth_tables_of_the_small_parts():
    net = Netlist(3)
    a, b, c = net.words[0]
    bits = patterns(3)
    found = simulate(
        net.finish(
            "parts",
            [net.both(a, b), net.either(a, b), net.differ(a, b), net.choose(a, b, c)],
            list(net.full_adder(a, b, c)),
            [FALSE, TRUE],
        ),
        bits,
    )
    x, y, z = bits
    total = x.astype(int) + y + z
    zero = np.zeros(8, bool)
    wanted = [x & y, x | y, x ^ y, np.where(x, y, z), total % 2 == 1, total > 1, zero, ~zero]
    assert np.array_equal(found, wanted)


@settings(deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.integers(0, 99), st.integers(0, 99)), max_size=30), st.integers(1, 70))
def test_simulation_is_a_gate_by_gate_evaluation(picks, count):
    """Any number of patterns, also ones that fill no whole byte."""
    net = Netlist(4)
    have = list(net.words[0])
    for a, b in picks:
        have.append(net.both(have[a % len(have)] ^ (a // 50), have[b % len(have)] ^ (b // 50)))
    aig = net.finish("random", have[-3:])
    bits = np.random.default_rng(len(picks)).random((4, count)) < 0.5
    value = [np.zeros(count, bool), *bits]
    for a, b in aig.fanin.tolist():
        value.append((value[a // 2] ^ bool(a % 2)) & (value[b // 2] ^ bool(b % 2)))
    wanted = [value[x // 2] ^ bool(x % 2) for x in aig.outputs.tolist()]
    assert np.array_equal(simulate(aig, bits), wanted)


def test_patterns_of_the_wrong_shape_raise():
    aig = Netlist(2).finish("two", [2])
    with pytest.raises(ValueError, match=r"shape \(3, 4\), not \(2, P\)"):
        simulate(aig, np.zeros((3, 4), bool))
