"""One table per kind of pluggable part: terms, constraints, optimisers, importers, baselines."""

from collections.abc import Iterator, Mapping
from typing import Protocol, TypeVar

from gaus_jax.base.errors import SettingsError
from gaus_jax.base.names import offered


class Named(Protocol):
    """Anything with a fixed name, by which settings and users refer to it."""

    @property
    def name(self) -> str:
        """What settings call it."""
        ...


Entry = TypeVar("Entry", bound=Named)


class Table(Mapping[str, Entry]):
    """An ordered, read-only mapping from name to entry whose look-ups fail helpfully."""

    def __init__(self, kind: str, entries: tuple[Entry, ...]) -> None:
        self.kind = kind
        self._entries: dict[str, Entry] = {}
        for entry in entries:
            if entry.name in self._entries:
                raise ValueError(f"{kind} '{entry.name}' is listed twice")
            self._entries[entry.name] = entry

    def __getitem__(self, name: str) -> Entry:
        try:
            return self._entries[name]
        except KeyError:
            known = offered(name, sorted(self._entries))
            raise SettingsError(f"unknown {self.kind} '{name}'; {known}") from None

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)


def table(kind: str, *entries: Entry) -> Table[Entry]:
    """Build the table of one kind; raises ``ValueError`` where two entries share a name."""
    return Table(kind, entries)
