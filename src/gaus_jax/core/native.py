"""Sequential kernels that allocate nothing, compiled without counts of references.

numba counts who holds an array, atomically, whenever one is taken out of a tuple or handed to a
function. In moves that touch a few numbers each, that took two thirds of the time on one thread,
and more on several, which share the counters. A kernel that makes no arrays needs no counts.
"""

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

OPTIONS: dict[str, Any] = {"cache": True, "nogil": True, "_nrt": False}

Kernel = TypeVar("Kernel", bound=Callable[..., Any])


def native(kernel: Kernel) -> Kernel:
    """Compile a function of numbers and arrays (or tuples of them) that makes no array.

    It runs without the interpreter's lock. What it makes, slices and whole-array operations
    included, is an error of compilation.
    """
    return cast(Any, njit(**OPTIONS)(kernel))
