"""HLO modules, as XLA compiled them, as problems of objective S."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from gaus_jax.base.errors import InputError
from gaus_jax.xla.aliases import RENAMING, RENAMING_FIRST, in_place_operands, must_alias
from gaus_jax.xla.hlo_module import Computation, Instruction, Module
from gaus_jax.xla.hlo_text import parse
from gaus_jax.xla.ordering import peak
from gaus_jax.xla.program import Count, Draft, Program
from gaus_jax.xla.shapes import leaves

ATOMS = frozenset({"while", "conditional", "call", "async-start"})
_EFFECTFUL = """
infeed outfeed send recv send-done recv-done rng rng-get-and-update-state all-reduce all-gather
all-to-all reduce-scatter collective-permute collective-broadcast all-reduce-start all-gather-start
collective-permute-start
"""
_EFFECTS = frozenset(_EFFECTFUL.split())


def from_hlo(
    compiled: Any, *, count: Count = "all", in_place: bool = True, name: str | None = None
) -> Program:
    """The instructions of a module's entry computation as a problem of objective S.

    After fusion and all other optimisations they are what runs. Arguments and constants are no
    nodes: they are there from the first step to the last (`Program.resident`). While loops, calls
    and conditionals are nodes whose workspace is the peak of what they call, in its own order.

    Args:
        compiled: a `jax.stages.Compiled`, an object with ``as_text()``, HLO text, or a path.
        count: "all" counts temporaries and results, "temporary" the former alone. XLA lets
            temporaries use the memory of results that are not there yet, so that its
            `temp_size_in_bytes` lies between the peak of "all" less `Program.outputs` and the
            peak of "temporary", but for what its packing wastes.
        in_place: let an operation write over an operand that dies with it, as XLA does where it
            can; then both are one buffer. Without it every result is a buffer of its own.
        name: of the problem; by default the module's.

    Raises:
        InputError: no HLO text, or shapes of no fixed size; it names line and instruction.
    """
    text, where = _text(compiled)
    module = parse(text, where)
    return program_of(module, module.entry, count=count, in_place=in_place, name=name, where=where)


def _text(compiled: Any) -> tuple[str, str]:
    """The module's text and what errors call it."""
    if isinstance(compiled, Path) or (isinstance(compiled, str) and "\n" not in compiled):
        try:
            return Path(compiled).read_text(encoding="utf-8"), str(compiled)
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"{compiled}: cannot be read as HLO text: {error}") from error
    if isinstance(compiled, str):
        return compiled, "HLO text"
    text = compiled.as_text() if hasattr(compiled, "as_text") else None
    if not isinstance(text, str):
        kind = type(compiled).__name__
        raise InputError(
            f"{kind} is neither compiled nor HLO text; pass jax.jit(f).lower(...).compile(), its "
            f"as_text(), or a path"
        )
    return text, "compiled module"


def program_of(
    module: Module,
    computation: str,
    *,
    count: Count = "temporary",
    in_place: bool = True,
    name: str | None = None,
    where: str = "HLO text",
    inner: dict[str, float] | None = None,
) -> Program:
    """One computation of a module as a problem; see `from_hlo`.

    The peaks of called computations that are known already, in bytes, are taken from ``inner``,
    and those that are found are put there.
    """
    known = {} if inner is None else inner
    reader = _Reader(module, module.computations[computation], count, in_place, where, known)
    return reader.program(name or f"{module.name}/{computation}")


