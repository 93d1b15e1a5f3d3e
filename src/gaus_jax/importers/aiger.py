"""AIGER, binary (``aig``) and ASCII (``aag``): combinational and-inverter graphs.

Format: A. Biere, "The AIGER And-Inverter Graph (AIG) Format", version 20071012, 2007, and "AIGER
1.9 And Beyond", 2011, for the header's optional fields, refused where they are not zero.
How a graph becomes a `Problem`: FORMULATIONS on ``bench/epfl``, in `Aig.problem`.
"""

import os
import re

import numpy as np

from gaus_jax.base.errors import InputError
from gaus_jax.base.files import replace_file
from gaus_jax.core.aig import Aig
from gaus_jax.core.graph import find_cycle, topological_order
from gaus_jax.core.problem import Problem
from gaus_jax.importers.aiger_write import from_problem, to_ascii, to_binary
from gaus_jax.importers.files import Source, open_source
from gaus_jax.importers.formats import Format

HEADER = re.compile(rb"(aig|aag)((?: +[0-9]{1,10}){5,9})[ \r]*\n")
FIELDS = "MILOABCJF"
VARINT_LIMIT = 5  # bytes of a delta; literals stay below 2^35
SPARE_INPUTS = 2**16  # a binary file may have this many inputs beyond its bytes


def read_aig(path: str | os.PathLike[str]) -> Aig:
    """Read either kind of AIGER file; see `parse`."""
    return parse(open_source(path))


def write_aig(aig: Aig, path: str | os.PathLike[str], *, ascii_form: bool = False) -> None:
    """Write an and-inverter graph, in binary unless `ascii_form`."""
    replace_file(path, (to_ascii if ascii_form else to_binary)(aig))


def read(source: Source) -> Problem:
    """A node for every input and gate, an edge for each non-constant fan-in; see `Aig.problem`."""
    aig = parse(source)
    try:
        return aig.problem()
    except InputError as error:
        raise source.error(str(error).removeprefix(f"{aig.name}: ")) from None


def parse(source: Source) -> Aig:
    """Read AIGER data; symbols and comments are ignored.

    The gates of an ASCII file keep their order where it is topological, else are sorted; its
    variables are renumbered: inputs first, then gates.

    Raises:
        InputError: not AIGER; latches or properties; a header that promises more than the file
            holds; a literal out of range; a cycle.
    """
    match = HEADER.match(source.data)
    if match is None:
        raise source.error(
            "not an AIGER file; its first line must be 'aig M I L O A' or 'aag M I L O A'", 1
        )
    counts = dict(zip(FIELDS, map(int, match.group(2).split()), strict=False))
    _check_header(source, counts, binary=match.group(1) == b"aig")
    body = _binary if match.group(1) == b"aig" else _ascii
    return body(source, match.end(), counts)


def _check_header(source: Source, counts: dict[str, int], *, binary: bool) -> None:
    if counts["L"]:
        raise source.error(
            f"has {counts['L']} latches; only combinational circuits have a schedule, "
            f"so cut it at its latches first",
            1,
        )
    extra = [field for field in "BCJF" if counts.get(field)]
    if extra:
        raise source.error(
            f"has AIGER 1.9 properties ({', '.join(extra)} in the header), which are not read; "
            f"strip them",
            1,
        )
    size, inputs, outputs, gates = len(source.data), counts["I"], counts["O"], counts["A"]
    least = 2 * outputs + (2 * gates if binary else 2 * inputs + 6 * gates)
    if least > size or inputs > size + SPARE_INPUTS:
        raise source.error(
            f"the header promises {inputs} inputs, {outputs} outputs and {gates} gates, more than "
            f"the {size} bytes of the file can hold; it may be cut off",
            1,
        )
    total = inputs + gates
    if counts["M"] < total or (binary and counts["M"] > total):
        sign = "equal" if binary else "be at least"
        raise source.error(f"bad header: M = {counts['M']} must {sign} I + L + A = {total}", 1)


def _binary(source: Source, begin: int, counts: dict[str, int]) -> Aig:
    outputs = np.zeros(counts["O"], np.int64)
    for k in range(counts["O"]):
        end = source.data.find(b"\n", begin)
        outputs[k] = _literal(source, source.data[begin:end] if end >= 0 else b"", k + 2, counts)
        begin = end + 1
    delta = _varints(source, begin, 2 * counts["A"]).reshape(-1, 2)
    own = 2 * (counts["I"] + 1 + np.arange(counts["A"]))
    first = own - delta[:, 0]
    fanin = np.stack([first, first - delta[:, 1]], axis=1)
    bad = np.flatnonzero((delta[:, 0] == 0) | (fanin[:, 1] < 0))
    if bad.size:
        raise source.error(
            f"gate {own[bad[0]] // 2} has fan-ins {fanin[bad[0], 0]} and {fanin[bad[0], 1]}; they "
            f"must be literals from 0 to {own[bad[0]] - 1}, so the file is damaged"
        )
    return Aig(name=source.name, inputs=counts["I"], fanin=fanin, outputs=outputs)


def _literal(source: Source, text: bytes, line: int, counts: dict[str, int]) -> int:
    """One literal of a line of its own."""
    text = text.strip()
    if not text:
        raise source.error("a literal is missing here; the file may be cut off", line)
    if not text.isdigit() or len(text) > 11 or int(text) > 2 * counts["M"] + 1:
        shown = text[:20].decode("ascii", "replace")
        raise source.error(
            f"'{shown}' is no literal; they are whole numbers from 0 to {2 * counts['M'] + 1}", line
        )
    return int(text)


