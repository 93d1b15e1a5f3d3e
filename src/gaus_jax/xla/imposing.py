"""Compile a function so that XLA runs it in an order that takes less memory."""

import statistics
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import jax
import jax.numpy as jnp

from gaus_jax.base.errors import HookError
from gaus_jax.base.settings import Settings
from gaus_jax.xla.hlo import program_of
from gaus_jax.xla.hlo_text import parse
from gaus_jax.xla.hook import compile_with, set_sequences
from gaus_jax.xla.plan import Sequences, plan, predicted
from gaus_jax.xla.program import Count
from gaus_jax.xla.reordered import reorder

_HOOKED = frozenset({"cpu"})  # platforms on which the hook is known to act
_COUNTS: tuple[Count, ...] = ("all", "temporary")


@dataclass(frozen=True, kw_only=True)
class Imposed:
    """What became of a function's memory; bytes."""

    function: str
    platform: str
    # "ours"; "xla" where no order of ours takes less; "reordered" where there is no hook
    kept: str
    instructions: int  # of the entry computation
    predicted_before: float  # peak of temporaries and results in XLA's order
    predicted_after: float  # in the order that is kept
    bound: float  # that no order of the entry goes below, given the peaks of what it calls
    temp_before: int  # XLA's `temp_size_in_bytes` in its own order
    temp_after: int  # in the order that is kept
    arguments: int
    outputs: int
    time_ratio: float | None  # median wall time after / before; None where not measured
    notes: tuple[str, ...] = field(default=())

    def as_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return asdict(self)


class ImposedFunction:
    """A function compiled with XLA following an order; call it as the original.

    Attributes:
        compiled: the `jax.stages.Compiled` that is called.
        report: the figures.
    """

    def __init__(self, compiled: jax.stages.Compiled, report: Imposed) -> None:
        self.compiled = compiled
        self.report = report

    def __call__(self, *arguments: Any) -> Any:
        """Run; arguments of the shapes that it was compiled for."""
        return self.compiled(*arguments)


def impose(
    fn: Callable[..., Any],
    *specs: Any,
    settings: Settings = Settings(),  # noqa: B008 (frozen)
    key: int = 0,
    donate_argnums: int | Sequence[int] = (),
    calls: int = 5,
) -> ImposedFunction:
    """Compile a function with XLA following an order of ours after all its optimisations.

    The function is compiled once in XLA's order and once for each of two orders of ours: for the
    peak of temporaries and results, and of temporaries alone. The one with the least temporary
    memory, as XLA measures it, is kept, XLA's own among them. The instructions are the same in
    each; only their order differs.

    Args:
        fn: a function of arrays, jitted or not (the options of a jit around it are not kept).
        specs: its arguments, or `jax.ShapeDtypeStruct` in their place.
        settings: of the search for orders; each of the two has their seconds to itself.
        key: seed.
        donate_argnums: as of `jax.jit`.
        calls: timed calls of either form, with the specs that are arrays and zeros for the others;
            0 for none.

    Raises:
        HookError: this jax has no hook, or XLA passed it by.
        InputError: the function cannot be traced, or a shape is of no fixed size.

    Warns:
        UserWarning: a platform on which the hook does not act; then the function is `reorder`ed,
            which XLA is free to undo.
    """
    options = {"donate_argnums": donate_argnums}
    label = getattr(fn, "__name__", "function")
    taken: list[str] = []
    first = compile_with(fn, specs, lambda module: taken.append(module.to_string()), **options)
    if not taken:
        return _reordered(fn, specs, first.compiled, settings, key, options)
    module = parse(taken[-1], f"module of {label}")
    kept, chosen = first.compiled, None
    plans = [plan(module, count, settings, key) for count in _COUNTS]
    for sequences in _distinct([found.sequences for found in plans]):
        other = _in_order(fn, specs, sequences, options)
        if _temp(other) < _temp(kept):
            kept, chosen = other, sequences
    report = Imposed(
        function=label,
        kept="xla" if chosen is None else "ours",
        instructions=len(module.computations[module.entry].instructions),
        predicted_before=predicted(module, {}),
        predicted_after=predicted(module, chosen or {}),
        bound=plans[0].bound,
        time_ratio=time_ratio(kept, first.compiled, specs, calls) if chosen and calls else None,
        notes=program_of(module, module.entry).notes,
        **_measured(first.compiled, kept),
    )
    return ImposedFunction(kept, report)


