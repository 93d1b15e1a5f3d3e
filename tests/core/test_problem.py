"""What a problem derives from its arrays."""

import numpy as np
import pytest
from hypothesis import given

from gaus_jax.base.errors import InputError
from gaus_jax.core.build import make_problem
from tests.strategies import problems


@given(problem=problems(loop_carried=True))
def test_pull_and_groups_by_definition(problem):
    forward = [e for e in range(problem.edges) if problem.distance[e] == 0]
    start = np.arange(problem.nodes) ** 2
    spans = [problem.weight[e] * (start[problem.head[e]] - start[problem.tail[e]]) for e in forward]
    assert problem.pull @ start == sum(spans)
    for i in range(problem.nodes):
        for groups, key, among in (
            (problem.outgoing, problem.tail, forward),
            (problem.incoming, problem.head, forward),
            (problem.uses, problem.use_node, range(problem.use_node.size)),
        ):
            mine = groups.item[groups.first[i] : groups.first[i + 1]]
            assert mine.tolist() == [e for e in among if key[e] == i]
    assert problem.order[problem.rank].tolist() == list(range(problem.nodes))


def test_derived_arrays_of_the_empty_problem():
    empty = make_problem(0)
    assert (empty.pull.dtype, empty.pull.size, empty.rank.size) == (np.float64, 0, 0)
    assert empty.uses.first.tolist() == [0]


@pytest.mark.parametrize("edges", [[(0, 1, 2, 0)], [0, 1], [(0, 1), (2,)], [[[0, 1]]]])
def test_edges_that_are_no_pairs(edges):
    with pytest.raises(InputError, match="problem: edges must be pairs of node indices"):
        make_problem(3, edges)


def test_ids_that_are_no_strings():
    with pytest.raises(InputError, match="node ids and classes must be strings"):
        make_problem([1, 2])


@pytest.mark.parametrize("nodes", [np.int64(3), np.uint8(3), np.array(3), 3])
def test_a_number_of_nodes_is_of_any_whole_type(nodes):
    assert make_problem(nodes).ids == ("0", "1", "2")


def test_a_negative_number_of_nodes_is_refused():
    with pytest.raises(InputError, match="problem: -3 nodes; there must be at least 0"):
        make_problem(-3)


def test_an_array_of_ids_is_no_number():
    assert make_problem(np.array(["a", "b"])).ids == ("a", "b")
