"""From a kernel in plain arithmetic to the problem of scheduling its operations.

A kernel is an ordinary function of numbers. Run on numbers it computes; run on traced values it
leaves a tape of its operations, which becomes the data-flow graph. So a graph can be checked by
computing with the function that drew it.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gaus_jax.core.build import make_problem
from gaus_jax.core.problem import Problem

CLASSES = ("mul", "add", "mem")
_CLASS = {"mul": 0, "add": 1, "sub": 1, "less": 1, "load": 2, "store": 2}  # kind -> class

Scalar = Any  # a number, or a traced value
Body = Callable[[Sequence[Scalar], Sequence[Scalar]], tuple[list[Scalar], list[Scalar]]]


@dataclass(frozen=True, kw_only=True)
class Units:
    """The units that carry out a kernel: multipliers, ALUs (add, subtract, compare), memory ports.

    A unit that is not pipelined is blocked for its whole latency, a pipelined one for one cycle
    (and for none where the latency is 0).
    """

    mul: int = 2  # cycles, latency
    add: int = 1  # cycles
    mem: int = 1  # cycles
    multipliers: float = math.inf  # units available
    adders: float = math.inf
    ports: float = math.inf
    pipelined: bool = False


@dataclass(frozen=True)
class Kernel:
    """One iteration: ``body(inputs, states) -> (outputs, next states)`` and its arities."""

    body: Body
    inputs: int
    states: int = 0


def unroll(kernel: Kernel, times: int) -> Kernel:
    """Several iterations as one; those of a kernel without states are independent."""

    def body(inputs: Sequence[Scalar], states: Sequence[Scalar]) -> tuple[list, list]:
        outputs: list[Scalar] = []
        state = list(states)
        for at in range(times):
            taken = inputs[at * kernel.inputs : (at + 1) * kernel.inputs]
            found, state = kernel.body(taken, state)
            outputs += found
        return outputs, state

    return Kernel(body, kernel.inputs * times, kernel.states)


class Value:
    """A traced number: the result of an operation, a state at the iteration's start, or an input.

    The tape is a list of (kind, operands).
    """

    def __init__(self, tape: list, node: int | None = None, state: int | None = None) -> None:
        self.tape = tape
        self.node = node  # index of the operation on the tape
        self.state = state  # index of the state

    def record(self, kind: str, *operands: Scalar) -> "Value":
        """The result of a new operation."""
        self.tape.append((kind, [v for v in operands if isinstance(v, Value)]))
        return Value(self.tape, node=len(self.tape) - 1)

    def __add__(self, other: Scalar) -> "Value":
        return self.record("add", self, other)

    def __sub__(self, other: Scalar) -> "Value":
        return self.record("sub", self, other)

    def __rsub__(self, other: Scalar) -> "Value":
        return self.record("sub", other, self)

    def __mul__(self, other: Scalar) -> "Value":
        return self.record("mul", self, other)

    def __lt__(self, other: Scalar) -> "Value":
        return self.record("less", self, other)

    __radd__ = __add__
    __rmul__ = __mul__


def load(value: Scalar) -> Scalar:
    """Read a value from memory: itself, and on the tape an access."""
    return value.record("load", value) if isinstance(value, Value) else value


def store(value: Scalar) -> Scalar:
    """Write a value to memory: itself, and on the tape an access."""
    return value.record("store", value) if isinstance(value, Value) else value


def tree_sum(terms: Sequence[Scalar]) -> Scalar:
    """The sum by a balanced tree: n - 1 additions, ``ceil(log2 n)`` deep."""
    while len(terms) > 1:
        pairs = [a + b for a, b in zip(terms[::2], terms[1::2], strict=False)]
        terms = [*pairs, *terms[2 * len(pairs) :]]
    return terms[0]


def trace(name: str, kernel: Kernel, units: Units, *, loop: bool) -> Problem:
    """The problem of a kernel: a node for each operation, a data edge for each value it reads.

    In a loop an operation that reads a state depends on the one that made it, as many iterations
    ago as the value was handed on from state to state (the edge's distance). In straight-line
    code states are mere inputs, and what is returned is marked as output. Two reads of one value
    by one operation are one edge. Sizes (words) and weights are 1, but a store makes no value.

    Raises:
        InputError: a negative latency or limit; see `Problem`.
    """
    tape: list[tuple[str, list[Value]]] = []
    states = [Value(tape, state=k) for k in range(kernel.states)]
    outputs, after = kernel.body([Value(tape) for _ in range(kernel.inputs)], states)
    edges: dict[tuple[int, int, int], None] = {}  # (producer, consumer, distance), in order
    for consumer, (_, operands) in enumerate(tape):
        for operand in operands:
            producer, distance = _source(operand, after if loop else [])
            if producer is not None:
                edges[producer, consumer, distance] = None
    kinds = [kind for kind, _ in tape]
    use_class = np.array([_CLASS[kind] for kind in kinds], np.int64)
    latency = np.array([units.mul, units.add, units.mem])[use_class]
    kept = {v.node for v in [*outputs, *after] if isinstance(v, Value)} if not loop else set()
    arcs = np.array(list(edges), np.int64).reshape(-1, 3)
    return make_problem(
        [f"{kind}{node}" for node, kind in enumerate(kinds)],
        arcs[:, :2],
        name=name,
        latency=latency,
        size=np.array([kind != "store" for kind in kinds], np.float64),
        output=np.array([node in kept for node in range(len(kinds))]),
        classes=CLASSES,
        limit=np.array([units.multipliers, units.adders, units.ports]),
        uses=(
            np.arange(len(kinds)),
            use_class,
            1,
            np.minimum(latency, 1) if units.pipelined else latency,
        ),
        distance=arcs[:, 2],
    )


def _source(value: Value, after: Sequence[Scalar]) -> tuple[int | None, int]:
    """The operation that made a value and how many iterations ago; None where none did."""
    distance = 0
    seen: Scalar = value
    while isinstance(seen, Value) and seen.state is not None and distance < len(after):
        seen = after[seen.state]
        distance += 1
    return (seen.node if isinstance(seen, Value) else None), distance
