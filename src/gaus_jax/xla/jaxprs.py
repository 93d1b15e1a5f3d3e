"""Jaxprs as problems of objective S."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import jax
from jax.extend import core as jex
from jax.extend import source_info_util

from gaus_jax.base.errors import InputError
from gaus_jax.xla.inline import traced
from gaus_jax.xla.ordering import peak
from gaus_jax.xla.program import Count, Draft, Program


def from_jaxpr(
    fn: Callable[..., Any],
    *specs: Any,
    donate_argnums: int | Sequence[int] = (),
    count: Count = "all",
    name: str | None = None,
) -> Program:
    """The equations of a function as a problem of objective S, as an interpreter runs them.

    Inner `jit`s are inlined; loops, branches, `custom_*` and `remat` are nodes whose workspace is
    the peak inside them. Every result is a buffer of its own, from its equation to the last one
    that reads it. Arguments and constants are there throughout (`Program.resident`), but donated
    arguments only until they are last read: they come as nodes before all others.

    Args:
        fn: a function of arrays.
        specs: its arguments, or `jax.ShapeDtypeStruct` in their place.
        donate_argnums: positions of arguments whose memory may be used again.
        count: "all" holds results to the end; "temporary" does not count them.
        name: of the problem; by default the function's.

    Raises:
        InputError: the function cannot be traced, a dimension is symbolic, or an argument to be
            donated is not there.
    """
    flat, _ = traced(fn, specs)
    donated = donated_leaves(specs, donate_argnums)
    label = name or getattr(fn, "__name__", "function")
    return program_of_jaxpr(flat.jaxpr, label, count=count, donated=donated)


def program_of_jaxpr(
    jaxpr: jex.Jaxpr, name: str, *, count: Count = "all", donated: Sequence[int] = ()
) -> Program:
    """A jaxpr's equations, none inlined, as a problem; see `from_jaxpr`.

    Donated arguments are told by their positions in ``jaxpr.invars``.
    """
    reader = _Reader(Draft(name))
    kept = [v for k, v in enumerate(jaxpr.invars) if k not in set(donated)]
    reader.draft.resident = sum(bytes_of(v.aval) for v in (*kept, *jaxpr.constvars))
    for k in donated:
        reader.donate(k, jaxpr.invars[k])
    for k, equation in enumerate(jaxpr.eqns):
        reader.equation(k, equation)
    for atom in jaxpr.outvars:
        if not isinstance(atom, jex.Literal) and atom in reader.made:
            reader.draft.buffers[reader.made[atom]].output = True
    return reader.draft.finish(count)


def bytes_of(aval: Any) -> int:
    """Bytes of an array; 0 of what is none, as a token."""
    shape, kind = getattr(aval, "shape", None), getattr(aval, "dtype", None)
    return 0 if shape is None or kind is None else math.prod(shape) * kind.itemsize


class _Reader:
    """Equations so far."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.made: dict[Any, int] = {}  # variable -> buffer
        self.donors: list[int] = []  # operations of donated arguments

    def donate(self, k: int, variable: Any) -> None:
        """An argument that is there from the start and dies with its last reader."""
        node = self.draft.add(f"argument{k}", "argument", "", -1)
        self.made[variable] = self.draft.buffer(node, bytes_of(variable.aval))
        self.draft.before[node] |= set(self.donors[-1:])
        self.donors.append(node)

    def equation(self, k: int, equation: jex.JaxprEqn) -> None:
        """One operation, its buffers, and what it reads."""
        draft, kind = self.draft, equation.primitive.name
        unread = [v for v in equation.outvars if isinstance(v, jex.DropVar)]
        inside = _inside(equation) + sum(bytes_of(v.aval) for v in unread)
        source = source_info_util.summarize(equation.source_info)
        node = draft.add(f"{kind}.{k}", kind, source, k, float(inside))
        read = {v for v in equation.invars if not isinstance(v, jex.Literal) and v in self.made}
        for variable in read:
            buffer = draft.buffers[self.made[variable]]
            buffer.readers.add(node)
            draft.before[node].add(buffer.producer)
        draft.before[node] |= set(self.donors[-1:])
        for variable in equation.outvars:
            if not isinstance(variable, jex.DropVar):
                self.made[variable] = draft.buffer(node, bytes_of(variable.aval))
        if equation.effects:
            draft.chain(node)


def _inside(equation: jex.JaxprEqn) -> float:
    """Peak of temporaries inside an equation, bytes: of the worst of the jaxprs that it holds.

    A loop makes the results of an iteration beside the state that they replace; those of a branch
    or a call are the equation's own.
    """
    loop = equation.primitive.name in ("scan", "while")
    count: Count = "all" if loop else "temporary"
    peaks = [
        peak(program_of_jaxpr(inner, "inner", count=count).problem)
        for inner in jex.jaxprs_in_params(equation.params)
    ]
    return max(peaks, default=0.0)


def donated_leaves(specs: Sequence[Any], donate_argnums: int | Sequence[int]) -> list[int]:
    """The leaves of some arguments, as positions in the flat list of all leaves."""
    wanted = {donate_argnums} if isinstance(donate_argnums, int) else set(donate_argnums)
    if not wanted <= set(range(len(specs))):
        raise InputError(
            f"donate_argnums {sorted(wanted)}: the function is given {len(specs)} arguments"
        )
    leaves = [len(jax.tree.leaves(spec)) for spec in specs]
    first = [sum(leaves[:k]) for k in range(len(specs))]
    return [first[k] + j for k in sorted(wanted) for j in range(leaves[k])]
