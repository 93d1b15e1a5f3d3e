"""BLIF, combinational: a node for every input and every ``.names`` of a model.

Format: "Berkeley Logic Interchange Format", University of California, 1992. As in AIGER files,
every number is 1, a constant is no node and edges from it are left out, and a signal that a
``.names`` lists twice is one edge. Nodes are called by the signals they drive.
"""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from gaus_jax.core.problem import Problem
from gaus_jax.importers.files import Source
from gaus_jax.importers.formats import Format

REFUSED = {
    ".latch": "latches are not combinational; cut the circuit at its latches first",
    ".mlatch": "latches are not combinational; cut the circuit at its latches first",
    ".subckt": "sub-circuits are not read; flatten the model first",
    ".search": "other files are not read; flatten the model first",
    ".gate": "mapped gates are not read; write the model with .names",
    ".exdc": "don't-care networks are not read; strip them",
}


class _Gate(NamedTuple):
    signal: str
    fanin: list[str]
    line: int


def read(source: Source) -> Problem:
    """Read one combinational model.

    Raises:
        InputError: no model or two; latches, sub-circuits or gates of a library; a signal that is
            undefined or defined twice; a cover that does not fit; with the line.
    """
    return _Model(source).problem()


class _Model:
    def __init__(self, source: Source) -> None:
        self.source = source
        self.inputs: list[_Gate] = []
        self.gates: list[_Gate] = []  # with at least one fan-in
        self.constants: list[_Gate] = []
        self.outputs: list[tuple[str, int]] = []
        self.models = 0
        self.cover: int | None = None  # the number of fan-ins of the .names that is open
        self.ended = False
        commands = self._commands()
        for line, words in _logical_lines(source.text()):
            if words[0].startswith("."):
                self._command(commands, line, words)
            else:
                self._cube(line, words)
        if not self.models and not self.gates:
            raise source.error("holds no .model, so it is not BLIF")

    def _commands(self) -> dict[str, Callable[[int, list[str]], None]]:
        return {
            ".model": self._begin,
            ".inputs": lambda line, names: self.inputs.extend(_Gate(n, [], line) for n in names),
            ".outputs": lambda line, names: self.outputs.extend((n, line) for n in names),
            ".names": self._names,
            ".end": self._end,
        }

    def _command(self, commands: dict, line: int, words: list[str]) -> None:
        if words[0] in REFUSED:
            raise self.source.error(f"{words[0]}: {REFUSED[words[0]]}", line)
        if words[0] not in commands:
            known = " ".join(commands)
            raise self.source.error(f"'{words[0][:40]}' is not read; known are {known}", line)
        if self.ended:
            raise self.source.error(f"{words[0]} after .end; give each model its own file", line)
        self.cover = None
        commands[words[0]](line, words[1:])

    def _begin(self, line: int, names: list[str]) -> None:
        self.models += 1
        if self.models > 1:
            raise self.source.error("a second .model; give each its own file", line)

    def _end(self, line: int, names: list[str]) -> None:
        self.ended = True

    def _names(self, line: int, names: list[str]) -> None:
        if not names:
            raise self.source.error(".names lists no signal; the last one is its output", line)
        gate = _Gate(names[-1], names[:-1], line)
        (self.gates if gate.fanin else self.constants).append(gate)
        self.cover = len(gate.fanin)

    def _cube(self, line: int, words: list[str]) -> None:
        """One line of a truth table; only its form matters here."""
        if self.cover is None:
            raise self.source.error(f"'{words[0][:40]}' is neither a command nor in a cover", line)
        widths = [self.cover, 1] if self.cover else [1]
        fits = [len(word) for word in words] == widths
        if not fits or not re.fullmatch(r"[01-]*[01]", "".join(words)):
            raise self.source.error(
                f"a line of this cover must be {self.cover} of 0, 1, - and then 0 or 1", line
            )

    def problem(self) -> Problem:
        """The nodes in order: inputs, then gates as the file has them."""
        nodes = self.inputs + self.gates
        constant = {gate.signal for gate in self.constants}
        index: dict[str, int] = {}
        first: dict[str, int] = {}
        for gate in nodes + self.constants:
            if gate.signal in first:
                raise self.source.error(
                    f"signal '{gate.signal}' is defined twice, also on line {first[gate.signal]}",
                    gate.line,
                )
            first[gate.signal] = gate.line
        index = {gate.signal: i for i, gate in enumerate(nodes)}
        edges = [
            (self._driver(index, signal, gate.line), index[gate.signal])
            for gate in self.gates
            for signal in dict.fromkeys(gate.fanin)
            if signal not in constant
        ]
        for signal, line in self.outputs:
            if signal not in constant:
                self._driver(index, signal, line)
        return self.source.problem(tuple(index), np.array(edges, np.int64).reshape(-1, 2))

    def _driver(self, index: dict[str, int], signal: str, line: int) -> int:
        if signal not in index:
            raise self.source.error(
                f"signal '{signal}' is undefined; it needs an .inputs or a .names", line
            )
        return index[signal]


def _logical_lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """The words of each line that has any, with the line's number; a backslash joins lines."""
    begun: list[str] = []
    start = 0
    for number, raw in enumerate(text.split("\n"), 1):
        line = raw.partition("#")[0].rstrip()
        start = start if begun else number
        begun += line.removesuffix("\\").split()
        if line.endswith("\\"):
            continue
        if begun:
            yield start, begun
        begun = []
    if begun:
        yield start, begun


BLIF = Format(
    name="blif",
    suffixes=(".blif",),
    sniff=lambda head: re.search(rb"(?m)^\s*\.model\b", head) is not None,
    read=read,
)
