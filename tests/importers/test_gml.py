import time

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gaus_jax.base.errors import InputError
from gaus_jax.core.build import make_problem
from gaus_jax.importers.files import open_source
from gaus_jax.importers.gml import GML
from tests.importers.cases import differences, problems, source

GOOD = """# made by hand
Creator "a [b] # not a comment"
graph [
  label "demo" directed 1
  graphics [ x [ y 1 ] ]
  node [ label "a b" id 7 parameter 5 ]   # a comment
  node [
    id 3
    graphics [ x 1.5 y 2 node [ id 7 ] ]
    label "[c]" parameter 0 latency 4 size 2.5 output 1
    resource "mul" demand 2 occupancy 3
  ]
  node [ id -1 label "d" ]
  edge [ target 3 source 7 parameter 9 ]
  edge [ source 3 target -1 parameter 0 ]
  edge [ source -1 target 7 distance 2 delay 1 weight 0.5 kind "order" ]
  edge [ source 7 target -1 ]
]
"""


def read(text):
    return GML.read(source(text))


def test_attributes():
    p = read(GOOD)
    assert p.ids == ("a b", "[c]", "d")
    assert p.size.tolist() == [5, 2.5, 1]
    assert p.latency.tolist() == [1, 4, 1]
    assert p.output.tolist() == [False, True, False]
    assert p.classes == ("op", "mul")
    assert p.use_demand.tolist() == [5, 2, 1]
    assert p.use_class.tolist() == [0, 1, 0]
    assert p.use_occupancy.tolist() == [1, 3, 1]
    assert (p.tail.tolist(), p.head.tolist()) == ([0, 1, 2, 0], [1, 2, 0, 2])
    assert p.weight.tolist() == [1, 0, 0.5, 1]
    assert p.distance.tolist() == [0, 0, 2, 0]
    assert p.delay.tolist() == [0, 0, 1, 0]
    assert p.is_data.tolist() == [True, True, False, True]


def test_repeated_labels_give_way_to_ids():
    p = read('graph [ directed 1 node [ id 4 label "x" ] node [ id 2 label "x" ] ]')
    assert p.ids == ("4", "2")


BAD = {
    "graph [ directed 0 ]": "f:1: the graph is undirected",
    "graph [\n node [ id 0 ] ]": "f:1: the graph is undirected",
    "graph [ directed 1\n node [ ]\n ]": "f:2: node has no id",
    "graph [ directed 1\n node [ id x ] ]": "f:2: node id 'x' must be a whole number",
    "graph [ directed 1\n node [ id 1 ]\n\n node [ id 1 ] ]": "f:4: node id 1 appears twice, first "
    "on line 2",
    "graph [ directed 1 node [ id 0 ]\n edge [ source 0 ] ]": "f:2: edge has no target",
    "graph [ directed 1 node [ id 0 ]\n edge [ source 0 target 5 ] ]": "f:2: edge target 5 "
    "names an unknown node; ids are 0..0",
    "graph [ directed 1\nnode [ id 0 parameter -1 ] ]": "f:2: parameter of node 0 is '-1'",
    "graph [ directed 1\nnode [ id 0 parameter x ] ]": "f:2: parameter of node 0 is 'x'",
    "graph [ directed 1\nnode [ id 0 parameter 1_0 ] ]": "f:2: parameter of node 0 is '1_0'",
    "graph [ directed 1\nnode [ id 0 latency 1.5 ] ]": "it must be a whole number",
    "graph [ directed 1\nnode [ id 0 latency 1e30 ] ]": "f:2: latency of node 0 is '1e30'",
    "graph [ directed 1\nnode [ id 0 size nan ] ]": "f:2: size of node 0 is 'nan'",
    "graph [ directed 1\nnode [ id 0 latency [ a 1 ] ] ]": "f:2: latency of node 0 is",
    "graph [ directed 1 node [ id 0 ]\nedge [ source 0 target 0 kind x distance 1 ] ]": "f:2: kind "
    "of edge 0 is 'x'; it must be one of data, order",
    "graph [ directed 1\n node [ id 0 id 1 ] ]": "f:2: attribute id is given twice",
    "graph [ directed 1\n node 5 ]": "f:2: node must be a list",
    "graph [ directed 1\n node [ id 0": "f:2: this list is never closed",
    "graph [ directed 1\n node [ id ] ]": "f:2: attribute id has no value",
    'graph [ directed 1\n node [ id 0 label "abc ] ]': 'f:2: a string lacks its closing "',
    "graph [ directed 1 ]\ngraph [ directed 1 ]": "f:2: a second graph",
    "graph [ directed 1 ] ]": "f:1: ']' where the name",
    "Version 1": "f: holds no 'graph [ ... ]'",
    "a,b\n1,2\n": "f:1: 'a,b' where the name",
    "graph [ directed 1 class [ name x ]\n node [ id 0 resource y ] ]": "f:2: node 0 uses the "
    "unknown resource class 'y'; known: x",
    "graph [ directed 1\n class [ cost 1 ] ]": "f:2: a resource class has no name",
    "graph [ directed 1\nnode [ id 0 use 4 ] ]": "f:2: use of node 0 must be a list",
    "graph [ directed 1 node [ id 0 ] node [ id 1 ] edge [ source 0 target 1 ] "
    "edge [ source 1 target 0 ] ]": "f: the edges of distance 0 form a cycle: 1 -> 0 -> 1",
    "graph [ directed 1\n" + "a [ " * 500 + "]" * 500 + "]": "f:2: lists are nested deeper",
}


