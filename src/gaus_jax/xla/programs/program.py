"""An entry of the table of example functions."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Example = tuple[Callable[..., Any], tuple[Any, ...]]  # a function of arrays and its arguments


@dataclass(frozen=True)
class Entry:
    """A real function with random weights, of a size that is the caller's."""

    name: str
    summary: str
    make: Callable[[int, Any], Example]  # of the size and a JAX key
    default_size: int  # what it means, the summary says
    quick_size: int  # for tests

    def __call__(self, size: int | None = None, key: Any = None) -> Example:
        """The function and its arguments; the key defaults to that of seed 0."""
        import jax

        return self.make(size or self.default_size, jax.random.key(0) if key is None else key)
