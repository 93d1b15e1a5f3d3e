import sys

import networkx as nx
import pytest
from hypothesis import given

from gaus_jax.base.errors import InputError, MissingExtraError
from gaus_jax.core.build import make_problem
from gaus_jax.core.problem import Problem
from gaus_jax.importers.adapters import from_arrays, from_networkx, to_arrays, to_networkx
from tests.importers.cases import differences, problems


def test_plain_graph():
    graph = nx.DiGraph()
    graph.add_node("a", latency=3, parameter=7)
    graph.add_node(("t", 1), resource="mul")
    graph.add_edge("a", ("t", 1), weight=2.5)
    p = from_networkx(graph, name="g")
    assert p == make_problem(
        ["a", "('t', 1)"],
        [(0, 1)],
        latency=[3, 1],
        size=[7, 1],
        classes=["op", "mul"],
        uses=([0, 1], [0, 1], [7, 1], 1),
        weight=2.5,
    )
    assert p.name == "g"


@given(problems())
def test_networkx_round_trip(problem):
    assert differences(problem, from_networkx(to_networkx(problem))) == []


@given(problems())
def test_arrays_round_trip(problem):
    arrays = to_arrays(problem)
    assert Problem(**arrays) == from_arrays(arrays) == problem


def test_parallel_edges_stay_apart():
    p = make_problem(2, [(0, 1), (0, 1)], weight=[1, 2])
    assert from_networkx(to_networkx(p)) == p


def bad(**attributes):
    graph = nx.DiGraph()
    graph.add_node(0, **attributes)
    return graph


def with_classes(classes):
    graph = bad()
    graph.graph["classes"] = classes
    return graph


CLASH = nx.DiGraph([(0, "0")])
MIXED = nx.DiGraph()
MIXED.add_edge(0, 1, index="a")
MIXED.add_edge(1, 2, index=0)


@pytest.mark.parametrize(
    ("graph", "message"),
    [
        (nx.Graph(), "g: is undirected"),
        (5, "g: is undirected"),
        (CLASH, "g: node id '0' appears twice"),
        (MIXED, "g: index of an edge must be a number"),
        (bad(latency=[1]), "g: latency of node 0 is '[1]'; it must be a number"),
        (bad(latency=10**400), "g: latency of node 0 is '1000"),
        (bad(size=float("nan")), "g: size of node 0 is 'nan'"),
        (bad(use=[3]), "g: use of node 0 must be a list"),
        (with_classes(3), "g: classes must be a list"),
        (with_classes([{}]), "g: a resource class has no name"),
    ],
)
def test_refusals(graph, message):
    with pytest.raises(InputError) as error:
        from_networkx(graph, name="g")
    assert message in str(error.value)


def test_unknown_arrays():
    arrays = to_arrays(make_problem(1))
    with pytest.raises(InputError, match="'speed' is unknown or missing"):
        from_arrays(arrays | {"speed": 1})
    del arrays["latency"]
    with pytest.raises(InputError, match="'latency' is unknown or missing"):
        from_arrays(arrays)


def test_without_networkx(monkeypatch):
    monkeypatch.setitem(sys.modules, "networkx", None)
    with pytest.raises(MissingExtraError, match=r"gaus-jax\[networkx\]"):
        to_networkx(make_problem(1))
