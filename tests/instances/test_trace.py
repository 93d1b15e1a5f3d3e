"""What a kernel computes, reads and hands on is what its graph says."""

import numpy as np
import pytest

from gaus_jax.base.errors import InputError
from gaus_jax.instances.trace import Kernel, Units, load, store, trace, tree_sum, unroll
from tests.instances.measures import critical_path, kinds


def edges(problem):
    """Edges as (producer id, consumer id, distance)."""
    ends = zip(problem.tail, problem.head, problem.distance.tolist(), strict=True)
    return [(problem.ids[i], problem.ids[j], k) for i, j, k in ends]


def scaled_sum(inputs, states):
    total = load(inputs[0]) * 3 + states[0]
    return [store(total)], [2 - total]


def test_a_loop_has_an_edge_for_each_read():
    problem = trace("p", Kernel(scaled_sum, 1, 1), Units(), loop=True)
    assert problem.ids == ("load0", "mul1", "add2", "store3", "sub4")
    assert edges(problem) == [
        ("load0", "mul1", 0),
        ("mul1", "add2", 0),
        ("sub4", "add2", 1),
        ("add2", "store3", 0),
        ("add2", "sub4", 0),
    ]
    assert problem.size.tolist() == [1, 1, 1, 0, 1]
    assert not problem.output.any()


def test_straight_line_code_has_outputs_and_no_distances():
    problem = trace("p", Kernel(scaled_sum, 1, 1), Units(), loop=False)
    assert problem.loop_carried == 0
    assert problem.edges == 4
    assert problem.output.tolist() == [False, False, False, True, True]


def test_numbers_go_straight_through():
    assert scaled_sum([5], [1]) == ([16], [-14])


def test_a_delay_line_adds_up_distances():
    def body(inputs, states):
        value = inputs[0] * 2
        return [value + states[2]], [value, states[0], states[1]]

    assert edges(trace("p", Kernel(body, 1, 3), Units(), loop=True)) == [
        ("mul0", "add1", 0),
        ("mul0", "add1", 3),
    ]


def test_delayed_inputs_and_states_that_stay_are_no_edges():
    def body(inputs, states):
        fresh, still, turn, back = states
        return [fresh * still + turn], [inputs[0], still, back, turn]

    assert edges(trace("p", Kernel(body, 1, 4), Units(), loop=True)) == [("mul0", "add1", 0)]


def test_a_square_reads_its_operand_once():
    def square(inputs, states):
        value = inputs[0] + 1
        return [value * value], []

    assert trace("p", Kernel(square, 1), Units(), loop=False).edges == 1


def test_comparing_and_taking_from_a_number():
    def body(inputs, states):
        return [1 - inputs[0] < inputs[0] - 1, 1 + inputs[0]], []

    problem = trace("p", Kernel(body, 1), Units(), loop=False)
    assert kinds(problem) == {"sub": 2, "less": 1, "add": 1}
    assert set(problem.use_class) == {1}


def test_units_set_latency_occupancy_and_limits():
    units = Units(mul=5, add=3, mem=0, multipliers=2, adders=4, ports=1)
    problem = trace("p", Kernel(scaled_sum, 1, 1), units, loop=True)
    assert problem.classes == ("mul", "add", "mem")
    assert problem.limit.tolist() == [2, 4, 1]
    assert problem.latency.tolist() == [0, 5, 3, 0, 3]
    assert problem.use_occupancy.tolist() == [0, 5, 3, 0, 3]
    pipelined = Units(mul=5, add=3, mem=0, pipelined=True)
    problem = trace("p", Kernel(scaled_sum, 1, 1), pipelined, loop=True)
    assert problem.latency.tolist() == [0, 5, 3, 0, 3]
    assert problem.use_occupancy.tolist() == [0, 1, 1, 0, 1]
    assert problem.use_demand.tolist() == [1] * 5


def test_the_default_units():
    assert (Units().mul, Units().add, Units().mem, Units().pipelined) == (2, 1, 1, False)
    assert Units().multipliers == Units().adders == Units().ports == np.inf


def test_a_negative_latency_raises():
    with pytest.raises(InputError, match="latency of node mul1 is -1"):
        trace("p", Kernel(scaled_sum, 1, 1), Units(mul=-1), loop=True)


def test_unrolling_chains_states_and_splits_inputs():
    kernel = unroll(Kernel(scaled_sum, 1, 1), 3)
    assert (kernel.inputs, kernel.states) == (3, 1)
    outputs, states = [], [1]
    for value in (5, 6, 7):
        found, states = scaled_sum([value], states)
        outputs += found
    assert kernel.body([5, 6, 7], [1]) == (outputs, states)
    problem = trace("p", kernel, Units(), loop=True)
    assert problem.nodes == 15
    assert [e for e in edges(problem) if e[2]] == [("sub14", "add2", 1)]
    assert ("sub4", "add7", 0) in edges(problem)


@pytest.mark.parametrize(
    ("count", "deep"), [(1, 0), (2, 1), (3, 2), (4, 2), (5, 3), (8, 3), (9, 4)]
)
def test_a_tree_sum_is_balanced(count, deep):
    assert tree_sum(list(range(count))) == sum(range(count))
    if count > 1:
        kernel = Kernel(lambda inputs, states: ([tree_sum(inputs)], []), count)
        problem = trace("p", kernel, Units(), loop=False)
        assert problem.nodes == count - 1
        assert critical_path(problem) == deep