def _varints(source: Source, begin: int, count: int) -> np.ndarray:
    """Decode `count` numbers of seven bits a byte, least first; (count,) int64."""
    data = np.frombuffer(source.data, np.uint8, offset=begin)
    last = np.flatnonzero(data < 128)[:count]
    if last.size < count:
        raise source.error(
            f"ends within gate {last.size // 2 + 1} of {count // 2}; the file is cut off"
        )
    if count == 0:
        return np.zeros(0, np.int64)
    first = np.concatenate([[0], last[:-1] + 1])
    length = last - first + 1
    if length.max() > VARINT_LIMIT:
        gate = int(np.argmax(length > VARINT_LIMIT)) // 2 + 1
        raise source.error(f"gate {gate} has a number of over {VARINT_LIMIT} bytes; damaged")
    place = np.arange(last[-1] + 1) - np.repeat(first, length)
    digits = (data[: last[-1] + 1].astype(np.int64) & 127) << (7 * place)
    return np.add.reduceat(digits, first)


def _ascii(source: Source, begin: int, counts: dict[str, int]) -> Aig:
    lines = source.data[begin:].split(b"\n")
    inputs, outputs, gates = counts["I"], counts["O"], counts["A"]
    if len(lines) < inputs + outputs + gates:
        raise source.error("ends too early; the file is cut off", len(lines) + 1)
    heads = [_literal(source, lines[k], k + 2, counts) for k in range(inputs)]
    places = range(inputs, inputs + outputs)
    ends = np.array([_literal(source, lines[k], k + 2, counts) for k in places], np.int64)
    rows = np.zeros((gates, 3), np.int64)
    for k in range(gates):
        line = inputs + outputs + k
        parts = lines[line].split()
        if len(parts) != 3:
            raise source.error("a gate must be three literals, 'own first second'", line + 2)
        rows[k] = [_literal(source, part, line + 2, counts) for part in parts]
    own = np.concatenate([np.array(heads, np.int64), rows[:, 0]])
    line_of = [k + 2 + (outputs if k >= inputs else 0) for k in range(len(own))]
    table = _Numbering(source, own, line_of)
    gate_lines = line_of[inputs:]
    fanin = table.renumber(rows[:, 1:], np.repeat(gate_lines, 2))
    order = _gate_order(source, inputs, fanin // 2, own // 2)
    place = np.concatenate([np.arange(inputs + 1), inputs + 1 + np.argsort(order)])
    ends = table.renumber(ends, np.arange(inputs, inputs + outputs) + 2)
    fanin = (2 * place[fanin // 2] + fanin % 2)[order]
    return Aig(
        name=source.name, inputs=inputs, fanin=fanin, outputs=2 * place[ends // 2] + ends % 2
    )


class _Numbering:
    """From a file's variables to 1 .. I + A, by the order in which they are defined."""

    def __init__(self, source: Source, own: np.ndarray, lines: list[int]) -> None:
        self.source = source
        bad = np.flatnonzero((own % 2 == 1) | (own < 2))
        if bad.size:
            raise source.error(
                f"{own[bad[0]]} cannot be defined; inputs and gates are even literals from 2 on",
                lines[bad[0]],
            )
        self.rank = np.argsort(own, kind="stable")
        self.known = own[self.rank] // 2
        twice = np.flatnonzero(self.known[1:] == self.known[:-1])
        if twice.size:
            again = self.rank[twice[0] + 1]
            raise source.error(f"literal {own[again]} is defined twice", lines[again])

    def renumber(self, literals: np.ndarray, lines: np.ndarray) -> np.ndarray:
        variable = literals // 2
        at = np.searchsorted(self.known, variable)
        at = np.minimum(at, max(len(self.known) - 1, 0))
        found = self.known[at] == variable if len(self.known) else np.zeros(literals.shape, bool)
        bad = np.flatnonzero(~found & (variable > 0))
        if bad.size:
            raise self.source.error(
                f"literal {literals.ravel()[bad[0]]} is used, but no input or gate defines it",
                int(lines[bad[0]]),
            )
        if not len(self.known):
            return literals
        return np.where(variable > 0, 2 * (self.rank[at] + 1) + literals % 2, literals)


def _gate_order(source: Source, inputs: int, fanin: np.ndarray, names: np.ndarray) -> np.ndarray:
    """The order (A,) in which to number the gates: the file's own where it is topological."""
    gates = len(fanin)
    if (fanin < (inputs + 1 + np.arange(gates))[:, None]).all():
        return np.arange(gates)
    tail, head = fanin.ravel() - inputs - 1, np.repeat(np.arange(gates), 2)
    tail, head = tail[tail >= 0], head[tail >= 0]
    order = topological_order(gates, tail, head)
    if len(order) < gates:
        cycle = find_cycle(gates, tail, head)
        path = " -> ".join(str(2 * names[inputs + k]) for k in [*cycle, cycle[0]])
        raise source.error(f"the gates form a cycle: {path}; a circuit must have none")
    return order


def _sniff(head: bytes) -> bool:
    return head.startswith((b"aig ", b"aag "))


AIGER = Format(
    name="aiger",
    suffixes=(".aig",),
    sniff=_sniff,
    read=read,
    write=lambda problem: to_binary(from_problem(problem)),
)
AIGER_ASCII = Format(
    name="aiger-ascii",
    suffixes=(".aag",),
    sniff=_sniff,
    read=read,
    write=lambda problem: to_ascii(from_problem(problem)),
)
