"""A function as one flat jaxpr: inner `jit`s replaced by their equations."""

from collections.abc import Callable, Sequence
from typing import Any

import jax
from jax.extend import core as jex

from gaus_jax.base.errors import InputError

_INLINED = frozenset({"jit", "pjit", "closed_call", "core_call"})


def traced(fn: Callable[..., Any], specs: Sequence[Any]) -> tuple[jex.ClosedJaxpr, Any]:
    """The flat jaxpr of a function and the pytree of its results' shapes.

    Raises:
        InputError: the function cannot be traced with these specs, or a dimension is symbolic.
    """
    label = getattr(fn, "__name__", "function")
    try:
        closed, shapes = jax.make_jaxpr(fn, return_shape=True)(*specs)
    except Exception as error:
        raise InputError(
            f"{label}: cannot be traced with these specs: {type(error).__name__}: {error}"
        ) from error
    flat = inlined(closed)
    for equation in flat.jaxpr.eqns:
        for variable in (*equation.invars, *equation.outvars):
            dimensions = getattr(variable.aval, "shape", ())
            if not all(isinstance(d, int) for d in dimensions):
                raise InputError(
                    f"{label}: {equation.primitive.name} has shape {dimensions}, which is not of "
                    f"fixed size; trace it with numbers for its dimensions"
                )
    return flat, shapes


def inlined(closed: jex.ClosedJaxpr) -> jex.ClosedJaxpr:
    """The same computation without inner `jit`s; variables are named anew where they repeat."""
    flat = _Flat(list(closed.jaxpr.constvars), list(closed.consts))
    known = {v: v for v in (*closed.jaxpr.constvars, *closed.jaxpr.invars)}
    outputs = flat.walk(closed.jaxpr, known)
    jaxpr = closed.jaxpr.replace(constvars=flat.constvars, eqns=flat.equations, outvars=outputs)
    return jex.ClosedJaxpr(jaxpr, flat.consts)


class _Flat:
    """Equations so far."""

    def __init__(self, constvars: list[Any], consts: list[Any]) -> None:
        self.constvars, self.consts = constvars, consts
        self.equations: list[jex.JaxprEqn] = []

    def walk(self, jaxpr: jex.Jaxpr, known: dict[Any, Any]) -> list[Any]:
        """Append a jaxpr's equations; returns what its results are here."""

        def here(atom: Any) -> Any:
            return atom if isinstance(atom, jex.Literal) else known[atom]

        for equation in jaxpr.eqns:
            inner = _body(equation)
            given = [here(atom) for atom in equation.invars]
            if inner is None:
                fresh = [_renamed(v) for v in equation.outvars]
                self.equations.append(equation.replace(invars=given, outvars=fresh))
            else:
                constants = [_renamed(v) for v in inner.jaxpr.constvars]
                self.constvars += constants
                self.consts += inner.consts
                names = [*inner.jaxpr.constvars, *inner.jaxpr.invars]
                fresh = self.walk(inner.jaxpr, dict(zip(names, [*constants, *given], strict=True)))
            known.update(zip(equation.outvars, fresh, strict=True))
        return [here(atom) for atom in jaxpr.outvars]


def _renamed(variable: Any) -> Any:
    if isinstance(variable, jex.DropVar):
        return variable
    return jex.Var(variable.aval)


def _body(equation: jex.JaxprEqn) -> jex.ClosedJaxpr | None:
    """What an inner `jit` holds; None for all else, and where its effects name its own inputs."""
    if equation.primitive.name not in _INLINED:
        return None
    inner = equation.params.get("jaxpr", equation.params.get("call_jaxpr"))
    if not isinstance(inner, jex.ClosedJaxpr):
        return None
    own = any(hasattr(effect, "input_index") for effect in inner.jaxpr.effects)
    return None if own else inner
