"""What decides whether an II is possible: components and the windows within them."""

import numpy as np

from gaus_jax.core.build import make_problem
from gaus_jax.core.rings import anchored, components, part, within_components

# A ring of a, b, c (distance 1) with a tail d, and a node of its own.
RING = make_problem(
    list("abcde"),
    [(0, 1), (1, 2), (2, 0), (2, 3)],
    latency=[2, 1, 1, 5, 1],
    distance=[0, 0, 1, 0],
    classes=("x", "y"),
    uses=([1, 3], [0, 1], [1, 2], 1),
)


def test_components_of_several_nodes():
    assert [nodes.tolist() for nodes in components(RING)] == [[0, 1, 2]]
    assert components(make_problem(0)) == []
    assert components(make_problem(1, [(0, 0)], distance=1)) == []  # a loop of one node


def test_edges_between_components_are_left_out():
    assert within_components(RING).edges == 3
    assert within_components(RING).nodes == 5


def test_a_part_has_the_edges_and_uses_among_its_nodes():
    found = part(RING, np.array([1, 2, 3]))
    assert found.ids == ("b", "c", "d")
    assert found.latency.tolist() == [1, 1, 5]
    assert list(zip(found.tail.tolist(), found.head.tolist(), strict=True)) == [(0, 1), (1, 2)]
    assert found.distance.tolist() == [0, 0]
    assert found.use_node.tolist() == [0, 2]
    assert found.use_demand.tolist() == [1, 2]


def test_windows_about_a_node_that_is_held_fast():
    frame = anchored(within_components(RING), 6, np.array([0]))
    assert frame.asap.tolist() == [0, 2, 3, 0, 0]
    assert frame.alap.tolist() == [0, 4, 5, 0, 0]
    frame = anchored(within_components(RING), 6, np.array([0]), 5)
    assert frame.alap.tolist() == [5, 9, 10, 5, 5]
    assert frame.ii == 6