class _Reader:
    """One computation while it is read."""

    def __init__(
        self,
        module: Module,
        computation: Computation,
        count: Count,
        in_place: bool,
        where: str,
        inner: dict[str, float],
    ) -> None:
        self.module, self.computation, self.where, self.inner = module, computation, where, inner
        self.count: Count = count
        self.in_place = in_place
        self.values: dict[str, list[int | None]] = {}  # name -> buffers of its leaves
        self.index: dict[str, int] = {}  # name -> operation

    def program(self, name: str) -> Program:
        self.draft = Draft(name)
        for owner, instruction in enumerate(self.computation.instructions):
            if instruction.opcode in ("parameter", "constant"):
                self._resident(instruction)
            else:
                self._operation(owner, instruction)
        results = self.values[self.computation.root.name]
        for leaf in results:
            if leaf is not None:
                self.draft.buffers[leaf].output = True
        if self.computation.name == self.module.entry:
            for k in self.module.donated:
                self._into_argument(results[k])
        if self.in_place:
            self._merge()
        return self.draft.finish(self.count)

    def _into_argument(self, buffer: int | None) -> None:
        """A result that lies in a donated argument, which is there throughout, takes no room."""
        if buffer is not None:
            self.draft.buffers[buffer].size = 0.0

    def _at(self, instruction: Instruction) -> str:
        return f"{self.where}:{instruction.line}: '{instruction.name}'"

    def _resident(self, instruction: Instruction) -> None:
        shape = leaves(instruction.shape, self._at(instruction))
        self.values[instruction.name] = [None] * len(shape)
        self.draft.resident += sum(leaf.size for leaf in shape)

    def _operation(self, owner: int, instruction: Instruction) -> None:
        draft = self.draft
        where = self._at(instruction)
        workspace = self._workspace(instruction) if instruction.opcode in ATOMS else 0.0
        k = draft.add(
            instruction.name, instruction.opcode, instruction.source, owner, float(workspace)
        )
        self.index[instruction.name] = k
        for other in (*instruction.operands, *instruction.control):
            if other in self.index:
                draft.before[k].add(self.index[other])
        shape = leaves(instruction.shape, where)
        if any(leaf.bounded for leaf in shape):
            draft.notes.append(f"{instruction.name}: dynamic dimensions are taken at their bounds")
        given = [self.values[other] for other in instruction.operands]
        read = self._read(instruction, given)
        for leaf in read:
            if leaf is not None:
                draft.buffers[leaf].readers.add(k)
        aliased = self._aliased(instruction, given, len(shape))
        self.values[instruction.name] = [
            aliased[j] if j in aliased else draft.buffer(k, leaf.size)
            for j, leaf in enumerate(shape)
        ]
        if self._has_effect(instruction):
            draft.chain(k)

    def _read(
        self, instruction: Instruction, given: Sequence[Sequence[int | None]]
    ) -> list[int | None]:
        """The buffers that an instruction touches: of a tuple's element, that element alone."""
        if instruction.opcode == "get-tuple-element":
            first, last = self._element(instruction)
            return list(given[0][first:last])
        return [leaf for operand in given for leaf in operand]

    def _element(self, instruction: Instruction) -> tuple[int, int]:
        """Which leaves of the operand a get-tuple-element takes, as a range."""
        operand = self._instruction(instruction.operands[0])
        sizes = [len(leaves(part, "")) for part in tuple_elements(operand.shape)]
        if instruction.index >= len(sizes):
            raise InputError(
                f"{self._at(instruction)} takes element {instruction.index} of '{operand.name}', "
                f"which has {len(sizes)}"
            )
        first = sum(sizes[: instruction.index])
        return first, first + sizes[instruction.index]

    def _instruction(self, name: str) -> Instruction:
        if not hasattr(self, "_by_name"):
            self._by_name = {i.name: i for i in self.computation.instructions}
        return self._by_name[name]

    def _aliased(
        self, instruction: Instruction, given: Sequence[Sequence[int | None]], count: int
    ) -> dict[int, int | None]:
        """Leaves of the result that are buffers of operands whatever the order."""
        if instruction.opcode in RENAMING or instruction.opcode == "while":
            return dict(enumerate(self._read(instruction, given)))
        if instruction.opcode in RENAMING_FIRST:
            return dict(enumerate(given[0]))
        if instruction.opcode.endswith("-done") and given:
            return dict(enumerate(_delivered(instruction.opcode, given[0], count)))
        if instruction.opcode == "call":
            return self._through(dict(instruction.called)["to_apply"], given)
        pairs = must_alias(instruction)
        return {leaf: given[operand][inner] for leaf, (operand, inner) in pairs.items()}

    def _through(self, name: str, given: Sequence[Sequence[int | None]]) -> dict[int, int | None]:
        """Leaves that a called computation hands through."""
        called = self.module.computations[name]
        by_name = {i.name: i for i in called.instructions}
        at = called.root
        while at.opcode == "bitcast":
            at = by_name[at.operands[0]]
        return dict(enumerate(given[at.index])) if at.opcode == "parameter" else {}

    def _workspace(self, instruction: Instruction) -> float:
        """Peak of the computations that an instruction calls, each in its own order, bytes."""
        most = 0.0
        for _, name in instruction.called:
            if name not in self.inner:
                found = program_of(
                    self.module, name, in_place=self.in_place, where=self.where, inner=self.inner
                )
                self.inner[name] = peak(found.problem)
            most = max(most, self.inner[name])
        return most

    def _has_effect(self, instruction: Instruction) -> bool:
        if "custom_call_has_side_effect=true" in instruction.attributes:
            return True
        if instruction.opcode in ATOMS:
            return any(
                self._has_effect(inner)
                for _, name in instruction.called
                for inner in self.module.computations[name].instructions
            )
        return instruction.opcode in _EFFECTS

    def _merge(self) -> None:
        """Results that are written over an operand which dies with the operation.

        Only where the operation is the operand's one reader, so that it dies there in any order.
        The results of a loop's body lie where its state lay, which is taken while it is read.
        """
        buffers = self.draft.buffers
        real = [
            {k for k in buffer.readers if self.draft.operation[k] not in RENAMING}
            for buffer in buffers
        ]
        became = list(range(len(buffers)))
        taken = [buffer.output for buffer in buffers]
        for instruction in self.computation.instructions:
            for first, then in self._overwritten(instruction):
                fits = buffers[first].size == buffers[then].size
                dies = real[first] == {self.index[instruction.name]} and not taken[first]
                if fits and dies and became[then] == then and first != then:
                    became[then] = became[first]
                    taken[first] = True
        for then, first in enumerate(became):
            if then != first:
                buffers[first].readers |= buffers[then].readers
                buffers[first].output |= buffers[then].output
                buffers[then].size, buffers[then].output = 0.0, False

    def _overwritten(self, instruction: Instruction) -> Iterator[tuple[int, int]]:
        """Buffers of an instruction's operands and of its results that may lie over them."""
        looped = self.computation.name in self.module.bodies
        for operand, leaf in in_place_operands(instruction, self.module.computations):
            old = self.values[instruction.operands[operand]]
            new = self.values[instruction.name]
            if len(old) == 1 and leaf < len(new):
                first, then = old[0], new[leaf]
                if first is None or then is None:
                    continue
                if not (looped and self.draft.buffers[then].output):
                    yield first, then


def tuple_elements(shape: str) -> list[str]:
    """The shapes of a tuple's elements, nested tuples whole; the shape itself where it is none."""
    if not shape.startswith("("):
        return [shape]
    parts, depth, begin = [], 0, 1
    for at, sign in enumerate(shape):
        depth += (sign in "({[") - (sign in ")}]")
        if (sign == "," and depth == 1) or depth == 0:
            parts.append(shape[begin:at])
            begin = at + 1
    return [part.strip() for part in parts if part.strip()]


def _delivered(opcode: str, started: Sequence[int | None], count: int) -> list[int | None]:
    """What a `-done` hands on of the buffers of its `-start`."""
    if opcode == "copy-done":
        return list(started[:1])
    if opcode == "all-reduce-done" or len(started) <= count:
        return list(started)
    return list(started[-count - 1 : -1] if opcode == "async-done" else started[count : 2 * count])
