"""Every kind in the table keeps the promises of the table."""

import pytest

from gaus_jax.base.errors import InputError, SettingsError
from gaus_jax.core.problem import Problem
from gaus_jax.instances import INSTANCES, generate
from gaus_jax.instances.netlist import FALSE
from tests.instances.measures import critical_path

KINDS = list(INSTANCES)
CIRCUITS = {
    *("ripple_adder", "prefix_adder", "multiplier", "divider", "square_root"),
    *("shifter", "maximum", "arbiter", "sorter"),
}
RANDOM = {"dense", "sparse", "layered"}
LOOPS = {"biquad", "dot_product", "lms", "stencil", "sweep", "elliptic_loop"}
DATAFLOW = {"hal", "elliptic", "autoregressive", "fir_tree", "fir_chain", "dct", "fft"} | {
    "matrix_product"
}

# kind -> nodes, edges, steps of the least and of the default size (seed 0)
GOLDEN = {
    "ripple_adder": [(5, 6, 3), (572, 888, 129)],
    "prefix_adder": [(5, 6, 3), (1408, 2560, 16)],
    "multiplier": [(3, 2, 2), (1904, 3744, 118)],
    "divider": [(9, 14, 6), (2484, 4904, 561)],
    "square_root": [(1, 0, 1), (1814, 3564, 447)],
    "shifter": [(9, 12, 3), (1222, 2304, 13)],
    "maximum": [(19, 30, 7), (794, 1332, 131)],
    "arbiter": [(5, 6, 4), (699, 1142, 68)],
    "sorter": [(141, 266, 19), (1527, 2926, 103)],
    "hal": [(11, 8, 6), (11, 8, 6)],
    "elliptic": [(34, 47, 17), (34, 47, 17)],
    "autoregressive": [(28, 30, 11), (28, 30, 11)],
    "fir_tree": [(1, 0, 2), (31, 30, 6)],
    "fir_chain": [(1, 0, 2), (31, 30, 17)],
    "dct": [(40, 53, 8), (40, 53, 8)],
    "fft": [(10, 8, 4), (320, 448, 16)],
    "matrix_product": [(1, 0, 2), (112, 96, 4)],
    "biquad": [(11, 14, 8), (29, 40, 18)],
    "dot_product": [(4, 4, 4), (32, 32, 7)],
    "lms": [(8, 10, 9), (36, 66, 12)],
    "stencil": [(7, 8, 6), (11, 14, 7)],
    "sweep": [(6, 8, 6), (6, 8, 6)],
    "elliptic_loop": [(34, 58, 17), (34, 58, 17)],
    "dense": [(2, 1, 2), (1000, 2996, 17)],
    "sparse": [(2, 1, 2), (1000, 1213, 9)],
    "layered": [(2, 1, 2), (1000, 1982, 125)],
}


def test_the_table_is_complete():
    assert set(KINDS) == CIRCUITS | RANDOM | LOOPS | DATAFLOW == set(GOLDEN)


@pytest.mark.parametrize("kind", KINDS)
def test_least_and_default_size(kind):
    entry = INSTANCES[kind]
    found = []
    for size in (entry.least, entry.default_size):
        problem = generate(kind, size)
        found.append((problem.nodes, problem.edges, critical_path(problem)))
    assert found == GOLDEN[kind]


@pytest.mark.parametrize("kind", KINDS)
def test_equal_arguments_give_equal_problems(kind):
    first = generate(kind, seed=3)
    assert isinstance(first, Problem)
    assert first.sha256 == generate(kind, INSTANCES[kind].default_size, seed=3).sha256
    assert (first.sha256 == generate(kind, seed=4).sha256) == (kind not in RANDOM)


@pytest.mark.parametrize("kind", KINDS)
def test_larger_sizes_are_larger_problems(kind):
    entry = INSTANCES[kind]
    nodes = [generate(kind, size).nodes for size in (2, 4, 16)]
    assert nodes == sorted(nodes)
    assert nodes[0] < nodes[2] or kind == "sweep"
    assert 1 <= entry.least <= entry.default_size


@pytest.mark.parametrize("kind", KINDS)
def test_a_size_below_the_least_raises(kind):
    entry = INSTANCES[kind]
    message = f"{kind} of size {entry.least - 1}: the least size is {entry.least}"
    with pytest.raises(InputError, match=message):
        generate(kind, entry.least - 1)
    if entry.aig:
        with pytest.raises(InputError, match=message):
            entry.aig(entry.least - 1, 0)


def test_an_unknown_kind_raises():
    with pytest.raises(SettingsError, match="unknown instance kind 'cpu'; known: arbiter, auto"):
        generate("cpu", 3)


def test_summaries_say_what_the_size_means():
    for entry in INSTANCES.values():
        assert "; size: " in entry.summary
        assert "\n" not in entry.summary


def test_circuits_alone_offer_their_aig():
    assert {kind for kind in KINDS if INSTANCES[kind].aig} == CIRCUITS
    for kind in CIRCUITS:
        aig = INSTANCES[kind].aig
        assert aig is not None
        graph = aig(5, 0)
        assert graph.problem() == generate(kind, 5)
        assert graph.name == f"{kind}-5"
        assert graph.outputs.min() > FALSE


def test_loops_alone_have_edges_with_a_distance():
    assert {kind for kind in KINDS if generate(kind).loop_carried} == LOOPS


@pytest.mark.parametrize("kind", KINDS)
def test_names_tell_the_size(kind):
    entry = INSTANCES[kind]
    assert str(entry.default_size) in generate(kind).name
