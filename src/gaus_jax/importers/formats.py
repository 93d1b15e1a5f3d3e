"""What an entry of the table of formats is."""

from collections.abc import Callable
from dataclasses import dataclass

from gaus_jax.core.problem import Problem
from gaus_jax.importers.files import Source


@dataclass(frozen=True, kw_only=True)
class Format:
    """One file format: bytes in, a `Problem` out, and back where `write` is there."""

    name: str
    suffixes: tuple[str, ...]  # lower case, with the dot
    sniff: Callable[[bytes], bool]  # whether the first bytes of a file look like this format
    read: Callable[[Source], Problem]  # raises InputError, and nothing else, on bad input
    write: Callable[[Problem], bytes] | None = None  # raises InputError where it would lose a part
    takes_resources: bool = False  # whether a resource model may come with the graph
    labels: Callable[[Source], tuple[str, ...] | None] | None = None  # names that are no ids
