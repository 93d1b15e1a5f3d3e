"""Inner loops with values carried from iteration to iteration, on limited units."""

from collections.abc import Sequence

from gaus_jax.core.problem import Problem
from gaus_jax.instances.dataflow import ELLIPTIC
from gaus_jax.instances.trace import Kernel, Scalar, Units, load, store, trace, tree_sum, unroll

# A small data path: two pipelined multipliers, two ALUs, one memory port.
SMALL = Units(multipliers=2, adders=2, ports=1, pipelined=True)
Scalars = Sequence[Scalar]
Results = tuple[list[Scalar], list[Scalar]]

FEEDBACK = (1.5, -0.7)  # a1, a2: a stable pair of poles
FORWARD = (0.25, 0.5, 0.25)  # b0, b1, b2
STEP = 0.01  # of the adaptive filter


def biquad_kernel(sections: int) -> Kernel:
    """``w = x + a1 w1 + a2 w2; y = b0 w + b1 w1 + b2 w2``; two states w1, w2 a section."""

    def body(inputs: Scalars, states: Scalars) -> Results:
        signal = load(inputs[0])
        after: list[Scalar] = []
        for one, two in zip(states[::2], states[1::2], strict=True):
            centre = (signal + FEEDBACK[1] * two) + FEEDBACK[0] * one
            tail = FORWARD[1] * one + FORWARD[2] * two
            signal = FORWARD[0] * centre + tail
            after += [centre, one]
        return [store(signal)], after

    return Kernel(body, 1, 2 * sections)


def biquad(sections: int, *, units: Units = SMALL) -> Problem:
    """A cascade of second-order recursive filters (direct form II): 5 mul, 4 add each.

    The recurrence ``w -> a1 w -> w`` has latency mul + add and distance 1.
    """
    return trace(f"biquad-{sections}", biquad_kernel(sections), units, loop=True)


def dot_product_kernel(unrolled: int) -> Kernel:
    """``acc += sum_i a_i b_i`` over so many pairs an iteration; the inputs are a then b."""

    def body(inputs: Scalars, states: Scalars) -> Results:
        values = [load(x) for x in inputs]
        products = [a * b for a, b in zip(values[:unrolled], values[unrolled:], strict=True)]
        total = states[0] + tree_sum(products)
        return [total], [total]

    return Kernel(body, 2 * unrolled, 1)


def dot_product(unrolled: int, *, units: Units = SMALL) -> Problem:
    """A dot product unrolled n times: 2 n loads, n mul, n add; recurrence: add, distance 1."""
    return trace(f"dot_product-{unrolled}", dot_product_kernel(unrolled), units, loop=True)


def lms_kernel(taps: int) -> Kernel:
    """``e = d - sum_i w_i x_i; w_i += mu e x_i``; inputs x, d; states w, then older x."""

    def body(inputs: Scalars, states: Scalars) -> Results:
        window = [load(inputs[0]), *states[taps:]]
        wanted = load(inputs[1])
        weights = states[:taps]
        output = tree_sum([w * x for w, x in zip(weights, window, strict=True)])
        error = wanted - output
        scaled = STEP * error
        adapted = [w + scaled * x for w, x in zip(weights, window, strict=True)]
        return [store(error)], [*adapted, *window[:-1]]

    return Kernel(body, 2, 2 * taps - 1)


def lms(taps: int, *, units: Units = SMALL) -> Problem:
    """An adaptive filter by least mean squares: 2 n + 1 mul, 2 n add, 3 memory accesses.

    The recurrence runs through the whole filter: weight, output, error, correction. Old samples
    come down a delay line, as edges of distance up to n - 1. Widrow and Hoff (1960).
    """
    return trace(f"lms-{taps}", lms_kernel(taps), units, loop=True)


def stencil_kernel(radius: int) -> Kernel:
    """``y = sum_k c_k x_k`` over the last 2 r + 1 samples, ``c_k = 1 / (k + 1)``."""

    def body(inputs: Scalars, states: Scalars) -> Results:
        window = [load(inputs[0]), *states]
        total = tree_sum([x * (1 / (k + 1)) for k, x in enumerate(window)])
        return [store(total)], window[:-1]

    return Kernel(body, 1, 2 * radius)


def stencil(radius: int, *, units: Units = SMALL) -> Problem:
    """A one-dimensional stencil of 2 r + 1 points: edges of distance up to 2 r, no recurrence."""
    return trace(f"stencil-{radius}", stencil_kernel(radius), units, loop=True)


def sweep_kernel(width: int) -> Kernel:
    """``u' = (up' + left' + right + down) / 4`` in row order; input: the sample below.

    States are the last ``width`` new values, then the last ``width - 1`` samples read.
    """

    def body(inputs: Scalars, states: Scalars) -> Results:
        new, old = states[:width], states[width:]
        below = load(inputs[0])
        read = [below, *old]
        around = (new[-1] + read[-1]) + below
        value = 0.25 * (around + new[0])
        return [store(value)], [value, *new[:-1], *read[:-1]]

    return Kernel(body, 1, 2 * width - 1)


def sweep(width: int, *, units: Units = SMALL) -> Problem:
    """A two-dimensional Gauss-Seidel sweep over rows of a width: 3 add, 1 mul, 2 accesses.

    The left neighbour closes a recurrence of distance 1 (add and mul), the upper one of distance
    ``width``, and the right one is read ``width - 1`` iterations late: two line delays.
    """
    return trace(f"sweep-{width}", sweep_kernel(width), units, loop=True)


def elliptic_loop(iterations: int = 1, *, units: Units = SMALL) -> Problem:
    """The elliptic wave filter with its seven states fed back; see `dataflow.elliptic`.

    Its recurrence bound is 16 cycles an iteration (multiplication 2, addition 1).
    """
    return trace(f"elliptic_loop-{iterations}", unroll(ELLIPTIC, iterations), units, loop=True)
