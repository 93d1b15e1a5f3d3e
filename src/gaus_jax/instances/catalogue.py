"""The table of kinds of instances, and the one function that makes any of them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from gaus_jax.base.errors import InputError
from gaus_jax.base.registry import table
from gaus_jax.core.aig import Aig
from gaus_jax.core.problem import Problem
from gaus_jax.instances import circuits, dataflow, loops, random


@dataclass(frozen=True, kw_only=True)
class Instance:
    """A kind of instance: a family of problems by size and seed."""

    name: str
    summary: str  # one line: what it is and what `size` means
    default_size: int
    least: int = 1  # the least legal size
    build: Callable[[int, int], Problem]  # (size, seed)
    aig: Callable[[int, int], Aig] | None = None  # the circuit, where it is one

    def make(self, size: int, seed: int) -> Problem:
        """The problem of a size and seed; equal arguments, equal problems.

        Raises:
            InputError: a size below the least, or one that the kind has no graph of.
        """
        if size < self.least:
            raise InputError(f"{self.name} of size {size}: the least size is {self.least}")
        return self.build(size, seed)


def _circuit(
    name: str, summary: str, default_size: int, circuit: Callable[[int], Aig], least: int = 1
) -> Instance:
    def aig(size: int, seed: int) -> Aig:
        if size < least:
            raise InputError(f"{name} of size {size}: the least size is {least}")
        return circuit(size)

    return Instance(
        name=name,
        summary=f"{summary}; size: width in bits",
        default_size=default_size,
        least=least,
        build=lambda size, seed: circuit(size).problem(),
        aig=aig,
    )


def _fixed(
    name: str, summary: str, default_size: int, build: Callable[[int], Problem], least: int = 1
) -> Instance:
    """A kind that no seed changes."""
    return Instance(
        name=name,
        summary=summary,
        default_size=default_size,
        least=least,
        build=lambda size, seed: build(size),
    )


def _drawn(
    name: str, summary: str, default_size: int, build: Callable[[int, int], Problem], least: int
) -> Instance:
    """A random kind."""
    return Instance(name=name, summary=summary, default_size=default_size, least=least, build=build)


INSTANCES = table(
    "instance kind",
    _circuit("ripple_adder", "sum of two words, carry chain", 64, circuits.ripple_adder),
    _circuit("prefix_adder", "sum of two words, Kogge-Stone", 64, circuits.prefix_adder),
    _circuit("multiplier", "product of two words, array", 16, circuits.array_multiplier),
    _circuit("divider", "quotient and remainder, restoring", 16, circuits.restoring_divider),
    _circuit("square_root", "integer square root and rest", 32, circuits.square_root),
    _circuit("shifter", "rotation by any amount", 64, circuits.barrel_shifter, least=2),
    _circuit("maximum", "largest of four words and its index", 32, circuits.maximum),
    _circuit("arbiter", "round-robin arbiter, one bit a request", 64, circuits.arbiter),
    _circuit("sorter", "eight words sorted, odd-even merge", 8, circuits.sorting_network),
    _fixed("hal", "differential-equation solver; size: iterations unrolled", 1, dataflow.hal),
    _fixed("elliptic", "elliptic wave filter; size: iterations unrolled", 1, dataflow.elliptic),
    _fixed(
        "autoregressive",
        "auto-regressive lattice filter; size: independent copies",
        1,
        dataflow.autoregressive,
    ),
    _fixed("fir_tree", "FIR filter, adder tree; size: taps", 16, dataflow.fir),
    _fixed(
        "fir_chain",
        "FIR filter, adder chain; size: taps",
        16,
        lambda n: dataflow.fir(n, tree=False),
    ),
    _fixed("dct", "fast 8-point cosine transform; size: independent rows", 1, dataflow.dct),
    _fixed("fft", "radix-2 transform; size: points, a power of two", 16, dataflow.fft, least=2),
    _fixed("matrix_product", "n x n matrix product; size: n", 4, dataflow.matrix_product),
    _fixed("biquad", "loop: recursive filter cascade; size: sections", 3, loops.biquad),
    _fixed("dot_product", "loop: dot product; size: unroll factor", 8, loops.dot_product),
    _fixed("lms", "loop: adaptive filter; size: taps", 8, loops.lms),
    _fixed("stencil", "loop: one-dimensional stencil; size: radius", 2, loops.stencil),
    _fixed(
        "sweep",
        "loop: two-dimensional Gauss-Seidel sweep; size: row width",
        16,
        loops.sweep,
        least=2,
    ),
    _fixed(
        "elliptic_loop",
        "loop: elliptic wave filter with feedback; size: iterations unrolled",
        1,
        loops.elliptic_loop,
    ),
    _drawn(
        "dense",
        "random workload, 3 edges a node; size: nodes",
        1000,
        lambda size, seed: random.workload(size, 3, seed),
        least=2,
    ),
    _drawn(
        "sparse",
        "random workload, 1.2 edges a node; size: nodes",
        1000,
        lambda size, seed: random.workload(size, 1.1, seed),
        least=2,
    ),
    _drawn(
        "layered",
        "random circuit-like graph, 8 nodes a level; size: nodes",
        1000,
        lambda size, seed: random.layered(size, max(2, size // 8), seed),
        least=2,
    ),
)


def generate(kind: str, size: int | None = None, *, seed: int = 0) -> Problem:
    """Make an instance: ``generate("divider", 16)``; the default size is the kind's own.

    Raises:
        SettingsError: an unknown kind; the message lists those known.
        InputError: a size below the kind's least, which the message names.
    """
    entry = INSTANCES[kind]
    return entry.make(entry.default_size if size is None else size, seed)


class Recipe(NamedTuple):
    """Which instance of the table, written ``KIND:SIZE`` or ``KIND:SIZE:SEED``."""

    kind: str
    size: int
    seed: int

    def problem(self) -> Problem:
        """Construct it."""
        return generate(self.kind, self.size, seed=self.seed)


def recipe(text: str) -> Recipe | None:
    """What a ``KIND:SIZE`` or ``KIND:SIZE:SEED`` asks for; None where text has no such form.

    Raises:
        InputError: a known kind with a size or a seed that is no whole number.
    """
    kind, *numbers = text.split(":")
    if kind not in INSTANCES or not numbers:
        return None
    if len(numbers) > 2 or not all(number.isdecimal() for number in numbers):
        raise InputError(
            f"{text}: the size after '{kind}:' must be a whole number, and so must a seed after it"
        )
    return Recipe(kind, int(numbers[0]), int(numbers[1]) if numbers[1:] else 0)
