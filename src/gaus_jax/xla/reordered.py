"""The same function with its equations in another order."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import jax
from jax.extend import core as jex

from gaus_jax.base.errors import InputError
from gaus_jax.base.settings import Settings
from gaus_jax.xla.inline import traced
from gaus_jax.xla.jaxprs import donated_leaves, program_of_jaxpr
from gaus_jax.xla.ordering import Order, order
from gaus_jax.xla.program import Program


@dataclass(frozen=True, eq=False)
class Reordered:
    """A function whose equations run in an order of ours; call it as the original."""

    jaxpr: jex.ClosedJaxpr  # the equations in the new order
    program: Program  # what was ordered
    order: Order  # of the program's nodes; its peaks before and after
    shapes: Any  # pytree of the results
    given: Any  # tree structure of the arguments

    def __call__(self, *arguments: Any) -> Any:
        """Evaluate the equations one by one, in order; under `jax.jit`, trace them so.

        Raises:
            InputError: arguments of another structure than it was made for.
        """
        leaves, structure = jax.tree.flatten(arguments)
        if structure != self.given:
            raise InputError(f"arguments have the structure {structure}, not {self.given}")
        results = jex.jaxpr_as_fun(self.jaxpr)(*leaves)
        return jax.tree.unflatten(jax.tree.structure(self.shapes), results)


def reorder(
    fn: Callable[..., Any],
    *specs: Any,
    settings: Settings = Settings(),  # noqa: B008 (frozen)
    key: int = 0,
    donate_argnums: int | Sequence[int] = (),
) -> Reordered:
    """A function that evaluates the same equations in an order that takes less memory.

    The results are the same to the bit, as every equation gets the same operands. It serves an
    interpreter, which runs one equation after another, and whoever lowers jaxprs; XLA orders the
    instructions anew and is free to undo it (see `impose`).

    Args:
        fn: a function of arrays.
        specs: its arguments, or `jax.ShapeDtypeStruct` in their place.
        settings: of the search for an order.
        key: seed.
        donate_argnums: positions of arguments whose memory may be used again.

    Raises:
        InputError: see `from_jaxpr`.
    """
    flat, shapes = traced(fn, specs)
    label = getattr(fn, "__name__", "function")
    donated = donated_leaves(specs, donate_argnums)
    program = program_of_jaxpr(flat.jaxpr, label, donated=donated)
    found = order(program.problem, settings, key)
    equations = [flat.jaxpr.eqns[k] for k in program.owners(found.nodes)]
    jaxpr = flat.jaxpr.replace(eqns=equations)
    jex.check_jaxpr(jaxpr)
    closed = jex.ClosedJaxpr(jaxpr, flat.consts)
    return Reordered(closed, program, found, shapes, jax.tree.structure(tuple(specs)))
