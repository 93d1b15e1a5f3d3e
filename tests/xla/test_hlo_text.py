"""The text of HLO modules."""

import random

import pytest

from gaus_jax.base.errors import InputError
from gaus_jax.xla import from_hlo, memory_report
from gaus_jax.xla.hlo import tuple_elements
from gaus_jax.xla.hlo_text import parse
from gaus_jax.xla.shapes import leaves
from tests.xla.cases import MODULE


def test_instructions_are_read_with_operands_attributes_and_source():
    module = parse(MODULE)
    entry = {i.name: i for i in module.computations[module.entry].instructions}
    assert module.name == "two_branches"
    assert module.scheduled
    assert list(entry)[:3] == ["x", "zero", "a"]
    assert entry["a"].source == "model.py:7"
    assert entry["a"].operation == "jit(f)/rev"
    assert entry["b"].operands == ("x",)
    assert entry["b"].control == ("a",)
    assert entry["c"].called == (("calls", "scale"),)
    assert entry["pair"].operands == ("c", "b")
    assert entry["second"].index == 1
    assert entry["row"].target == "pick"
    assert module.computations["main"].root.name == "out"


def test_text_without_percent_signs_is_the_same():
    plain = parse(MODULE.replace("%", ""))
    assert plain.computations["main"].root.operands == ("row", "patch", "zero")


@pytest.mark.parametrize(
    ("shape", "size"),
    [
        ("f32[2,3]{1,0}", 24),
        ("pred[5]", 5),
        ("bf16[]", 2),
        ("c128[2]", 32),
        ("s4[3]", 3),
        ("s4[3]{0:E(4)}", 2),
        ("f8e4m3fn[7]", 7),
        ("f32[8,128]{1,0:T(8,128)}", 4096),
        ("f32[0,3]", 0),
        ("token[]", 0),
        ("(f32[2], (s32[], u8[3]))", 15),
        ("f32[<=8]", 32),
    ],
)
def test_bytes_of_shapes(shape: str, size: int):
    assert sum(leaf.size for leaf in leaves(shape, "here")) == size


def test_elements_of_nested_tuples():
    assert tuple_elements("(f32[2,3]{1,0}, (s32[], u8[3]), pred[])") == [
        "f32[2,3]{1,0}",
        "(s32[], u8[3])",
        "pred[]",
    ]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("HloModule", "Module", "HLO text:1: expected 'HloModule NAME'"),
        ("ENTRY %main", "%main", "0 computations are marked ENTRY .found: scale, main."),
        ("%scale (p", "ENTRY %scale (p", "2 computations are marked ENTRY"),
        ("tuple(%c, %b)", "tuple(%c, %row)", "'pair' uses 'row', which .* defines only later"),
        ("%b = f32", "%a = f32", "'a' is defined twice in computation 'main'"),
        (", calls=%scale", "", "'c' is a fusion without calls="),
        ("bitcast(%second)", "bitcast()", "'renamed' is a bitcast with 0 operands, not 1"),
        ("add(%p, %p)", "fusion(%p), calls=%scale", "computation 'scale' comes to call itself"),
        ("tuple(%c, %b)", "tuple(%c, %d)", "'pair' uses 'd', which computation 'main' does not"),
        ("calls=%scale", "calls=%other", "calls=other of 'c' names no computation"),
        ("  %zero = s32[] constant(0)", "  nonsense", "HLO text:22: expected 'NAME = SHAPE OPCODE"),
        ("slice(%x), slice", "slice(%x, slice", "bracket is never closed"),
        ("%zero = s32[] constant(0)", "%zero = s32 constant(0)", "expected a shape such as"),
    ],
)
def test_what_is_no_module_is_told_by_line(old: str, new: str, message: str):
    with pytest.raises(InputError, match=message):
        parse(MODULE.replace(old, new))


@pytest.mark.parametrize("seed", range(10))
def test_broken_text_is_told_or_read(seed: int):
    """Cut short, with lines and signs exchanged, doubled or lost."""
    draw, refused = random.Random(seed), 0
    for _ in range(40):
        text = MODULE
        for _ in range(draw.choice((1, 3))):
            lines, at = text.split("\n"), draw.randrange(len(text))
            one, other = draw.randrange(len(lines)), draw.randrange(len(lines))
            lines[one], lines[other] = lines[other], lines[one]
            text = draw.choice(
                (
                    text[: at + 1],
                    text[:at] + text[at + draw.choice((1, 5, 60)) :],
                    text[:at] + draw.choice('(){}[],=%"0x \n') + text[at + 1 :],
                    "\n".join(lines),
                    "\n".join([*lines[:one], lines[other], *lines[one:]]),
                )
            )
            text = text or "\n"
        try:
            memory_report(from_hlo(text + "\n"))
        except InputError:
            refused += 1
    assert 0 < refused < 40


def test_a_computation_without_end_is_told():
    with pytest.raises(InputError, match="has no closing brace"):
        parse(MODULE.rstrip().removesuffix("}"))


@pytest.mark.parametrize("shape", ["f32[?]", "f32[a]"])
def test_a_dimension_without_a_bound_is_told(shape: str):
    with pytest.raises(InputError, match="needs static shapes"):
        leaves(shape, "here")


def test_an_unknown_element_type_is_told():
    with pytest.raises(InputError, match="here: unknown element type 'q7'"):
        leaves("q7[2]", "here")
