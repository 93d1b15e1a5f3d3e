"""Circuits that move or compare words rather than compute: shifter, maximum, arbiter, sorter."""

from gaus_jax.core.aig import Aig
from gaus_jax.instances.netlist import FALSE, Netlist, Word

MAXIMUM_WORDS = 4
SORTED_WORDS = 8


def barrel_shifter(width: int) -> Aig:
    """Rotate a word left by any amount; inputs a (width), amount (ceil(log2 width) bits).

    Outputs width bits: bit ``(i + amount) mod width`` is bit i of a, for every width.
    """
    net = Netlist(width, (width - 1).bit_length())
    word, amount = net.words
    for power, bit in enumerate(amount):
        turned = [word[(i - (1 << power)) % width] for i in range(width)]
        word = net.select(bit, turned, word)
    return net.finish(f"shifter-{width}", word)


def maximum(width: int) -> Aig:
    """The largest of four words and its index by a knock-out; outputs value (width), index (2).

    Among equals the first wins.
    """
    net = Netlist(*[width] * MAXIMUM_WORDS)
    field: list[tuple[Word, Word]] = [(word, []) for word in net.words]
    while len(field) > 1:
        field = [
            _larger(net, first, second)
            for first, second in zip(field[::2], field[1::2], strict=True)
        ]
    value, index = field[0]
    return net.finish(f"maximum-{width}", value, index)


def _larger(net: Netlist, first: tuple[Word, Word], second: tuple[Word, Word]) -> tuple[Word, Word]:
    """The larger (value, index) of two neighbours; its index gets one more high bit."""
    below = net.less(first[0], second[0])
    index = net.select(below, second[1], first[1])
    return net.select(below, second[0], first[0]), [*index, below]


def arbiter(width: int) -> Aig:
    """A round-robin arbiter; inputs request, pointer (width each), outputs grant, any (1).

    The grant is one-hot: the first request at or above the lowest bit of the pointer, else the
    first request of all (so that a pointer of 0 is fixed priority).
    """
    net = Netlist(width, width)
    request, pointer = net.words
    passed = FALSE
    upper: Word = []
    for asked, bit in zip(request, pointer, strict=True):
        passed = net.either(passed, bit)
        upper.append(net.both(asked, passed))
    after, some_after = _first(net, upper)
    overall, some = _first(net, request)
    return net.finish(f"arbiter-{width}", net.select(some_after, after, overall), [some])


def _first(net: Netlist, bits: Word) -> tuple[Word, int]:
    """The lowest set bit alone, and whether there is one."""
    taken = FALSE
    alone = []
    for bit in bits:
        alone.append(net.both(bit, taken ^ 1))
        taken = net.either(taken, bit)
    return alone, taken


def sorting_network(width: int) -> Aig:
    """Eight words in ascending order; inputs and outputs eight words of the width each.

    Batcher's odd-even merge sort, 19 comparators: AFIPS Spring Joint Computer Conference (1968).
    """
    net = Netlist(*[width] * SORTED_WORDS)
    words = list(net.words)
    for low, high in comparators(SORTED_WORDS):
        swap = net.less(words[high], words[low])
        least = net.select(swap, words[high], words[low])
        words[high] = net.select(swap, words[low], words[high])
        words[low] = least
    return net.finish(f"sorter-{width}", *words)


def comparators(count: int) -> list[tuple[int, int]]:
    """The comparators (low, high) of odd-even merge sort in order; count is a power of two."""
    found: list[tuple[int, int]] = []
    run = 1
    while run < count:
        reach = run
        while reach:
            for start in range(reach % run, count - reach, 2 * reach):
                for low in range(start, start + reach):
                    same = low // (2 * run) == (low + reach) // (2 * run)
                    if same and low + reach < count:
                        found.append((low, low + reach))
            reach //= 2
        run *= 2
    return found