@pytest.mark.parametrize("text", BAD)
def test_refusals(text):
    with pytest.raises(InputError) as error:
        read(text)
    assert BAD[text] in str(error.value)


def test_comments_do_not_shift_lines():
    with pytest.raises(InputError, match=r"^f:4: node has no id"):
        read("# one\n# two\ngraph [ directed 1 # three\n node [ ] ]")


@given(problems())
def test_round_trip(problem):
    again = GML.read(source(GML.write(problem)))
    assert differences(problem, again) == []


def test_written_reals_and_references():
    problem = make_problem(["&lt;"], size=1e-20)
    text = GML.write(problem)
    assert b"size 1.0e-20" in text
    assert GML.read(source(text)) == problem


PRINTABLE = st.text(st.characters(min_codepoint=33, max_codepoint=126) | st.just("é"), max_size=4)


@given(problems(PRINTABLE))
def test_networkx_reads_what_we_write(problem):
    graph = nx.parse_gml(GML.write(problem).decode("ascii"), label="id")
    assert graph.is_directed()
    nodes = [attributes for _, attributes in graph.nodes(data=True)]
    assert [str(node["label"]) for node in nodes] == list(problem.ids)
    assert [node["size"] for node in nodes] == problem.size.tolist()
    ends = sorted(zip(problem.tail.tolist(), problem.head.tolist(), strict=True))
    assert sorted(graph.edges()) == ends


def test_character_references():
    p = read('graph [ directed 1 node [ id 0 label "&#128;&lt;&amp;lt;&nosuch;&#55296;" ] ]')
    assert p.ids == ("\x80<&lt;&nosuch;&#55296;",)


def test_networkx_agrees_on_a_benchmark_file(bench):
    path = bench / "rw" / "rand_graph_sparse_1000_1.gml"
    graph = nx.read_gml(path)
    p = GML.read(open_source(path))
    assert p.ids == tuple(graph.nodes)
    assert p.size.tolist() == [d["parameter"] for _, d in graph.nodes(data=True)]
    assert p.use_demand.tolist() == p.size.tolist()
    ours = {(p.ids[i], p.ids[j]): w for i, j, w in zip(p.tail, p.head, p.weight, strict=True)}
    assert ours == {(i, j): float(d["parameter"] > 0) for i, j, d in graph.edges(data=True)}


def test_time(bench):
    """Generous by a factor of three, as the machine is shared."""
    opened = open_source(bench / "rw" / "rand_graph_10000_1.gml")
    times = []
    for _ in range(3):
        begin = time.perf_counter()
        p = GML.read(opened)
        times.append(time.perf_counter() - begin)
    assert (p.nodes, p.edges) == (9432, 27636)
    assert min(times) < 1.0
    assert np.isin(p.weight, [0, 1]).all()
