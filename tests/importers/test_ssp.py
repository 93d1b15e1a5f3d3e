import numpy as np
import pytest

from gaus_jax.base.errors import InputError
from gaus_jax.importers.ssp import SSP, read_schedule
from tests.importers.cases import source

GOOD = """// a loop
ssp.instance @"a loop" of "ModuloProblem" [II<3>] {
  library @lib {
    operator_type @mem [latency<2>]
    operator_type @add [latency<0>]
  }
  resource {
    resource_type @port [limit<2>]
    resource_type @bus
  }
  graph {
    %x = operation<@mem> @load(@store [dist<1>]) uses[@port, @bus] [t<0>]
    %y:2 = operation<@add>(%x, %x, %y#1 [dist<2>]) [t<2>]
    operation<@mem> @store(%y#0 [], @load) uses[@port] [t<4>]
    operation<@add>() [t<5>]
  }
}
"""
OLDER = """ssp.instance "old" of "SharedPipelinedOperatorsProblem" {
  library {
    operator_type @mem [latency<2>, limit<1>]
    operator_type @add [latency<1>]
  }
  graph {
    %0 = operation<@mem>()
    operation<@add>(%0)
  }
}
"""


def read(text=GOOD):
    return SSP.read(source(text))


def test_the_newer_form():
    p = read()
    assert p.ids == ("load", "%y", "store", "#3")
    assert p.latency.tolist() == [2, 0, 2, 0]
    assert p.classes == ("port", "bus")
    assert p.limit.tolist() == [2, np.inf]
    assert (p.use_node.tolist(), p.use_class.tolist()) == ([0, 0, 2], [0, 1, 0])
    assert p.use_demand.tolist() == p.use_occupancy.tolist() == [1, 1, 1]
    assert p.tail.tolist() == [2, 0, 0, 1, 1, 0]
    assert p.head.tolist() == [0, 1, 1, 1, 2, 2]
    assert p.distance.tolist() == [1, 0, 0, 2, 0, 0]
    assert p.is_data.tolist() == [False, True, True, True, True, False]
    assert p.weight.tolist() == [0, 1, 1, 1, 1, 0]
    assert p.delay.tolist() == [0] * 6


def test_the_older_form():
    p = read(OLDER)
    assert p.ids == ("%0", "#1")
    assert (p.classes, p.limit.tolist()) == (("mem",), [1])
    assert (p.use_node.tolist(), p.use_class.tolist()) == ([0], [0])
    assert (p.use_demand.tolist(), p.use_occupancy.tolist()) == ([1], [1])
    assert p.latency.tolist() == [2, 1]


SAME = [
    (' @"a loop" of', ' "a loop" of'),
    (' @"a loop" of', " of"),
    ("// a loop\n", "module @m {\nbuiltin.module {\n"),
    ("  library @lib {", "  ssp.library {"),
    ("    operator_type @mem", "    ssp.operator_type @mem"),
    ("    operator_type @mem", '    operator_type @"mem"'),
    ("    operator_type @mem", '    operator_type @"\\6Dem"'),
    ("[latency<2>]", "[#ssp.latency<2>]"),
    ("    resource_type @port", "    ssp.resource_type @port"),
    ("@load(@store [dist<1>]) uses[@port, @bus]", "uses[@port, @bus] @load(@store [dist<1>])"),
    ("@load(@store [dist<1>]) uses[@port, @bus]", "@load uses[@port, @bus] (@store [dist<1>])"),
    ("@store(%y#0 [], @load) uses[@port]", "uses<@port> @store(%y#0 [#ssp.dist<0>], @load)"),
    ("%y:2 = operation", "%y:2 = ssp.operation"),
    ("(%x, %x,", "(%x#0, %x,"),
    (" [t<5>]", ""),
    (" [II<3>]", ""),
    ("\n", "\r\n"),
    ("  graph {", "graph{//x"),
]


@pytest.mark.parametrize(("old", "new"), SAME)
def test_other_ways_of_writing_the_same(old, new):
    assert old in GOOD
    text = GOOD.replace(old, new) + "}\n" * new.count("module")
    assert read(text) == read()


def test_several_values_of_one_operation():
    graph = "%a:2, %b = operation<@t> @n()\n operation<@t> @m(%b, %a#1)"
    library = "library { operator_type @t [latency<1>] }"
    text = f'ssp.instance of "Problem" {{ {library} graph {{ {graph} }} }}'
    p = read(text)
    assert (p.tail.tolist(), p.head.tolist()) == ([0, 0], [1, 1])


def test_delays_of_nothing_within_a_cycle():
    text = OLDER.replace("SharedPipelinedOperators", "Chaining").replace(", limit<1>", "")
    free = ", incDelay<0.000000e+00 : f32>, outDelay<0.0 : f32>]"
    text = text.replace("latency<1>]", f"latency<1>{free}").replace("(%0)", "(%0) [z<5.0 : f32>]")
    assert read(text).latency.tolist() == [2, 1]


