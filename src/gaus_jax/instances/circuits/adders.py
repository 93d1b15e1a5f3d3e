"""Adders and a multiplier as and-inverter graphs; words are unsigned, least significant first."""

from gaus_jax.core.aig import Aig
from gaus_jax.instances.netlist import FALSE, Netlist, Word


def ripple_adder(width: int) -> Aig:
    """``a + b`` by a chain of full adders; inputs a, b (width each), outputs width + 1 bits."""
    net = Netlist(width, width)
    a, b = net.words
    return net.finish(f"ripple_adder-{width}", net.add(a, b))


def prefix_adder(width: int) -> Aig:
    """``a + b`` by a parallel prefix tree, of logarithmic depth; ports as `ripple_adder`.

    Generate and propagate pairs are combined over spans 1, 2, 4, ...: Kogge and Stone, IEEE
    Transactions on Computers C-22 (1973).
    """
    net = Netlist(width, width)
    a, b = net.words
    generate = [net.both(x, y) for x, y in zip(a, b, strict=True)]
    half = [net.differ(x, y) for x, y in zip(a, b, strict=True)]
    propagate = list(half)
    span = 1
    while span < width:
        for i in range(width - 1, span - 1, -1):  # downwards, as i reads the old i - span
            carried = net.both(propagate[i], generate[i - span])
            generate[i] = net.either(generate[i], carried)
            propagate[i] = net.both(propagate[i], propagate[i - span])
        span *= 2
    carries = [FALSE, *generate]
    total = [net.differ(p, c) for p, c in zip(half, carries, strict=False)]
    return net.finish(f"prefix_adder-{width}", [*total, carries[width]])


def array_multiplier(width: int) -> Aig:
    """``a * b`` by rows of ripple adders; inputs a, b (width each), outputs 2 width bits."""
    net = Netlist(width, width)
    a, b = net.words
    product: Word = []
    row = [FALSE] * width
    for bit in b:
        total = net.add(row, [net.both(x, bit) for x in a])
        product.append(total[0])
        row = total[1:]
    return net.finish(f"multiplier-{width}", product + row)
