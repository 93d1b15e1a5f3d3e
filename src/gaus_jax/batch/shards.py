"""A part of the graphs for each of several machines, by name alone."""

import hashlib
from typing import NamedTuple

from gaus_jax.base.errors import SettingsError


class Shard(NamedTuple):
    """Part ``number`` of ``of``, from 0."""

    number: int = 0
    of: int = 1

    @property
    def part(self) -> str:
        """What its file in the store is called after; nothing where it is the only one."""
        return "" if self.of == 1 else f"{self.number}-of-{self.of}"

    def has(self, name: str) -> bool:
        """Whether a graph of this name belongs to it, wherever in the input it stands."""
        digest = hashlib.sha256(name.encode(errors="surrogateescape")).digest()
        return int.from_bytes(digest[:8]) % self.of == self.number


def read_shard(text: str) -> Shard:
    """A shard written ``I/N``, ``I`` from 0 to ``N - 1``.

    Raises:
        SettingsError: anything else.
    """
    first, _, second = text.partition("/")
    if first.isdecimal() and second.isdecimal() and int(first) < int(second):
        return Shard(int(first), int(second))
    raise SettingsError(f"--shard {text}: expected I/N with I from 0 to N - 1, such as 0/8")