BAD = [
    (GOOD, "// nothing\n", "f: holds no ssp.instance"),
    (GOOD, GOOD + GOOD, "f:19: a second ssp.instance; give each its own file"),
    (GOOD, "ssp.library {}", "f:1: a stand-alone ssp.library; move it into the instance"),
    (GOOD, GOOD + "}", "f:18: expected ssp.instance, found '}'"),
    (GOOD, "module {" + GOOD, "f:18: the file ends where '}' is due"),
    (GOOD, GOOD[:-2], "f:17: the file ends where library, resource, graph or '}' is due"),
    (GOOD, '"ssp.instance"() ({}) : () -> ()', "f:1: '-' begins no word"),
    ("// a loop", "; a loop", "f:1: ';' begins no word of MLIR's text"),
    ('"ModuloProblem"', "ModuloProblem", "f:2: expected the class of the problem in quotes"),
    ("ModuloProblem", "RCPSP", "f:2: class 'RCPSP' is not read; known: Problem, CyclicProblem"),
    ("II<3>", "II<0>", "f:2: II is 0; it must be a whole number >= 1"),
    ("[II<3>]", "{}", "f:2: the instance has no library"),
    ("latency<2>", "latency<-2>", "f:4: latency is -2; it must be a whole number >= 0"),
    ("latency<2>", "latency<2.5>", "f:4: latency is 2.5; it must be a whole number"),
    ("latency<2>", f"latency<{'9' * 5000}>", "f:4: latency is 99999"),
    ("latency<2>", "latency<two>", "f:4: expected the value of latency, found 'two'"),
    ("latency<2>", "ii<2>", "f:4: property 'ii' is not read here; once each: latency, limit"),
    ("latency<2>", "latency<2>, latency<2>", "f:4: property 'latency' is not read here; once"),
    ("latency<2>", "", "f:12: operator type 'mem' has no latency"),
    ("@add [lat", "@mem [lat", "f:5: operator_type 'mem' appears twice; keep one"),
    ("@bus\n", "@port\n", "f:9: resource_type 'port' appears twice; keep one"),
    ("limit<2>", "limit<0>", "f:8: limit is 0; it must be a whole number >= 1"),
    ("  library @lib {", "  graph {} library {", "f:11: expected library, resource, graph or '}'"),
    ("library @lib {", "resource {", "f:4: expected resource_type or '}', found 'operator_type'"),
    ("operation<@mem> @load", "operation<> @load", "f:12: an operation without an operator type"),
    ("operation<@mem> @load", "operation<@l::@m> @load", "f:12: nested names are not read"),
    ("operation<@mem> @load", "operation<@mul> @load", "f:12: operator type 'mul' is unknown; kno"),
    ("uses[@port, @bus]", "uses[@port, @port]", "f:12: resource 'port' is used twice"),
    ("uses[@port, @bus]", "uses[@port, @buss]", "f:12: resource type 'buss' is unknown; known: "),
    ("uses[@port, @bus]", "uses(@port)", "f:12: expected '[', found '('"),
    ("@load(@store [dist<1>])", "@load(@stor)", "f:12: no operation is called 'stor'; only named"),
    ("@load(@store [dist<1>])", "@load(7)", "f:12: expected a value or the name of an operation"),
    ("(%x, %x,", "(%x, %z,", "f:13: value '%z' is not defined in the graph"),
    ("%y#1", "%y#2", "f:13: value '%y#2' is not defined in the graph"),
    ("%y:2", "%x:2", "f:13: value '%x' is defined twice"),
    ("%y#1 [dist<2>]", "%y#1", "f: the edges of distance 0 form a cycle: %y -> %y"),
    ("@store(%y", "@load(%y", "f:14: operation 'load' appears twice"),
    ("[t<0>]", "[t<0>, bindings<[0]>]", "f:12: property 'bindings' is not read here; once each: t"),
    ("[t<0>]", "[t<0>, z<0.0 : f32>]", "f:12: a ModuloProblem has no property 'z'; it belongs to"),
    ("[t<0>]", "[t<0>] {a}", "f:12: expected an operation or '}', found '{'"),
    ("@store(%y", '@"a\\q"(%y', 'f:14: @"a\\q" has an unknown escape'),
    ("@store(%y", '@"\\FF"(%y', 'f:14: @"\\FF" is not UTF-8 text'),
    ("<@add>() ", '<@add> @"%y"() ', "f: node id '%y' appears twice"),
]


@pytest.mark.parametrize(("old", "new", "message"), BAD)
def test_refusals(old, new, message):
    assert old in GOOD
    with pytest.raises(InputError) as error:
        read(GOOD.replace(old, new, 1))
    assert message in str(error.value)


BAD_CLASSES = [
    ("Problem", "f:3: a Problem has no property 'limit'; it belongs to SharedOperatorsProblem, "),
    ("CyclicProblem", "f:3: a CyclicProblem has no property 'limit'"),
    ("ChainingProblem", "f:3: a ChainingProblem has no property 'limit'"),
]


@pytest.mark.parametrize(("kind", "message"), BAD_CLASSES)
def test_properties_that_a_class_of_problems_ignores(kind, message):
    with pytest.raises(InputError) as error:
        read(OLDER.replace("SharedPipelinedOperatorsProblem", kind))
    assert message in str(error.value)
    with pytest.raises(InputError, match=r"f:8: a SharedPipelinedOp.* has no property 'dist'"):
        read(OLDER.replace("(%0)", "(%0 [dist<1>])"))


def test_delays_within_a_cycle():
    text = OLDER.replace("SharedPipelinedOperators", "Chaining")
    with pytest.raises(
        InputError, match=r"f:3: incDelay is 0\.1; delays within a cycle are not read"
    ):
        read(text.replace("limit<1>", "incDelay<0.1 : f32>"))


def test_start_times():
    s = read_schedule(source(GOOD))
    assert (s.start.tolist(), s.depth, s.ii) == ([0, 2, 4, 5], 6, 3)
    assert read_schedule(source(OLDER)) is None
    with pytest.raises(InputError, match="f:15: operation '#3' has no start"):
        read_schedule(source(GOOD.replace(" [t<5>]", "")))
