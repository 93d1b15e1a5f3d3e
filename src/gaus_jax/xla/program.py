"""A tensor program as a problem: operations as nodes, the bytes of their buffers as sizes."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from gaus_jax.core.build import make_problem
from gaus_jax.core.problem import Problem

# What the sizes count. "all": temporaries, and results held to the end. "temporary": the former
# alone. Arguments and constants are apart (`Program.resident`), unless they are donated.
Count = Literal["temporary", "all"]


@dataclass(frozen=True, kw_only=True)
class Program:
    """A problem for objective S, and what its nodes are in the program that they come from.

    Most nodes are operations. An operation with several results has a *store* node for every
    result beyond the first: the buffer is there before the operation writes it, and may die before
    the others do. Placed earlier than it must be, a store only costs more.
    """

    problem: Problem  # nodes in the order of the program, sizes and workspace in bytes
    operation: tuple[str, ...]  # (N,) what the node does, as `dot`
    source: tuple[str, ...]  # (N,) "file.py:12"; empty where unknown
    owner: np.ndarray  # (N,) int64, index of the instruction or equation in the program
    is_store: np.ndarray  # (N,) bool, a buffer alone: a further result, a donated argument
    resident: float  # bytes of arguments and constants, there throughout and in no node's size
    outputs: float  # bytes of the results' buffers, whether or not the sizes count them
    notes: tuple[str, ...] = ()  # what was assumed or kept, for a reader

    def owners(self, order: np.ndarray) -> np.ndarray:
        """The operations in an order of the nodes, as indices of the program; int64."""
        return self.owner[order[~self.is_store[order]]]


@dataclass
class Buffer:
    """One array in memory."""

    producer: int  # operation
    size: float  # bytes
    output: bool = False
    readers: set[int] = field(default_factory=set)  # operations


@dataclass
class Draft:
    """A program while it is being read. Operations are added in the program's order."""

    name: str
    ids: list[str] = field(default_factory=list)
    operation: list[str] = field(default_factory=list)
    source: list[str] = field(default_factory=list)
    owner: list[int] = field(default_factory=list)
    workspace: list[float] = field(default_factory=list)
    buffers: list[Buffer] = field(default_factory=list)
    before: list[set[int]] = field(default_factory=list)  # operations that must come first
    resident: float = 0.0
    outputs: float = 0.0
    notes: list[str] = field(default_factory=list)
    effects: list[int] = field(default_factory=list)  # operations kept in the program's order

    def add(
        self, name: str, operation: str, source: str, owner: int, workspace: float = 0.0
    ) -> int:
        """A new operation; returns its index."""
        self.ids.append(name)
        self.operation.append(operation)
        self.source.append(source)
        self.owner.append(owner)
        self.workspace.append(workspace)
        self.before.append(set())
        return len(self.ids) - 1

    def buffer(self, producer: int, size: float) -> int:
        """A new buffer that an operation writes; returns its index."""
        self.buffers.append(Buffer(producer, size))
        return len(self.buffers) - 1

    def chain(self, operation: int) -> None:
        """Keep an operation after all those that were chained before it."""
        if self.effects:
            self.before[operation].add(self.effects[-1])
        self.effects.append(operation)

    def finish(self, count: Count) -> Program:
        """The program; see `Program` for what becomes of operations and buffers."""
        for buffer in self.buffers:
            if buffer.output:
                self.outputs += buffer.size
            if buffer.output and count == "temporary":
                buffer.size, buffer.output = 0.0, False
        if self.effects:
            names = ", ".join(self.ids[k] for k in self.effects[:4])
            more = ", ..." if len(self.effects) > 4 else ""
            self.notes.append(f"kept in program order for their effects: {names}{more}")
        return _Assembly(self).program()


class _Assembly:
    """Nodes and edges of a draft."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.ids: list[str] = []
        self.of: list[int] = []  # node -> operation
        self.size: list[float] = []
        self.output: list[bool] = []
        self.place: list[int] = []  # operation -> node
        self.node_of: list[int] = [-1] * len(draft.buffers)  # buffer -> node

    def program(self) -> Program:
        draft = self.draft
        written: list[list[int]] = [[] for _ in draft.ids]
        for k, buffer in enumerate(draft.buffers):
            written[buffer.producer].append(k)
        for operation in range(len(draft.ids)):
            self._place(operation, written[operation])
        ends, is_data = self._edges()
        of = np.array(self.of, np.int64)
        main = np.zeros(len(of), bool)
        main[self.place] = True
        workspace = np.where(main, np.array(draft.workspace, np.float64)[of], 0.0)
        problem = make_problem(
            self.ids,
            ends,
            name=draft.name,
            size=np.array(self.size, np.float64),
            output=np.array(self.output, np.bool_),
            workspace=workspace,
            classes=(),
            is_data=is_data,
        )
        return Program(
            problem=problem,
            operation=tuple(draft.operation[k] for k in self.of),
            source=tuple(draft.source[k] for k in self.of),
            owner=np.array(draft.owner, np.int64)[of],
            is_store=~main | (np.array(draft.owner, np.int64)[of] < 0),
            resident=draft.resident,
            outputs=draft.outputs,
            notes=tuple(draft.notes),
        )

    def _place(self, operation: int, written: Sequence[int]) -> None:
        """The stores of an operation, then the operation with its first buffer."""
        sized = [k for k in written if self.draft.buffers[k].size > 0]
        for k in sized[1:]:
            self._node(f"{self.draft.ids[operation]}{{{written.index(k)}}}", operation, k)
        self.place.append(len(self.ids))
        self._node(self.draft.ids[operation], operation, sized[0] if sized else None)
        for k in written:
            if self.node_of[k] < 0:
                self.node_of[k] = self.place[-1]

    def _node(self, name: str, operation: int, buffer: int | None) -> None:
        chosen = None if buffer is None else self.draft.buffers[buffer]
        if buffer is not None:
            self.node_of[buffer] = len(self.ids)
        self.ids.append(name)
        self.of.append(operation)
        self.size.append(chosen.size if chosen else 0.0)
        self.output.append(chosen.output if chosen else False)

    def _edges(self) -> tuple[list[tuple[int, int]], np.ndarray]:
        """Data edges from buffers to who reads them, order edges for what is left."""
        data: dict[tuple[int, int], None] = {}
        order: dict[tuple[int, int], None] = {}
        for k, buffer in enumerate(self.draft.buffers):
            tail, owner = self.node_of[k], self.place[buffer.producer]
            if tail != owner:
                data[tail, owner] = None
            for reader in sorted(buffer.readers):
                if buffer.size > 0:
                    data[tail, self.place[reader]] = None
                if self.place[reader] != owner:
                    order[owner, self.place[reader]] = None
        for operation, earlier in enumerate(self.draft.before):
            for other in sorted(earlier):
                order[self.place[other], self.place[operation]] = None
        left = [pair for pair in order if pair not in data]
        is_data = np.arange(len(data) + len(left)) < len(data)
        return [*data, *left], is_data
