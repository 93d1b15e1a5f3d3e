import json

import pytest
from hypothesis import given

from gaus_jax.base.errors import InputError
from gaus_jax.core.build import make_problem
from gaus_jax.importers.native import NATIVE
from tests.importers.cases import differences, problems, source

SMALL = {"format": "gaus-jax-problem", "version": 1, "nodes": {"id": ["a", "b"]}}


@given(problems())
def test_round_trip(problem):
    again = NATIVE.read(source(NATIVE.write(problem)))
    assert differences(problem, again) == []
    assert again == problem
    assert again.name == problem.name


def test_defaults_and_scalars():
    edges = {"tail": [0], "head": [1], "weight": 2}
    p = NATIVE.read(source(json.dumps(SMALL | {"edges": edges})))
    assert p == make_problem(["a", "b"], [(0, 1)], weight=2)
    assert p.name == "f"


def with_part(section, **columns):
    return json.dumps(SMALL | {section: {**SMALL.get(section, {}), **columns}})


BAD = {
    '{\n"format": ': "f:2: not JSON (Expecting value)",
    "[1]": "f: not a gaus_jax problem",
    '{"format": "x"}': "f: not a gaus_jax problem",
    json.dumps(SMALL | {"version": 2}): "f: version 2 is unknown; this program reads version 1",
    json.dumps(SMALL | {"edgs": 1}): "f: unknown key 'edgs' in the document; known: format",
    json.dumps(SMALL | {"nodes": 3}): "f: nodes must be an object of columns: id, latency",
    json.dumps(SMALL | {"nodes": {}}): "f: nodes lacks 'id'",
    json.dumps(SMALL | {"name": 4}): "f: name must be a string",
    '{"format": "gaus-jax-problem", "version": 1}': "f: nodes must be an object",
    '{"a": 1, "a": 2}': "f: key 'a' appears twice",
    '{"a": NaN}': "f: NaN is no JSON number",
    '{"a": ' + "9" * 5000 + "}": "f: holds a number of too many digits",
    "[" * 100000: "f: lists are nested too deeply",
    with_part("nodes", speed=1): "f: unknown key 'speed' in nodes; known: id, latency, size",
    with_part("nodes", latency=[1, -1]): "f: nodes.latency[1] is '-1'; it must be a whole number",
    with_part("nodes", latency=[1, 1.5]): "f: nodes.latency[1] is '1.5'",
    with_part("nodes", latency=[1, True]): "f: nodes.latency[1] is 'True'",
    with_part("nodes", latency=[1, 10**30]): "f: nodes.latency[1] is '1000",
    with_part("nodes", latency=[1, [2]]): "f: nodes.latency[1] is '[2]'",
    with_part("nodes", latency=[1]): "f: latency has 1 entries, expected 2",
    with_part("nodes", output=[0, 1]): "f: nodes.output[0] is '0'; it must be true or false",
    with_part("nodes", id=["a", 5]): "f: nodes.id[1] is '5'; it must be a string",
    with_part("nodes", id="ab"): "f: nodes.id must be a list",
    with_part("nodes", id=["a", "a"]): "f: node id 'a' appears twice",
    with_part("nodes", id=["\ud800", "a"]): "f: nodes.id[0] is ",
    with_part("nodes", size=1e300): "f: nodes.size[0] is '1e+300'",
    with_part("classes", name=["x"], cost=[None]): "f: classes.cost[0] is 'None'",
    with_part("edges", tail=[0]): "f: edges lacks 'head'",
    with_part("edges", tail=[0], head=[]): "f: edges.tail has 1 entries, edges.head 0",
    with_part("edges", tail=[0], head=[7]): "f: head of edge 0 is 7, an unknown node",
    with_part("uses", node=[0], **{"class": [3]}): "f: use_class of use 0 is 3, an unknown class",
}


@pytest.mark.parametrize("text", BAD)
def test_refusals(text):
    with pytest.raises(InputError) as error:
        NATIVE.read(source(text))
    assert BAD[text] in str(error.value)
