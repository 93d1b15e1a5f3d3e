"""Packing: dtypes, buckets, and what is left to the device."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gaus_jax.core.build import make_problem
from gaus_jax.core.window import asap_length, window
from gaus_jax.relax.flatten import flatten
from gaus_jax.relax.pack import bucket, pack, shape_of
from tests.strategies import problems


def dtypes(problem):
    frame = window(problem, asap_length(problem) + 1)
    graph, free = flatten(problem, frame, "register", [1.0])
    batch = pack([graph], [free], shape_of(graph), jnp.float32)
    return jax.tree.map(lambda leaf: str(leaf.dtype), batch.graph)


def test_graphs_without_edges_or_uses_have_the_dtypes_of_others():
    wanted = dtypes(make_problem(3, [(0, 1), (0, 2)], uses=([0, 1], 0, 1, 2)))
    bare = make_problem(3, classes=())
    spans = dtypes(make_problem(3)), dtypes(bare), dtypes(make_problem(0))
    for found in spans:
        assert jax.tree.leaves(found) == jax.tree.leaves(wanted)


@given(st.integers(0, 10**6))
def test_a_bucket_wastes_at_most_a_quarter(size):
    assert size <= bucket(size) <= max(8, 1.25 * size + 1)
    assert bucket(bucket(size)) == bucket(size)


@given(problems(loop_carried=True), st.integers(0, 3))
def test_free_nodes_are_those_with_mobility_in_order_of_asap(problem, slack):
    frame = window(problem, asap_length(problem) + slack)
    graph, free = flatten(problem, frame, "register", [1.0])
    assert sorted(free.tolist()) == np.flatnonzero(frame.mobility > 0).tolist()
    assert (np.diff(frame.asap[free]) >= 0).all()
    np.testing.assert_array_equal(graph.low, frame.asap[free])
    np.testing.assert_array_equal(graph.high, frame.alap[free])


def test_edges_that_cannot_bind_and_the_shorter_of_parallel_ones_are_left_out():
    # A step of room: 0 in 0..1, 1 in 4..5, 2 in 8..9, 3 in 0..4. Edge 0 -> 2 always holds.
    problem = make_problem(
        4, [(0, 1), (1, 2), (3, 2), (3, 2), (0, 2)], delay=[3, 3, 0, 4, 0], latency=1
    )
    graph, free = flatten(problem, window(problem, 10), "register", [1.0])
    assert free.tolist() == [0, 3, 1, 2]
    assert sorted(zip(graph.tail.tolist(), graph.head.tolist(), graph.reach, strict=True)) == [
        (0, 2, 4),
        (1, 3, 5),
        (2, 3, 4),
    ]


@pytest.mark.parametrize(("size", "wanted"), [(0, 8), (8, 8), (9, 10), (17, 20), (33, 40)])
def test_buckets(size, wanted):
    assert bucket(size) == wanted
