"""A builder of and-inverter graphs, and the simulation that checks what was built."""

import numpy as np

from gaus_jax.core.aig import Aig

FALSE, TRUE = 0, 1  # the constant literals

Word = list[int]  # literals, least significant first


class Netlist:
    """A growing and-inverter graph whose inputs are a few words; see `Aig` for the literals.

    Every gate is folded and hashed as it is made, so none has a constant or a repeated fan-in
    and no two have the same fan-ins. ``~x`` of a literal ``x`` is ``x ^ 1``.
    """

    def __init__(self, *widths: int) -> None:
        self.inputs = sum(widths)
        self.words: list[Word] = []
        first = 1
        for width in widths:
            self.words.append([2 * (first + i) for i in range(width)])
            first += width
        self._fanin: list[tuple[int, int]] = []
        self._known: dict[tuple[int, int], int] = {}

    def both(self, a: int, b: int) -> int:
        """``a AND b``."""
        if a > b:
            a, b = b, a
        if a == FALSE or a == b ^ 1:
            return FALSE
        if a in (TRUE, b):
            return b
        known = self._known.get((a, b))
        if known is None:
            self._fanin.append((a, b))
            known = self._known[a, b] = 2 * (self.inputs + len(self._fanin))
        return known

    def either(self, a: int, b: int) -> int:
        """``a OR b``."""
        return self.both(a ^ 1, b ^ 1) ^ 1

    def differ(self, a: int, b: int) -> int:
        """``a XOR b``, three gates."""
        return self.both(self.both(a, b) ^ 1, self.either(a, b))

    def choose(self, pick: int, yes: int, no: int) -> int:
        """``yes`` where ``pick`` holds, else ``no``."""
        if yes == no:
            return yes
        return self.either(self.both(pick, yes), self.both(pick ^ 1, no))

    def select(self, pick: int, yes: Word, no: Word) -> Word:
        """`choose`, bit by bit over two words of one width."""
        return [self.choose(pick, y, n) for y, n in zip(yes, no, strict=True)]

    def full_adder(self, a: int, b: int, carry: int) -> tuple[int, int]:
        """Sum and carry of three bits: ``a + b + carry = sum + 2 carry_out``."""
        half, pair = self.differ(a, b), self.both(a, b)
        return self.differ(half, carry), self.either(pair, self.both(half, carry))

    def add(self, a: Word, b: Word, carry: int = FALSE) -> Word:
        """``a + b + carry`` of two words of one width by a carry ripple; one bit wider."""
        total = []
        for x, y in zip(a, b, strict=True):
            bit, carry = self.full_adder(x, y, carry)
            total.append(bit)
        return [*total, carry]

    def subtract(self, a: Word, b: Word) -> tuple[Word, int]:
        """``a - b`` modulo the width, and whether ``a >= b``; unsigned words of one width."""
        *difference, enough = self.add(a, [y ^ 1 for y in b], TRUE)
        return difference, enough

    def less(self, a: Word, b: Word) -> int:
        """Whether ``a < b``; unsigned words of one width, one ripple from the low end."""
        below = FALSE
        for x, y in zip(a, b, strict=True):
            below = self.either(self.both(x ^ 1, y), self.both(self.either(x ^ 1, y), below))
        return below

    def finish(self, name: str, *outputs: Word) -> Aig:
        """The graph of what the output words need; every input stays, dangling gates go."""
        wanted = [literal for word in outputs for literal in word]
        needed = bytearray(self.inputs + 1 + len(self._fanin))
        for literal in wanted:
            needed[literal >> 1] = 1
        for at in range(len(self._fanin) - 1, -1, -1):
            if needed[self.inputs + 1 + at]:
                a, b = self._fanin[at]
                needed[a >> 1] = needed[b >> 1] = 1
        keep = np.frombuffer(bytes(needed), np.uint8).astype(bool)
        keep[: self.inputs + 1] = True
        number = np.cumsum(keep) - 1  # new variable of each old one that is kept
        fanin = np.array(self._fanin, np.int64).reshape(-1, 2)[keep[self.inputs + 1 :]]
        ends = np.array(wanted, np.int64)
        return Aig(
            name=name,
            inputs=self.inputs,
            fanin=2 * number[fanin >> 1] + (fanin & 1),
            outputs=2 * number[ends >> 1] + (ends & 1),
        )


def simulate(aig: Aig, inputs: np.ndarray) -> np.ndarray:
    """The outputs (O, P) bool of a graph on P patterns of its inputs (I, P) bool.

    Bit-parallel: each variable's P values are one long integer, so a gate costs one operation.

    Raises:
        ValueError: the patterns do not have a row for each input.
    """
    if inputs.ndim != 2 or len(inputs) != aig.inputs:
        raise ValueError(f"{aig.name}: patterns of shape {inputs.shape}, not ({aig.inputs}, P)")
    patterns = inputs.shape[1]
    full = (1 << patterns) - 1
    packed = np.packbits(inputs, axis=1, bitorder="little")
    value = [0, *(int.from_bytes(row.tobytes(), "little") for row in packed)]
    flip = (0, full)
    for a, b in aig.fanin.tolist():
        value.append((value[a >> 1] ^ flip[a & 1]) & (value[b >> 1] ^ flip[b & 1]))
    size = -(-patterns // 8)
    rows = [(value[x >> 1] ^ flip[x & 1]).to_bytes(size, "little") for x in aig.outputs.tolist()]
    bits = np.frombuffer(b"".join(rows), np.uint8).reshape(len(rows), size)
    return np.unpackbits(bits, axis=1, count=patterns, bitorder="little").astype(bool)
