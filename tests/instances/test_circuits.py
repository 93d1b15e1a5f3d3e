"""Every circuit computes what Python's integers compute, and is a tidy graph."""

import math
import random
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaus_jax.core.aig import Aig
from gaus_jax.core.graph import longest_from_sources
from gaus_jax.instances.circuits import (
    arbiter,
    array_multiplier,
    barrel_shifter,
    maximum,
    prefix_adder,
    restoring_divider,
    ripple_adder,
    sorting_network,
    square_root,
)
from gaus_jax.instances.circuits.control import comparators
from gaus_jax.instances.netlist import simulate

Words = list[int]


def run(aig: Aig, ins: list[int], outs: list[int], cases: list[Words]) -> list[Words]:
    """Simulate on cases of integers; `ins` and `outs` are the widths of the words."""
    assert sum(ins) == aig.inputs
    assert sum(outs) == len(aig.outputs)
    columns = [_bits(case, ins) for case in cases]
    found = simulate(aig, np.array(columns, bool).T).T.tolist()
    return [_words(bits, outs) for bits in found]


def _bits(words: Words, widths: list[int]) -> list[int]:
    return [word >> i & 1 for word, w in zip(words, widths, strict=True) for i in range(w)]


def _words(bits: list[bool], widths: list[int]) -> Words:
    found = []
    for width in widths:
        found.append(sum(bit << i for i, bit in enumerate(bits[:width])))
        bits = bits[width:]
    return found


def _add(width: int, words: Words) -> Words:
    return [words[0] + words[1]]


def _multiply(width: int, words: Words) -> Words:
    return [words[0] * words[1]]


def _divide(width: int, words: Words) -> Words:
    a, d = words
    return list(divmod(a, d)) if d else [2**width - 1, a]


def _root(width: int, words: Words) -> Words:
    root = math.isqrt(words[0])
    return [root, words[0] - root * root]


def _rotate(width: int, words: Words) -> Words:
    a, amount = words
    amount %= width
    return [(a << amount | a >> (width - amount)) % 2**width]


def _largest(width: int, words: Words) -> Words:
    return [max(words), words.index(max(words))]


def _grant(width: int, words: Words) -> Words:
    request, pointer = words
    first = (pointer & -pointer).bit_length() - 1
    upper = request >> first << first if pointer else 0
    chosen = upper or request
    return [chosen & -chosen, int(request > 0)]


def _sorted(width: int, words: Words) -> Words:
    return sorted(words)


def _half(width: int) -> int:
    return (width + 1) // 2


Case = tuple[
    Callable[[int], Aig], Callable[[int, Words], Words], Callable[[int], tuple[Words, Words]], int
]
# circuit, reference, widths of inputs and outputs, least width
CASES: list[Case] = [
    (ripple_adder, _add, lambda w: ([w, w], [w + 1]), 1),
    (prefix_adder, _add, lambda w: ([w, w], [w + 1]), 1),
    (array_multiplier, _multiply, lambda w: ([w, w], [2 * w]), 1),
    (restoring_divider, _divide, lambda w: ([w, w], [w, w]), 1),
    (square_root, _root, lambda w: ([w], [_half(w), _half(w) + 1]), 1),
    (barrel_shifter, _rotate, lambda w: ([w, (w - 1).bit_length()], [w]), 2),
    (maximum, _largest, lambda w: ([w] * 4, [w, 2]), 1),
    (arbiter, _grant, lambda w: ([w, w], [w, 1]), 1),
    (sorting_network, _sorted, lambda w: ([w] * 8, [w] * 8), 1),
]
NAMES = [case[0].__name__ for case in CASES]


def inputs(widths: Words, seed: int) -> list[Words]:
    """Corner cases (all zeros, all ones, one, top bit; alone and mixed) and random ones."""
    source = random.Random(seed)
    corners = [[0, 1, 2**w - 1, 2**w >> 1] for w in widths]
    found = [list(case) for case in zip(*corners, strict=True)]
    found += [[source.choice(corner) for corner in corners] for _ in range(30)]
    found += [[source.randrange(2**w) for w in widths] for _ in range(60)]
    found += [[source.randrange(2 ** source.randint(0, w)) for w in widths] for _ in range(60)]
    return found