def _reordered(
    fn: Callable[..., Any],
    specs: Sequence[Any],
    before: jax.stages.Compiled,
    settings: Settings,
    key: int,
    options: dict[str, Any],
) -> ImposedFunction:
    """What is left where XLA passes the hook by: the equations in another order.

    Raises:
        HookError: on a platform on which the hook is known to act.
    """
    label, platform = getattr(fn, "__name__", "function"), jax.default_backend()
    if platform in _HOOKED:
        raise HookError(
            f"{label}: XLA compiled it on {platform} without calling the hook, so that nothing was "
            f"imposed; see that no other code clears XLA's transformations"
        )
    warnings.warn(
        f"{label}: XLA calls no hook on {platform}, so its equations are reordered instead. The "
        f"results are the same, but XLA orders the instructions anew: the order may be lost and "
        f"the memory stay as it was (report.temp_before, report.temp_after)",
        stacklevel=3,
    )
    changed = reorder(fn, *specs, settings=settings, key=key, **options)
    after = jax.jit(changed, **options).lower(*specs).compile()
    report = Imposed(
        function=label,
        kept="reordered",
        instructions=len(changed.jaxpr.jaxpr.eqns),
        predicted_before=changed.order.before,
        predicted_after=changed.order.after,
        bound=changed.order.bound,
        time_ratio=None,
        notes=changed.program.notes,
        **_measured(before, after),
    )
    return ImposedFunction(after, report)


def _measured(before: jax.stages.Compiled, after: jax.stages.Compiled) -> dict[str, Any]:
    """What XLA says of two executables, as fields of the report."""
    stats = _stats(after)
    return {
        "platform": jax.default_backend(),
        "temp_before": _temp(before),
        "temp_after": stats.temp_size_in_bytes,
        "arguments": stats.argument_size_in_bytes,
        "outputs": stats.output_size_in_bytes,
    }


def _stats(compiled: jax.stages.Compiled) -> Any:
    """XLA's account of an executable's memory.

    Raises:
        HookError: the platform keeps none, so that orders cannot be compared.
    """
    stats = compiled.memory_analysis()
    if stats is None:
        raise HookError(f"XLA tells nothing of memory on {jax.default_backend()}; use `reorder`")
    return stats


def _temp(compiled: jax.stages.Compiled) -> int:
    """Temporary bytes of an executable as XLA assigned them."""
    return _stats(compiled).temp_size_in_bytes


def _distinct(candidates: Sequence[Sequences]) -> list[Sequences]:
    """The plans that change anything, each once."""
    return [found for k, found in enumerate(candidates) if found and found not in candidates[:k]]


def _in_order(
    fn: Callable[..., Any], specs: Sequence[Any], sequences: Sequences, options: dict[str, Any]
) -> jax.stages.Compiled:
    """Compile under the hook, and see that what came out follows the order.

    Raises:
        HookError: the hook was not called this time, or a later pass reordered.
    """
    found = compile_with(fn, specs, lambda module: set_sequences(module, sequences), **options)
    if not found.calls:
        raise HookError(
            "XLA compiled without calling the hook, although it had called it for the same "
            "function before; run again, and report it if it stays"
        )
    module = parse(found.compiled.as_text() or "", "compiled module")
    for name, wanted in sequences.items():
        asked = set(wanted)
        got = [i.name for i in module.computations[name].instructions if i.name in asked]
        held = set(got)
        if got != [other for other in wanted if other in held]:
            raise HookError(f"XLA changed the order of '{name}' after the hook had set it")
    return found.compiled


def time_ratio(
    after: jax.stages.Compiled, before: jax.stages.Compiled, specs: Sequence[Any], calls: int
) -> float:
    """Median wall time of a call of one executable over another's, called in turns after one each.

    Specs that are no arrays are zeros. Donated arguments are copied before each call.
    """
    concrete = jax.tree.map(_concrete, tuple(specs))
    seconds: tuple[list[float], list[float]] = ([], [])
    for turn in range(calls + 1):
        for compiled, mine in zip((after, before), seconds, strict=True):
            given = jax.block_until_ready(jax.tree.map(jnp.copy, concrete))
            began = time.perf_counter()
            jax.block_until_ready(compiled(*given))
            if turn:
                mine.append(time.perf_counter() - began)
    return statistics.median(seconds[0]) / statistics.median(seconds[1])


def _concrete(spec: Any) -> Any:
    return jnp.zeros(spec.shape, spec.dtype) if isinstance(spec, jax.ShapeDtypeStruct) else spec
