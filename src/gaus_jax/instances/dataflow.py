"""The classic data-flow graphs of high-level synthesis, recorded from the arithmetic itself.

Counts and critical paths (multiplication 2 cycles, addition 1) are those of the literature where
a graph has one: HAL 11 operations and 6 cycles, elliptic filter 34 and 17, auto-regressive filter
28 and 11.
"""

import math
from collections.abc import Sequence

from gaus_jax.base.errors import InputError
from gaus_jax.core.problem import Problem
from gaus_jax.instances.trace import Kernel, Scalar, Units, trace, tree_sum, unroll

UNLIMITED = Units()
Scalars = Sequence[Scalar]
Results = tuple[list[Scalar], list[Scalar]]


def _hal(inputs: Scalars, states: Scalars) -> Results:
    step, bound = inputs
    x, y, u = states
    after = x + step
    slope = u - (3 * x) * (u * step) - (3 * y) * step
    return [after < bound], [after, y + u * step, slope]


HAL = Kernel(_hal, 2, 3)


def hal(iterations: int = 1, *, units: Units = UNLIMITED) -> Problem:
    """Solve ``y'' + 3 x y' + 3 y = 0`` by Euler steps: 6 mul, 2 add, 2 sub, 1 compare each.

    Paulin and Knight, IEEE Transactions on CAD 8 (1989). ``u * dx`` is computed twice, as there.
    """
    return trace(f"hal-{iterations}", unroll(HAL, iterations), units, loop=False)


def _elliptic(inputs: Scalars, states: Scalars) -> Results:
    """Mirrored halves (first and last adaptors) around the sum ``core``; multiplier i is m[i]."""
    m = ELLIPTIC_MULTIPLIERS
    (x,) = inputs
    sv2, sv13, sv18, sv26, sv33, sv38, sv39 = states
    first, last = x + sv2, sv33 + sv39
    near = first + sv13
    core = (near + sv26) + last
    left, right = near + m[0] * core, m[1] * core + last
    left_port = first + m[2] * (near + left)
    right_port = m[3] * (last + right) + sv39
    inner = first + left_port
    output = m[5] * (right_port + sv39)
    left_end, right_end = left_port + left, right + right_port
    left_state = m[6] * (left_end + sv18) + sv18
    right_state = m[7] * (sv38 + right_end) + sv38
    return [output], [
        (x + m[4] * inner) + left_port,
        inner + left_state,
        left_state,
        right + (left + core),
        right_end + right_state,
        right_state,
        right_port + output,
    ]


ELLIPTIC_MULTIPLIERS = (
    0.5,
    0.25,
    0.125,
    0.5,
    0.25,
    0.125,
    0.5,
    0.25,
)  # any do: only the form counts
ELLIPTIC = Kernel(_elliptic, 1, 7)


def elliptic(iterations: int = 1, *, units: Units = UNLIMITED) -> Problem:
    """The fifth-order elliptic wave filter: 26 additions, 8 multiplications, critical path 17.

    Kung, Whitehouse and Kailath, VLSI and Modern Signal Processing (1985), in the form of the
    1992 high-level synthesis workshop's benchmark; other collections differ from it in which sum
    enters the last addition of the state sv13, at equal counts and path.
    """
    return trace(f"elliptic-{iterations}", unroll(ELLIPTIC, iterations), units, loop=False)


def _turn(a: Scalar, b: Scalar) -> tuple[Scalar, Scalar]:
    """A plane rotation: 4 multiplications, 2 additions."""
    cosine, sine = 0.8, 0.6
    return cosine * a + sine * b, cosine * b + sine * a


def _autoregressive(inputs: Scalars, states: Scalars) -> Results:
    a, b, c, d, e, f = inputs
    upper = _turn(a, b)
    lower = _turn(c, d)
    lower = lower[0] + e, lower[1] + f
    twice = _turn(*_turn(*lower))
    return [*lower, upper[0] + twice[0], upper[1] + twice[1]], []


AUTOREGRESSIVE = Kernel(_autoregressive, 6)


def autoregressive(copies: int = 1, *, units: Units = UNLIMITED) -> Problem:
    """The auto-regressive lattice filter: 16 multiplications, 12 additions, 30 edges, path 11.

    Four lattice sections; Jain, Parker and Park, IEEE Transactions on CAD 11 (1992).
    """
    return trace(f"autoregressive-{copies}", unroll(AUTOREGRESSIVE, copies), units, loop=False)


