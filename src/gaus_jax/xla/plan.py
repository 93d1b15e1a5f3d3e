"""Orders for all the computations of a module that XLA runs one instruction at a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from gaus_jax.base.settings import Settings
from gaus_jax.xla.hlo import ATOMS, program_of
from gaus_jax.xla.hlo_module import Computation, Module
from gaus_jax.xla.ordering import order, peak
from gaus_jax.xla.program import Count, Program

Sequences = Mapping[str, tuple[str, ...]]  # computation -> all its instructions in an order


@dataclass(frozen=True)
class Plan:
    """Orders of a module's computations."""

    sequences: Sequences  # of those alone that gain by one
    bound: float  # bytes, which no order of the entry goes below, given the peaks of what it calls


def plan(module: Module, count: Count, settings: Settings, key: int) -> Plan:
    """Order a module's entry and whatever it calls.

    A loop's body is ordered for itself, before the entry; its peak is the loop's workspace. The
    seconds that the settings allow are shared out by size.
    """
    sequences: dict[str, tuple[str, ...]] = {}
    inner: dict[str, float] = {}
    names = bottom_up(module)
    bound = 0.0
    total = sum(len(module.computations[name].instructions) for name in names)
    for name in names:
        computation = module.computations[name]
        program = program_of(module, name, count=_counted(module, name, count), inner=inner)
        share = len(computation.instructions) / total
        found = order(program.problem, settings, key, share)
        inner[name], bound = found.after, found.bound
        if found.after < found.before:
            sequences[name] = sequence(computation, program, found.nodes)
    return Plan(sequences, bound)


def predicted(module: Module, sequences: Sequences, count: Count = "all") -> float:
    """Peak of a module's entry in some orders, bytes; what has none keeps the module's own."""
    inner: dict[str, float] = {}
    for name in bottom_up(module):
        program = program_of(module, name, count=_counted(module, name, count), inner=inner)
        names = sequences.get(name)
        nodes = order_of(module.computations[name], program, names) if names else None
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