def check(case: Case, width: int, seed: int) -> None:
    build, reference, ports, _ = case
    ins, outs = ports(width)
    given = inputs(ins, seed)
    wanted = [reference(width, words) for words in given]
    assert run(build(width), ins, outs, given) == wanted


@pytest.mark.parametrize("case", CASES, ids=NAMES)
@pytest.mark.parametrize("extra", [0, 1, 2, 3, 6, 31])
def test_circuit_agrees_with_integers(case, extra):
    check(case, case[3] + extra, seed=extra)


@pytest.mark.parametrize("case", CASES, ids=NAMES)
@settings(max_examples=10, deadline=None, derandomize=True)
@given(data=st.data())
def test_circuit_agrees_with_integers_at_any_width(case, data):
    width = data.draw(st.integers(case[3], 40))
    check(case, width, seed=data.draw(st.integers(0, 2**16)))


@pytest.mark.parametrize("case", CASES, ids=NAMES)
@pytest.mark.parametrize("extra", [0, 4, 15])
def test_circuit_is_tidy(case, extra):
    """No constant or repeated fan-in, no two equal gates, no gate that no output needs."""
    aig = case[0](case[3] + extra)
    source = aig.fanin // 2
    gate = aig.inputs + 1 + np.arange(len(source))
    assert (source >= 1).all()
    assert (source < gate[:, None]).all()
    assert (source[:, 0] != source[:, 1]).all()
    assert len(np.unique(np.sort(aig.fanin, axis=1), axis=0)) == len(aig.fanin)
    used = np.union1d(source, aig.outputs // 2)
    assert np.isin(gate, used).all()
    problem = aig.problem()
    assert problem.nodes == aig.inputs + len(aig.fanin)
    assert problem.edges == 2 * len(aig.fanin)


def depth(aig: Aig) -> int:
    """ASAP length in steps, inputs included."""
    p = aig.problem()
    start = longest_from_sources(
        p.order, p.incoming.first, p.incoming.item, p.tail, p.latency[p.tail]
    )
    return int(start.max()) + 1


@pytest.mark.parametrize(
    ("build", "width", "gates", "steps"),
    [
        (ripple_adder, 32, 7 * 32 - 4, 65),  # the low full adder folds to a half one
        (prefix_adder, 32, 544, 14),
        (array_multiplier, 8, 424, 54),
        (restoring_divider, 16, 2452, 561),
        (square_root, 32, 1782, 447),
        (barrel_shifter, 128, 3 * 128 * 7, 15),
        (maximum, 16, 330, 67),
        (arbiter, 16, 139, 20),
        (sorting_network, 4, 703, 55),
    ],
)
def test_gates_and_depth_stay_as_they_are(build, width, gates, steps):
    aig = build(width)
    assert (len(aig.fanin), depth(aig)) == (gates, steps)


def test_prefix_adder_has_logarithmic_depth():
    assert depth(prefix_adder(256)) - depth(prefix_adder(64)) == 4
    assert depth(ripple_adder(256)) - depth(ripple_adder(64)) == 2 * (256 - 64)


@pytest.mark.parametrize(("count", "size"), [(1, 0), (2, 1), (4, 5), (8, 19), (16, 63), (32, 191)])
def test_merge_sort_has_the_published_number_of_comparators(count, size):
    """Knuth, The Art of Computer Programming 3, 5.3.4: (p^2 - p + 4) 2^(p-2) - 1."""
    assert len(comparators(count)) == size


def test_merge_sort_sorts_all_zero_one_words():
    """The zero-one principle: enough for every order of eight."""
    for word in range(2**8):
        bits = [word >> i & 1 for i in range(8)]
        for low, high in comparators(8):
            bits[low], bits[high] = min(bits[low], bits[high]), max(bits[low], bits[high])
        assert bits == sorted(bits)


def test_a_deep_circuit_of_200_000_nodes_can_be_built():
    problem = restoring_divider(144).problem()
    assert problem.nodes > 200_000
