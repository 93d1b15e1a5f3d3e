import numpy as np
import pytest

from gaus_jax.base.errors import InputError
from gaus_jax.core.graph import longest_from_sources
from gaus_jax.importers import load
from gaus_jax.importers.hatschet import HATSCHET
from tests.importers.cases import index_rows, source

GRAPH = """<?xml version="1.0" encoding="UTF-8"?>
<graphml{namespace}>
 <key id="d" for="edge" attr.name="distance"/>
 <graph>
  <node id="9"><data key="name">m</data><data key="uses_resource">mul</data></node>
  <node id="3">
    <data key="uses_resource"> a&amp;d </data>
  </node>
  <edge source="9" target="3"><data key="delay">2</data><data key="deptype">Data</data></edge>
  <edge source="3" target="9"><data key="d">1</data><data key="deptype">Precedence</data></edge>
 </graph>
</graphml>
"""
MODEL = """<ModelInformation><Resources>
<Resource name="a&amp;d" latency="0" limit="-1" blockingTime="0" physicalDelay="0.5">
  <Cost name="LUT" demand="3"/>
</Resource>
<Resource name="mul" latency="4" limit="2"/>
<Resource name="unused" latency="1" limit="1"/>
</Resources></ModelInformation>
"""


def read(graph=GRAPH, model=MODEL):
    return HATSCHET.read(source(graph, resources=model))


@pytest.mark.parametrize("namespace", ["", ' xmlns="http://graphml.graphdrawing.org/xmlns"'])
def test_pair(namespace):
    p = read(GRAPH.replace("{namespace}", namespace))
    assert p.ids == ("9", "3")
    assert p.classes == ("a&d", "mul", "unused")
    assert p.limit.tolist() == [np.inf, 2, 1]
    assert p.latency.tolist() == [4, 0]
    assert p.use_class.tolist() == [1, 0]
    assert p.use_occupancy.tolist() == [1, 0]
    assert p.use_demand.tolist() == p.size.tolist() == [1, 1]
    assert (p.tail.tolist(), p.head.tolist()) == ([0, 1], [1, 0])
    assert (p.delay.tolist(), p.distance.tolist()) == ([2, 0], [0, 1])
    assert p.is_data.tolist() == [True, False]
    assert p.weight.tolist() == [1, 0]


def test_prefixed_tags():
    text = GRAPH.replace("{namespace}", ' xmlns:g="u"').replace("</", "</g:")
    for tag in ("graphml", "key", "graph", "node", "edge", "data"):
        text = text.replace(f"<{tag} ", f"<g:{tag} ").replace(f"<{tag}>", f"<g:{tag}>")
    assert read(text) == read(GRAPH.replace("{namespace}", ""))


BOMB = '<!DOCTYPE x [<!ENTITY a "aa">]>'
BAD = [
    ("<graphml>", "<graphml>" + BOMB, "f:2: not well-formed XML"),
    ("<graphml>", BOMB + "<graphml>", "f:2: has a DOCTYPE"),
    ("<graphml>", "<!DOCTYPE graphml><graphml>", "f:2: has a DOCTYPE"),
    ("</graphml>", "", "f:13: not well-formed XML (no element found)"),
    (' id="9"', "", "f:5: node has no id"),
    ('id="3"', 'id="9"', "f:6: node id '9' appears twice, first on line 5"),
    ("uses_resource", "uses", "f:5: node '9' has no uses_resource"),
    (">mul<", ">div<", "f:5: node '9' uses resource 'div', which model lacks"),
    ('target="3"', 'target="4"', "f:9: edge target '4' names an unknown node"),
    ('source="9" ', "", "f:9: edge source '' names an unknown node"),
    (">2<", ">x<", "f:9: delay of edge 9->3 is 'x'; it must be a whole number >= 0"),
    (">1<", ">-1<", "f:10: distance of edge 3->9 is '-1'"),
    (">1<", ">" + "9" * 5000 + "<", "f:10: distance of edge 3->9 is '999"),
    (">1<", ">0<", "f: the edges of distance 0 form a cycle"),
    ("<graph>", '<graph edgedefault="undirected">', "f:4: the graph is undirected"),
    ("</graph>", "</graph><graph/>", "f:11: a second <graph>"),
]


@pytest.mark.parametrize(("old", "new", "message"), BAD)
def test_bad_graphs(old, new, message):
    good = GRAPH.replace("{namespace}", "")
    assert old in good
    with pytest.raises(InputError) as error:
        read(good.replace(old, new))
    assert message in str(error.value)


def test_the_declared_encoding_does_not_matter():
    assert read(GRAPH.replace("{namespace}", "").replace("UTF-8", "klingon")).nodes == 2


BAD_MODELS = [
    ("<ModelInformation>", BOMB + "<ModelInformation>", "model:1: has a DOCTYPE"),
    ("</ModelInformation>", "", "model:8: not well-formed XML"),
    ('latency="4" ', "", "model:5: a <Resource> must have a name and a latency"),
    ('latency="4"', 'latency="-4"', "model:5: latency of resource 'mul' is '-4'"),
    ('limit="2"', 'limit="-2"', "model:5: limit of resource 'mul' is '-2'"),
    ('"0" limit', '"0.5" limit', "model:2: latency of resource 'a&d' is '0.5'"),
    ('"unused"', '"mul"', "model:6: resource 'mul' appears twice"),
    ("Resource", "R", "model: holds no <Resource>"),
    (MODEL, GRAPH.replace("{namespace}", ""), "model:2: is a graph, not a resource model"),
]


@pytest.mark.parametrize(("old", "new", "message"), BAD_MODELS)
def test_bad_models(old, new, message):
    assert old in MODEL
    with pytest.raises(InputError) as error:
        read(GRAPH.replace("{namespace}", ""), MODEL.replace(old, new))
    assert message in str(error.value)


def test_data_between_and_within_others():
    """Found by the fuzzer: text of an outer <data> after an inner node."""
    good = GRAPH.replace("{namespace}", "")
    text = good.replace("mul</data></node>", "mul<node/></data></node>")
    with pytest.raises(InputError, match="f:5: node has no id"):
        read(text)
    text = good.replace("mul</data></node>", 'mul<node id="7">x</node></data></node>')
    with pytest.raises(InputError, match="f:5: node '7' has no uses_resource"):
        read(text)


def test_data_does_not_replace_ends():
    good = GRAPH.replace("{namespace}", "")
    assert read(good.replace('key="delay"', 'key="source"')).tail.tolist() == [0, 1]


def test_without_a_model():
    with pytest.raises(InputError, match="pass its resource model with --resources"):
        HATSCHET.read(source(GRAPH))


def test_not_a_graph():
    with pytest.raises(InputError, match="holds no <graph>"):
        read(MODEL)


@pytest.mark.parametrize("step", [20, pytest.param(1, marks=pytest.mark.slow)])
def test_benchmark_loops(bench, step):
    rows = index_rows(bench, "hls")
    assert len(rows) == 818
    for row in rows[::step]:
        p = load(bench / row["path"], resources=bench / row["resources"])
        counts = (p.nodes, p.edges, p.loop_carried)
        assert counts == (int(row["nodes"]), int(row["edges"]), int(row["back_edges"])), row
        start = longest_from_sources(p.order, *p.incoming, p.tail, p.reach)
        assert int((start + p.duration).max()) == int(row["D_min"])
        asked = np.zeros(len(p.classes))
        np.add.at(asked, p.use_class, p.use_demand * p.use_occupancy)
        limited = p.limit < np.inf
        least = np.ceil(asked[limited] / p.limit[limited]).max(initial=0)
        assert int(least) == int(row["ResMII"])
