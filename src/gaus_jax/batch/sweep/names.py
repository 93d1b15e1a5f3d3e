"""Settings by dotted names, those of the search's parts by their place: ``search.cycle.0.heat``."""

import dataclasses
import difflib
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from gaus_jax.base.errors import SettingsError
from gaus_jax.base.settings import override

Section = TypeVar("Section")
NEAR = 5  # names that an error suggests


def assigned(settings: Section, name: str, value: Any, source: str) -> Section:
    """A copy of the settings in which a dotted name has another value.

    Args:
        settings: all settings, or a section of them.
        name: of a setting, or of an entry of a mapping or of a list in it.
        value: as in a TOML file.
        source: where it comes from, for the errors.

    Raises:
        SettingsError: there is no such setting (says which are near), or it cannot have the value.
    """
    try:
        return _assigned(settings, name.split("."), value, f"{source}: {name}")
    except LookupError:
        raise unknown(name, settings, source) from None


def value_of(settings: Any, name: str, source: str) -> Any:
    """What the settings say under a dotted name; None where a mapping has no such entry.

    Raises:
        SettingsError: there is no such setting.
    """
    found: Any = settings
    for part in name.split("."):
        if isinstance(found, Mapping):
            found = found.get(part)
        elif isinstance(found, tuple) and part.isdecimal() and int(part) < len(found):
            found = found[int(part)]
        elif dataclasses.is_dataclass(found) and part in {
            f.name for f in dataclasses.fields(found)
        }:
            found = getattr(found, part)
        else:
            raise unknown(name, settings, source)
    return found


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


def unknown(name: str, settings: Any, source: str) -> SettingsError:
    """The error for a name that no setting has: the nearest ones, else all."""
    known = list(known_names(settings))
    last = name.rsplit(".", 1)[-1]
    near = [other for other in known if other.rsplit(".", 1)[-1] == last]
    near += difflib.get_close_matches(name, known, NEAR, 0.6)
    if near:
        said = f"nearest: {', '.join(dict.fromkeys(near[:NEAR]))}"
    else:
        said = f"known: {', '.join(known)}"
    return SettingsError(f"{source}: unknown setting '{name}'; {said}")


def _assigned(settings: Any, path: list[str], value: Any, source: str) -> Any:
    """A `LookupError` where there is nothing of this name."""
    head, rest = path[0], path[1:]
    if isinstance(settings, Mapping) and not rest:
        return {**settings, head: value}
    if isinstance(settings, tuple) and head.isdecimal() and int(head) < len(settings) and rest:
        place = int(head)
        changed = _assigned(settings[place], rest, value, source)
        return (*settings[:place], changed, *settings[place + 1 :])
    if not dataclasses.is_dataclass(settings) or isinstance(settings, type):
        raise LookupError(head)
    if head not in {field.name for field in dataclasses.fields(settings)}:
        raise LookupError(head)
    if rest:
        changed = _assigned(getattr(settings, head), rest, value, source)
        return dataclasses.replace(settings, **{head: changed})
    return override(settings, {head: value}, source)
