import pytest

from gaus_jax.base.errors import InputError
from gaus_jax.importers.blif import BLIF
from tests.importers.cases import source

GOOD = """# a comment
.model demo
.inputs a b \\
  c # more
.outputs y k z
.names b one x t
11- 1
--0 1
.names one
1
.names zero
.names a c c x
1-1 1
.names t x \\
 y
-1 0
.names zero z
0 1
.names one k
1 1
.end
"""


def test_good():
    p = BLIF.read(source(GOOD))
    assert p.ids == ("a", "b", "c", "t", "x", "y", "z", "k")
    edges = [(p.ids[i], p.ids[j]) for i, j in zip(p.tail, p.head, strict=True)]
    assert edges == [("b", "t"), ("x", "t"), ("a", "x"), ("c", "x"), ("t", "y"), ("x", "y")]
    assert p.latency.tolist() == p.size.tolist() == [1] * 8
    assert not p.output.any()


BAD = {
    "": "f: holds no .model",
    ".model a\n.model b": "f:2: a second .model",
    ".model a\n.end\n.names x": "f:3: .names after .end",
    ".model a\n.latch x y": "f:2: .latch: latches are not combinational",
    ".model a\n\n.subckt x y=z": "f:3: .subckt: sub-circuits are not read",
    ".model a\n.gate nand2 a=b": "f:2: .gate: mapped gates are not read",
    ".model a\n.frob": "f:2: '.frob' is not read; known are .model .inputs",
    ".model a\n.names": "f:2: .names lists no signal",
    ".model a\n11 1": "f:2: '11' is neither a command nor in a cover",
    ".model a\n.inputs x\n.names x y\n11 1": "f:4: a line of this cover must be 1 of 0, 1, -",
    ".model a\n.inputs x\n.names x y\n2 1": "f:4: a line of this cover",
    ".model a\n.names y\n.outputs y\n1": "f:4: '1' is neither a command nor in a cover",
    ".model a\n.names y\n1 1": "f:3: a line of this cover",
    ".model a\n.inputs x\n.names \\\nx \\\n q y": "f:3: signal 'q' is undefined",
    ".model a\n.outputs y": "f:2: signal 'y' is undefined",
    ".model a\n.inputs x\n.names x": "f:3: signal 'x' is defined twice, also on line 2",
    ".model a\n.inputs x x": "f:2: signal 'x' is defined twice",
    ".model a\n.names b c\n.names c b": "f: the edges of distance 0 form a cycle: b -> c -> b",
}


@pytest.mark.parametrize("text", BAD)
def test_refusals(text):
    with pytest.raises(InputError) as error:
        BLIF.read(source(text))
    assert BAD[text] in str(error.value)
