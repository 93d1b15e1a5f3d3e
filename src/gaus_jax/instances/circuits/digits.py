"""Digit-by-digit division and square root: the deep arithmetic circuits."""

from gaus_jax.core.aig import Aig
from gaus_jax.instances.netlist import FALSE, TRUE, Netlist, Word


def restoring_divider(width: int) -> Aig:
    """Quotient and remainder of ``a / d``; inputs a, d (width each), outputs both (width each).

    One row of full subtractors a quotient bit; a row that would go below zero is undone. For
    ``d = 0`` the quotient is all ones and the remainder is a.
    """
    net = Netlist(width, width)
    dividend, divisor = net.words
    remainder: Word = [FALSE] * width
    quotient: Word = []
    for bit in reversed(dividend):
        shifted = [bit, *remainder]
        difference, enough = net.subtract(shifted, [*divisor, FALSE])
        quotient.append(enough)
        remainder = net.select(enough, difference[:width], shifted[:width])
    return net.finish(f"divider-{width}", quotient[::-1], remainder)


def square_root(width: int) -> Aig:
    """``floor(sqrt(a))`` and the rest; input a (width), outputs root and ``a - root^2``.

    The root has ``h = ceil(width / 2)`` bits and the rest ``h + 1``. Two bits of a are brought
    down for each bit of the root r, which is 1 where ``4 r + 1`` can be taken away: the written
    method in base two.
    """
    net = Netlist(width)
    half = -(-width // 2)
    radicand = net.words[0] + [FALSE] * (width % 2)
    rest: Word = [FALSE] * (half + 1)
    root: Word = []  # least significant first, grows at the low end
    for at in range(half - 1, -1, -1):
        shifted = [radicand[2 * at], radicand[2 * at + 1], *rest]
        trial = [TRUE, FALSE, *root]
        trial += [FALSE] * (len(shifted) - len(trial))
        difference, enough = net.subtract(shifted, trial)
        rest = net.select(enough, difference, shifted)[: half + 1]
        root = [enough, *root]
    return net.finish(f"square_root-{width}", root, rest)
