"""What is near a name that nobody knows, and the dotted names of settings."""

import dataclasses
import difflib
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from gaus_jax.base.errors import SettingsError

NEAR = 5  # names that an error suggests, and known ones that need no suggestion
ALIKE = 0.7  # of a name, from which another is near


def offered(name: str, known: Collection[str]) -> str:
    """The end of a sentence on an unknown name: the nearest of many, and all that are known."""
    near = difflib.get_close_matches(name, known, NEAR, ALIKE) if len(known) > NEAR else []
    said = [f"nearest: {', '.join(near)}"] if near else []
    return "; ".join([*said, f"known: {', '.join(known)}"])


def known_names(settings: Any, above: str = "") -> Iterator[str]:
    """The dotted names of all that a value can be given for, in order."""
    if dataclasses.is_dataclass(settings):
        parts = [
            (field.name, getattr(settings, field.name)) for field in dataclasses.fields(settings)
        ]
    elif isinstance(settings, tuple) and any(map(dataclasses.is_dataclass, settings)):
        parts = [(str(place), entry) for place, entry in enumerate(settings)]
    else:
        yield above
        return
    for name, value in parts:
        yield from known_names(value, f"{above}.{name}" if above else name)


def nearest(name: str, known: Iterable[str]) -> list[str]:
    """The dotted names that end alike, then those that are spelled nearly so."""
    known, last = list(known), name.rsplit(".", 1)[-1]
    near = [other for other in known if other.rsplit(".", 1)[-1] == last]
    near += difflib.get_close_matches(name, known, NEAR, ALIKE)
    return list(dict.fromkeys(near))[:NEAR]


def unknown(name: str, settings: Any, source: str) -> SettingsError:
    """The error for a name that no setting has: the nearest ones, else all."""
    known = list(known_names(settings))
    near = nearest(name, known)
    said = f"nearest: {', '.join(near)}" if near else f"known: {', '.join(known)}"
    return SettingsError(f"{source}: unknown setting '{name}'; {said}")