def fir_kernel(taps: int, *, tree: bool) -> Kernel:
    """``sum_i h_i x_i``, with coefficient ``h_i = 1 / (i + 1)``."""

    def body(inputs: Scalars, states: Scalars) -> Results:
        products = [x * (1 / (i + 1)) for i, x in enumerate(inputs)]
        if tree:
            return [tree_sum(products)], []
        total = products[0]
        for product in products[1:]:
            total = total + product
        return [total], []

    return Kernel(body, taps)


def fir(taps: int, *, tree: bool = True, units: Units = UNLIMITED) -> Problem:
    """A finite impulse response filter: n multiplications, n - 1 additions in a tree or a chain."""
    name = f"fir_{'tree' if tree else 'chain'}-{taps}"
    return trace(name, fir_kernel(taps, tree=tree), units, loop=False)


def _rotate(a: Scalar, b: Scalar, scale: float, steps: int) -> tuple[Scalar, Scalar]:
    """``scale (a cos + b sin, b cos - a sin)`` at ``steps pi / 16``: 3 mul, 3 add."""
    cosine, sine = (scale * f(steps * math.pi / 16) for f in (math.cos, math.sin))
    shared = cosine * (a + b)
    return shared + (sine - cosine) * b, shared - (sine + cosine) * a


def _dct(inputs: Scalars, states: Scalars) -> Results:
    root = math.sqrt(2)
    a = [inputs[i] + inputs[7 - i] for i in range(4)]
    d = [inputs[3 - i] - inputs[4 + i] for i in range(4)]
    outer, inner = (a[0] + a[3], a[0] - a[3]), (a[1] + a[2], a[1] - a[2])
    second, sixth = _rotate(inner[1], outer[1], root, 6)
    d4, d7 = _rotate(d[0], d[3], 1, 3)
    d5, d6 = _rotate(d[1], d[2], 1, 1)
    low, high = d4 + d6, d7 + d5
    third, fifth = root * (d7 - d5), root * (d4 - d6)
    even = outer[0] + inner[0], outer[0] - inner[0]
    return [even[0], high + low, second, third, even[1], fifth, sixth, high - low], []


DCT = Kernel(_dct, 8)


def dct(rows: int = 1, *, units: Units = UNLIMITED) -> Problem:
    """Eight-point cosine transforms of independent rows: 11 multiplications, 29 additions each.

    Loeffler, Ligtenberg and Moschytz, ICASSP (1989); outputs are sqrt(8) times the orthonormal
    ones.
    """
    return trace(f"dct-{rows}", unroll(DCT, rows), units, loop=False)


def fft_kernel(points: int) -> Kernel:
    """Decimation in time on (re, im) pairs, 2 n inputs and 2 n outputs.

    Raises:
        InputError: the number of points is no power of two.
    """
    if points < 1 or points & (points - 1):
        raise InputError(f"an fft of {points} points: take a power of two")

    def transform(values: list[tuple[Scalar, Scalar]]) -> list[tuple[Scalar, Scalar]]:
        if len(values) == 1:
            return values
        even, odd = transform(values[::2]), transform(values[1::2])
        upper, lower = [], []
        for k, ((a, b), (c, d)) in enumerate(zip(even, odd, strict=True)):
            angle = -2 * math.pi * k / len(values)
            re, im = math.cos(angle), math.sin(angle)
            turned = re * c - im * d, re * d + im * c
            upper.append((a + turned[0], b + turned[1]))
            lower.append((a - turned[0], b - turned[1]))
        return upper + lower

    def body(inputs: Scalars, states: Scalars) -> Results:
        found = transform(list(zip(inputs[::2], inputs[1::2], strict=True)))
        return [part for value in found for part in value], []

    return Kernel(body, 2 * points)


def fft(points: int, *, units: Units = UNLIMITED) -> Problem:
    """A radix-2 Fourier transform: ``n / 2 log2 n`` complex butterflies of 4 mul and 6 add each.

    Every butterfly multiplies by its twiddle factor, also by 1, as uniform hardware does.

    Raises:
        InputError: the number of points is no power of two.
    """
    return trace(f"fft-{points}", fft_kernel(points), units, loop=False)


def matrix_product_kernel(side: int) -> Kernel:
    """``A B`` of two n x n matrices, row by row: 2 n^2 inputs, n^2 outputs."""

    def body(inputs: Scalars, states: Scalars) -> Results:
        a, b = inputs[: side * side], inputs[side * side :]
        return [
            tree_sum([a[side * i + k] * b[side * k + j] for k in range(side)])
            for i in range(side)
            for j in range(side)
        ], []

    return Kernel(body, 2 * side * side)


def matrix_product(side: int, *, units: Units = UNLIMITED) -> Problem:
    """A product of n x n matrices: n^3 multiplications, n^2 (n - 1) additions in trees."""
    return trace(f"matrix_product-{side}", matrix_product_kernel(side), units, loop=False)
