"""Orders for all the computations of a module that XLA runs one instruction at a time."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from gaus_jax.xla.hlo import ATOMS, program_of
from gaus_jax.xla.hlo_text import Computation, Module
from gaus_jax.xla.ordering import order
from gaus_jax.xla.peak import peak, program_peak
from gaus_jax.xla.program import Count, Program

Sequences = Mapping[str, tuple[str, ...]]  # computation -> all its instructions in an order


def plan(module: Module, count: Count, settings: Any, key: int) -> dict[str, tuple[str, ...]]:
    """Orders of a module's entry and of whatever it calls; of those alone that gain by it.

    A loop's body is ordered for itself, before the entry; its peak is the loop's workspace.
    """
    sequences: dict[str, tuple[str, ...]] = {}
    inner: dict[str, float] = {}
    for name in bottom_up(module):
        program = program_of(module, name, count=_counted(module, name, count), inner=inner)
        before = inner[name] = program_peak(program.problem)
        if before == 0 or program.problem.edges == 0:
            continue
        found = order(program.problem, settings, key)
        if peak(program.problem, found) < before:
            inner[name] = peak(program.problem, found)
            sequences[name] = sequence(module.computations[name], program, found)
    return sequences


def predicted(module: Module, sequences: Sequences, count: Count = "all") -> float:
    """Peak of a module's entry in some orders, bytes; what has none keeps the module's own."""
    inner: dict[str, float] = {}
    for name in bottom_up(module):
        program = program_of(module, name, count=_counted(module, name, count), inner=inner)
        names = sequences.get(name)
        nodes = np.arange(program.problem.nodes)
        if names is not None:
            nodes = order_of(module.computations[name], program, names)
        inner[name] = peak(program.problem, nodes)
    return inner[module.entry]


def sequence(computation: Computation, program: Program, found: np.ndarray) -> tuple[str, ...]:
    """All instructions of a computation: arguments and constants, then the nodes in an order."""
    names = [instruction.name for instruction in computation.instructions]
    ordered = [names[k] for k in program.owners(found)]
    placed = set(ordered)
    return (*(name for name in names if name not in placed), *ordered)


def order_of(computation: Computation, program: Program, names: Sequence[str]) -> np.ndarray:
    """The nodes in an order of the instructions, stores just before their owners; (N,) int64."""
    at = {name: k for k, name in enumerate(names)}
    step = np.array([at[instruction.name] for instruction in computation.instructions], np.int64)
    return np.lexsort((~program.is_store, step[program.owner]))


def bottom_up(module: Module) -> list[str]:
    """The entry, last, and all the computations that it calls, in turn, as atoms."""
    done: dict[str, None] = {}
    stack = [(module.entry, False)]
    while stack:
        name, ready = stack.pop()
        if ready:
            done[name] = None
        elif name not in done:
            stack.append((name, True))
            for instruction in module.computations[name].instructions:
                if instruction.opcode in ATOMS:
                    stack += [(other, False) for _, other in instruction.called]
    return list(done)


def _counted(module: Module, name: str, count: Count) -> Count:
    """Results of what is called are buffers of the caller."""
    return count if name == module.entry else "temporary"
