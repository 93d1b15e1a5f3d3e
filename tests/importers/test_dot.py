import pytest
from hypothesis import given

from gaus_jax.base.errors import InputError
from gaus_jax.core.build import make_problem
from gaus_jax.importers.dot import DOT
from tests.importers.cases import NAMES, differences, problems, source

GOOD = """# preprocessor line
strict digraph "g" { // comment
  rankdir = LR; graph [size="4,4"]
  node [latency=2, resource=mul]; edge [delay=1]
  a -> b -> "c d" [weight=3] /* chain
  of three */
  subgraph cluster_x { label="x"; node [latency=5]; e; a }
  f [latency=7 size=.5, demand=2; occupancy=3][output=1 label=<<b>x</b>>]
  b:port:n -> { f g } [distance=1 kind=order];
  a -> b [weight=4]
  "h" + "i"
}
"""


def read(text):
    return DOT.read(source(text))


def test_good():
    p = read(GOOD)
    assert p.ids == ("a", "b", "c d", "e", "f", "g", "hi")
    assert p.latency.tolist() == [2, 2, 2, 5, 7, 2, 2]
    assert p.classes == ("mul",)
    assert p.size.tolist() == [1, 1, 1, 1, 0.5, 1, 1]
    assert p.use_demand.tolist() == [1, 1, 1, 1, 2, 1, 1]
    assert p.use_occupancy.tolist() == [1, 1, 1, 1, 3, 1, 1]
    assert p.output.tolist() == [False] * 4 + [True] + [False] * 2
    assert (p.tail.tolist(), p.head.tolist()) == ([0, 1, 1, 1], [1, 2, 4, 5])
    assert p.weight.tolist() == [4, 3, 0, 0]
    assert p.delay.tolist() == [1] * 4
    assert p.distance.tolist() == [0, 0, 1, 1]
    assert p.is_data.tolist() == [True, True, False, False]


BAD = {
    "graph { a -- b }": "f:1: the graph is undirected; write digraph and ->",
    "digraph {\n a -- b }": "f:2: '--' in a digraph",
    "digraph {\n a -> }": "f:2: a name was expected, not '}'",
    "digraph {\n a": "f:2: a name was expected, not 'end of file'",
    "digraph { a } \n digraph { b }": "f:2: something follows the graph",
    "tree { }": "f:1: 'digraph' or 'graph' was expected, not 'tree'",
    'digraph {\n"a': "f:2: a string or comment that begins here has no end",
    "digraph {\n/* a": "f:2: a string or comment that begins here has no end",
    "digraph {\n a [label=<<b>] }": "f:2: a string or comment that begins here has no end",
    "digraph {\n a ? }": "f:2: '?' has no meaning here",
    "digraph {\n a [latency=x] }": "f:2: latency of node 0 is 'x'",
    "digraph {\n a [latency] }": "f:2: latency of node 0 is 'true'",
    "digraph {\n a\n -> b [kind=c] }": "f:2: kind of edge 0 is 'c'",
    "digraph {" + "{" * 99 + "}" * 99 + "}": "f:1: subgraphs are nested deeper than 50",
    "digraph { a -> b -> a }": "f: the edges of distance 0 form a cycle",
}


@pytest.mark.parametrize("text", BAD)
def test_refusals(text):
    with pytest.raises(InputError) as error:
        read(text)
    assert BAD[text] in str(error.value)


def test_products_are_bounded():
    many = " ".join(f"n{i}" for i in range(4000))
    with pytest.raises(InputError, match="stands for more than 10000000 edges"):
        read(f"digraph {{ {{ {many} }} -> {{ {many} }} }}")


@given(problems(NAMES.filter(lambda name: "\\" not in name), one_use=True))
def test_round_trip(problem):
    assert DOT.write is not None
    again = read(DOT.write(problem))
    assert differences(problem, again) == []


@pytest.mark.parametrize(
    ("problem", "message"),
    [
        (make_problem(1, uses=([0, 0], 0, 1, 1)), "node 0 has 2 uses of resources"),
        (make_problem(1, limit=3), "its resource classes have limits or costs"),
        (make_problem(1, class_cost=3), "its resource classes have limits or costs"),
        (make_problem(["\\"]), "a name holds a backslash"),
    ],
)
def test_what_dot_cannot_hold(problem, message):
    with pytest.raises(InputError) as error:
        DOT.write(problem)
    assert f"DOT cannot hold this: {message}" in str(error.value)
