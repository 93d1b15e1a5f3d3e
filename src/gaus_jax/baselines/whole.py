"""Amounts as whole numbers, rounded so that a bound on their sums stays one."""

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

GREATEST_DENOMINATOR = 10**5
ROUNDING = 1e-12  # relative; a fraction that a float misses by its own rounding


class Whole(NamedTuple):
    """Integers ``n_k`` with ``n_k <= factor a_k (1 + ROUNDING)``, mostly with equality."""

    numbers: list[int]
    factor: float


def whole(
    amounts: Sequence[float],
    most: int,
    counts: Sequence[int] | None = None,
    rounded: int | None = None,
) -> Whole:
    """Whole numbers in proportion to amounts.

    Integers stay as they are, and fractions of small denominators are multiplied by the least
    common one. What is neither, or too great, is multiplied by a power of two and rounded down:
    sums of it are then too small, by less than 1 each.

    Args:
        amounts: at least 0 and finite.
        most: what ``sum_k n_k counts_k`` must not exceed.
        counts: how often each may be taken; by default once.
        rounded: the same as ``most`` for amounts that are not whole themselves.
    """
    total = math.fsum(a * c for a, c in zip(amounts, counts or [1] * len(amounts), strict=True))
    finest = min(most, rounded or most)
    factor = 1
    for amount in set(amounts):
        exactly = Fraction(amount)
        near = exactly.limit_denominator(GREATEST_DENOMINATOR)
        factor = math.lcm(factor, near.denominator)
        if (
            factor * total > (most if factor == 1 else finest)
            or abs(near - exactly) > ROUNDING * exactly
        ):
            break
    else:
        return Whole([round(factor * amount) for amount in amounts], float(factor))
    power = math.floor(math.log2(finest / total))
    return Whole([math.floor(math.ldexp(amount, power)) for amount in amounts], 2.0**power)
