"""Random problems have the statistics that they promise, exactly where they promise exactly."""

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaus_jax.base.errors import InputError
from gaus_jax.instances.random import layered, workload
from tests.instances.measures import critical_path


def alone(problem) -> np.ndarray:
    """Nodes without any edge."""
    return np.setdiff1d(np.arange(problem.nodes), [*problem.tail, *problem.head])


def repeated(problem) -> int:
    """Edges that repeat another's ends."""
    ends = np.stack([problem.tail, problem.head], axis=1)
    return len(ends) - len(np.unique(ends, axis=0))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    ("nodes", "degree", "edges", "depths"),
    [
        (1000, 3, 3.0, (13, 22)),
        (5000, 3, 3.0, (15, 22)),
        (1000, 1.1, 1.2, (7, 11)),
        (5000, 1.1, 1.2, (8, 12)),
    ],
)
def test_workload_statistics(nodes, degree, edges, depths, seed):
    problem = workload(nodes, degree, seed)
    assert problem.nodes == nodes
    assert abs(problem.edges / nodes - edges) < 0.06
    assert depths[0] <= critical_path(problem) <= depths[1]
    assert abs((problem.size == 0).mean() - 0.6) < 0.05
    assert abs((problem.weight == 0).mean() - 0.6) < 0.05
    assert set(problem.weight) == {0, 1}
    busy = problem.size[problem.size > 0]
    assert 1000 <= busy.min() < 1050
    assert 4950 < busy.max() <= 5000
    assert abs(busy.mean() - 3000) < 150


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.integers(2, 60), st.floats(0, 4), st.integers(0, 2**32))
def test_workload_is_tidy(nodes, degree, seed):
    problem = workload(nodes, degree, seed)
    assert problem.nodes == nodes
    assert not alone(problem).size
    assert repeated(problem) == 0
    assert (problem.tail < problem.head).all()
    assert np.array_equal(problem.use_demand, problem.size)
    assert problem.classes == ("op",)
    assert (problem.latency == 1).all()
    assert (problem.use_occupancy == 1).all()
    assert workload(nodes, degree, seed) == problem


def test_workload_depends_on_the_seed():
    assert workload(50, 3, 0) != workload(50, 3, 1)


def test_a_workload_of_one_node_raises():
    with pytest.raises(InputError, match="workload of 1 nodes: take at least 2"):
        workload(1, 3, 0)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.data())
def test_layered_has_exactly_its_nodes_and_levels(data):
    nodes = data.draw(st.integers(1, 80))
    depth = data.draw(st.integers(1, nodes))
    seed = data.draw(st.integers(0, 2**32))
    problem = layered(nodes, depth, seed)
    assert problem.nodes == nodes
    assert critical_path(problem) == depth
    assert repeated(problem) == 0
    assert depth == 1 or not alone(problem).size
    assert layered(nodes, depth, seed) == problem


def test_layered_is_shaped_like_a_circuit():
    problem = layered(5000, 200, 0)
    fan_in = np.bincount(problem.head, minlength=5000)
    inputs = (fan_in == 0).sum()
    assert (fan_in == 2).sum() >= 5000 - inputs - 20
    level = np.zeros(5000, int)
    for node in problem.order:
        before = problem.tail[problem.head == node]
        level[node] = level[before].max() + 1 if len(before) else 0
    span = level[problem.head] - level[problem.tail]
    assert (span == 1).mean() > 0.7  # all of the first fan-ins, half of the second
    assert (span > 3).mean() > 0.04
    for amount in (problem.latency, problem.size, problem.use_demand, problem.use_occupancy):
        assert (amount == 1).all()
    assert (problem.weight == 1).all()
    assert layered(5000, 200, 1) != problem


@pytest.mark.parametrize(("nodes", "depth"), [(5, 6), (5, 0), (0, 0)])
def test_an_impossible_depth_raises(nodes, depth):
    with pytest.raises(InputError, match=f"{nodes} nodes on {depth} levels: take a depth from 1"):
        layered(nodes, depth, 0)


def test_a_large_deep_graph_is_quick():
    began = time.perf_counter()
    problem = layered(200_000, 25_000, 0)
    assert time.perf_counter() - began < 5  # 0.3 s; room for a busy machine
    assert problem.nodes == 200_000
    assert 399_000 < problem.edges < 401_000
