"""XLA's hook after its scheduler: read the module that it hands over, set another order.

The hook is process-wide. Here it acts on one module, told by a name that no other has, and is taken
away at once. That name also keeps the compilation apart from every cached one: JAX's caches, in
memory and on disk, would return an executable and skip the hook without a word.
"""

import contextlib
import math
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import jax

from gaus_jax.base.errors import HookError, InputError

_LEAST = "0.10.2"  # of jax and jaxlib
_LOCK = threading.Lock()

Edit = Callable[[Any], bytes | None]  # an HloModule -> the serialised module, or None


@dataclass
class Compilation:
    """A function compiled while the hook was there."""

    compiled: jax.stages.Compiled
    calls: int  # of the hook, for this module


@dataclass
class _Watch:
    """What the callback saw."""

    token: str
    edit: Edit
    calls: int = 0
    failures: list[BaseException] = field(default_factory=list)

    def __call__(self, serialised: bytes) -> bytes | None:
        from jaxlib import _hlo  # pyright: ignore[reportAttributeAccessIssue]

        module = _hlo.HloModule.from_serialized_hlo_module_proto(serialised)
        if self.token not in module.name:
            return None
        self.calls += 1
        try:
            return self.edit(module)
        except Exception as error:  # XLA would report its text alone
            self.failures.append(error)
            raise


def ensure_hook() -> None:
    """See that this jax has the hook.

    Raises:
        HookError: it has not; names the versions that have.
    """
    try:
        from jax.extend.xla import PipelineStage, register_hlo_module_transformation
        from jaxlib._hlo import HloSchedule

        del PipelineStage, register_hlo_module_transformation, HloSchedule
    except ImportError as error:
        from jaxlib.version import __version__ as below

        raise HookError(
            f"jax {jax.__version__} with jaxlib {below} has no jax.extend.xla."
            f"register_hlo_module_transformation with a schedule; both have it from {_LEAST} on. "
            f"`reorder` needs no hook"
        ) from error


def compile_with(
    function: Callable[..., Any], specs: Sequence[Any], edit: Edit, **options: Any
) -> Compilation:
    """Compile a function anew and let ``edit`` act on its module after XLA's scheduler.

    Args:
        function: to be jitted with the options of `jax.jit`.
        specs: arguments, or their `jax.ShapeDtypeStruct`.
        edit: gets the `HloModule`; what it raises is raised here.
        options: of `jax.jit`.

    Raises:
        HookError: this jax has no hook.
        InputError: the function cannot be traced with these specs.
    """
    ensure_hook()
    token = uuid.uuid4().hex[:12]

    def fresh(*arguments: Any) -> Any:
        return function(*arguments)

    label = getattr(function, "__name__", "function")
    fresh.__name__ = fresh.__qualname__ = f"{label}_{token}"
    watch = _Watch(token, edit)
    try:
        lowered = jax.jit(fresh, **options).lower(*specs)
    except Exception as error:  # whatever the function itself raises while it is traced
        raise InputError(
            f"{label}: cannot be traced with these specs: {type(error).__name__}: {error}"
        ) from error
    with _LOCK, _registered(watch), _not_stored():
        try:
            compiled = lowered.compile()
        except Exception:
            if watch.failures:
                raise watch.failures[0] from None
            raise
    return Compilation(compiled, watch.calls)


@contextlib.contextmanager
def _registered(watch: _Watch) -> Iterator[None]:
    from jax.extend.xla import (
        PipelineStage,
        clear_hlo_module_transformation,
        register_hlo_module_transformation,
    )

    name, stage = f"gaus_jax_{watch.token}", PipelineStage.POST_SCHEDULER
    platform = jax.default_backend()
    register_hlo_module_transformation(watch, name=name, stage=stage, platforms=platform)
    try:
        yield
    finally:
        clear_hlo_module_transformation(name, stage=stage, platforms=platform)
        watch.token = "\0"  # were it called all the same, it would know no module


@contextlib.contextmanager
def _not_stored() -> Iterator[None]:
    """Nothing compiled meanwhile goes to the cache on disk, where nothing could find it again."""
    name = "jax_persistent_cache_min_compile_time_secs"
    before = getattr(jax.config, name)
    jax.config.update(name, math.inf)
    try:
        yield
    finally:
        jax.config.update(name, before)


def set_sequences(module: Any, sequences: Mapping[str, Sequence[str]]) -> bytes:
    """The serialised module with other orders of some of its computations.

    Args:
        module: a scheduled ``jaxlib._hlo.HloModule``.
        sequences: computation -> all its instructions by name, in their order.

    Raises:
        HookError: the module has no schedule, or not these computations and instructions.
        jax.errors.JaxRuntimeError: XLA finds an order illegal.
    """
    schedule = module.schedule()
    if schedule is None:
        raise HookError(f"module '{module.name}' has no schedule after XLA's scheduler")
    found = {computation.name: computation for computation in module.computations()}
    for name, order in sequences.items():
        if name not in found:
            raise HookError(f"module '{module.name}' has no computation '{name}' any more")
        held = {instruction.name: instruction for instruction in found[name].instructions()}
        if held.keys() != set(order) or len(order) != len(held):
            odd = sorted(held.keys() ^ set(order))[:4]
            raise HookError(
                f"computation '{name}' was compiled otherwise this time; it differs in "
                f"{', '.join(odd) or 'its number of instructions'}"
            )
        schedule.set_sequence(found[name], [held[instruction] for instruction in order])
    schedule.verify()
    module.set_schedule(schedule)
    return module.as_serialized_hlo_module_proto()
